import { Cursor, continuesName, startsName } from './cursor.ts';
import { Complaint } from './diagnostics.ts';

const [QUOTE, AMPERSAND, APOSTROPHE, BACKSLASH, LESS, MORE, BANG, PERCENT] = [34, 38, 39, 92, 60, 62, 33, 37] as const;

interface Parameter {
  readonly name: string;
  readonly fallback: string;
  readonly required: boolean;
  readonly rest: boolean;
}

/** A `.macro`: parameters and the text between the header and `.endm`. */
export interface TextMacro {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: string;
}

/** How macros are read: `.altmacro` changes it. */
export interface MacroSyntax {
  readonly alternate: boolean;
  /** The number that an expression (behind `%`) comes to; leaves the cursor behind it. */
  constantAt(cur: Cursor): bigint | number;
}

/** Parses what follows `.macro`, condensed: `name`, then parameters `p`, `p=default`, `p:req`, `p:vararg`. */
export function parseHeader(cur: Cursor, syntax: MacroSyntax): TextMacro {
  const name = cur.expectName('a macro name');
  cur.eatComma();
  const parenthesized = cur.eat(40);
  const parameters: Parameter[] = [];
  while (!cur.atEnd() && !(parenthesized && cur.eat(41))) {
    const parameter = cur.expectName('a parameter name');
    let required = false;
    let rest = false;
    if (cur.eat(58)) {
      const qualifier = cur.expectName('req or vararg');
      if (qualifier === 'req') required = true;
      else if (qualifier === 'vararg') rest = true;
      else throw new Complaint('KSEG_ASM_MACRO', `unknown parameter qualifier '${qualifier}'`);
    }
    const fallback = cur.eat(61) ? readArgument(cur, syntax) : '';
    parameters.push({ name: parameter, fallback, required, rest });
    cur.eatComma();
  }
  return { name, parameters, body: '' };
}

/** Strings; the constants `'c` and `'c'`; white space; anything else. */
const PIECES = /"(?:[^"\\]|\\.)*"?|'(?:\\.|.)'?|[ \t\r\f]+|[^"' \t\r\f]+|'/gs;

function characterCode(constant: string): string {
  if (constant.length < 2) return constant;
  const cur = new Cursor();
  cur.reset(constant, 1);
  if (cur.peek() !== BACKSLASH) return `${constant.charCodeAt(1) & 0xff}`;
  cur.pos++;
  return `${cur.escape()}`;
}

/** Text with its character constants as numbers: apostrophes of macros are others. */
export function numberCharacters(text: string): string {
  if (!text.includes("'")) return text;
  return text.replace(PIECES, (piece) => (piece.charCodeAt(0) === APOSTROPHE ? characterCode(piece) : piece));
}

/**
 * Operands as GNU as condenses them before macros see them: characters are
 * numbers, and white space is left only where it separates words.
 */
export function condense(text: string): string {
  let out = '';
  let afterWord = false;
  let gap = false;
  for (const [piece] of text.matchAll(PIECES)) {
    const first = piece.charCodeAt(0);
    if (first === 32 || first === 9 || first === 13 || first === 12) {
      gap = true;
      continue;
    }
    const quoted = first === QUOTE || first === APOSTROPHE;
    if (gap && afterWord && (quoted || first === BACKSLASH || continuesName(first))) out += ' ';
    gap = false;
    out += first === APOSTROPHE ? characterCode(piece) : piece;
    afterWord = first === QUOTE || (!quoted && continuesName(piece.charCodeAt(piece.length - 1)));
  }
  return out;
}

/** One argument of condensed text: to a comma, or to white space outside of brackets; quoted text without its quotes. */
function readArgument(cur: Cursor, syntax: MacroSyntax): string {
  cur.skipSpace();
  const { alternate } = syntax;
  const first = cur.peek();
  if (alternate && first === PERCENT) {
    cur.pos++;
    return `${syntax.constantAt(cur)}`;
  }
  if (alternate && first === QUOTE) return `"${quotedText(cur, alternate)}"`;
  if (first === QUOTE || (alternate && first === LESS)) return quotedText(cur, alternate);
  const start = cur.pos;
  const brackets: number[] = [];
  for (; cur.pos < cur.end; cur.pos++) {
    const c = cur.peek();
    if (c === 44 || (alternate && c === LESS)) break;
    if ((c === 32 || c === 9) && brackets.length === 0) break;
    if (c === QUOTE) {
      const close = cur.text.indexOf('"', cur.pos + 1);
      cur.pos = close < 0 || close >= cur.end ? cur.end - 1 : close;
    } else if (c === 40 || c === 91) brackets.push(c);
    else if ((c === 41 && brackets.at(-1) === 40) || (c === 93 && brackets.at(-1) === 91)) brackets.pop();
  }
  return cur.text.slice(start, cur.pos);
}

/** The inside of `"…"` and, alternatively, of `<…>` with `!` before what is to be taken literally; several on end are one. */
function quotedText(cur: Cursor, alternate: boolean): string {
  let out = '';
  for (;;) {
    const opening = cur.peek();
    if (opening !== QUOTE && !(alternate && opening === LESS)) return out;
    cur.pos++;
    if (opening === QUOTE) out += inQuotes(cur, alternate);
    else {
      for (let nested = 0; cur.pos < cur.end; cur.pos++) {
        const c = cur.peek();
        if (c === MORE && nested === 0) break;
        if (c === BANG) cur.pos++;
        else if (c === LESS) nested++;
        else if (c === MORE) nested--;
        out += cur.text.slice(cur.pos, Math.min(cur.pos + 1, cur.end));
      }
      cur.pos = Math.min(cur.pos + 1, cur.end);
    }
  }
}

/** To the closing quote, past it. Two quotes stand for one; an escaped one leaves its backslash. */
function inQuotes(cur: Cursor, alternate: boolean): string {
  let out = '';
  let escaped = false;
  while (cur.pos < cur.end) {
    escaped = cur.text.charCodeAt(cur.pos - 1) === BACKSLASH && !escaped;
    const c = cur.peek();
    if (alternate && c === BANG) cur.pos++;
    else if (c === QUOTE && !escaped) {
      cur.pos++;
      if (cur.peek() !== QUOTE) break;
    }
    out += cur.text.slice(cur.pos, Math.min(cur.pos + 1, cur.end));
    cur.pos++;
  }
  cur.pos = Math.min(cur.pos, cur.end);
  return out;
}

/** Pairs a call's arguments (condensed), positional or `name=value`, with the parameters. */
export function bindArguments(macro: TextMacro, cur: Cursor, syntax: MacroSyntax): Map<string, string> {
  const values = new Map<string, string>();
  let position = 0;
  let named = false;
  while (!cur.atEnd()) {
    const start = cur.pos;
    const keyword = syntax.alternate ? '' : cur.name();
    if (keyword !== '' && cur.peek() === 61) {
      if (!macro.parameters.some(({ name }) => name === keyword))
        throw new Complaint('KSEG_ASM_MACRO', `macro '${macro.name}' has no parameter '${keyword}'`);
      cur.pos++;
      named = true;
      values.set(keyword, readArgument(cur, syntax));
    } else {
      cur.pos = start;
      const parameter = macro.parameters[position++];
      if (named)
        throw new Complaint('KSEG_ASM_MACRO', `a value without a name behind named ones for macro '${macro.name}'`);
      if (parameter === undefined)
        throw new Complaint('KSEG_ASM_MACRO', `too many arguments for macro '${macro.name}'`);
      if (parameter.rest) {
        values.set(parameter.name, cur.rest());
        cur.pos = cur.end;
      } else {
        const value = readArgument(cur, syntax);
        if (value !== '') values.set(parameter.name, value);
      }
    }
    cur.eatComma();
  }
  for (const { name, fallback, required } of macro.parameters) {
    if (values.has(name)) continue;
    if (required) throw new Complaint('KSEG_ASM_MACRO', `macro '${macro.name}' needs a value for '${name}'`);
    values.set(name, fallback);
  }
  return values;
}

/** What stands in for what in one expansion. */
export interface Expansion {
  readonly values: Map<string, string>;
  /** For `\@`: expansions before this one. */
  readonly count: number;
  readonly alternate: boolean;
  /** Makes a name for one that `LOCAL` gives up; null where there is no LOCAL. */
  readonly unique: (() => string) | null;
}

/**
 * Replaces `\name` and `&name` (either may end in `&`, the first in `'`) by their values, `\@` by the
 * count of expansions; of `\(text)` the text is left. Alternatively names alone are replaced too.
 */
export function substitute(body: string, expansion: Expansion): string {
  const { values, alternate, unique } = expansion;
  if (!alternate && !body.includes('\\') && !body.includes('&')) return body;
  let out = '';
  let inString = false;
  let p = 0;
  let token = '';
  /** Reads a name into `token`, and what may end it. */
  const read = (ending: number) => {
    const start = p;
    if (p < body.length && startsName(body.charCodeAt(p)))
      do p++;
      while (p < body.length && continuesName(body.charCodeAt(p)));
    token = body.slice(start, p);
    if (alternate && body.charCodeAt(p) === AMPERSAND) p++;
    if (body.charCodeAt(p) === ending) p++;
  };
  while (p < body.length) {
    const c = body.charCodeAt(p);
    if (c === AMPERSAND) {
      const start = ++p;
      read(AMPERSAND);
      const closing = p !== start && body.charCodeAt(p - 1) === AMPERSAND ? '&' : '';
      out += values.get(token) ?? `&${token}${closing}`;
    } else if (c === BACKSLASH) {
      p++;
      const next = body.charCodeAt(p);
      if (next === 40) {
        const close = body.indexOf(')', p);
        if (close < 0) throw new Complaint('KSEG_ASM_MACRO', "missing ')' behind \\( in a macro");
        out += body.slice(p + 1, close);
        p = close + 1;
      } else if (next === 64) {
        out += expansion.count;
        p++;
      } else if (next === AMPERSAND) {
        out += '\\&';
        p++;
      } else {
        read(APOSTROPHE);
        out += values.get(token) ?? `\\${token}`;
      }
    } else if (alternate && startsName(c)) {
      const start = p;
      read(APOSTROPHE);
      if (unique !== null && !inString && /^LOCAL[ \t]/i.test(body.slice(start, start + 6))) {
        const line = body.indexOf('\n', start);
        p = line < 0 ? body.length : line;
        for (const name of body.slice(start + 5, p).match(/[\w.$\x80-\uffff]+/g) ?? []) {
          if (values.has(name)) throw new Complaint('KSEG_ASM_MACRO', `'${name}' is a parameter or local already`);
          values.set(name, unique());
        }
      } else out += values.get(token) ?? token;
    } else {
      if (c === QUOTE) inString = !inString;
      else if (c === 10) inString = false;
      const start = p++;
      while (p < body.length && !isSpecial(body.charCodeAt(p), alternate)) p++;
      out += body.slice(start, p);
    }
  }
  return out;
}

const isSpecial = (c: number, alternate: boolean) =>
  c === BACKSLASH || c === AMPERSAND || c === QUOTE || c === 10 || (alternate && startsName(c));

/** The values of an `.irp` list, condensed. */
export function splitList(cur: Cursor, syntax: MacroSyntax): string[] {
  const values: string[] = [];
  while (!cur.atEnd()) {
    values.push(readArgument(cur, syntax));
    cur.eatComma();
  }
  return values.length === 0 ? [''] : values;
}

/** The characters of an `.irpc` list, condensed; white space counts only in quotes. */
export function splitCharacters(cur: Cursor): string[] {
  const values: string[] = [];
  let quoted = false;
  for (cur.skipSpace(); cur.pos < cur.end; ) {
    if (cur.peek() === QUOTE) {
      quoted = !quoted;
      cur.pos++;
    } else values.push(cur.text[cur.pos++]!);
    if (!quoted) cur.skipSpace();
  }
  return values.length === 0 ? [''] : values;
}
