// Debian's cross-compilers, held to the one version whose output is in the repository.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '(Debian 12.2.0-14) 12.2.0';

export const PREFIXES = { little: 'mipsel-linux-gnu-', big: 'mips-linux-gnu-' };

export const home = dirname(dirname(fileURLToPath(import.meta.url)));
export const guest = join(home, 'guest');

const FLAGS = [
  ...['-std=gnu11', '-Os', '-march=mips32r2', '-mabi=32', '-msoft-float', '-mno-abicalls', '-fno-pic', '-G0'],
  ...['-ffreestanding', '-fno-common', '-fno-tree-loop-distribute-patterns', '-fno-asynchronous-unwind-tables'],
  ...['-fno-stack-protector', '-fno-ident'],
];
const WARNINGS = ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-missing-field-initializers', '-Werror'];

/** Why the compilers that are installed cannot be used, if so. */
export function obstacle() {
  for (const prefix of Object.values(PREFIXES)) {
    let text;
    try {
      text = execFileSync(`${prefix}gcc`, ['--version'], { encoding: 'utf8' }).split('\n')[0];
    } catch {
      return `${prefix}gcc is not installed (Debian: apt install gcc-${prefix.slice(0, -1)})`;
    }
    if (!text.endsWith(VERSION)) return `needs ${prefix}gcc ${VERSION}, found: ${text}`;
  }
}

/** Runs a tool in the folder of the sources. */
export function run(cwd, tool, ...words) {
  execFileSync(tool, words, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, LC_ALL: 'C' } });
}

/**
 * Compiles one source, named by its path in `from`: to an object, or to assembly text for a name in `.s`. `lenient` lets warnings pass;
 * `plain` has as put in no SYNC before LL, which Debian's does for the sake of one Loongson.
 */
export function compile(prefix, from, source, output, { sections = false, lenient = false, plain = false } = {}) {
  const more = [...(sections ? ['-ffunction-sections', '-fdata-sections'] : []), ...(lenient ? ['-w'] : WARNINGS)];
  const fixed = [`-ffile-prefix-map=${from}=.`, `-frandom-seed=${source}`];
  const to = [output.endsWith('.s') ? '-S' : '-c', ...(plain ? ['-Wa,-mno-fix-loongson3-llsc'] : [])];
  run(from, `${prefix}gcc`, ...FLAGS, ...more, ...fixed, ...to, source, '-o', output);
}

/** A source's name without folder and extension. */
export const stem = (path) => basename(path, extname(path));

/** The C and assembly sources in these folders of the guest. */
export const sources = (...folders) =>
  folders.flatMap((folder) =>
    readdirSync(join(guest, folder))
      .filter((name) => /\.[cS]$/.test(name))
      .sort()
      .map((name) => `${folder}/${name}`),
  );

/** Objects that only one kind of kernel has. */
export const drivers = ['ata', 'memide'];

/** All of the kernel. entry.S comes first: pages.c takes its start for the image's. */
export const kernelSources = () => {
  const all = sources('kernel', 'kernel/fs', 'kernel/dev', 'lib');
  return ['kernel/entry.S', ...all.filter((source) => source !== 'kernel/entry.S')];
};
