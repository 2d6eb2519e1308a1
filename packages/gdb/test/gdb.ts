// Debian's gdb-multiarch, driven by a list of commands.
import { spawn, spawnSync } from 'node:child_process';

const NAME = 'gdb-multiarch';

/** Why there is no debugger to ask; `undefined` where there is one. */
export const noGdb: string | undefined =
  spawnSync(NAME, ['--version']).status === 0 ? undefined : `skipped, for ${NAME} cannot be run: install it`;

/** What gdb says to each command, and before the first. */
export async function gdb(commands: readonly string[]): Promise<readonly string[]> {
  const mark = '=== next ===';
  const before = ['set pagination off', 'set confirm off', 'set width 0', 'set heuristic-fence-post 64'];
  const all = [...before, ...commands.flatMap((command) => [`echo ${mark}\\n`, command])];
  const words = [NAME, '-q', '-nx', '-batch', ...all.flatMap((command) => ['-ex', command])];
  // What it says and what it complains of, in order.
  const child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise((resolve) => child.on('close', resolve));
  return said.split(`${mark}\n`).slice(1);
}
