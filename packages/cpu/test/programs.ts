// Random programs: every row, biased towards values and addresses where something happens.
import { encode, operandRange, type Row } from '@kseg/isa';
import fc from 'fast-check';

/** A word of `row` with operands from where it matters. */
function word(row: Row): fc.Arbitrary<number> {
  const operands = row.operands.map((operand): fc.Arbitrary<number> => {
    const { min, max, step } = operandRange(operand);
    switch (operand) {
      case 'branch16':
        return fc.integer({ min: -12, max: 12 }).map((words) => 4 * words);
      case 'target26':
        // Into the program, which lies at 0x1000.
        return fc.integer({ min: 0, max: 80 }).map((words) => 0x1000 + 4 * words);
      case 'offset16':
        return fc.oneof(
          { weight: 4, arbitrary: fc.integer({ min: -16, max: 16 }) },
          { weight: 1, arbitrary: fc.integer({ min, max }) },
        );
      default:
        return fc.integer({ min: Math.ceil(min / step), max: Math.floor(max / step) }).map((n) => n * step);
    }
  });
  return fc.tuple(...operands).map((values) => {
    try {
      return encode(row, values);
    } catch {
      // INS and EXT whose fields leave the register: the plain word.
      return row.match;
    }
  });
}

/** Rows that programs here do not contain: what they do depends on the host or is tested elsewhere. */
const LEFT_OUT = new Set([
  'wait',
  'sdbbp',
  'deret',
  'rdhwr',
  'rdpgpr',
  'wrpgpr',
  'mfc0',
  'mfc0:sel',
  'mtc0',
  'mtc0:sel',
]);

const CP0_READABLE = [0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 30];
/** Not Status (a program would lose its way at once), nor Cause.DC. */
const CP0_WRITABLE = [0, 2, 3, 4, 5, 6, 9, 10, 11, 14, 30];

export function programOf(rows: readonly Row[], length: number): fc.Arbitrary<number[]> {
  const plain = rows.filter(({ name, aliasOf }) => aliasOf === undefined && !LEFT_OUT.has(name));
  const of = (test: (row: Row) => boolean) => fc.oneof(...plain.filter(test).map(word));
  const register = fc.integer({ min: 0, max: 31 });
  const instruction = fc.oneof(
    {
      weight: 8,
      arbitrary: of(
        ({ delaySlot, reads, writes, privilege }) =>
          delaySlot === 'none' && privilege === 'none' && !reads.includes('mem') && !writes.includes('mem'),
      ),
    },
    { weight: 5, arbitrary: of(({ reads, writes }) => reads.includes('mem') || writes.includes('mem')) },
    { weight: 4, arbitrary: of(({ delaySlot }) => delaySlot !== 'none') },
    { weight: 1, arbitrary: of(({ privilege }) => privilege !== 'none') },
    {
      weight: 1,
      arbitrary: fc
        .tuple(register, fc.constantFrom(...CP0_READABLE))
        .map(([rt, rd]) => 0x4000_0000 | (rt << 16) | (rd << 11)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(register, fc.constantFrom(...CP0_WRITABLE))
        .map(([rt, rd]) => 0x4080_0000 | (rt << 16) | (rd << 11)),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
  );
  return fc.array(
    instruction.map((raw) => (isWait(raw) || isLeftOut(raw) ? 0 : raw >>> 0)),
    { minLength: length, maxLength: length },
  );
}

const isWait = (raw: number): boolean => (raw & 0xfe00_003f) >>> 0 === 0x4200_0020;
/** Random words that are rows of LEFT_OUT, or write Status or Cause. */
const isLeftOut = (raw: number): boolean =>
  raw >>> 26 === 0x1c && (raw & 63) === 0x3f
    ? true
    : raw >>> 26 === 0x1f && (raw & 63) === 0x3b
      ? true
      : raw >>> 26 === 0x10 &&
        (((raw >>> 21) & 31) === 4
          ? ![...CP0_WRITABLE].includes((raw >>> 11) & 31) || (raw & 7) !== 0
          : ((raw >>> 21) & 31) === 0
            ? (raw & 7) !== 0 || ![...CP0_READABLE].includes((raw >>> 11) & 31)
            : [10, 14].includes((raw >>> 21) & 31) || (raw & 0x3f) === 0x1f);

/** Register contents: small numbers, extremes, and addresses of data, code, devices and mapped pages. */
export const registerValue = fc.oneof(
  fc.integer({ min: -4, max: 4 }).map((value) => value >>> 0),
  fc.constantFrom(0x7fff_ffff, 0x8000_0000, 0xffff_8000, 0x0000_ffff),
  fc.integer({ min: 0, max: 64 }).map((offset) => (0x8000_8000 + offset) >>> 0),
  fc.integer({ min: 0, max: 80 }).map((index) => (0x8000_1000 + 4 * index) >>> 0),
  fc.integer({ min: 0, max: 80 }).map((index) => (0xa000_1000 + 4 * index) >>> 0),
  fc.integer({ min: 0, max: 0x7fff }).map((offset) => offset),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
