import { PT } from '@kseg/elf';
import { parseExpression } from './expression.ts';
import type {
  Assignment,
  ContentStatement,
  InputPattern,
  Layout,
  LayoutStatement,
  MemoryRegion,
  OutputLayout,
  SectionPattern,
  SegmentLayout,
} from './layout.ts';
import { Lexer, type Token } from './lexer.ts';

/**
 * Reads a linker script: ENTRY, MEMORY, PHDRS (type and FLAGS), SECTIONS with output sections (address, AT, ALIGN, SUBALIGN, NOLOAD, regions,
 * fill), input patterns (KEEP, SORT, EXCLUDE_FILE), `.`, assignments, PROVIDE, HIDDEN, ASSERT, BYTE…QUAD, /DISCARD/.
 * OUTPUT_FORMAT, OUTPUT_ARCH and the like are read and mean nothing here.
 *
 * @throws LinkError `KSEG_LD_SCRIPT` with file and line.
 */
export function parseScript(source: string, file = 'linker script'): Layout {
  return new ScriptParser(source, file).script();
}

const DATA = { BYTE: 1, SHORT: 2, LONG: 4, QUAD: 8 } as const;
const COMMENTS = /\/\*[\s\S]*?\*\//g;
const ASSIGNMENT_SIGNS = ['=', '+=', '-=', '*=', '/=', '&=', '|=', '<<=', '>>='];

class ScriptParser {
  private readonly lexer: Lexer;
  /** Segments that sections ask for, and where first. */
  private readonly segmentNames = new Map<string, Token>();

  constructor(
    private readonly source: string,
    file: string,
  ) {
    this.lexer = new Lexer(source, file);
  }

  script(): Layout {
    let entry: string | undefined;
    const memory: MemoryRegion[] = [];
    const segments: SegmentLayout[] = [];
    const statements: LayoutStatement[] = [];
    for (;;) {
      const token = this.lexer.nextName();
      if (token.text === '' && !token.quoted) break;
      switch (token.text) {
        case ';':
          break;
        case 'ENTRY':
          entry = this.name();
          break;
        case 'OUTPUT_ARCH':
        case 'OUTPUT_FORMAT':
        case 'TARGET':
        case 'OUTPUT':
        case 'SEARCH_DIR':
          this.skipArguments();
          break;
        case 'MEMORY':
          memory.push(...this.memory());
          break;
        case 'PHDRS':
          segments.push(...this.segments());
          break;
        case 'SECTIONS':
          statements.push(...this.sections());
          break;
        default:
          statements.push(this.statement(token));
      }
    }
    const named = new Set(segments.map(({ name }) => name));
    for (const [name, token] of this.segmentNames)
      if (!named.has(name)) this.lexer.fail(token, `PHDRS has no segment "${name}"`);
    return {
      ...(entry === undefined ? {} : { entry }),
      ...(segments.length === 0 ? {} : { segments }),
      memory,
      statements,
    };
  }

  /** `(NAME)` */
  private name(): string {
    this.lexer.expect('(');
    const { text } = this.lexer.nextName();
    this.lexer.expect(')');
    return text;
  }

  private skipArguments() {
    this.lexer.expect('(');
    for (;;) {
      const token = this.lexer.nextName();
      if (token.text === ')') return;
      if (token.text === '') this.lexer.fail(token, 'expected ")", found end of script');
    }
  }

  private memory(): MemoryRegion[] {
    const regions: MemoryRegion[] = [];
    this.lexer.expect('{');
    while (!this.lexer.accept('}')) {
      const { text: name } = this.lexer.nextExpressionWord();
      if (this.lexer.accept('(')) while (!this.lexer.accept(')')) this.some(this.lexer.next());
      this.lexer.expect(':');
      this.keyword(/^(ORIGIN|org|o)$/);
      const origin = this.expression();
      this.lexer.accept(',');
      this.keyword(/^(LENGTH|len|l)$/);
      regions.push({ name, origin, length: this.expression() });
    }
    return regions;
  }

  /** `{ NAME TYPE [FLAGS(N)]; … }` */
  private segments(): SegmentLayout[] {
    const { lexer } = this;
    const segments: SegmentLayout[] = [];
    lexer.expect('{');
    while (!lexer.accept('}')) {
      const name = this.some(lexer.nextName()).text;
      const type = lexer.next();
      const number = type.text.startsWith('PT_') ? PT[type.text.slice(3) as keyof typeof PT] : Number(type.text);
      if (number === undefined || Number.isNaN(number)) lexer.fail(type, `no segment type ${type.text}`);
      let flags: number | undefined;
      if (lexer.accept('FLAGS')) {
        lexer.expect('(');
        const value = lexer.next();
        flags = Number(value.text || 'none');
        if (!(flags <= 7)) lexer.fail(value, `segment flags are 0 to 7, not ${value.text}`);
        lexer.expect(')');
      }
      const end = lexer.next();
      if (end.text !== ';')
        lexer.fail(end, `${end.text || 'the end'} is not supported in PHDRS: only a type and FLAGS`);
      segments.push({ name, type: number, ...(flags === undefined ? {} : { flags }) });
    }
    return segments;
  }

  private keyword(pattern: RegExp) {
    const token = this.lexer.next();
    if (!pattern.test(token.text)) this.lexer.fail(token, `expected ${pattern.source}, found "${token.text}"`);
    this.lexer.expect('=');
  }

  private some(token: Token): Token {
    if (token.text === '' && !token.quoted) this.lexer.fail(token, 'the script ends too early');
    return token;
  }

  private sections(): LayoutStatement[] {
    const statements: LayoutStatement[] = [];
    this.lexer.expect('{');
    while (!this.lexer.accept('}')) {
      const token = this.some(this.lexer.nextName());
      if (token.text === ';') continue;
      if (token.text === 'ENTRY') this.lexer.fail(token, 'ENTRY belongs outside of SECTIONS');
      statements.push(this.isStatement(token) ? this.statement(token) : this.outputSection(token.text));
    }
    return statements;
  }

  private isStatement(token: Token): boolean {
    if (token.quoted) return false;
    if (/^(PROVIDE|PROVIDE_HIDDEN|HIDDEN|ASSERT)$/.test(token.text)) return true;
    return ASSIGNMENT_SIGNS.includes(this.lexer.peek().text);
  }

  private statement(token: Token): LayoutStatement {
    if (token.text === 'ASSERT') return this.assertion();
    return this.assignment(token);
  }

  private assertion() {
    this.lexer.expect('(');
    const assert = this.expression();
    this.lexer.expect(',');
    const { text: message } = this.lexer.nextName();
    this.lexer.expect(')');
    this.lexer.accept(';');
    return { assert, message };
  }

  private assignment(token: Token): Assignment {
    if (/^(PROVIDE|PROVIDE_HIDDEN|HIDDEN)$/.test(token.text)) {
      this.lexer.expect('(');
      const assign = this.lexer.nextExpressionWord().text;
      this.lexer.expect('=');
      const to = this.expression();
      this.lexer.expect(')');
      this.lexer.accept(';');
      const provide = token.text === 'HIDDEN' ? {} : { provide: true };
      return { assign, to, ...provide, ...(token.text === 'PROVIDE' ? {} : { hidden: true }) };
    }
    if (!/^[A-Za-z_.$][A-Za-z0-9_.$]*$/.test(token.text)) this.lexer.fail(token, `unexpected "${token.text}"`);
    const sign = this.lexer.next();
    if (!ASSIGNMENT_SIGNS.includes(sign.text)) this.lexer.fail(sign, `expected "=", found "${sign.text}"`);
    const value = this.expression();
    if (!this.lexer.accept(';')) this.lexer.accept(',');
    const to = sign.text === '=' ? value : `${token.text} ${sign.text.slice(0, -1)} (${value})`;
    return { assign: token.text, to };
  }

  private outputSection(section: string): OutputLayout {
    const { lexer } = this;
    let head: Partial<OutputLayout> = {};
    // "name [address] [(TYPE)] :"
    if (lexer.peek().text === '(' ? !this.isType() : lexer.peek().text !== ':') head = { address: this.expression() };
    if (lexer.accept('(')) {
      const type = lexer.next();
      if (type.text === 'NOLOAD') head = { ...head, noLoad: true };
      else if (!/^(COPY|INFO|OVERLAY|DSECT|READONLY)?$/.test(type.text) && type.text !== ')')
        lexer.fail(type, `unknown section type ${type.text}`);
      if (type.text !== ')') lexer.expect(')');
    }
    lexer.expect(':');
    for (;;) {
      if (lexer.accept('AT')) head = { ...head, loadAddress: this.parenthesized() };
      else if (lexer.accept('ALIGN')) head = { ...head, align: this.parenthesized() };
      else if (lexer.accept('SUBALIGN')) head = { ...head, inputAlign: this.parenthesized() };
      else break;
    }
    lexer.expect('{');
    const contents: ContentStatement[] = [];
    while (!lexer.accept('}')) this.content(contents);
    for (;;) {
      if (lexer.accept('>')) head = { ...head, region: lexer.nextExpressionWord().text };
      else if (lexer.accept('AT')) {
        lexer.expect('>');
        head = { ...head, loadRegion: lexer.nextExpressionWord().text };
      } else if (lexer.accept('=')) head = { ...head, fill: this.expression() };
      else if (lexer.accept(':')) head = { ...head, segments: [...(head.segments ?? []), ...this.segmentName()] };
      else break;
    }
    lexer.accept(',');
    return { section, ...head, contents };
  }

  /** The name behind `:`; none for NONE. */
  private segmentName(): string[] {
    const token = this.lexer.nextName();
    if (token.text === 'NONE') return [];
    if (!this.segmentNames.has(token.text)) this.segmentNames.set(token.text, token);
    return [token.text];
  }

  /** Tells `name (NOLOAD) :` from `name (0x100) :`. */
  private isType(): boolean {
    return /^\s*\(\s*(NOLOAD|COPY|INFO|OVERLAY|DSECT|READONLY)?\s*\)/.test(this.source.slice(this.lexer.position()));
  }

  private parenthesized(): string {
    this.lexer.expect('(');
    const value = this.expression();
    this.lexer.expect(')');
    return value;
  }

  private content(contents: ContentStatement[]) {
    const { lexer } = this;
    const token = this.some(lexer.nextName());
    const { text } = token;
    if (text === ';' && !token.quoted) return;
    if (text === 'CONSTRUCTORS' || text === 'CREATE_OBJECT_SYMBOLS') return;
    if (Object.hasOwn(DATA, text)) {
      contents.push({ data: DATA[text as keyof typeof DATA], value: this.parenthesized() });
      lexer.accept(';');
    } else if (text === 'FILL') lexer.fail(token, 'FILL is not supported; write =pattern behind the section');
    else if (text === 'ASSERT') lexer.fail(token, 'ASSERT belongs outside of output sections');
    else if (text === 'KEEP') {
      lexer.expect('(');
      contents.push({ ...this.pattern(this.some(lexer.nextName())), keep: true });
      lexer.expect(')');
    } else if (this.isStatement(token)) contents.push(this.assignment(token));
    else contents.push(this.pattern(token));
  }

  /** `FILE(SECTIONS…)`, or a file alone, which means all its sections. */
  private pattern(token: Token): InputPattern {
    const file = token.text === '*' ? {} : { file: token.text };
    if (!this.lexer.accept('(')) return { ...file, sections: ['*'] };
    const sections: SectionPattern[] = [];
    let excludeFiles: string[] | undefined;
    while (!this.lexer.accept(')')) {
      const name = this.some(this.lexer.nextName());
      if (name.text === ',') continue;
      if (name.text === 'EXCLUDE_FILE') {
        excludeFiles = this.names();
        continue;
      }
      if (/^(SORT|SORT_BY_NAME|SORT_BY_ALIGNMENT|SORT_NONE|SORT_BY_INIT_PRIORITY)$/.test(name.text)) {
        const sort = name.text === 'SORT_BY_ALIGNMENT' ? 'alignment' : 'name';
        for (const inner of this.names())
          sections.push({
            name: inner,
            ...(name.text === 'SORT_NONE' ? {} : { sort }),
            ...(excludeFiles ? { excludeFiles } : {}),
          });
      } else sections.push(excludeFiles === undefined ? name.text : { name: name.text, excludeFiles });
      excludeFiles = undefined;
    }
    return { ...file, sections };
  }

  private names(): string[] {
    this.lexer.expect('(');
    const names: string[] = [];
    while (!this.lexer.accept(')')) names.push(this.some(this.lexer.nextName()).text);
    return names;
  }

  /** An expression, kept as the text it was written in so that a layout stays plain data. */
  private expression(): string {
    const start = this.lexer.position();
    parseExpression(this.lexer);
    return this.source.slice(start, this.lexer.position()).replace(COMMENTS, ' ').trim();
  }
}
