// What a board exports, judged by the tools that will read it: dtc, a C compiler's preprocessor, a linker.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DevicePart } from './board.ts';
import { boards } from './boards.ts';
import { cHeader, linkerRegions } from './describe.ts';
import { deviceTreeBlob, deviceTreeSource } from './device-tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'kseg-exports-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const missing = (tool: string) => {
  const absent = spawnSync(tool, ['--version']).error !== undefined;
  if (absent) console.warn(`skipped: ${tool} is not installed`);
  return absent;
};

const all = boards.map(({ name, create }) => [name, create()] as const);

describe.skipIf(missing('dtc'))('dtc', () => {
  const decompile = (blob: string) =>
    execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts', '-s', blob], { encoding: 'utf8' });

  it.each(all)('compiles the source of %s to what the blob says', (_name, board) => {
    const source = file('board.dts', deviceTreeSource(board));
    const compiled = spawnSync('dtc', ['-I', 'dts', '-O', 'dtb', '-o', join(folder, 'theirs.dtb'), source], {
      encoding: 'utf8',
    });
    expect(compiled.stderr).not.toMatch(/error/i);
    expect(compiled.status).toBe(0);
    // dtc numbers phandles in its own order; what they refer to must agree.
    const resolved = (text: string) => {
      const names = new Map(
        [...text.matchAll(/([\w-]+@?[0-9a-f]*) \{(?:(?!\n\t*\w[^=\n]*\{)[\s\S])*?phandle = <(0x[0-9a-f]+)>/g)].map(
          ([, name, number]) => [number!, name!],
        ),
      );
      return text
        .replaceAll(/phandle = <(0x[0-9a-f]+)>;/g, (_, number) => `phandle of ${names.get(number)}`)
        .replaceAll(/interrupts-extended = <([^>]*)>/g, (_, cells: string) =>
          cells
            .split(' ')
            .map((cell, i) => (i % 2 === 0 ? names.get(cell) : cell))
            .join(' '),
        );
    };
    expect(resolved(decompile(file('ours.dtb', deviceTreeBlob(board))))).toBe(
      resolved(decompile(join(folder, 'theirs.dtb'))),
    );
  });
});

describe.skipIf(missing('mipsel-linux-gnu-gcc'))('gcc and ld', () => {
  it.each(all)('take the header and the regions of %s', (name, board) => {
    file('board.h', cHeader(board));
    const prefix = name.toUpperCase();
    // Any device with one window, and one with an interrupt where the board has any.
    const single = board.parts.filter((part) => part.part === 'device' && part.windows.length === 1) as DevicePart[];
    const part = single.find(({ irqs }) => typeof irqs?.['irq'] === 'string') ?? single[0]!;
    const macro = `${prefix}_${part.name.toUpperCase().replaceAll('-', '_')}`;
    const irq = part.irqs?.['irq'];
    const claims = [
      `${macro}_BASE == ${part.windows[0]!.base}u`,
      ...(typeof irq === 'string' ? [`${macro}_IRQ == ${irq.replace(/.*\./, '')}`] : []),
    ];
    expect(claims).toHaveLength(name === 'gaia3' ? 1 : 2);
    const source = file(
      'board.c',
      `#include "board.h"\nunsigned base = ${macro}_BASE, hz = ${prefix}_CLOCK_HZ;\n_Static_assert(${claims.join(' && ')}, "");`,
    );
    execFileSync('mipsel-linux-gnu-gcc', [
      '-Wall',
      '-Werror',
      '-I',
      folder,
      '-c',
      '-o',
      join(folder, 'board.o'),
      source,
    ]);
    const ram = board.parts.find(({ part }) => part === 'ram')!.name.replaceAll('-', '_');
    const script = file(
      'board.ld',
      `${linkerRegions(board)}SECTIONS { .data : { *(.data*) } > ${ram} /DISCARD/ : { *(*) } }`,
    );
    execFileSync('mipsel-linux-gnu-ld', ['-T', script, '-o', join(folder, 'board.elf'), join(folder, 'board.o')], {
      stdio: 'pipe',
    });
  });
});
