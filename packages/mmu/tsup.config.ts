import { library } from '../../scripts/tsup.base.ts';

export default library({
  index: 'src/index.ts',
  'soft-tlb': 'src/soft-tlb.ts',
  arbitraries: 'src/arbitraries.ts',
  laws: 'src/laws.ts',
  checks: 'src/checks.ts',
});
