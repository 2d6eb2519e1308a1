import { describe, expect, it } from 'vitest';
import { type Board, ram, rom } from './board.ts';
import { cHeader, linkerRegions } from './describe.ts';

const board: Board = {
  name: '68k+mips board',
  cpu: '24Kc',
  endian: 'big',
  clock: 1e6,
  parts: [ram('main ram', 0, 0x1000), ram('2nd.ram', 0x1000, 0x1000), rom('boot-rom', 0x1fc0_0000, 0x1000)],
};

describe('names of parts that no linker or compiler takes', () => {
  it('are made ones that it does, as regions', () => {
    expect(linkerRegions(board).split('\n').slice(2, -2)).toEqual([
      '  main_ram (rwx) : ORIGIN = 0x00000000, LENGTH = 0x00001000',
      '  _2nd_ram (rwx) : ORIGIN = 0x00001000, LENGTH = 0x00001000',
      '  boot_rom (rx) : ORIGIN = 0x1fc00000, LENGTH = 0x00001000',
    ]);
  });

  it('are made ones that it does, as macros', () => {
    const names = cHeader(board).match(/(?<=#define )\S+/g);
    expect(names).toContain('_68K_MIPS_BOARD_2ND_RAM_BASE');
    expect(names?.filter((name) => !/^[A-Z_][A-Z0-9_]*$/.test(name))).toEqual([]);
  });
});
