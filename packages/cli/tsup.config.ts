import { library } from '../../scripts/tsup.base.ts';

export default library(
  { kseg: 'src/kseg.ts' },
  { format: ['esm'], platform: 'node', dts: false, banner: { js: '#!/usr/bin/env node' } },
);
