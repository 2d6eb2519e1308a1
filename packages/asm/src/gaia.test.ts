import { describe, expect, it } from 'vitest';
import type { AssemblyError } from './diagnostics.ts';
import { assembleGaia, type GaiaOptions } from './gaia.ts';

const words = (text: string, options: GaiaOptions = { start: null, sizeHeader: false }) => {
  const { bytes } = assembleGaia([{ name: 'a.s', text }], options);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, i) =>
    view
      .getUint32(i * 4, true)
      .toString(16)
      .padStart(8, '0'),
  );
};

describe('assembleGaia', () => {
  it('makes the bytes that the original assembler was seen to make', () => {
    const sources = [
      { name: 'a.s', text: 'main:\n call X\n mov r1, Y\n nop\n.global main\nY:\n' },
      {
        name: 'b.s',
        text: '.global X\nX:\n ret\n.float 0.1\n.string "a#b, c\\x41"\n mov r1, 0xffff8000\n mov r2, 4294967295\n mov r3, -32769\n.int 1<<31 | 5, ~0, 7 / -2, -7 % 3\n',
      },
    ];
    const seen =
      '600000000820802e0000f75efffff88f8100780f0000f80f0400034e80007c0ffffff86f28208020000000000000f35ecdcccc3d6123622c2063410000808020' +
      'ffff8430ffff0021ffff0831ff7f8021ffff8c3105000080fffffffffcffffff02000000';
    expect([...assembleGaia(sources).bytes].map((b) => b.toString(16).padStart(2, '0')).join('')).toBe(seen);
  });

  it('takes the shortest form of a call and of a constant that its rounds find', () => {
    // 24 bytes within reach of JL, 28 where the target is a small number, 32 else.
    expect(words('main:\n call main\n')).toHaveLength(6);
    expect(
      words('main:\n call near\n .space 0x30000\nnear:\n', { start: null, sizeHeader: false, entry: 0x100 }),
    ).toHaveLength(8 + 0xc000);
    expect(words(' mov r1, 5\n')).toEqual(['20800005']);
    expect(words(' mov r1, 0x12345678\n')).toEqual(['20805678', '30841234']);
  });

  it('sees a file’s own labels first, then one global elsewhere', () => {
    const { symbols } = assembleGaia(
      [
        { name: 'a.s', text: '.global main\nmain:\n br loop\nloop:\n br other\n' },
        { name: 'b.s', text: 'loop:\n nop\n.global other\nother:\n br loop\n' },
      ],
      { entry: 0 },
    );
    expect(symbols).toEqual({ main: 8, other: 20 });
  });

  it('knows labels by any name', () => {
    const text = '.global constructor\n.global __proto__\n nop\n__proto__:\n nop\nconstructor:\n';
    const { symbols } = assembleGaia([{ name: 'a.s', text }], { start: null, entry: 0 });
    expect(Object.entries(symbols)).toEqual([
      ['constructor', 8],
      ['__proto__', 4],
    ]);
  });

  it('reports all errors of all files at once', () => {
    try {
      assembleGaia([{ name: 'a.s', text: 'main:\n addd r1, r2, r3\n mov r1, nowhere\n ld r1, r2, 3\n' }]);
      expect.unreachable();
    } catch (e) {
      const { code, data } = e as AssemblyError;
      expect(code).toBe('KSEG_ASM_FAILED');
      expect(data.diagnostics.map(({ file, line, message, suggestion }) => [file, line, message, suggestion])).toEqual([
        ['a.s', 2, "unknown instruction 'addd'", 'adda'],
        ['a.s', 3, "label 'nowhere' is not defined", undefined],
        ['a.s', 4, 'displacement 3 is not a multiple of 4', undefined],
      ]);
    }
  });
});
