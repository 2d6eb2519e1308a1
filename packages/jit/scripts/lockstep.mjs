// The lock-step law at length: packages/jit/test/lockstep, bundled from source so that nothing has to be built. --help tells the options.
import { fileURLToPath } from 'node:url';
import { withBundle } from '../../../scripts/bundle.mjs';

const entry = fileURLToPath(new URL('../test/lockstep/command.ts', import.meta.url));
process.exitCode = await withBundle({ entryPoints: [entry] }, async (bundle) => {
  const { main } = await import(bundle);
  return main(process.argv.slice(2));
});
