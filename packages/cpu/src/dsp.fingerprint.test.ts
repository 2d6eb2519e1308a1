// What every row makes of a thousand sets of biased operands, as one number each. They were taken when 62,000 random programs ended as on QEMU
// (qemu.oracle.test.ts), and keep that so where there is no QEMU.
import { dsp, dspr2, encode, type OperandName, operandRange, type Row } from '@kseg/isa';
import { describe, expect, it } from 'vitest';
import { fingerprints } from '../test/dsp-fingerprints.ts';
import { dspOperations, execute } from './dsp/index.ts';
import { AC1, DSP_CONTROL } from './state.ts';

const ROUNDS = 1000;
const [T0, T1, T2] = [8, 9, 10];
const CORNERS = [0, 1, 0x7fff, 0x8000, 0xffff, 0x7f80, 0x7f81, 0x4000, 0xff00, 0x00ff, 0x8080, 0x7f7f];

/** Over t0 to t2, accumulator 1 and DSPControl as they come. */
function fingerprint(row: Row): number {
  let seed = 12345;
  const random = () => {
    // xorshift32 (Marsaglia)
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 0;
  };
  const half = () => ((random() & 1) === 0 ? CORNERS[random() % CORNERS.length]! : random() & 0xffff);
  const value = () => (half() << 16) | half();
  const registers: Partial<Record<OperandName, number>> = { rs: T0, rt: T1, rd: T2, ac11: 1, ac21: 1 };
  const state = new Int32Array(256);
  let hash = 0x811c_9dc5;
  for (let round = 0; round < ROUNDS; round++) {
    const word = encode(
      row,
      row.operands.map((operand) => {
        const { min, max } = operandRange(operand);
        return registers[operand] ?? min + (random() % (max - min + 1));
      }),
    );
    state[T0] = value();
    state[T1] = value();
    state[T2] = value();
    state[AC1 + 1] = value();
    state[AC1] = (random() & 1) === 0 ? state[AC1 + 1]! >> 31 : value();
    state[DSP_CONTROL] = random() & 0x0f00_7fbf;
    execute(state, word);
    // FNV-1a by words, with the high bits, which multiplication leaves there, folded in
    for (const place of [T1, T2, AC1, AC1 + 1, DSP_CONTROL])
      hash = Math.imul(hash ^ (hash >>> 15) ^ state[place]!, 0x0100_0193);
  }
  return hash >>> 0;
}

describe('every row of the DSP ASE does what it did beside QEMU', () => {
  const rows = [...dsp, ...dspr2].filter(({ name }) => dspOperations.has(name));
  it.each(rows.map((row) => [row.name, row] as const))('%s', (name, row) => {
    expect(fingerprint(row)).toBe(fingerprints[name]);
  });
});
