import { type Cursor, continuesName } from './cursor.ts';
import { Complaint } from './diagnostics.ts';

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

/** Parses what follows `.macro`: `name`, then parameters `p`, `p=default`, `p:req`, `p:vararg`. */
export function parseHeader(cur: Cursor): TextMacro {
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
      else
        throw new Complaint(
          'KSEG_ASM_MACRO',
          `unknown parameter qualifier '${qualifier}'`,
          cur.pos - qualifier.length,
          cur.pos,
        );
    }
    const fallback = cur.eat(61) ? readArgument(cur) : '';
    parameters.push({ name: parameter, fallback, required, rest });
    cur.eatComma();
  }
  return { name, parameters, body: '' };
}

/**
 * One argument: up to a comma, or up to white space that stands between two
 * words. Quoted text is taken without its quotes; parentheses hold together.
 */
export function readArgument(cur: Cursor): string {
  cur.skipSpace();
  let out = '';
  let depth = 0;
  if (cur.peek() === 34) {
    const start = cur.pos;
    const quoted = rawString(cur);
    cur.skipSpace();
    if (cur.pos >= cur.end || cur.peek() === 44 || cur.text.charCodeAt(cur.pos - 1) === 32) return quoted;
    cur.pos = start;
  }
  while (cur.pos < cur.end) {
    const c = cur.peek();
    if (c === 44 && depth === 0) break;
    if (c === 32 || c === 9) {
      const before = cur.pos === 0 ? 0 : cur.text.charCodeAt(cur.pos - 1);
      cur.skipSpace();
      if (cur.pos >= cur.end) break;
      if (isWordEnd(before) && isWordStart(cur.peek())) {
        if (depth === 0) break;
        out += ' ';
      }
      continue;
    }
    if (c === 34) {
      const from = cur.pos;
      rawString(cur);
      out += cur.text.slice(from, cur.pos);
      continue;
    }
    if (c === 40) depth++;
    else if (c === 41 && depth > 0) depth--;
    out += cur.text[cur.pos++];
  }
  return out;
}

const isWordEnd = (c: number) => continuesName(c) || c === 41 || c === 34;
const isWordStart = (c: number) => continuesName(c) || c === 92 || c === 34;

/** The inside of a quoted string, escapes left alone except for doubled quotes. */
function rawString(cur: Cursor): string {
  const start = ++cur.pos;
  while (cur.pos < cur.end && cur.peek() !== 34) cur.pos += cur.peek() === 92 ? 2 : 1;
  const inner = cur.text.slice(start, Math.min(cur.pos, cur.end));
  cur.pos = Math.min(cur.pos + 1, cur.end);
  return inner;
}

/** Pairs a call's arguments, positional or `name=value`, with the parameters. */
export function bindArguments(macro: TextMacro, cur: Cursor): Map<string, string> {
  const values = new Map<string, string>();
  let position = 0;
  while (!cur.atEnd()) {
    const start = cur.pos;
    const keyword = cur.name();
    if (keyword !== '' && cur.peek() === 61 && cur.at(1) !== 61 && macro.parameters.some((p) => p.name === keyword)) {
      cur.pos++;
      values.set(keyword, readArgument(cur));
    } else {
      cur.pos = start;
      const parameter = macro.parameters[position++];
      if (parameter === undefined)
        throw new Complaint('KSEG_ASM_MACRO', `too many arguments for macro '${macro.name}'`, start, cur.end);
      if (parameter.rest) {
        values.set(parameter.name, cur.rest());
        cur.pos = cur.end;
      } else {
        const value = readArgument(cur);
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

/** Replaces `\name` by its value, `\@` by the count of expansions so far, and drops `\()`. */
export function substitute(body: string, values: ReadonlyMap<string, string>, count: number): string {
  let out = '';
  let from = 0;
  for (let p = body.indexOf('\\'); p >= 0; p = body.indexOf('\\', p)) {
    const c = body.charCodeAt(p + 1);
    let end = p + 1;
    if (c === 64) {
      out += body.slice(from, p) + count;
      from = p = end + 1;
    } else if (c === 40 && body.charCodeAt(p + 2) === 41) {
      out += body.slice(from, p);
      from = p = p + 3;
    } else {
      while (end < body.length && continuesName(body.charCodeAt(end))) end++;
      const value = values.get(body.slice(p + 1, end)) ?? undefined;
      if (value !== undefined) {
        out += body.slice(from, p) + value;
        from = p = end;
      } else p = end === p + 1 ? p + 2 : end;
    }
  }
  return out + body.slice(from);
}

/** The values of an `.irp` list. */
export function splitList(cur: Cursor): string[] {
  const values: string[] = [];
  while (!cur.atEnd()) {
    values.push(readArgument(cur));
    cur.eatComma();
  }
  return values.length === 0 ? [''] : values;
}
