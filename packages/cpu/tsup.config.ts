import { library } from '../../scripts/tsup.base.ts';

export default library({ index: 'src/index.ts', engine: 'src/engine.ts' });
