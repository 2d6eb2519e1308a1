import { describe, expect, it } from 'vitest';
import { gaiaDecode, gaiaDisassemble, gaiaEncode, gaiaOperandKinds, gaiaOperandsOf, gaiaRows } from './gaia.ts';
import { gaiaFieldMask } from './gaia-operands.ts';

const rows = gaiaRows.filter(({ aliasOf }) => aliasOf === undefined);
const named = (mnemonic: string) => gaiaRows.find((row) => row.mnemonic === mnemonic)!;

/** Numbers without a pattern that are the same in every run. */
function* words(count: number): Generator<number> {
  for (let i = 0, x = 1; i < count; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    yield (x ^ (x >>> 15)) >>> 0;
  }
}

describe('the GAIA table', () => {
  it('gives every word at most one row, and every row its words', () => {
    for (const word of words(20_000)) {
      const fitting = rows.filter(({ mask, match }) => ((word & mask) ^ match) === 0);
      expect(fitting.length).toBeLessThan(2);
      expect(gaiaDecode(word)).toBe(fitting[0]);
    }
    for (const row of rows) expect(gaiaDecode(row.match)).toBe(row);
  });

  it('has unique ids and mnemonics, and fields that neither overlap nor identify', () => {
    expect(new Set(gaiaRows.map(({ id }) => id)).size).toBe(gaiaRows.length);
    expect(new Set(gaiaRows.map(({ mnemonic }) => mnemonic)).size).toBe(gaiaRows.length);
    for (const { mask, match, filler, operands } of gaiaRows) {
      expect(match & ~mask).toBe(0);
      let taken = mask | filler;
      for (const operand of operands) {
        expect(taken & gaiaFieldMask(operand)).toBe(0);
        taken |= gaiaFieldMask(operand);
      }
    }
  });

  it('leaves exactly the unassigned encodings without a row', () => {
    const missing = new Set([...words(20_000)].filter((word) => gaiaDecode(word) === undefined).map((w) => w >>> 28));
    expect([...missing].sort((a, b) => a - b)).toEqual([0, 1, 10, 11]);
    const tags = Array.from({ length: 32 }, (_, tag) => tag);
    expect(tags.filter((tag) => gaiaDecode(tag) === undefined)).toEqual([
      9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    ]);
    expect(tags.filter((tag) => gaiaDecode(0x1000_0000 | tag) !== undefined)).toEqual([0, 1, 2, 4, 5, 6, 7, 8]);
  });

  it('encodes what it reads back', () => {
    for (const row of gaiaRows)
      for (const pick of [0, 1, 2]) {
        const operands = row.operands.map((operand) => {
          const { width, signed, scale } = gaiaOperandKinds[operand];
          const low = signed ? -(2 ** (width - 1)) : 0;
          return [low, low + 2 ** width - 1, low + 5][pick]! * 2 ** scale;
        });
        expect(gaiaOperandsOf(row, gaiaEncode(row, operands))).toEqual(operands);
      }
  });

  it('refuses operands that do not fit', () => {
    expect(() => gaiaEncode(named('add'), [1, 2, 3, 128])).toThrow(/literal is 128: must be -128 to 127/);
    expect(() => gaiaEncode(named('ld'), [1, 2, 6])).toThrow(/must be a multiple of 4/);
    expect(() => gaiaEncode(named('jr'), [1])).toThrow(/takes 2 operands/);
    expect(() => gaiaEncode(named('jr'), [1, 32])).toThrow(/must be 0 to 31/);
  });
});

describe('gaiaDisassemble', () => {
  it('writes what the assembler reads', () => {
    expect(gaiaDisassemble(0)).toBe('nop');
    expect(gaiaDisassemble(0xffff_ffff)).toBe('halt');
    expect(gaiaDisassemble(0, { aliases: false })).toBe('add r0, r0, r0, 0');
    expect(gaiaDisassemble(gaiaEncode(named('fadd.abs.neg'), [1, 2, 3]))).toBe('fadd.abs.neg r1, r2, r3');
    expect(gaiaDisassemble(gaiaEncode(named('ld'), [1, 30, -4]))).toBe('ld r1, rsp, -4');
    expect(gaiaDisassemble(gaiaEncode(named('bne+'), [1, 0, -8]), { address: 0x2000 })).toBe(
      'bne+ r1, r0, -8 # 0x00001ffc',
    );
    expect(gaiaDisassemble(0xc000_0000)).toBe('sysenter');
  });

  it('writes as data what no text assembles to', () => {
    expect(gaiaDisassemble(0xa000_0001)).toBe('.int 0xa0000001');
    expect(gaiaDisassemble(0xd000_0001)).toBe('.int 0xd0000001 # sysexit');
    expect(gaiaDisassemble(0xe081_0001)).toBe('.int 0xe0810001 # bne r1, r0, 4');
    expect(gaiaDisassemble(0x0000_001c)).toBe('.int 0x0000001c # fcmpne r0, r0, r0');
  });
});
