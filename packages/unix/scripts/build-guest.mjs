// Builds guest/ with Debian's cross-compilers and writes the results to src/prebuilt/ as TypeScript modules.
//
//   node build-guest.mjs           rebuild
//   node build-guest.mjs --check   prove that a rebuild gives what the repository holds, byte for byte
//
// Only one compiler version gives those bytes; with any other the check says so and passes.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '(Debian 12.2.0-14) 12.2.0';
const TARGETS = { little: 'mipsel-linux-gnu-', big: 'mips-linux-gnu-' };

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const guest = join(home, 'guest');
const prebuilt = join(home, 'src', 'prebuilt');

const FLAGS = [
  ...['-std=gnu11', '-Os', '-march=mips32r2', '-mabi=32', '-msoft-float', '-mno-abicalls', '-fno-pic', '-G0'],
  ...['-ffreestanding', '-fno-common', '-fno-tree-loop-distribute-patterns', '-fno-asynchronous-unwind-tables'],
  ...['-fno-stack-protector', '-fno-ident', `-ffile-prefix-map=${guest}=.`],
  ...['-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-missing-field-initializers', '-Werror'],
];

/** What the assembler adds and nobody reads. */
const NOISE = ['.comment', '.pdr', '.gnu.attributes', '.MIPS.abiflags', '.reginfo', '.note.GNU-stack'];

const sources = (folder) =>
  readdirSync(join(guest, folder))
    .filter((name) => /\.[cS]$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`);

const stem = (path) => basename(path, extname(path));

function run(tool, ...words) {
  execFileSync(tool, words, {
    cwd: guest,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LC_ALL: 'C' },
  });
}

/** Objects and programs for one byte order, by name. */
function build(prefix) {
  const work = mkdtempSync(join(tmpdir(), 'guest-'));
  const at = (name) => join(work, name);
  const compile = (source, output, ...more) =>
    run(`${prefix}gcc`, ...FLAGS, ...more, `-frandom-seed=${source}`, '-c', source, '-o', at(output));
  const take = (name) => readFileSync(at(name));
  try {
    const drivers = ['ata', 'memide'];
    const parts = ['kernel', 'kernel/fs', 'kernel/dev', 'lib'].flatMap(sources);
    for (const source of parts) compile(source, `${stem(source)}.o`);
    const core = parts.map(stem).filter((name) => name !== 'entry' && !drivers.includes(name));
    // entry.S comes first: pages.c takes its start for the image's.
    run(`${prefix}ld`, '-r', '-o', at('kernel.o'), at('entry.o'), ...core.map((name) => at(`${name}.o`)));
    for (const name of ['kernel', ...drivers])
      run(`${prefix}objcopy`, '-D', '--strip-unneeded', ...NOISE.map((section) => `-R${section}`), at(`${name}.o`));
    const objects = Object.fromEntries(['kernel', ...drivers].map((name) => [name, take(`${name}.o`)]));

    const library = ['user/lib', 'lib'].flatMap(sources);
    const mains = sources('user');
    for (const source of [...library, ...mains])
      compile(source, `user-${stem(source)}.o`, '-ffunction-sections', '-fdata-sections');
    const inputs = library.map((source) => at(`user-${stem(source)}.o`));
    for (const name of mains.map(stem))
      run(
        `${prefix}ld`,
        '-n',
        '-s',
        '--gc-sections',
        '-Tuser/user.ld',
        '-o',
        at(name),
        ...inputs,
        at(`user-${name}.o`),
      );
    return { objects, programs: Object.fromEntries(mains.map((source) => [stem(source), take(stem(source))])) };
  } finally {
    rmSync(work, { recursive: true });
  }
}

const HEAD = '// Made by `pnpm guest` from guest/; do not edit.\n';

function moduleOf({ objects, programs }) {
  const lines = (files) =>
    Object.entries(files).map(([name, bytes]) => `    ${name}: '${bytes.toString('base64')}',\n`);
  return (
    `${HEAD}import type { Prebuilt } from '../prebuilt.ts';\n\nexport const prebuilt: Prebuilt = {\n` +
    `  objects: {\n${lines(objects).join('')}  },\n  programs: {\n${lines(programs).join('')}  },\n};\n`
  );
}

/** Why the compilers that are installed cannot be used, if so. */
function obstacle() {
  for (const prefix of Object.values(TARGETS)) {
    let text;
    try {
      text = execFileSync(`${prefix}gcc`, ['--version'], { encoding: 'utf8' }).split('\n')[0];
    } catch {
      return `${prefix}gcc is not installed (Debian: apt install gcc-${prefix.slice(0, -1)})`;
    }
    if (!text.endsWith(VERSION)) return `needs ${prefix}gcc ${VERSION}, found: ${text}`;
  }
}

function main(check) {
  const problem = obstacle();
  if (problem !== undefined) {
    console.log(`guest: ${check ? 'check skipped' : 'not built'}: ${problem}`);
    return check ? 0 : 1;
  }
  const made = {
    'readme.ts': `${HEAD}export const readme = ${JSON.stringify(readFileSync(join(guest, 'user/README'), 'utf8'))};\n`,
  };
  for (const [endian, prefix] of Object.entries(TARGETS)) made[`${endian}.ts`] = moduleOf(build(prefix));

  if (!check) {
    for (const [name, text] of Object.entries(made)) writeFileSync(join(prebuilt, name), text);
    console.log(`guest: wrote ${Object.keys(made).join(', ')} to packages/unix/src/prebuilt`);
    return 0;
  }
  const different = Object.keys(made).filter(
    (name) => !existsSync(join(prebuilt, name)) || readFileSync(join(prebuilt, name), 'utf8') !== made[name],
  );
  console.log(
    different.length === 0
      ? `guest: ${Object.keys(made).length} modules rebuilt, byte for byte as in the repository`
      : `guest: a rebuild differs in ${different.join(', ')}; run \`pnpm guest\` and commit what it writes`,
  );
  return different.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.includes('--check'));
