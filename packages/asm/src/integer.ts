/**
 * The assembler's integers: 64-bit two's complement, kept as a JavaScript
 * number while exact and as a bigint beyond 2^53. The common case, small
 * numbers, never touches a bigint.
 */
export type Integer = number | bigint;

const exact = (v: number) => v <= Number.MAX_SAFE_INTEGER && v >= Number.MIN_SAFE_INTEGER;

/** Wraps to signed 64 bits and picks the cheaper form. */
export function fromBigInt(v: bigint): Integer {
  const wrapped = BigInt.asIntN(64, v);
  const n = Number(wrapped);
  return exact(n) ? n : wrapped;
}

export function add(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (exact(sum)) return sum;
  }
  return fromBigInt(BigInt(a) + BigInt(b));
}

export const negate = (a: Integer): Integer => (typeof a === 'number' ? (a === 0 ? 0 : -a) : fromBigInt(-a));
export const complement = (a: Integer): Integer => add(negate(a), -1);
export const isZero = (a: Integer): boolean => a === 0;

/** Binary operators of the expression syntax; comparisons give -1 for true, logical operators 1. */
export type Operator =
  | '*'
  | '/'
  | '%'
  | '<<'
  | '>>'
  | '|'
  | '&'
  | '^'
  | '!'
  | '+'
  | '-'
  | '=='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||';

/** Undefined for a division by zero. */
export function compute(op: Operator, a: Integer, b: Integer): Integer | undefined {
  switch (op) {
    case '+':
      return add(a, b);
    case '-':
      return add(a, negate(b));
    case '==':
      return BigInt(a) === BigInt(b) ? -1 : 0;
    case '<>':
      return BigInt(a) !== BigInt(b) ? -1 : 0;
    case '<':
      return a < b ? -1 : 0;
    case '<=':
      return a <= b ? -1 : 0;
    case '>':
      return a > b ? -1 : 0;
    case '>=':
      return a >= b ? -1 : 0;
    case '&&':
      return isZero(a) || isZero(b) ? 0 : 1;
    case '||':
      return isZero(a) && isZero(b) ? 0 : 1;
  }
  if (typeof a === 'number' && typeof b === 'number') {
    if (op === '*') {
      const product = a * b;
      if (exact(product)) return product === 0 ? 0 : product;
    } else if (op === '/' || op === '%') {
      if (b === 0) return undefined;
      const result = op === '/' ? Math.trunc(a / b) : a % b;
      return result === 0 ? 0 : result;
    } else if (op === '<<' && b >= 0 && b < 64) {
      const shifted = a * 2 ** b;
      if (exact(shifted)) return shifted;
    } else if (op === '>>' && b >= 0 && b < 64 && a >= 0) {
      return Math.floor(a / 2 ** b);
    } else if (a === (a | 0) && b === (b | 0)) {
      if (op === '&') return a & b;
      if (op === '|') return a | b;
      if (op === '^') return a ^ b;
      if (op === '!') return a | ~b;
    }
  }
  return computeBig(op, BigInt(a), BigInt(b));
}

function computeBig(op: Operator, a: bigint, b: bigint): Integer | undefined {
  switch (op) {
    case '*':
      return fromBigInt(a * b);
    case '/':
      return b === 0n ? undefined : fromBigInt(a / b);
    case '%':
      return b === 0n ? undefined : fromBigInt(a % b);
    case '<<':
      return b < 0n || b > 63n ? 0 : fromBigInt(a << b);
    case '>>': // logical: the assembler's right shift brings in zeros
      return b < 0n || b > 63n ? 0 : fromBigInt(BigInt.asUintN(64, a) >> b);
    case '&':
      return fromBigInt(a & b);
    case '|':
      return fromBigInt(a | b);
    case '^':
      return fromBigInt(a ^ b);
    default: // '!': or-not
      return fromBigInt(a | ~b);
  }
}

/** The low 32 bits, unsigned. */
export const low32 = (v: Integer): number =>
  typeof v === 'number'
    ? v >= -0x8000_0000 && v <= 0xffff_ffff
      ? v >>> 0
      : Number(BigInt.asUintN(32, BigInt(v)))
    : Number(BigInt.asUintN(32, v));

/** Bits 32–63, unsigned. */
export const high32 = (v: Integer): number =>
  typeof v === 'number' ? Math.floor(v / 0x1_0000_0000) >>> 0 : Number(BigInt.asUintN(32, v >> 32n));
