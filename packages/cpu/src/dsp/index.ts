// The DSP ASE, both revisions (MIPS32 Architecture vol. IV-e): what each row does to the state block. A row's operation is put together
// from a function and from where its operands come from and its result goes. What needs memory or the program counter is elsewhere.

import { dsp, dspr2, rd, rs, rt } from '@kseg/isa';
import { multiplyHigh, multiplyHighUnsigned } from '../multiply.ts';
import {
  ac11,
  ac21,
  accumulating,
  accumulatingLong,
  accumulatingProduct,
  accumulatingWord,
  accumulator,
  difference,
  differenceQ15,
  dot,
  dotBytesLeft,
  dotBytesRight,
  dotCrossed,
  dotQ15,
  dotQ15Crossed,
  extractBits,
  extractHalf,
  extractWord,
  immediate,
  moveUp,
  negated,
  product,
  productLeft,
  productRight,
  shiftAccumulator,
  variable,
} from './accumulators.ts';
import {
  clamp,
  insert,
  type Operation,
  OVERFLOW_ADD,
  OVERFLOW_MULTIPLY,
  OVERFLOW_SHIFT,
  put,
  readControl,
  S8,
  S16,
  S32,
  type State,
  U8,
  U16,
  writeControl,
} from './control.ts';
import {
  absolute,
  addCarrying,
  addWithCarry,
  byte,
  bytes,
  compareBytes,
  compareHalves,
  conditions,
  eachByte,
  eachHalf,
  eachSignedByte,
  eachUnsignedHalf,
  equal,
  fromHalves,
  halved,
  halves,
  high,
  type Lane,
  less,
  lessOrEqual,
  low,
  minus,
  moduloSubtract,
  multiplyByteHalf,
  multiplyQ15,
  pick,
  plus,
  q15Rounded,
  q31,
  REDUCIBLE,
  ROUNDABLE,
  reducedBytes,
  reducedHalves,
  reverseHalf,
  roundedRight,
  saturating,
  shiftLeft,
  shiftRight,
  times,
  unsignedHalves,
  widened,
  wrapping,
} from './vectors.ts';

// ---- operands and results

/** rd = f(rs, rt) */
const binary =
  (f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rs(word)]!, s[rt(word)]!, s));
/** rd = f(rt) */
const unary =
  (f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rt(word)]!, 0, s));
/** rd = f(rs) */
const unaryRs =
  (f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rs(word)]!, 0, s));
/** f(rs, rt), for what it does to DSPControl */
const effect =
  (f: Lane): Operation =>
  (s, word) => {
    f(s[rs(word)]!, s[rt(word)]!, s);
  };
/** rd = f(rt, the low bits of rs's number, or of rs) */
const shift =
  (width: number, f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rt(word)]!, rs(word) & (width - 1), s));
const shiftVariable =
  (width: number, f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rt(word)]!, s[rs(word)]! & (width - 1), s));
/** rt = f(rt, rs, the number in rd's field) */
const merge =
  (f: (t: number, s: number, by: number) => number): Operation =>
  (s, word) =>
    put(s, rt(word), f(s[rt(word)]!, s[rs(word)]!, rd(word)));

// biome-ignore format: one row, one line
const operations: Readonly<Record<string, Operation>> = {
  // Sums and differences.
  'addu.qb': binary(bytes(wrapping(U8, OVERFLOW_ADD, plus))),
  'subu.qb': binary(bytes(wrapping(U8, OVERFLOW_ADD, minus))),
  'addu_s.qb': binary(bytes(saturating(U8, OVERFLOW_ADD, plus))),
  'subu_s.qb': binary(bytes(saturating(U8, OVERFLOW_ADD, minus))),
  'addu.ph': binary(unsignedHalves(wrapping(U16, OVERFLOW_ADD, plus))),
  'subu.ph': binary(unsignedHalves(wrapping(U16, OVERFLOW_ADD, minus))),
  'addu_s.ph': binary(unsignedHalves(saturating(U16, OVERFLOW_ADD, plus))),
  'subu_s.ph': binary(unsignedHalves(saturating(U16, OVERFLOW_ADD, minus))),
  'addq.ph': binary(halves(wrapping(S16, OVERFLOW_ADD, plus))),
  'subq.ph': binary(halves(wrapping(S16, OVERFLOW_ADD, minus))),
  'addq_s.ph': binary(halves(saturating(S16, OVERFLOW_ADD, plus))),
  'subq_s.ph': binary(halves(saturating(S16, OVERFLOW_ADD, minus))),
  'addq_s.w': binary(saturating(S32, OVERFLOW_ADD, plus)),
  'subq_s.w': binary(saturating(S32, OVERFLOW_ADD, minus)),
  addsc: binary(addCarrying),
  addwc: binary(wrapping(S32, OVERFLOW_ADD, addWithCarry)),
  modsub: binary(moduloSubtract),
  'raddu.w.qb': unaryRs((a) => (a >>> 24) + byte(a, 2) + byte(a, 1) + byte(a, 0)),
  'adduh.qb': binary(bytes(halved(plus, 0))),
  'subuh.qb': binary(bytes(halved(minus, 0))),
  'adduh_r.qb': binary(bytes(halved(plus, 1))),
  'subuh_r.qb': binary(bytes(halved(minus, 1))),
  'addqh.ph': binary(halves(halved(plus, 0))),
  'subqh.ph': binary(halves(halved(minus, 0))),
  'addqh_r.ph': binary(halves(halved(plus, 1))),
  'subqh_r.ph': binary(halves(halved(minus, 1))),
  'addqh.w': binary(halved(plus, 0)),
  'subqh.w': binary(halved(minus, 0)),
  'addqh_r.w': binary(halved(plus, 1)),
  'subqh_r.w': binary(halved(minus, 1)),
  'absq_s.qb': unary(eachSignedByte(saturating(S8, OVERFLOW_ADD, absolute))),
  'absq_s.ph': unary(eachHalf(saturating(S16, OVERFLOW_ADD, absolute))),
  'absq_s.w': unary(saturating(S32, OVERFLOW_ADD, absolute)),

  // Products to general registers.
  'muleu_s.ph.qbl': binary((a, b, s) => fromHalves(multiplyByteHalf(byte(a, 3), b >>> 16, s), multiplyByteHalf(byte(a, 2), b & 0xffff, s))),
  'muleu_s.ph.qbr': binary((a, b, s) => fromHalves(multiplyByteHalf(byte(a, 1), b >>> 16, s), multiplyByteHalf(byte(a, 0), b & 0xffff, s))),
  'muleq_s.w.phl': binary((a, b, s) => multiplyQ15(high(a), high(b), s)),
  'muleq_s.w.phr': binary((a, b, s) => multiplyQ15(low(a), low(b), s)),
  'mulq_rs.ph': binary(halves(q15Rounded)),
  'mulq_s.ph': binary(halves((a, b, s) => multiplyQ15(a, b, s) >> 16)),
  'mulq_s.w': binary(q31(false)),
  'mulq_rs.w': binary(q31(true)),
  'mul.ph': binary(halves(wrapping(S16, OVERFLOW_MULTIPLY, times))),
  'mul_s.ph': binary(halves(saturating(S16, OVERFLOW_MULTIPLY, times))),

  // Comparisons.
  'cmpu.eq.qb': effect(conditions(4, compareBytes(equal))),
  'cmpu.lt.qb': effect(conditions(4, compareBytes(less))),
  'cmpu.le.qb': effect(conditions(4, compareBytes(lessOrEqual))),
  'cmpgu.eq.qb': binary(compareBytes(equal)),
  'cmpgu.lt.qb': binary(compareBytes(less)),
  'cmpgu.le.qb': binary(compareBytes(lessOrEqual)),
  'cmpgdu.eq.qb': binary(conditions(4, compareBytes(equal))),
  'cmpgdu.lt.qb': binary(conditions(4, compareBytes(less))),
  'cmpgdu.le.qb': binary(conditions(4, compareBytes(lessOrEqual))),
  'cmp.eq.ph': effect(conditions(2, compareHalves(equal))),
  'cmp.lt.ph': effect(conditions(2, compareHalves(less))),
  'cmp.le.ph': effect(conditions(2, compareHalves(lessOrEqual))),
  'pick.qb': binary(pick(4)),
  'pick.ph': binary(pick(2)),

  // Precision and layout.
  'precrq.qb.ph': binary(reducedBytes((half) => half >> 8)),
  'precr.qb.ph': binary(reducedBytes((half) => half)),
  'precrqu_s.qb.ph': binary(reducedBytes((half, s) => clamp(half, REDUCIBLE, s, OVERFLOW_SHIFT) >> 7)),
  'precrq.ph.w': binary(reducedHalves(high)),
  'precrq_rs.ph.w': binary(reducedHalves((value, s) => (clamp(value, ROUNDABLE, s, OVERFLOW_SHIFT) + 0x8000) >> 16)),
  'precr_sra.ph.w': merge((t, s, by) => fromHalves(t >> by, s >> by)),
  'precr_sra_r.ph.w': merge((t, s, by) => fromHalves(roundedRight(t, by), roundedRight(s, by))),
  'packrl.ph': binary((a, b) => fromHalves(a, b >>> 16)),
  'precequ.ph.qbl': unary(widened(3, 2, 7)),
  'precequ.ph.qbr': unary(widened(1, 0, 7)),
  'precequ.ph.qbla': unary(widened(3, 1, 7)),
  'precequ.ph.qbra': unary(widened(2, 0, 7)),
  'preceu.ph.qbl': unary(widened(3, 2, 0)),
  'preceu.ph.qbr': unary(widened(1, 0, 0)),
  'preceu.ph.qbla': unary(widened(3, 1, 0)),
  'preceu.ph.qbra': unary(widened(2, 0, 0)),
  'preceq.w.phl': unary((a) => a & 0xffff_0000),
  'preceq.w.phr': unary((a) => a << 16),
  'repl.qb': (s, word) => put(s, rd(word), Math.imul((word >>> 16) & 0xff, 0x0101_0101)),
  'replv.qb': unary((a) => Math.imul(a & 0xff, 0x0101_0101)),
  'repl.ph': (s, word) => { const half = (word << 6) >> 22; put(s, rd(word), fromHalves(half, half)); },
  'replv.ph': unary((a) => fromHalves(a, a)),
  bitrev: unary(reverseHalf),
  insv: insert,
  append: merge((t, s, by) => (t << by) | (s & ((1 << by) - 1))),
  prepend: merge((t, s, by) => (by === 0 ? t : (s << (32 - by)) | (t >>> by))),
  // By 0 and 2 bytes is UNPREDICTABLE: nothing.
  balign: merge((t, s, by) => ((by & 1) === 0 ? t : (t << (8 * (by & 3))) | (s >>> (32 - 8 * (by & 3))))),

  // Shifts.
  'shll.qb': shift(8, eachByte(wrapping(U8, OVERFLOW_SHIFT, shiftLeft))),
  'shllv.qb': shiftVariable(8, eachByte(wrapping(U8, OVERFLOW_SHIFT, shiftLeft))),
  'shll.ph': shift(16, eachHalf(wrapping(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shllv.ph': shiftVariable(16, eachHalf(wrapping(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shll_s.ph': shift(16, eachHalf(saturating(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shllv_s.ph': shiftVariable(16, eachHalf(saturating(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shll_s.w': shift(32, saturating(S32, OVERFLOW_SHIFT, shiftLeft)),
  'shllv_s.w': shiftVariable(32, saturating(S32, OVERFLOW_SHIFT, shiftLeft)),
  'shrl.qb': shift(8, eachByte(shiftRight)),
  'shrlv.qb': shiftVariable(8, eachByte(shiftRight)),
  'shrl.ph': shift(16, eachUnsignedHalf(shiftRight)),
  'shrlv.ph': shiftVariable(16, eachUnsignedHalf(shiftRight)),
  'shra.qb': shift(8, eachSignedByte(shiftRight)),
  'shrav.qb': shiftVariable(8, eachSignedByte(shiftRight)),
  'shra_r.qb': shift(8, eachSignedByte(roundedRight)),
  'shrav_r.qb': shiftVariable(8, eachSignedByte(roundedRight)),
  'shra.ph': shift(16, eachHalf(shiftRight)),
  'shrav.ph': shiftVariable(16, eachHalf(shiftRight)),
  'shra_r.ph': shift(16, eachHalf(roundedRight)),
  'shrav_r.ph': shiftVariable(16, eachHalf(roundedRight)),
  'shra_r.w': shift(32, roundedRight),
  'shrav_r.w': shiftVariable(32, roundedRight),

  // Accumulators.
  'dpau.h.qbl': accumulating(dotBytesLeft),
  'dpau.h.qbr': accumulating(dotBytesRight),
  'dpsu.h.qbl': accumulating(negated(dotBytesLeft)),
  'dpsu.h.qbr': accumulating(negated(dotBytesRight)),
  'dpa.w.ph': accumulating(dot),
  'dps.w.ph': accumulating(negated(dot)),
  'dpax.w.ph': accumulating(dotCrossed),
  'dpsx.w.ph': accumulating(negated(dotCrossed)),
  'mulsa.w.ph': accumulating(difference),
  'dpaq_s.w.ph': accumulating(dotQ15),
  'dpsq_s.w.ph': accumulating(negated(dotQ15)),
  'dpaqx_s.w.ph': accumulating(dotQ15Crossed),
  'dpsqx_s.w.ph': accumulating(negated(dotQ15Crossed)),
  'mulsaq_s.w.ph': accumulating(differenceQ15),
  'maq_s.w.phl': accumulating(productLeft),
  'maq_s.w.phr': accumulating(productRight),
  'maq_sa.w.phl': accumulatingProduct(productLeft),
  'maq_sa.w.phr': accumulatingProduct(productRight),
  'dpaqx_sa.w.ph': accumulatingWord(dotQ15Crossed),
  'dpsqx_sa.w.ph': accumulatingWord(negated(dotQ15Crossed)),
  'dpaq_sa.l.w': accumulatingLong(false),
  'dpsq_sa.l.w': accumulatingLong(true),
  'mult:ac': product(multiplyHigh, 0),
  'multu:ac': product(multiplyHighUnsigned, 0),
  'madd:ac': product(multiplyHigh, 1),
  'maddu:ac': product(multiplyHighUnsigned, 1),
  'msub:ac': product(multiplyHigh, -1),
  'msubu:ac': product(multiplyHighUnsigned, -1),
  'mfhi:ac': (s, word) => put(s, rd(word), s[accumulator(ac21(word))]!),
  'mflo:ac': (s, word) => put(s, rd(word), s[accumulator(ac21(word)) + 1]!),
  'mthi:ac': (s, word) => { s[accumulator(ac11(word))] = s[rs(word)]!; },
  'mtlo:ac': (s, word) => { s[accumulator(ac11(word)) + 1] = s[rs(word)]!; },
  mthlip: moveUp,
  shilo: shiftAccumulator((_, word) => word >>> 20),
  shilov: shiftAccumulator((s, word) => s[rs(word)]!),
  'extr.w': extractWord(immediate, false, false),
  'extrv.w': extractWord(variable, false, false),
  'extr_r.w': extractWord(immediate, true, false),
  'extrv_r.w': extractWord(variable, true, false),
  'extr_rs.w': extractWord(immediate, true, true),
  'extrv_rs.w': extractWord(variable, true, true),
  'extr_s.h': extractHalf(immediate),
  'extrv_s.h': extractHalf(variable),
  extp: extractBits(immediate, false),
  extpv: extractBits(variable, false),
  extpdp: extractBits(immediate, true),
  extpdpv: extractBits(variable, true),

  // DSPControl.
  rddsp: readControl,
  'rddsp:all': readControl,
  wrdsp: writeControl,
  'wrdsp:all': writeControl,
};

export { posReaches32 } from './control.ts';

/** Names of the rows that `execute` carries out. */
export const dspOperations: ReadonlySet<string> = new Set(Object.keys(operations));

/** A word's place in `byPlace`: function and operation fields, and bit 26, which tells SPECIAL3 from SPECIAL and SPECIAL2. */
const placeOf = (word: number): number => (word & 0x7ff) | ((word >>> 15) & 0x800);

const byPlace: (Operation | undefined)[] = new Array(0x1000).fill(undefined);
for (const { name, match } of [...dsp, ...dspr2]) {
  const operation = operations[name];
  if (operation !== undefined) byPlace[placeOf(match)] = operation;
}

/** Carries out a word of one of those rows on the state block. */
export function execute(s: State, word: number): void {
  byPlace[placeOf(word)]!(s, word);
}
