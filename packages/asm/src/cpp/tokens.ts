// Preprocessing tokens: out of lines, and back into text (C99 §6.4; `$` is no letter here and a stray `'` no error).
import { isDigit } from '../cursor.ts';

export const IDENTIFIER = 1;
export const NUMBER = 2;
export const STRING = 3;
const PUNCTUATION = 4;
export const SPACE = 5;

export interface Token {
  readonly kind: number;
  readonly text: string;
  /** Macros that made it and may not expand in it again. */
  readonly hidden: ReadonlySet<string> | null;
}

export const token = (kind: number, text: string, hidden: ReadonlySet<string> | null = null): Token => ({
  kind,
  text,
  hidden,
});

const isLetter = (c: number) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const isWordPart = (c: number) => isLetter(c) || isDigit(c);
const LONG = /^(?:<<=|>>=|\.\.\.|##|&&|\|\||<<|>>|<=|>=|==|!=|\+\+|--|->)/;

/** A line's tokens; comments have become spaces before. */
export function tokenize(line: string): Token[] {
  const out: Token[] = [];
  let p = 0;
  while (p < line.length) {
    const start = p;
    const c = line.charCodeAt(p);
    if (c === 32 || c === 9 || c === 13 || c === 12) {
      while (p < line.length && /[ \t\r\f]/.test(line[p]!)) p++;
      out.push(token(SPACE, ' '));
      continue;
    }
    if (isLetter(c)) {
      while (p < line.length && isWordPart(line.charCodeAt(p))) p++;
      out.push(token(IDENTIFIER, line.slice(start, p)));
    } else if (isDigit(c) || (c === 46 && isDigit(line.charCodeAt(p + 1)))) {
      p++;
      while (p < line.length) {
        const d = line.charCodeAt(p);
        const sign = (d === 43 || d === 45) && /[eEpP]/.test(line[p - 1]!) && !/^0x/i.test(line.slice(start, p));
        if (!isWordPart(d) && d !== 46 && !sign) break;
        p++;
      }
      out.push(token(NUMBER, line.slice(start, p)));
    } else if (c === 34 || (c === 39 && /^'(?:\\.[0-7x]*|[^\\'])'/.test(line.slice(p, p + 8)))) {
      p++;
      while (p < line.length && line.charCodeAt(p) !== c) p += line[p] === '\\' ? 2 : 1;
      p = Math.min(p + 1, line.length);
      out.push(token(STRING, line.slice(start, p)));
    } else {
      const long = LONG.exec(line.slice(p, p + 3));
      p += long === null ? 1 : long[0].length;
      out.push(token(PUNCTUATION, line.slice(start, p)));
    }
  }
  return out;
}

/** Joins continued lines and turns comments into spaces; every source line stays one element. */
export function cleanLines(text: string): string[] {
  const lines = text.split('\n');
  const out: string[] = [];
  let inComment = false;
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i]!;
    let continued = 0;
    while (/\\[ \t\r]*$/.test(line) && i + 1 < lines.length) {
      line = line.replace(/\\[ \t\r]*$/, '') + lines[++i]!;
      continued++;
    }
    if (inComment || line.includes('/*') || line.includes('//')) {
      let clean = '';
      for (let p = 0; p < line.length; ) {
        if (inComment) {
          const end = line.indexOf('*/', p);
          if (end < 0) break;
          inComment = false;
          p = end + 2;
          clean += ' ';
        } else if (line.startsWith('/*', p)) {
          inComment = true;
          p += 2;
        } else if (line.startsWith('//', p)) break;
        else if (line[p] === '"') {
          const start = p++;
          while (p < line.length && line[p] !== '"') p += line[p] === '\\' ? 2 : 1;
          p = Math.min(p + 1, line.length);
          clean += line.slice(start, p);
        } else clean += line[p++];
      }
      line = clean;
    }
    out.push(line);
    for (; continued > 0; continued--) out.push('');
  }
  return out;
}

export function trim(tokens: Token[]): Token[] {
  while (tokens[0]?.kind === SPACE) tokens.shift();
  while (tokens[tokens.length - 1]?.kind === SPACE) tokens.pop();
  return tokens;
}

/** Text of tokens; two that would run together are kept apart. */
export function spell(tokens: readonly Token[]): string {
  let text = '';
  let previous: Token | undefined;
  for (const t of tokens) {
    const words =
      (t.kind === IDENTIFIER || t.kind === NUMBER) && (previous?.kind === IDENTIFIER || previous?.kind === NUMBER);
    text += words ? ` ${t.text}` : t.text;
    previous = t;
  }
  return text;
}
