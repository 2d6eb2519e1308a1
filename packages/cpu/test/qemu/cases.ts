// Random cases for the differential runs: every row of a model that a user program can execute.
import { encode, operandRange, type Row } from '@kseg/isa';
import fc from 'fast-check';
import { type Case, PROGRAM_WORDS } from './differential.ts';

/**
 * Left out: what ends debugging or leaves the program (jumps to registers, JALX), what differs by design (QEMU treats SYNCI and CACHE as
 * nothing, and PREFX, and an SC that fails does not look at its address; FORK is nothing, too, and so is YIELD of 0), and CTC1, which would
 * switch on flushing to zero.
 */
const LEFT_OUT = new Set(
  'sdbbp deret jr jr.hb jalr jalr.hb j jal wait synci cache sc ctc1 prefx fork yield'.split(' '),
);

const float = fc.oneof(
  fc.constantFrom(
    0,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7fbf_ffff,
    0x7fc0_0000,
    1,
    0x007f_ffff,
    0x7f7f_ffff,
    0x4f00_0000,
  ),
  fc.constantFrom(
    0x3ff0_0000,
    0xbff0_0000,
    0x7ff0_0000,
    0x7ff7_ffff,
    0x7ff8_0000,
    0x0010_0000,
    0x000f_ffff,
    0x41e0_0000,
    0x43e0_0000,
  ),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

const value = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 0x1ff0 }).map((offset) => 0x0001_0000 + offset) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0x1fe }).map((index) => 0x0001_0000 + 8 * index) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0x0002_0000,
      0x0003_0000,
      0x8000_0000,
      0x0040_0000,
      0x7fff_ffff,
      0xffff_ffff,
      0xffff_8000,
      0,
      1,
      31,
    ),
  },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
  { weight: 1, arbitrary: fc.integer({ min: -8, max: 8 }).map((n) => n >>> 0) },
);

/** Bytes and halves at the ends of their ranges, where sums, products and shifts saturate. */
const half = fc.oneof(
  fc.constantFrom(0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, 0x7f80, 0x7f81, 0x4000, 0xc000, 0x00ff, 0xff00, 0x7f7f, 0x8080),
  fc.integer({ min: 0, max: 0xffff }),
);
const vector = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(half, half).map(([a, b]) => ((a << 16) | b) >>> 0) },
  { weight: 3, arbitrary: value },
  { weight: 1, arbitrary: fc.constantFrom(0x8000_0000, 0x7fff_ffff, 0x7fff_7fff, 0x7fff_8000, 0xffff_ffff) },
);

/** HI and LO of an accumulator: a sign-extended word, near the ends of 32 and 64 bits, or anything. */
const accumulator = fc.oneof(
  vector.map((lo) => [lo >>> 31 === 0 ? 0 : 0xffff_ffff, lo]),
  fc.tuple(
    fc.constantFrom(0, 1, 0xffff_ffff, 0xffff_fffe, 0x7fff_ffff, 0x8000_0000),
    fc.constantFrom(0, 1, 0xffff_ffff, 0xffff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001),
  ),
  fc.tuple(vector, vector),
);

function word(row: Row): fc.Arbitrary<number> {
  const operands = row.operands.map((operand): fc.Arbitrary<number> => {
    const { min, max, step } = operandRange(operand);
    if (operand === 'branch16') return fc.integer({ min: 0, max: 8 }).map((words) => 4 * words);
    // QEMU reads FCSR from control registers that do not exist.
    if (operand === 'fcr') return fc.constantFrom(0, 25, 26, 28, 31);
    if (operand === 'offset16')
      return fc.oneof(
        fc.integer({ min: -16, max: 16 }).map((n) => 4 * n),
        fc.integer({ min: -9, max: 9 }),
      );
    return fc.integer({ min: Math.ceil(min / step), max: Math.floor(max / step) }).map((n) => n * step);
  });
  return fc.tuple(...operands).map((values) => {
    try {
      const raw = encode(row, values);
      // QEMU drops a branch that is never taken, and with it the delay slot: an exception in it has no BD there.
      return (row.delaySlot !== 'none' && neverTaken(raw)) || writesNothing(row, raw) ? 0 : raw;
    } catch {
      return row.match;
    }
  });
}

/** Whether an instruction of the DSP ASE has $0 as its destination: nothing for QEMU, which loses its flags and its exceptions. */
const writesNothing = ({ privilege, writes }: Row, raw: number): boolean =>
  privilege === 'dsp' &&
  ((writes.includes('rd') && ((raw >>> 11) & 31) === 0) || (writes.includes('rt') && ((raw >>> 16) & 31) === 0));

/** Whether a branch compares a register with itself, or register 0 with zero. */
const neverTaken = (raw: number): boolean => {
  const rs = (raw >>> 21) & 31;
  return raw >>> 26 !== 0x11 && (rs === 0 || (raw >>> 26 !== 1 && rs === ((raw >>> 16) & 31)));
};

/** Cases over the rows of a model; `floating` when it has an FPU. */
export function cases(rows: readonly Row[], floating: boolean): fc.Arbitrary<Case> {
  const plain = rows.filter(
    // QEMU makes coprocessor 2's own opcode a reserved instruction; the architecture says unusable (vol. III §5.2.5).
    ({ name, aliasOf, match }) => aliasOf === undefined && !LEFT_OUT.has(name) && match >>> 26 !== 0x12,
  );
  const branches = plain.filter(({ delaySlot }) => delaySlot !== 'none');
  const isBranch = (raw: number) => branches.some(({ mask, match }) => (raw & mask) >>> 0 === match);
  const pick = (test: (row: Row) => boolean) => fc.oneof(...plain.filter(test).map(word));
  const isFpu = (row: Row) => row.privilege === 'cop1';
  const isDsp = (row: Row) => row.privilege === 'dsp';
  const hasDsp = plain.some(isDsp);
  const isMemory = ({ reads, writes }: Row) => reads.includes('mem') || writes.includes('mem');
  const integer = [
    ...(hasDsp ? [{ weight: 24, arbitrary: pick(isDsp) }] : []),
    { weight: 8, arbitrary: pick((row) => !isFpu(row) && !isMemory(row) && row.delaySlot === 'none') },
    { weight: 5, arbitrary: pick((row) => !isFpu(row) && isMemory(row)) },
    { weight: 3, arbitrary: pick((row) => !isFpu(row) && row.delaySlot !== 'none') },
  ];
  const instruction = floating ? fc.oneof(...integer, { weight: 12, arbitrary: pick(isFpu) }) : fc.oneof(...integer);
  const words = (arbitrary: fc.Arbitrary<number>, length: number) =>
    fc.array(arbitrary, { minLength: length, maxLength: length });
  // User mode behind EXL; with an FPU CU1, and FR as it comes; with the DSP ASE mostly MX.
  const status = fc
    .tuple(
      floating ? fc.constantFrom(0x2000_0012, 0x2400_0012) : fc.constant(0x12),
      hasDsp ? fc.constantFrom(...new Array<number>(9).fill(1 << 24), 0) : fc.constant(0),
    )
    .map(([enables, mx]) => enables | mx);
  const general = hasDsp ? vector : value;
  const all = fc.record({
    status,
    fcsr: fc
      .tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(0, 0, 0, 0x1f, 0x10, 0x01),
        fc.integer({ min: 0, max: 0xff }),
      )
      .map(
        ([rounding, enables, conditions]) =>
          rounding | (enables << 7) | ((conditions & 0xfe) << 24) | ((conditions & 1) << 23),
      ),
    hi: general,
    lo: general,
    gpr: words(general, 32).map(([, ...rest]) => [0, ...rest]),
    fpr: words(float, 64),
    dsp: fc.tuple(vector, accumulator, accumulator, accumulator).map((parts) => parts.flat()),
    program: words(instruction, PROGRAM_WORDS).map((program) =>
      // A branch in a delay slot is UNPREDICTABLE.
      program.map((raw, i) => (i > 0 && isBranch(raw) && isBranch(program[i - 1]!) ? 0 : raw)),
    ),
  });
  return all.map((made) => ({ ...made, program: made.program.map((raw) => (isOddMove(raw, made.status) ? 0 : raw)) }));
}

/** MOVF.D to MOVN.D of odd registers with Status.FR = 0: UNPREDICTABLE, and for QEMU the even registers. */
const isOddMove = (raw: number, status: number): boolean =>
  (status & (1 << 26)) === 0 && raw >>> 21 === 0x231 && [0x11, 0x12, 0x13].includes(raw & 63) && (raw & 0x0840) !== 0;
