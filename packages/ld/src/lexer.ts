import { fail } from './errors.ts';

/** One word or sign of a linker script and where it stands. */
export interface Token {
  readonly text: string;
  readonly at: number;
  /** True for a "quoted" name, which is never a keyword or sign. */
  readonly quoted: boolean;
}

const BLANKS = /(?:\s+|\/\*[\s\S]*?\*\/|#[^\n]*)+/y;
// The script language has two vocabularies (ld manual "Symbol Names"): where a name is expected, * ? - + and so on
// belong to it; in an expression they are operators.
const NAME = /(?:[A-Za-z0-9_.$\\~?[\]^!]|[-+*/](?!=))+/y;
const EXPRESSION_WORD = /[A-Za-z0-9_.$]+/y;
const SIGN = /<<=|>>=|&&|\|\||<<|>>|[-+*/&|]=|[=!<>]=|[^\s]/y;

/** Splits a linker script on demand: the parser says which vocabulary holds next. */
export class Lexer {
  private at = 0;

  constructor(
    private readonly source: string,
    private readonly file: string,
  ) {}

  /** The next token of the expression vocabulary, left in place. Its text is empty at the end. */
  peek(): Token {
    const start = this.at;
    const token = this.nextExpressionWord();
    this.at = start;
    return token;
  }

  /** The next token of the name vocabulary, left in place. */
  peekName(): Token {
    const start = this.at;
    const token = this.nextName();
    this.at = start;
    return token;
  }

  next(): Token {
    return this.nextExpressionWord();
  }

  nextExpressionWord(): Token {
    return this.take(EXPRESSION_WORD);
  }

  nextName(): Token {
    return this.take(NAME);
  }

  /** How far the script has been read, characters. */
  position(): number {
    return this.at;
  }

  /** Takes the next token if it reads `text`. */
  accept(text: string): boolean {
    const start = this.at;
    const token = this.next();
    if (token.text === text && !token.quoted) return true;
    this.at = start;
    return false;
  }

  /** Takes the next token, which must read `text`. */
  expect(text: string): void {
    const token = this.next();
    if (token.text !== text) this.fail(token, `expected "${text}", found "${token.text || 'end of script'}"`);
  }

  fail(token: Token, message: string): never {
    return fail('KSEG_LD_SCRIPT', `${this.file}:${this.lineOf(token)}: ${message}`, { file: this.file });
  }

  private take(words: RegExp): Token {
    this.match(BLANKS);
    const at = this.at;
    if (this.source[this.at] === '"') {
      const end = this.source.indexOf('"', this.at + 1);
      if (end < 0) this.fail({ text: '"', at, quoted: false }, 'a quoted name has no end');
      const text = this.source.slice(this.at + 1, end);
      this.at = end + 1;
      return { text, at, quoted: true };
    }
    return { text: this.match(words) ?? this.match(SIGN) ?? '', at, quoted: false };
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found[0];
  }

  private lineOf({ at }: Token): number {
    return this.source.slice(0, at).split('\n').length;
  }
}
