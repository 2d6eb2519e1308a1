import { type Cursor, continuesName, hexDigit, isDigit, startsName } from './cursor.ts';
import { Complaint } from './diagnostics.ts';
import { add, complement, compute, fromBigInt, type Integer, isZero, negate, type Operator } from './integer.ts';
import type { Sym } from './symbols.ts';

/**
 * What an expression reduces to while addresses are unknown: `plus - minus +
 * value`, or an operator over two such where that form does not hold it.
 * `plus` and `minus` null: a plain number. Values are never changed once made.
 */
export interface Expression {
  readonly plus: Sym | null;
  readonly minus: Sym | null;
  readonly value: Integer;
  readonly tree: {
    readonly op: Operator | 'neg' | 'not' | 'lnot';
    readonly a: Expression;
    readonly b: Expression;
  } | null;
}

export const constant = (value: Integer): Expression => ({ plus: null, minus: null, value, tree: null });
export const ofSymbol = (plus: Sym, value: Integer = 0): Expression => ({ plus, minus: null, value, tree: null });
export const isConstant = (e: Expression): boolean => e.plus === null && e.minus === null && e.tree === null;
export const offsetBy = (e: Expression, by: Integer): Expression =>
  by === 0 ? e : { plus: e.plus, minus: e.minus, value: add(e.value, by), tree: e.tree };

/** What the parser must know of its surroundings. */
export interface Scope {
  /** A name in an expression: a number already known, or its symbol. */
  symbol(name: string): Expression;
  numeric(n: number, direction: 'b' | 'f', cursor: Cursor): Expression;
  /** A symbol at the current location. */
  dot(): Expression;
  /** The distance of two symbols if that is certain already. */
  distance(plus: Sym, minus: Sym): number | null;
}

/** Binding strength; all operators associate to the left. */
const RANK: Readonly<Record<Operator, number>> = {
  '||': 2,
  '&&': 3,
  '==': 4,
  '<>': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '|': 6,
  '&': 6,
  '^': 6,
  '!': 6,
  '*': 7,
  '/': 7,
  '%': 7,
  '<<': 7,
  '>>': 7,
};

/** Parses as much as is an expression; complains when there is none. */
export function parseExpression(cur: Cursor, scope: Scope, floor = 0): Expression {
  let left = parseOperand(cur, scope);
  for (;;) {
    cur.skipSpace();
    const start = cur.pos;
    const op = binaryOperator(cur);
    if (op === null || RANK[op] <= floor) {
      cur.pos = start;
      return left;
    }
    const right = parseExpression(cur, scope, RANK[op]);
    left = combine(op, left, right, scope, cur, start);
  }
}

/** The binary operator here, consumed, or null. */
function binaryOperator(cur: Cursor): Operator | null {
  const c = cur.peek();
  const d = cur.at(1);
  switch (c) {
    case 43: // +
    case 45: // -
    case 42: // *
    case 47: // /
    case 37: // %
    case 94: // ^
      cur.pos++;
      return c === 43 ? '+' : c === 45 ? '-' : c === 42 ? '*' : c === 47 ? '/' : c === 37 ? '%' : '^';
    case 124: // |
      cur.pos += d === 124 ? 2 : 1;
      return d === 124 ? '||' : '|';
    case 38: // &
      cur.pos += d === 38 ? 2 : 1;
      return d === 38 ? '&&' : '&';
    case 61: // =, ==
      if (d !== 61) return null;
      cur.pos += 2;
      return '==';
    case 33: // !, !=
      cur.pos += d === 61 ? 2 : 1;
      return d === 61 ? '<>' : '!';
    case 60: // <, <<, <=, <>
      cur.pos += d === 60 || d === 61 || d === 62 ? 2 : 1;
      return d === 60 ? '<<' : d === 61 ? '<=' : d === 62 ? '<>' : '<';
    case 62: // >, >>, >=
      cur.pos += d === 62 || d === 61 ? 2 : 1;
      return d === 62 ? '>>' : d === 61 ? '>=' : '>';
    default:
      return null;
  }
}

function parseOperand(cur: Cursor, scope: Scope): Expression {
  cur.skipSpace();
  const c = cur.peek();
  const start = cur.pos;
  if (isDigit(c)) return parseNumber(cur, scope);
  if (startsName(c)) {
    if (c === 46 && !continuesName(cur.at(1))) {
      cur.pos++;
      return scope.dot();
    }
    return scope.symbol(cur.name());
  }
  switch (c) {
    case 40: {
      cur.pos++;
      const inner = parseExpression(cur, scope);
      if (!cur.eat(41)) throw new Complaint('KSEG_ASM_SYNTAX', "missing ')'", start, cur.end);
      return inner;
    }
    case 45: // -
      cur.pos++;
      return unary('neg', parseOperand(cur, scope));
    case 126: // ~
      cur.pos++;
      return unary('not', parseOperand(cur, scope));
    case 33: // !
      cur.pos++;
      return unary('lnot', parseOperand(cur, scope));
    case 43: // +
      cur.pos++;
      return parseOperand(cur, scope);
    case 39: {
      // 'c or 'c'
      cur.pos++;
      let v = cur.peek();
      if (v < 0) break;
      cur.pos++;
      if (v === 92) v = cur.escape();
      if (cur.peek() === 39) cur.pos++;
      return constant(v & 0xff);
    }
    case 34:
      return scope.symbol(cur.string());
  }
  const found = cur.rest();
  throw new Complaint(
    'KSEG_ASM_SYNTAX',
    found === '' ? 'expected an expression' : `expected an expression, found '${found}'`,
    start,
    cur.end,
  );
}

function parseNumber(cur: Cursor, scope: Scope): Expression {
  const start = cur.pos;
  const text = cur.text;
  let base = 10;
  if (cur.peek() === 48) {
    const x = cur.at(1) | 32;
    if (x === 120 && hexDigit(cur.at(2)) >= 0) {
      base = 16;
      cur.pos += 2;
    } else if (x === 98 && (cur.at(2) === 48 || cur.at(2) === 49)) {
      base = 2;
      cur.pos += 2;
    } else if (isDigit(cur.at(1))) {
      base = 8;
      cur.pos += 1;
    }
  }
  const from = cur.pos;
  let value = 0;
  for (let d = hexDigit(cur.peek()); d >= 0 && d < base; d = hexDigit(cur.peek())) {
    value = value * base + d;
    cur.pos++;
  }
  const tail = cur.peek() | 32;
  if ((tail === 98 || tail === 102) && base !== 16 && base !== 2 && !continuesName(cur.at(1))) {
    // 1b, 1f
    const n = Number.parseInt(text.slice(start, cur.pos), 10);
    cur.pos++;
    return scope.numeric(n, tail === 98 ? 'b' : 'f', cur);
  }
  if (startsName(cur.peek()) || isDigit(cur.peek())) {
    while (continuesName(cur.peek())) cur.pos++;
    throw new Complaint('KSEG_ASM_SYNTAX', `bad number '${text.slice(start, cur.pos)}'`, start, cur.pos);
  }
  if (value <= Number.MAX_SAFE_INTEGER) return constant(value);
  const digits = text.slice(from, cur.pos);
  const prefix = base === 16 ? '0x' : base === 2 ? '0b' : base === 8 ? '0o' : '';
  return constant(fromBigInt(BigInt(prefix + digits)));
}

function unary(op: 'neg' | 'not' | 'lnot', a: Expression): Expression {
  if (isConstant(a)) {
    return constant(op === 'neg' ? negate(a.value) : op === 'not' ? complement(a.value) : isZero(a.value) ? 1 : 0);
  }
  if (op === 'neg' && a.tree === null) return { plus: a.minus, minus: a.plus, value: negate(a.value), tree: null };
  return { plus: null, minus: null, value: 0, tree: { op, a, b: a } };
}

function combine(op: Operator, a: Expression, b: Expression, scope: Scope, cur: Cursor, at: number): Expression {
  if (isConstant(b)) {
    if (isConstant(a)) {
      const v = compute(op, a.value, b.value);
      if (v === undefined) throw new Complaint('KSEG_ASM_VALUE', 'division by zero', at, cur.pos);
      return constant(v);
    }
    if (op === '+') return offsetBy(a, b.value);
    if (op === '-') return offsetBy(a, negate(b.value));
  } else if (a.tree === null && b.tree === null) {
    if (op === '+') {
      if (isConstant(a)) return offsetBy(b, a.value);
      // x + (y - z): fits when one side has no plus or no minus
      if ((a.plus === null || b.plus === null) && (a.minus === null || b.minus === null))
        return settle(a.plus ?? b.plus, a.minus ?? b.minus, add(a.value, b.value), scope);
    } else if (op === '-') {
      if ((a.plus === null || b.minus === null) && (a.minus === null || b.plus === null))
        return settle(a.plus ?? b.minus, a.minus ?? b.plus, add(a.value, negate(b.value)), scope);
    }
  }
  return { plus: null, minus: null, value: 0, tree: { op, a, b } };
}

/** Turns `plus - minus` into a number where both lie a known distance apart. */
function settle(plus: Sym | null, minus: Sym | null, value: Integer, scope: Scope): Expression {
  if (plus !== null && minus !== null) {
    const known = plus === minus ? 0 : scope.distance(plus, minus);
    if (known !== null) return constant(add(value, known));
  }
  return { plus, minus, value, tree: null };
}
