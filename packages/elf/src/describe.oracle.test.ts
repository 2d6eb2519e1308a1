// Every line that describeElf prints of compiled C is a line of binutils' readelf, and none of readelf's is missing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  describeHeader,
  describeRelocations,
  describeSections,
  describeSegments,
  describeSymbols,
} from './describe.ts';
import { readElf } from './read.ts';

const missing = ['mipsel-linux-gnu-gcc', 'mips-linux-gnu-gcc', 'mips-linux-gnu-readelf'].filter((tool) => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0)
  console.info(
    `skipped: readelf oracle needs ${missing.join(', ')} (apt-get install gcc-mipsel-linux-gnu gcc-mips-linux-gnu)`,
  );

const dir = mkdtempSync(join(tmpdir(), 'kseg-readelf-'));
afterAll(() => rmSync(dir, { recursive: true }));

const SOURCE = `extern int outside(int); static int zero[9]; int common; const char *text = "hello"; float f = 1.5f;
__attribute__((weak)) int weak(int x) { return x; }
__attribute__((visibility("hidden"))) int hidden = 3;
int _start(int x) { zero[1] += x; switch (x) { case 0: return 1; case 1: return 7; case 2: return weak(3); case 3: return 9; case 4: return 2; case 5: return 4; } return weak(common) + hidden + f; }
`;

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');

describe.skipIf(missing.length > 0)('describe prints what readelf prints', () => {
  const cases = ['mipsel', 'mips'].flatMap((target) =>
    ['-march=mips32r2', '-march=mips4', '-march=mips2 -G8 -fcommon'].flatMap((options) => [
      { target, options, kind: 'object' },
      { target, options, kind: 'executable' },
    ]),
  );
  it.each(cases)('$target $options $kind', ({ target, options, kind }) => {
    writeFileSync(join(dir, 'x.c'), SOURCE);
    const how = kind === 'object' ? ['-c'] : ['-nostdlib', '-static', '-Wl,-e,_start', '-Wl,-Ttext=0x80100000'];
    const flags = ['-mabi=32', '-mno-abicalls', '-fno-pic', '-O2', '-w', ...options.split(' '), ...how];
    execFileSync(`${target}-linux-gnu-gcc`, [...flags, 'x.c', '-o', 'x'], { cwd: dir });
    const elf = readElf(new Uint8Array(readFileSync(join(dir, 'x'))));
    const readelf = (option: string) =>
      lines(execFileSync('mips-linux-gnu-readelf', [option, '-W', join(dir, 'x')]).toString());

    expect(lines(describeHeader(elf))).toEqual(readelf('-h'));
    const from = (all: string[], first: RegExp, count: number) => {
      const at = all.findIndex((line) => first.test(line));
      return all.slice(at, at + count);
    };
    expect(lines(describeSections(elf))).toEqual(from(readelf('-S'), /\[Nr\]/, elf.sections.length + 1));
    expect(lines(describeSymbols(elf))).toEqual(from(readelf('-s'), /Num:/, elf.symbols.length + 1));
    if (kind === 'executable') {
      expect(lines(describeSegments(elf))).toEqual(from(readelf('-l'), /^ {2}Type/, elf.segments.length + 1));
    } else {
      const wanted = readelf('-r').filter((line) => !/^ Offset/.test(line));
      expect(elf.relocations.length).toBeGreaterThan(1);
      expect(lines(describeRelocations(elf))).toEqual(wanted);
    }
  });
});
