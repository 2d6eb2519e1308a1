// Integers and expressions as GAIA's assembler writes them.

/** A label's value; null when there is none. */
export type Lookup = (name: string) => number | null;

/** A number with sign and prefix (`0x`, `0b`, `0o`, leading 0 for octal); null when it is none. */
export function parseInteger(text: string): number | null {
  const match = /^([+-]?)\s*(?:0x([0-9a-f]+)|0b([01]+)|0o?([0-7]+)|([1-9]\d*|0))l?$/i.exec(text.trim());
  if (match === null) return null;
  const [, sign, hex, binary, octal, decimal] = match;
  const v =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : binary !== undefined
        ? Number.parseInt(binary, 2)
        : octal !== undefined
          ? Number.parseInt(octal, 8)
          : Number(decimal);
  return sign === '-' ? -v : v;
}

/** Binary operators from loosest to tightest. */
const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];

/** The value of an expression, or what is wrong with it. */
export function evaluate(text: string, lookup: Lookup): number | string {
  const tokens = text.match(/<<|>>|[\w.$!?]+|\S/g) ?? [];
  let at = 0;
  let problem: string | null = null;
  const complain = (message: string): bigint => {
    problem ??= message;
    return 0n;
  };

  const unary = (): bigint => {
    const t = tokens[at++];
    if (t === undefined) return complain(`'${text}' ends too early`);
    if (t === '-') return -unary();
    if (t === '+') return unary();
    if (t === '~') return ~unary();
    if (t === '(') {
      const v = binary(0);
      return tokens[at++] === ')' ? v : complain(`missing ')' in '${text}'`);
    }
    const number = parseInteger(t);
    if (number !== null) return BigInt(number);
    if (!/^[\w.$!?]/.test(t)) return complain(`cannot make sense of '${text}'`);
    const found = lookup(t);
    return found === null ? complain(`label '${t}' is not defined`) : BigInt(found);
  };

  const binary = (level: number): bigint => {
    if (level === LEVELS.length) return unary();
    let left = binary(level + 1);
    while (at < tokens.length && LEVELS[level]!.includes(tokens[at]!)) {
      const op = tokens[at++]!;
      const right = binary(level + 1);
      if ((op === '/' || op === '%') && right === 0n) return complain('division by zero');
      if ((op === '<<' || op === '>>') && (right < 0n || right > 64n)) return complain(`shift by ${right}`);
      left = apply(op, left, right);
    }
    return left;
  };

  const v = binary(0);
  if (problem !== null) return problem;
  return at === tokens.length ? Number(v) : `cannot make sense of '${text}'`;
}

function apply(op: string, a: bigint, b: bigint): bigint {
  switch (op) {
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default: {
      // Division rounds down, the remainder has the divisor's sign.
      const down = a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
      return op === '/' ? down : a - down * b;
    }
  }
}
