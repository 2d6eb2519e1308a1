// pnpm fuzz: the differential fuzzer of packages/machine/test/oracle, bundled from source so that nothing has to be built, in as many
// processes as there are cores.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { withBundle } from './bundle.mjs';

const entry = fileURLToPath(new URL('../packages/machine/test/oracle/command.ts', import.meta.url));
const args = process.argv.slice(2);
const jobs = args.includes('--jobs') ? Number(args.splice(args.indexOf('--jobs'), 2)[1]) : availableParallelism();
const [shard, shards] = args.includes('--shard')
  ? args.splice(args.indexOf('--shard'), 2)[1].split('/').map(Number)
  : [0, 1];

process.exitCode = await withBundle({ entryPoints: [entry] }, async (bundle) => {
  const { main, refusal } = await import(bundle);
  // What is wrong is said once, not by every process.
  const whole = [...args, '--shard', `${shard}/${shards}`];
  if (jobs === 1 || args.includes('--help') || refusal(whole) !== undefined) return main(whole);
  const program = `process.exitCode = await (await import(${JSON.stringify(bundle)})).main(process.argv.slice(1))`;
  const codes = await Promise.all(
    Array.from({ length: jobs }, (_, job) => {
      const own = ['--shard', `${shard * jobs + job}/${shards * jobs}`];
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...args, ...own], {
        stdio: 'inherit',
      });
      return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 3)));
    }),
  );
  return Math.max(...codes);
});
