import { library } from '../../scripts/tsup.base.ts';

export default library({ index: 'src/index.ts', demo: 'src/demo.ts' });
