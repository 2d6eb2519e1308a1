import { fail } from './errors.ts';
import { Lexer, type Token } from './lexer.ts';
import type { OutputSection } from './output.ts';

/** A linker-script expression as a tree. */
export type ExpressionNode =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'unary'; readonly op: string; readonly operand: ExpressionNode }
  | { readonly kind: 'binary'; readonly op: string; readonly left: ExpressionNode; readonly right: ExpressionNode }
  | {
      readonly kind: 'choice';
      readonly test: ExpressionNode;
      readonly then: ExpressionNode;
      readonly otherwise: ExpressionNode;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly ExpressionNode[] };

/** Binding strength of the binary operators, as in C. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

/** Functions of the expression language and how many arguments each takes. */
const ARITY: Readonly<Record<string, readonly number[]>> = {
  ALIGN: [1, 2],
  ABSOLUTE: [1],
  ADDR: [1],
  LOADADDR: [1],
  SIZEOF: [1],
  ALIGNOF: [1],
  DEFINED: [1],
  MIN: [2],
  MAX: [2],
  ORIGIN: [1],
  LENGTH: [1],
};

/** Reads one expression from the lexer, up to what cannot belong to it. */
export function parseExpression(lexer: Lexer): ExpressionNode {
  const test = binary(lexer, 1);
  if (!lexer.accept('?')) return test;
  const then = parseExpression(lexer);
  lexer.expect(':');
  return { kind: 'choice', test, then, otherwise: parseExpression(lexer) };
}

/** Reads an expression that is all of `source`. */
export function parseWholeExpression(source: string): ExpressionNode {
  const lexer = new Lexer(source, 'expression');
  const node = parseExpression(lexer);
  const rest = lexer.peek();
  if (rest.text !== '') fail('KSEG_LD_SCRIPT', `expression "${source}": unexpected "${rest.text}"`);
  return node;
}

function binary(lexer: Lexer, minimum: number): ExpressionNode {
  let left = unary(lexer);
  for (;;) {
    const op = lexer.peek().text;
    const strength = Object.hasOwn(PRECEDENCE, op) ? PRECEDENCE[op]! : 0;
    if (strength < minimum) return left;
    lexer.next();
    left = { kind: 'binary', op, left, right: binary(lexer, strength + 1) };
  }
}

function unary(lexer: Lexer): ExpressionNode {
  const token = lexer.peek();
  if (token.text === '-' || token.text === '~' || token.text === '!' || token.text === '+') {
    lexer.next();
    return { kind: 'unary', op: token.text, operand: unary(lexer) };
  }
  if (lexer.accept('(')) {
    const inner = parseExpression(lexer);
    lexer.expect(')');
    return inner;
  }
  return primary(lexer);
}

function primary(lexer: Lexer): ExpressionNode {
  const token = lexer.nextExpressionWord();
  if (/^[0-9]/.test(token.text)) return { kind: 'number', value: parseNumber(token, lexer) };
  if (!/^[A-Za-z_.$]/.test(token.text)) lexer.fail(token, `expected an expression, found "${token.text}"`);
  if (!Object.hasOwn(ARITY, token.text) || !lexer.accept('(')) return { kind: 'symbol', name: token.text };
  const args: ExpressionNode[] = [];
  do args.push(argument(lexer, token.text));
  while (lexer.accept(','));
  lexer.expect(')');
  if (!ARITY[token.text]!.includes(args.length))
    lexer.fail(token, `${token.text} takes ${ARITY[token.text]!.join(' or ')} arguments, not ${args.length}`);
  return { kind: 'call', name: token.text, args };
}

/** Names of sections and regions are not expressions: `SIZEOF(.text)`, `ORIGIN(rom)`. */
function argument(lexer: Lexer, callee: string): ExpressionNode {
  if (!/^(ADDR|LOADADDR|SIZEOF|ALIGNOF|DEFINED|ORIGIN|LENGTH)$/.test(callee)) return parseExpression(lexer);
  return { kind: 'symbol', name: lexer.nextName().text };
}

/** Decimal, 0x hexadecimal, 0 octal; K and M multiply (ld manual "Constants"). */
function parseNumber(token: Token, lexer: Lexer): number {
  const match = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)([kKmM]?)$/.exec(token.text);
  if (match === null) return lexer.fail(token, `"${token.text}" is not a number`);
  const digits = match[1]!;
  const octal = /^0[0-7]+$/.test(digits);
  const scale = match[2] === '' ? 1 : /k/i.test(match[2]!) ? 1024 : 1024 * 1024;
  return (octal ? Number.parseInt(digits, 8) : Number(digits)) * scale;
}

/**
 * A value with what it is relative to: a plain number has no base, an address inside an output section has that
 * section's address as its base (ld manual "The Section of an Expression").
 */
export interface Value {
  /** As an address (the base is already added). */
  readonly value: number;
  readonly base: number | undefined;
  /** The output section that a symbol with this value belongs to; undefined makes it absolute. */
  readonly section: OutputSection | undefined;
  /** Computed from `.`, which keeps it in the section `.` is in. */
  readonly fromDot: boolean;
}

/** What expressions refer to. */
export interface Scope {
  /** The location counter, an address. */
  readonly dot: number;
  /** Address of the output section that is being filled; undefined outside of sections. */
  readonly sectionBase: number | undefined;
  /** The section `.` stands in, or the last one before it. */
  readonly dotSection: OutputSection | undefined;
  /** Value of a symbol and the section it is in, undefined when it has none. */
  symbol(name: string): { value: number; section: OutputSection | undefined } | undefined;
  section(name: string): OutputSection | undefined;
  region(name: string): { origin: number; length: number } | undefined;
}

const WORD = 0x1_0000_0000;

/** Wraps to an unsigned 32-bit number; sums stay below 2^53, so no precision is lost. */
const wrap = (value: number) => ((value % WORD) + WORD) % WORD;

const alignTo = (value: number, align: number) => (align > 1 ? wrap(Math.ceil(value / align) * align) : value);

/** Computes an expression; throws `KSEG_LD_SCRIPT` for a name that nothing defines. */
export function evaluate(node: ExpressionNode, scope: Scope): Value {
  switch (node.kind) {
    case 'number':
      return plain(wrap(node.value));
    case 'symbol': {
      if (node.name === '.') return atDot(scope.dot, scope);
      const symbol = scope.symbol(node.name);
      if (symbol === undefined) return fail('KSEG_LD_SCRIPT', `linker script: symbol ${node.name} is not defined`);
      // Outside of sections a name stands for an absolute value, inside it keeps its section.
      const section = scope.sectionBase === undefined ? undefined : symbol.section;
      return { value: symbol.value, base: 0, section, fromDot: false };
    }
    case 'unary':
      return plain(unaryValue(node.op, evaluate(node.operand, scope).value));
    case 'choice':
      return evaluate(evaluate(node.test, scope).value !== 0 ? node.then : node.otherwise, scope);
    case 'binary':
      return combine(node.op, evaluate(node.left, scope), evaluate(node.right, scope), scope);
    case 'call':
      return call(node.name, node.args, scope);
  }
}

/** A number that is relative to nothing. */
const plain = (value: number): Value => ({ value, base: undefined, section: undefined, fromDot: false });

const atDot = (value: number, { sectionBase, dotSection }: Scope): Value => ({
  value,
  base: sectionBase ?? 0,
  section: dotSection,
  fromDot: true,
});

/**
 * address ± number stays an address, address - address is a number. Outside of sections only what is computed from `.`
 * keeps a section.
 */
function combine(op: string, left: Value, right: Value, scope: Scope): Value {
  const value = binaryValue(op, left.value, right.value);
  const relative = left.base === undefined ? right : left;
  const fromDot = left.fromDot || right.fromDot;
  if (scope.sectionBase === undefined && fromDot) return atDot(value, scope);
  const section = scope.sectionBase === undefined ? undefined : relative.section;
  if (op === '+') return { value, base: relative.base, section, fromDot };
  if (op === '-' && right.base !== undefined) return plain(value);
  if (op === '-') return { value, base: left.base, section, fromDot };
  const base = left.base !== undefined && right.base !== undefined ? 0 : relative.base;
  return { value, base, section: undefined, fromDot };
}

function unaryValue(op: string, value: number): number {
  if (op === '-') return wrap(-value);
  if (op === '~') return ~value >>> 0;
  return op === '!' ? Number(value === 0) : value;
}

function binaryValue(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return wrap(a + b);
    case '-':
      return wrap(a - b);
    case '*':
      return Math.imul(a, b) >>> 0;
    case '/':
      return b === 0 ? fail('KSEG_LD_SCRIPT', 'linker script: division by zero') : Math.floor(a / b);
    case '%':
      return b === 0 ? fail('KSEG_LD_SCRIPT', 'linker script: remainder by zero') : a % b;
    case '<<':
      return b > 31 ? 0 : (a << b) >>> 0;
    case '>>':
      return b > 31 ? 0 : a >>> b;
    case '&':
      return (a & b) >>> 0;
    case '|':
      return (a | b) >>> 0;
    case '^':
      return (a ^ b) >>> 0;
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case '&&':
      return Number(a !== 0 && b !== 0);
    default:
      return Number(a !== 0 || b !== 0);
  }
}

function call(name: string, args: readonly ExpressionNode[], scope: Scope): Value {
  const first = args[0]!;
  const target = first.kind === 'symbol' ? first.name : '';
  const absolute = (value: number): Value => ({ value, base: 0, section: undefined, fromDot: false });
  switch (name) {
    case 'ALIGN':
      if (args.length === 1) return atDot(alignTo(scope.dot, evaluate(first, scope).value), scope);
      return absolute(alignTo(evaluate(first, scope).value, evaluate(args[1]!, scope).value));
    case 'ABSOLUTE':
      return absolute(evaluate(first, scope).value);
    case 'MIN':
      return absolute(Math.min(evaluate(first, scope).value, evaluate(args[1]!, scope).value));
    case 'MAX':
      return absolute(Math.max(evaluate(first, scope).value, evaluate(args[1]!, scope).value));
    case 'DEFINED':
      return plain(Number(scope.symbol(target) !== undefined));
    case 'ORIGIN':
    case 'LENGTH': {
      const region = scope.region(target);
      if (region === undefined) return fail('KSEG_LD_SCRIPT', `linker script: no memory region ${target}`);
      return plain(name === 'ORIGIN' ? region.origin : region.length);
    }
    default: {
      const section = scope.section(target);
      if (name === 'SIZEOF') return plain(section?.size ?? 0);
      if (section === undefined) return fail('KSEG_LD_SCRIPT', `linker script: ${name}(${target}): no such section`);
      if (name === 'ALIGNOF') return plain(section.align);
      return name === 'ADDR'
        ? { value: section.address, base: 0, section, fromDot: false }
        : absolute(section.loadAddress);
    }
  }
}
