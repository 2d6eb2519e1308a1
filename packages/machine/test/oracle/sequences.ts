// Instructions that random operands would seldom show at work, or that QEMU carries out as it should only among certain others: each draw
// is a short sequence into whose middle nothing branches.
import type { Random } from './random.ts';
import type { Traits } from './traits.ts';

export interface Sequence {
  /** Rows of the table that it draws. */
  readonly rows: readonly string[];
  readonly words: (random: Random) => number[];
}

/** Registers that programs write. */
export const TARGETS = Array.from({ length: 32 }, (_, i) => i).filter((i) => i < 24 || i === 25 || i === 31);
const NONZERO = TARGETS.slice(1);

/** LUI and ORI. */
export const loadWords = (rt: number, value: number): [number, number] => [
  (0x3c00_0000 | (rt << 16) | (value >>> 16)) >>> 0,
  (0x3400_0000 | (rt << 21) | (rt << 16) | (value & 0xffff)) >>> 0,
];

type Cp0 = readonly [number: number, select: number];
const mfc0 = (rt: number, [number, select]: Cp0) => (0x4000_0000 | (rt << 16) | (number << 11) | select) >>> 0;
const mtc0 = (rt: number, [number, select]: Cp0) => (0x4080_0000 | (rt << 16) | (number << 11) | select) >>> 0;

/** To the instruction behind the slot: QEMU translates what follows as a block of its own. */
const FENCE = [0x1000_0001, 0];

/** Shadow sets 0 and 0: QEMU's moves go past the registers that it holds in its host's (DEVIATIONS.md), which are none behind a fence. */
const shadow: readonly Sequence[] = (
  [
    ['rdpgpr', 0x4140_0000],
    ['wrpgpr', 0x41c0_0000],
  ] as const
).map(([name, match]) => ({
  rows: [name],
  words: (random) => [...FENCE, (match | (random.pick(NONZERO) << 16) | (random.pick(NONZERO) << 11)) >>> 0, ...FENCE],
}));

const WATCH_LO: Cp0 = [18, 0];
const WATCH_HI: Cp0 = [19, 0];
/** The watch registers, with nothing watched: QEMU has no watch exceptions (DEVIATIONS.md). */
const watch: readonly Sequence[] = [
  {
    rows: ['mfc0', 'mtc0'],
    words: (random) => {
      const rt = random.pick(NONZERO);
      const [register, value] = random.oneIn(2)
        ? [WATCH_LO, random.word() & ~7]
        : [WATCH_HI, random.word() & 0x40ff_0ff8];
      return [...loadWords(rt, value >>> 0), mtc0(rt, register), mfc0(random.pick(NONZERO), register)];
    },
  },
];

// ---- the MT ASE

const [MVP_CONTROL, VPE_CONTROL, VPE_CONF0, VPE_CONF1, TC_STATUS, TC_BIND] = [
  [0, 1],
  [1, 1],
  [1, 2],
  [1, 3],
  [2, 1],
  [2, 2],
] as const;
const VPE_PLAIN: readonly Cp0[] = [
  [1, 5],
  [1, 6],
  [1, 7],
];
const TC_PLAIN: readonly Cp0[] = [
  [2, 5],
  [2, 6],
  [2, 7],
];
/** All but TCRestart (DEVIATIONS.md). */
const READABLE: readonly Cp0[] = [
  ...[MVP_CONTROL, [0, 2] as const, [0, 3] as const, VPE_CONTROL, VPE_CONF0, VPE_CONF1, [1, 4] as const, ...VPE_PLAIN],
  ...[TC_STATUS, TC_BIND, [2, 4] as const, ...TC_PLAIN],
  ...[1, 2, 3, 4, 5].map((select) => [6, select] as const),
];
/**
 * What MFTR reaches of CP0 on both machines (DEVIATIONS.md): of register 1, VPEControl and VPEConf0 alone. Not EntryHi, which is
 * UNPREDICTABLE behind an address error.
 */
const REACHABLE: readonly Cp0[] = [
  ...READABLE.filter(([number, select]) => number !== 1 || select < 3),
  ...([8, 14, 16] as const).map((number) => [number, 0] as const),
];
const TE = 0x8000;
const EXCPT_FREE = 0x0030_0000;
const FCSR_QUIET = 0xfe83_007f;
const DSP_CONTROL_BITS = 0x0fff_7fbf;
/** DT, DA, CU1, CU0 and the ASID. A would free the thread, TKSU take the program away, and IXMT and TMX are in DEVIATIONS.md. */
const TC_STATUS_FREE = 0x3010_80ff;

/** A register and a value such that both machines do the same: EVP, TE, MVP and VPA stay set, and TargTC as it is (DEVIATIONS.md). */
function writable(random: Random): [Cp0, number] {
  switch (random.below(6)) {
    case 0:
      return [MVP_CONTROL, random.word() | 1];
    case 1:
      return [VPE_CONTROL, (random.word() & EXCPT_FREE) | TE];
    case 2:
      return [VPE_CONF0, random.word() | 3];
    case 3:
      return [VPE_CONF1, random.word()];
    case 4:
      return [TC_BIND, random.word() & 0x0002_0000];
    default:
      return [random.pick([...VPE_PLAIN, ...TC_PLAIN]), random.word()];
  }
}

const mftr = (rd: number, rt: number, selection: number) => (0x4100_0000 | (rt << 16) | (rd << 11) | selection) >>> 0;
const mttr = (rt: number, rd: number, selection: number) => (0x4180_0000 | (rt << 16) | (rd << 11) | selection) >>> 0;
/** The `u` bit: not CP0. */
const U = 0x20;
const H = 0x10;
/** HI, LO and DSPControl; ACX is in DEVIATIONS.md. */
const isAcx = (number: number) => number < 16 && (number & 3) === 2;
const ACCUMULATORS = [0, 1, 4, 5, 8, 9, 12, 13];

function moveFrom(random: Random): number {
  // To $0 it is a NOP for QEMU, as MFC0 is (DEVIATIONS.md).
  const rd = random.pick(NONZERO);
  switch (random.below(6)) {
    case 0: {
      const [number, select] = random.pick(REACHABLE);
      return mftr(rd, number, select);
    }
    case 1:
      return mftr(rd, 1 + random.below(25), U);
    case 2: {
      const number = random.below(32);
      return mftr(rd, isAcx(number) ? 16 : number, U | 1);
    }
    case 3:
      return mftr(rd, random.below(32), U | 2 | (random.oneIn(2) ? H : 0));
    case 4:
      return mftr(rd, random.pick([31, 25, 26, 28, 0]), U | 3);
    default:
      return mftr(rd, random.below(32), U | (4 + random.below(4)));
  }
}

function moveTo(random: Random): number[] {
  const rt = random.pick(NONZERO);
  const from = (value: number, word: number) => [...loadWords(rt, value >>> 0), word];
  switch (random.below(7)) {
    case 0: {
      const [[number, select], value] = random.oneIn(2)
        ? [random.pick(TC_PLAIN), random.word()]
        : [VPE_CONTROL, (random.word() & EXCPT_FREE) | TE];
      return from(value, mttr(rt, number, select));
    }
    case 1:
      return [mttr(rt, random.pick(NONZERO), U)];
    case 2:
      return [mttr(rt, random.pick(ACCUMULATORS), U | 1)];
    case 3:
      return from(random.word() & DSP_CONTROL_BITS, mttr(rt, 16, U | 1));
    case 4:
      return [mttr(rt, random.below(32), U | 2 | (random.oneIn(2) ? H : 0))];
    case 5:
      return from(random.word() & FCSR_QUIET, mttr(rt, 31, U | 3));
    default:
      return [mttr(rt, random.below(32), U | (4 + random.below(4)))];
  }
}

const DMT = 0x4160_0bc1;
const EMT = 0x4160_0be1;
const DVPE = 0x4160_0001;
const EVPE = 0x4160_0021;

const threads: readonly Sequence[] = [
  { rows: ['mfc0:sel'], words: (random) => [mfc0(random.pick(NONZERO), random.pick(READABLE))] },
  {
    rows: ['mtc0:sel'],
    words: (random) => {
      const rt = random.pick(NONZERO);
      const [register, value] = writable(random);
      return [...loadWords(rt, value >>> 0), mtc0(rt, register)];
    },
  },
  {
    // QEMU sees in the next block what TCStatus has changed of the mode.
    rows: ['mfc0:sel', 'mtc0:sel'],
    words: (random) => [
      ...loadWords(2, random.word() & TC_STATUS_FREE),
      mfc0(3, TC_STATUS),
      0x0043_1026, // xor $2, $2, $3
      mtc0(2, TC_STATUS),
      ...FENCE,
    ],
  },
  { rows: ['mftr'], words: (random) => [moveFrom(random)] },
  { rows: ['mttr'], words: moveTo },
  // TE and EVP, which QEMU leaves alone, are set again.
  { rows: ['dmt', 'emt'], words: () => [DMT, EMT] },
  { rows: ['dvpe', 'evpe'], words: (random) => [(DVPE | (random.pick(TARGETS) << 16)) >>> 0, EVPE] },
  {
    rows: ['yield'],
    words: (random) => {
      const rs = random.pick(NONZERO);
      const condition = random.pick([-1, -1, -2, -3, 1, 0x7fff_ffff, random.word() | 1]);
      return [...loadWords(rs, condition >>> 0), (0x7c00_0009 | (rs << 21) | (random.pick(TARGETS) << 11)) >>> 0];
    },
  },
];

/** What a core of these traits can be shown with. */
export const sequencesOf = (traits: Traits): readonly Sequence[] => [
  ...watch,
  ...(traits.release2 ? shadow : []),
  // More of them than the others: they are many.
  ...(traits.threads ? [...threads, ...threads] : []),
];
