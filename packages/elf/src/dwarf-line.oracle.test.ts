// Compares the line table with what binutils' addr2line says for every instruction of compiled C.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLineTable } from './dwarf-line.ts';
import { readElf } from './read.ts';

const missing = ['mipsel-linux-gnu-gcc', 'mipsel-linux-gnu-addr2line', 'mips-linux-gnu-gcc'].filter((tool) => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0)
  console.info(
    `skipped: line-table oracle needs ${missing.join(', ')} (apt-get install gcc-mipsel-linux-gnu gcc-mips-linux-gnu)`,
  );

const dir = mkdtempSync(join(tmpdir(), 'kseg-dwarf-'));
afterAll(() => rmSync(dir, { recursive: true }));

const MAIN = `#include "part.h"
int _start(int x) {
  int sum = 0;
  for (int i = 0; i < x; i++)
    sum += twice(i);

  return sum > 10
    ? sum
    : -sum;
}
`;
const PART = `static inline int twice(int x) {
  if (x < 0)
    return 0;
  return x * 2 + (x >> 3);
}
`;

describe.skipIf(missing.length > 0)('the line table says what addr2line says', () => {
  it.each([2, 3, 4, 5].flatMap((version) => (['mipsel', 'mips'] as const).map((target) => [version, target] as const)))(
    'DWARF %i, %s',
    (version, target) => {
      writeFileSync(join(dir, 'main.c'), MAIN);
      writeFileSync(join(dir, 'part.h'), PART);
      const options = [
        '-mno-abicalls',
        '-fno-pic',
        '-nostdlib',
        '-static',
        '-Wl,-e,_start',
        '-Ttext=0x80100000',
        `-gdwarf-${version}`,
      ];
      for (const level of ['-O0', '-O2']) {
        execFileSync(`${target}-linux-gnu-gcc`, [level, ...options, '-w', 'main.c', '-o', 'prog'], { cwd: dir });
        const elf = readElf(new Uint8Array(readFileSync(join(dir, 'prog'))));
        const table = readLineTable(elf);
        const text = elf.sections.find(({ name }) => name === '.text')!;
        const code = elf.symbols.find(({ name }) => name === '_start')!;
        expect(code.size).toBeGreaterThan(40);
        const addresses = Array.from({ length: code.size / 4 }, (_, i) => code.value + i * 4);
        const hex = addresses.map((address) => `0x${address.toString(16)}`);
        const lines = execFileSync('mipsel-linux-gnu-addr2line', ['-e', join(dir, 'prog'), ...hex])
          .toString()
          .trim()
          .split('\n');
        const ours = addresses.map((address) => {
          const found = table.at(address)!;
          return `${found.file.replace(/^.*\//, '')}:${found.line}`;
        });
        expect(ours).toEqual(lines.map((line) => line.replace(/^.*\//, '').replace(/ \(discriminator \d+\)/, '')));
        expect(table.at(text.address + text.size + 0x1000)).toBeUndefined();
        expect(table.find('main.c', 5).length).toBeGreaterThan(0);
      }
    },
  );
});
