// The instruction table as the assembler needs it: rows of @kseg/isa, by mnemonic, with what delay slots ask about them.
import {
  byMnemonic,
  cop1x,
  dsp,
  dspr2,
  fpu,
  fpu64,
  MIPS32R2,
  mips3d,
  mt,
  type OperandKind,
  type OperandName,
  operandKinds,
  pairedSingle,
  type Row,
  r3000,
  smartmips,
} from '@kseg/isa';
import { HAZARD, HAZARDS, TAKES_COPROCESSOR } from './hazards.ts';
import { levelsOf } from './levels.ts';
import { USES } from './uses.ts';

/** `Form.slot` of a branch that nullifies its slot when not taken. */
export const LIKELY = 2;

/** What an operand may look like. */
export const GPR = 1;
export const FLOAT = 2;
export const CONDITION = 3;
export const NUMBERED = 4;
export const ACCUMULATOR = 5;
export const SIGNED = 6;
export const UNSIGNED = 7;
export const OFFSET = 8;
export const BRANCH = 9;
export const TARGET = 10;
export const BITS = 11;
export const ZERO = 12;
/** `index(base)`: this is the index, the base follows. */
export const INDEX = 13;
export const BASE = 14;

/** An operand's field in the word. */
export interface Field {
  readonly name: OperandName;
  readonly look: number;
  readonly shift: number;
  readonly width: number;
  readonly scale: number;
  readonly bias: number;
  /** -1, or the shift of a second field that holds the same value. */
  readonly copy: number;
  readonly signed: boolean;
  /** The value is stored relative to the operand before it (INS). */
  readonly above: boolean;
}

/** One way of writing an instruction. */
export interface Form {
  readonly mnemonic: string;
  readonly match: number;
  readonly operands: readonly Field[];
  /** Operands as written: an offset and its base count once. */
  readonly count: number;
  /** The second operand may be left out: it is the first again. */
  readonly optional: boolean;
  /** `USES` bits. */
  readonly reads: number;
  readonly writes: number;
  /** The registers .reginfo counts: those it reads and writes. */
  readonly named: number;
  /** 0: no delay slot; 1: one; LIKELY: one that is nullified. */
  readonly slot: number;
  readonly unconditional: boolean;
  /** May not stand in a delay slot. */
  readonly noSlot: boolean;
  /** Its floating-point registers are pairs where registers have 32 bits. */
  readonly double: boolean;
  /** A `HAZARD`: what it delivers late where nothing waits for it. */
  readonly hazard: number;
  /** Takes what an earlier move to a coprocessor may have changed. */
  readonly coprocessor: boolean;
  /** The architecture levels that have it, as `LEVEL_BITS`. */
  readonly levels: number;
  /** The extension it belongs to (`dsp`, `mt`, …), or ''. */
  readonly extension: string;
}

/** Levels that are extensions: their instructions need `.set` or an option. */
export const EXTENSIONS: ReadonlySet<string> = new Set(['dsp', 'dspr2', 'mt', 'smartmips', 'mips3d']);

const STATE: Readonly<Record<string, number>> = {
  rs: USES.RS,
  rt: USES.RT,
  rd: USES.RD,
  ra: USES.RA,
  fr: USES.FR,
  fs: USES.FS,
  ft: USES.FT,
  fd: USES.FD,
  hi: USES.HI,
  lo: USES.LO,
  fcc: USES.FCC,
};

/** Instructions that name registers of another thread: .reginfo counts them as if they were this one's. */
const ELSEWHERE = /^(fork|m[ft]t(gpr|h?c1))$/;

/** The `USES` bit of a register field, by what it holds and where it lies. */
const NAMED: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  [GPR]: { 21: USES.RS, 16: USES.RT, 11: USES.RD },
  [FLOAT]: { 21: USES.FR, 16: USES.FT, 11: USES.FS, 6: USES.FD },
  [INDEX]: { 16: USES.RT },
  [BASE]: { 21: USES.RS },
};

const bitsOf = (resources: readonly string[]) => resources.reduce((bits, name) => bits | (STATE[name] ?? 0), 0);

/** Instructions that do not belong in a delay slot although they are no branches. */
const NO_SLOT = /^(eret|deret|sync(_\w+)?|syscall|break|sdbbp|wait|t(eq|ne|ge|lt)[iu]*|pause|extpdpv?|wrdsp|mthlip)$/;
/** Moves 64 bits or computes on them. */
const DOUBLE = /\.(d|l|ps|pu|pl|qh|ob)\b|^[ls][du]x?c1$|^m[ft]t?hc1$|^p[lu][lu]\.ps$/;
/** GNU as counts one register of each of these pairs. */
const COUNTED_SINGLE = /^r(ecip|sqrt)[12]\.ps$/;
/** May change what a coprocessor's branch tests. */
const SETS_CONDITION = /^(mth?c[02]|mtc3|ctc[123]|lwc2|ldc2|c\.)/;
const UNCONDITIONAL = /^(j|jr|jr\.hb|jal|jalx|jalr|jalr\.hb|b|bal)$/;

const LOOKS: Readonly<Record<string, number>> = {
  gpr: GPR,
  gpr2: GPR,
  fpr: FLOAT,
  fcc: CONDITION,
  cc: CONDITION,
  fcr: NUMBERED,
  cp0: NUMBERED,
  hwr: NUMBERED,
  cop2: NUMBERED,
  acc: ACCUMULATOR,
  base: BASE,
  relative: BRANCH,
  region: TARGET,
};

function fieldOf(name: OperandName, index: number, all: readonly OperandName[]): Field {
  const { shift, width, format, signed, scale = 0, bias = 0, copy = -1, above }: OperandKind = operandKinds[name];
  let look = LOOKS[format] ?? BITS;
  if (name === 'zero') look = ZERO;
  else if (all[index + 1] === 'base') look = look === GPR ? INDEX : OFFSET;
  else if (name === 'imm16s') look = SIGNED;
  else if (name === 'imm16u') look = UNSIGNED;
  return { name, look, shift, width, scale, bias, copy, signed: signed === true, above: above !== undefined };
}

/**
 * Mnemonic and operands of instructions whose second operand may be left out:
 * plain arithmetic of three operands, and a few of two.
 */
const OPTIONAL =
  /^[a-z]+ (rd rs rt|rt rs imm16[su]|rd rt sa)$|^[a-z]+\.(s|d|ps) fd fs ft$|^(abs|neg)\.(s|d|ps) |^(neg|negu|not) /;

function formOf(row: Row): Form {
  const operands = row.operands.map(fieldOf);
  // What an unaligned load leaves of its register as it was is no operand to GNU as.
  const merges = /^lw[lr]$/.test(row.mnemonic) ? USES.RT : 0;
  const reads = (bitsOf(row.reads) | (/^bc[023]/.test(row.mnemonic) ? USES.FCC : 0)) & ~merges;
  const writes = bitsOf(row.writes) | (SETS_CONDITION.test(row.mnemonic) ? USES.FCC : 0);
  return {
    mnemonic: row.mnemonic,
    match: row.match,
    operands,
    count: row.operands.filter((name) => name !== 'base').length,
    optional: !EXTENSIONS.has(row.level) && OPTIONAL.test(`${row.mnemonic} ${row.operands.join(' ')}`),
    reads,
    writes,
    named: operands.reduce(
      (bits, { look, shift }) => bits | (ELSEWHERE.test(row.mnemonic) ? (NAMED[look]?.[shift] ?? 0) : 0),
      reads | writes,
    ),
    slot: row.delaySlot === 'none' ? 0 : row.delaySlot === 'likely' ? LIKELY : 1,
    unconditional: UNCONDITIONAL.test(row.mnemonic),
    noSlot: row.level === 'mt' || NO_SLOT.test(row.mnemonic),
    double: DOUBLE.test(row.mnemonic) && !COUNTED_SINGLE.test(row.mnemonic),
    hazard: HAZARDS.find(([pattern]) => pattern.test(row.mnemonic))?.[1] ?? HAZARD.NONE,
    coprocessor: TAKES_COPROCESSOR.test(row.mnemonic),
    levels: levelsOf(row.level, row.mnemonic, row.operands),
    extension: EXTENSIONS.has(row.level) ? row.level : '',
  };
}

const table: readonly Row[] = [
  ...MIPS32R2,
  ...r3000,
  ...fpu,
  ...fpu64,
  ...cop1x,
  ...pairedSingle,
  ...mips3d,
  ...dsp,
  ...dspr2,
  ...mt,
  ...smartmips,
];

/** `div rs, rt` is a macro here: the instruction is written `div $0, rs, rt`. */
const asWritten = (all: readonly Form[]) => {
  const withZero = all.filter((form) => form.operands[0]?.look === ZERO);
  return withZero.length > 0 ? withZero : all;
};

/** Every mnemonic's forms in table order. */
export const forms: ReadonlyMap<string, readonly Form[]> = new Map(
  [...byMnemonic(table)].map(([mnemonic, rows]) => [mnemonic, asWritten(rows.map(formOf))]),
);

/** The first form of a mnemonic, for instructions that macros build. */
export function formNamed(mnemonic: string): Form {
  const form = forms.get(mnemonic)?.[0];
  if (form === undefined) throw new Error(`no instruction '${mnemonic}' in the table`);
  return form;
}
