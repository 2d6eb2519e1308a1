// The text of GAIA's statements: comments, operands, strings.
import { Cursor } from '../cursor.ts';
import { floatBits } from '../float.ts';
import { evaluate, type Lookup, parseInteger } from './expression.ts';

/** Thrown to give up one statement. */
export class Mistake extends Error {
  constructor(
    message: string,
    readonly text?: string,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}

/** An integer operand from `low` to `high`. */
export function integerOperand(text: string | undefined, low: number, high: number): number {
  const v = text === undefined ? null : parseInteger(text);
  if (v === null) throw new Mistake(`expected a number, found '${text ?? ''}'`, text);
  if (v < low || v > high) throw new Mistake(`${text} is not from ${low} to ${high}`, text);
  return v;
}

/** A float operand's bits; null when it is none. */
export function floatOperand(text: string): number | null {
  if (!/^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf(inity)?|nan)$/i.test(text)) return null;
  const cur = new Cursor();
  cur.reset(text);
  return floatBits(cur, false).low;
}

export function fail(message: string, text?: string): never {
  throw new Mistake(message, text);
}

/** An expression's value, from -2^31 to 2^32 - 1. */
export function value(text: string, lookup: Lookup): number {
  const result = evaluate(text, lookup);
  if (typeof result === 'string') throw new Mistake(result, text);
  if (result < -0x8000_0000 || result > 0xffff_ffff)
    throw new Mistake(`the value of '${text}' has more than 32 bits`, text);
  return result;
}

/** `#` starts a comment, except in a string. */
export function withoutComment(line: string): string {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === '\\' && quoted) i++;
    else if (c === '"') quoted = !quoted;
    else if (c === '#' && !quoted) return line.slice(0, i);
  }
  return line;
}

/** Splits at commas outside of strings. */
export function splitOperands(text: string): string[] {
  const out: string[] = [];
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\' && quoted) i++;
    else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted) {
      out.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  out.push(text.slice(start).trim());
  return out;
}

/** A string with its escapes and a NUL behind it. */
export function stringBytes(text: string): Uint8Array {
  const cur = new Cursor();
  cur.reset(text);
  if (!/^"(?:[^"\\]|\\[\s\S])*"$/.test(text)) throw new Mistake(`expected a string, found '${text}'`, text);
  const characters = cur.string();
  return Uint8Array.from([...characters, '\0'], (c) => c.charCodeAt(0));
}
