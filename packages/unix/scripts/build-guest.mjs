// Builds guest/ with Debian's cross-compilers and writes the results to src/prebuilt/ as TypeScript modules.
//
//   node build-guest.mjs           rebuild
//   node build-guest.mjs --check   prove that a rebuild gives what the repository holds, byte for byte
//
// Only one compiler version gives those bytes; with any other the check says so and passes.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, drivers, guest, home, kernelSources, obstacle, PREFIXES, run, sources, stem } from './toolchain.mjs';

const prebuilt = join(home, 'src', 'prebuilt');

/** What the assembler adds and nobody reads. */
const NOISE = ['.comment', '.pdr', '.gnu.attributes', '.MIPS.abiflags', '.reginfo', '.note.GNU-stack'];

/** Objects and programs for one byte order, by name. */
function build(prefix) {
  const work = mkdtempSync(join(tmpdir(), 'guest-'));
  const at = (name) => join(work, name);
  const take = (name) => readFileSync(at(name));
  try {
    const parts = kernelSources();
    for (const source of parts) compile(prefix, guest, source, at(`${stem(source)}.o`));
    const core = parts.map(stem).filter((name) => !drivers.includes(name));
    run(guest, `${prefix}ld`, '-r', '-o', at('kernel.o'), ...core.map((name) => at(`${name}.o`)));
    const kept = ['kernel', ...drivers];
    const strip = ['-D', '--strip-unneeded', ...NOISE.map((section) => `-R${section}`)];
    for (const name of kept) run(guest, `${prefix}objcopy`, ...strip, at(`${name}.o`));
    const objects = Object.fromEntries(kept.map((name) => [name, take(`${name}.o`)]));

    const library = sources('user/lib', 'lib');
    const mains = sources('user');
    const objectOf = (source) => at(`user-${stem(source)}.o`);
    for (const source of [...library, ...mains]) compile(prefix, guest, source, objectOf(source), { sections: true });
    const options = ['-n', '-s', '--gc-sections', '-Tuser/user.ld'];
    for (const source of mains)
      run(guest, `${prefix}ld`, ...options, '-o', at(stem(source)), ...library.map(objectOf), objectOf(source));
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

function main(check) {
  const problem = obstacle();
  if (problem !== undefined) {
    console.log(`guest: ${check ? 'check skipped' : 'not built'}: ${problem}`);
    return check ? 0 : 1;
  }
  const readme = JSON.stringify(readFileSync(join(guest, 'user/README'), 'utf8'));
  const made = { 'readme.ts': `${HEAD}export const readme = ${readme};\n` };
  for (const [endian, prefix] of Object.entries(PREFIXES)) made[`${endian}.ts`] = moduleOf(build(prefix));

  const names = Object.keys(made);
  if (!check) {
    for (const name of names) writeFileSync(join(prebuilt, name), made[name]);
    console.log(`guest: wrote ${names.join(', ')} to packages/unix/src/prebuilt`);
    return 0;
  }
  const held = (name) => existsSync(join(prebuilt, name)) && readFileSync(join(prebuilt, name), 'utf8');
  const different = names.filter((name) => held(name) !== made[name]);
  console.log(
    different.length === 0
      ? `guest: ${names.length} modules rebuilt, byte for byte as in the repository`
      : `guest: a rebuild differs in ${different.join(', ')}; run \`pnpm guest\` and commit what it writes`,
  );
  return different.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.includes('--check'));
