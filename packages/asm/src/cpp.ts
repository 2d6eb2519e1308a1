// The C preprocessor, as far as assembly sources use it (C99 §6.10; `$` is no letter here and a stray `'` no error).
import { Condition } from './cpp/condition.ts';
import {
  cleanLines,
  IDENTIFIER,
  NUMBER,
  SPACE,
  STRING,
  spell,
  type Token,
  token,
  tokenize,
  trim,
} from './cpp/tokens.ts';
import type { Diagnostic } from './diagnostics.ts';
import { isZero } from './integer.ts';
import type { Resolver } from './options.ts';

interface Macro {
  /** Null: an object-like macro. */
  readonly parameters: readonly string[] | null;
  readonly variadic: boolean;
  readonly body: readonly Token[];
}

interface Branch {
  active: boolean;
  taken: boolean;
  readonly outer: boolean;
  elseSeen: boolean;
  readonly line: number;
}

const MAX_INCLUDES = 200;
export interface PreprocessOptions {
  readonly name: string;
  readonly defines: Readonly<Record<string, string>>;
  readonly resolve: Resolver;
}

/** Runs the preprocessor. The text that comes out has line markers; columns are those of the expanded lines. */
export function preprocess(source: string, options: PreprocessOptions): { text: string; diagnostics: Diagnostic[] } {
  const cpp = new Preprocessor(options);
  cpp.file(source, options.name, 0);
  return { text: cpp.out.join('\n'), diagnostics: cpp.diagnostics };
}

class Preprocessor {
  readonly out: string[] = [];
  readonly diagnostics: Diagnostic[] = [];
  private readonly macros = new Map<string, Macro>();
  private readonly once = new Set<string>();
  private name = '';
  private line = 0;

  constructor(private readonly options: PreprocessOptions) {
    for (const [name, value] of Object.entries(options.defines)) {
      const header = /^(\w+)(\(.*\))?$/.exec(name);
      if (header === null) this.report(`'${name}' is no name for a macro`, name);
      else this.define(tokenize(`${name} ${value}`));
    }
  }

  file(source: string, name: string, depth: number): void {
    const lines = cleanLines(source);
    const { name: outerName, line: outerLine } = this;
    this.name = name;
    const branches: Branch[] = [];
    this.mark(1);
    for (let i = 0; i < lines.length; i++) {
      this.line = i + 1;
      const line = lines[i]!;
      const active = branches.length === 0 || branches[branches.length - 1]!.active;
      const directive = /^[ \t]*#[ \t]*([a-z_]+)?/.exec(line);
      if (
        directive !== null &&
        directive[1] !== undefined &&
        this.directive(directive[1], line, directive[0].length, branches, active, depth)
      ) {
        this.out.push('');
        continue;
      }
      if (!active || directive !== null) {
        this.out.push(active && !/^[ \t]*#[ \t]*\d/.test(line) ? line : '');
        continue;
      }
      i += this.expandLine(lines, i);
    }
    for (const { line } of branches) {
      this.line = line;
      this.report('#if without #endif', '#if');
    }
    this.name = outerName;
    this.line = outerLine;
  }

  private mark(line: number): void {
    this.out.push(`# ${line} "${this.name.replace(/["\\]/g, '\\$&')}"`);
  }

  private report(message: string, text: string, severity: 'error' | 'warning' = 'error'): void {
    this.diagnostics.push({
      severity,
      code: 'KSEG_ASM_CPP',
      message,
      file: this.name || this.options.name,
      line: this.line,
      column: 1,
      text,
    });
  }

  /** Expands one line, with those behind it that a macro call runs on into; how many more it took. */
  private expandLine(lines: readonly string[], at: number): number {
    const line = lines[at]!;
    let tokens = tokenize(line);
    if (
      !tokens.some(
        ({ kind, text }) =>
          kind === IDENTIFIER && (this.macros.has(text) || text === '__LINE__' || text === '__FILE__'),
      )
    ) {
      this.out.push(line);
      return 0;
    }
    let extra = 0;
    while (this.unfinishedCall(tokens) && at + extra + 1 < lines.length) {
      extra++;
      tokens = [...tokens, token(SPACE, ' '), ...tokenize(lines[at + extra]!)];
    }
    this.out.push(spell(this.expand(tokens)));
    for (let i = 0; i < extra; i++) this.out.push('');
    return extra;
  }

  /** True when a function-like macro's argument list is still open at the end. */
  private unfinishedCall(tokens: readonly Token[]): boolean {
    for (let i = 0; i < tokens.length; i++) {
      const { kind, text } = tokens[i]!;
      if (kind !== IDENTIFIER || this.macros.get(text)?.parameters == null) continue;
      let j = i + 1;
      while (tokens[j]?.kind === SPACE) j++;
      if (tokens[j]?.text !== '(') continue;
      let depth = 0;
      for (; j < tokens.length; j++) {
        if (tokens[j]!.text === '(') depth++;
        else if (tokens[j]!.text === ')' && --depth === 0) break;
      }
      if (depth > 0) return true;
    }
    return false;
  }

  // ---- directives ---------------------------------------------------------

  /** Carries out a directive; false when the word is none (assemblers' `# comments`). */
  private directive(
    word: string,
    line: string,
    after: number,
    branches: Branch[],
    active: boolean,
    depth: number,
  ): boolean {
    const rest = line.slice(after).trim();
    const top = branches[branches.length - 1];
    switch (word) {
      case 'if':
      case 'ifdef':
      case 'ifndef': {
        let condition = false;
        if (active) {
          if (word === 'if') condition = this.condition(rest);
          else condition = this.macros.has(/^\w*/.exec(rest)![0]) === (word === 'ifdef');
        }
        branches.push({
          active: active && condition,
          taken: condition,
          outer: active,
          elseSeen: false,
          line: this.line,
        });
        return true;
      }
      case 'elif':
      case 'else':
        if (top === undefined || top.elseSeen) {
          this.report(`#${word} without #if`, line.trim());
          return true;
        }
        if (word === 'else') top.elseSeen = true;
        top.active = top.outer && !top.taken && (word === 'else' || this.condition(rest));
        if (top.active) top.taken = true;
        return true;
      case 'endif':
        if (branches.pop() === undefined) this.report('#endif without #if', line.trim());
        return true;
      case 'define':
        if (active) this.define(tokenize(rest));
        return true;
      case 'undef':
        if (active) this.macros.delete(/^\w*/.exec(rest)![0]);
        return true;
      case 'include':
      case 'import':
        if (active) this.include(rest, depth);
        return true;
      case 'error':
      case 'warning':
        if (active) this.report(`#${word} ${rest}`, line.trim(), word);
        return true;
      case 'pragma':
        if (active && rest === 'once') this.once.add(this.name);
        return true;
      case 'line':
      case 'ident':
      case 'sccs':
        return true;
      default:
        return false;
    }
  }

  private define(tokens: readonly Token[]): void {
    const [name, next] = tokens;
    if (name === undefined || name.kind !== IDENTIFIER || name.text === 'defined') {
      this.report('#define needs a name', spell(tokens));
      return;
    }
    let at = 1;
    let parameters: string[] | null = null;
    let variadic = false;
    if (next?.text === '(') {
      parameters = [];
      for (at = 2; at < tokens.length && tokens[at]!.text !== ')'; at++) {
        const { kind, text } = tokens[at]!;
        if (text === '...') {
          variadic = true;
          if (tokens[at - 1]?.kind !== IDENTIFIER) parameters.push('__VA_ARGS__');
        } else if (kind === IDENTIFIER) parameters.push(text);
        else if (kind !== SPACE && text !== ',') this.report(`bad parameter list of macro '${name.text}'`, text);
      }
      at++;
    }
    this.macros.set(name.text, { parameters, variadic, body: trim(tokens.slice(at)) });
  }

  private include(rest: string, depth: number): void {
    let spec = rest;
    if (!/^["<]/.test(spec)) spec = spell(this.expand(tokenize(spec))).trim();
    const path = /^(?:"([^"]*)"|<\s*([^>]*?)\s*>)/.exec(spec);
    const wanted = path?.[1] ?? path?.[2];
    if (wanted === undefined) {
      this.report('#include needs "file" or <file>', rest);
      return;
    }
    if (depth >= MAX_INCLUDES) {
      this.report('files include each other too deeply', rest);
      return;
    }
    if (this.once.has(wanted)) return;
    const found = this.options.resolve(wanted, this.name);
    if (found === null) {
      this.report(`cannot find '${wanted}'`, rest);
      return;
    }
    this.file(typeof found === 'string' ? found : new TextDecoder().decode(found), wanted, depth + 1);
    this.mark(this.line);
  }

  // ---- conditions -----------------------------------------------------------

  private condition(text: string): boolean {
    const tokens: Token[] = [];
    const raw = tokenize(text).filter(({ kind }) => kind !== SPACE);
    for (let i = 0; i < raw.length; i++) {
      if (raw[i]!.text !== 'defined') {
        tokens.push(raw[i]!);
        continue;
      }
      const parenthesized = raw[i + 1]?.text === '(';
      const name = raw[i + (parenthesized ? 2 : 1)]?.text ?? '';
      tokens.push(token(NUMBER, this.macros.has(name) ? '1' : '0'));
      i += parenthesized ? 3 : 1;
    }
    const expanded = this.expand(tokens).filter(({ kind }) => kind !== SPACE);
    const value = new Condition(expanded).value();
    if (value === null) {
      this.report(`cannot make sense of #if ${text}`, text);
      return false;
    }
    return !isZero(value);
  }

  // ---- expansion --------------------------------------------------------------

  /** Expands macros, each hidden inside its own expansion (Prosser's algorithm). */
  private expand(input: readonly Token[]): Token[] {
    const out: Token[] = [];
    const work = [...input].reverse();
    while (work.length > 0) {
      const t = work.pop()!;
      if (t.kind !== IDENTIFIER || t.hidden?.has(t.text)) {
        out.push(t);
        continue;
      }
      if (t.text === '__LINE__') {
        out.push(token(NUMBER, `${this.line}`));
        continue;
      }
      if (t.text === '__FILE__') {
        out.push(token(STRING, JSON.stringify(this.name)));
        continue;
      }
      const macro = this.macros.get(t.text);
      if (macro === undefined) {
        out.push(t);
        continue;
      }
      let replacement: Token[];
      if (macro.parameters === null) replacement = this.substitute(macro, []);
      else {
        const call = takeArguments(work, macro);
        if (call === null) {
          out.push(t);
          continue;
        }
        replacement = this.substitute(macro, call);
      }
      const hidden = new Set(t.hidden).add(t.text);
      for (let i = replacement.length - 1; i >= 0; i--) {
        const r = replacement[i]!;
        work.push(token(r.kind, r.text, r.hidden === null ? hidden : new Set([...r.hidden, ...hidden])));
      }
    }
    return out;
  }

  /** The body with arguments put in; `#` makes strings, `##` joins. */
  private substitute(macro: Macro, given: readonly Token[][]): Token[] {
    const { parameters, body } = macro;
    const argument = (t: Token | undefined) => {
      const i = t?.kind === IDENTIFIER && parameters !== null ? parameters.indexOf(t.text) : -1;
      return i < 0 ? null : (given[i] ?? []);
    };
    const out: Token[] = [];
    for (let i = 0; i < body.length; i++) {
      const t = body[i]!;
      if (t.text === '#' && parameters !== null) {
        let j = i + 1;
        while (body[j]?.kind === SPACE) j++;
        const arg = argument(body[j]);
        if (arg !== null) {
          out.push(token(STRING, `"${spell(arg).trim().replace(/["\\]/g, '\\$&')}"`));
          i = j;
          continue;
        }
      }
      if (t.text === '##') {
        while (out[out.length - 1]?.kind === SPACE) out.pop();
        let j = i + 1;
        while (body[j]?.kind === SPACE) j++;
        const next = body[j];
        i = j;
        if (next === undefined) continue;
        const right = argument(next) ?? [next];
        const left = out.pop();
        const joined = tokenize((left?.text ?? '') + (right[0]?.text ?? ''));
        out.push(...joined, ...right.slice(1));
        continue;
      }
      const arg = argument(t);
      if (arg === null) {
        out.push(t);
        continue;
      }
      let j = i + 1;
      while (body[j]?.kind === SPACE) j++;
      out.push(...(body[j]?.text === '##' ? arg : this.expand(arg)));
    }
    return out;
  }
}

/** Takes a call's arguments off `work` (a stack); null when no `(` follows. */
function takeArguments(work: Token[], macro: Macro): Token[][] | null {
  let at = work.length - 1;
  while (at >= 0 && work[at]!.kind === SPACE) at--;
  if (at < 0 || work[at]!.text !== '(') return null;
  const args: Token[][] = [[]];
  let depth = 0;
  for (; at >= 0; at--) {
    const t = work[at]!;
    if (t.text === '(' && depth++ === 0) continue;
    if (t.text === ')' && --depth === 0) {
      work.length = at;
      return args.map(trim);
    }
    const last = args[args.length - 1]!;
    if (t.text === ',' && depth === 1 && !(macro.variadic && args.length >= macro.parameters!.length)) args.push([]);
    else last.push(t);
  }
  return null;
}
