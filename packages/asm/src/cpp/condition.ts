// The expression of an `#if`, macros expanded (C99 §6.10.1).
import { add, complement, compute, type Integer, isZero, negate, type Operator } from '../integer.ts';
import { IDENTIFIER, STRING, type Token } from './tokens.ts';

const PRECEDENCE: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Evaluates the expression of an `#if`. */
export class Condition {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  value(): Integer | null {
    const v = this.ternary();
    return this.at === this.tokens.length ? v : null;
  }

  private next(): string {
    return this.tokens[this.at]?.text ?? '';
  }

  private ternary(): Integer | null {
    const condition = this.binary(0);
    if (condition === null || this.next() !== '?') return condition;
    this.at++;
    const yes = this.ternary();
    if (this.next() !== ':') return null;
    this.at++;
    const no = this.ternary();
    return isZero(condition) ? no : yes;
  }

  private binary(level: number): Integer | null {
    if (level === PRECEDENCE.length) return this.unary();
    let left = this.binary(level + 1);
    while (left !== null && PRECEDENCE[level]!.includes(this.next())) {
      const op = this.tokens[this.at++]!.text;
      const right = this.binary(level + 1);
      if (right === null) return null;
      const v = compute((op === '!=' ? '<>' : op) as Operator, left, right);
      if (v === undefined) return null;
      // The assembler's comparisons give -1 for true, C's give 1.
      left = /^[<>=!]=?$|^&&$|^\|\|$/.test(op) ? (isZero(v) ? 0 : 1) : v;
    }
    return left;
  }

  private unary(): Integer | null {
    const t = this.tokens[this.at++];
    if (t === undefined) return null;
    switch (t.text) {
      case '(': {
        const v = this.ternary();
        return this.tokens[this.at++]?.text === ')' ? v : null;
      }
      case '!': {
        const v = this.unary();
        return v === null ? null : isZero(v) ? 1 : 0;
      }
      case '-': {
        const v = this.unary();
        return v === null ? null : negate(v);
      }
      case '~': {
        const v = this.unary();
        return v === null ? null : complement(v);
      }
      case '+':
        return this.unary();
    }
    if (t.kind === IDENTIFIER) return 0; // not a macro
    if (t.kind === STRING && t.text.startsWith("'")) return t.text.charCodeAt(1);
    const number = /^(0x[0-9a-f]+|0b[01]+|0[0-7]*|[1-9]\d*)[ul]*$/i.exec(t.text);
    if (number === null) return null;
    const digits = number[1]!;
    return add(0, BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits));
  }
}
