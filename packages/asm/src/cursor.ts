import { Complaint } from './diagnostics.ts';

const SPACE = 32;
const TAB = 9;

export const isDigit = (c: number) => c >= 48 && c <= 57;

/** Character classes, one lookup per character: 1 starts a name, 2 continues one, 4 is a digit. */
const NAME_START = 1;
const NAME_PART = 2;
const DIGIT = 4;
const classes = new Uint8Array(256);
for (let c = 0; c < 256; c++) {
  const letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c === 46 || c === 36 || c >= 128;
  const digit = isDigit(c);
  classes[c] = (letter ? NAME_START : 0) | (letter || digit ? NAME_PART : 0) | (digit ? DIGIT : 0);
}
const classOf = (c: number) => (c < 256 ? classes[c]! : NAME_START | NAME_PART);
/** `_ . $`, letters and everything beyond ASCII start a name. */
export const startsName = (c: number) => (classOf(c) & NAME_START) !== 0;
export const continuesName = (c: number) => (classOf(c) & NAME_PART) !== 0;

/** A reading position in one statement (`text[pos..end)`), shared by all parsers. */
export class Cursor {
  text = '';
  pos = 0;
  end = 0;

  reset(text: string, start = 0, end = text.length): void {
    this.text = text;
    this.pos = start;
    this.end = end;
  }

  /** The character code here, -1 at the end. */
  peek(): number {
    return this.pos < this.end ? this.text.charCodeAt(this.pos) : -1;
  }

  at(offset: number): number {
    const i = this.pos + offset;
    return i < this.end ? this.text.charCodeAt(i) : -1;
  }

  skipSpace(): void {
    while (this.pos < this.end) {
      const c = this.text.charCodeAt(this.pos);
      if (c !== SPACE && c !== TAB && c !== 13 && c !== 12) return;
      this.pos++;
    }
  }

  /** True at the statement's end, white space skipped. */
  atEnd(): boolean {
    this.skipSpace();
    return this.pos >= this.end;
  }

  /** Skips white space and then `code` if it stands here. */
  eat(code: number): boolean {
    this.skipSpace();
    if (this.pos >= this.end || this.text.charCodeAt(this.pos) !== code) return false;
    this.pos++;
    return true;
  }

  eatComma(): boolean {
    return this.eat(44);
  }

  expectComma(): void {
    if (!this.eatComma()) throw this.complain('KSEG_ASM_SYNTAX', `expected ',' before '${this.rest()}'`);
  }

  /** A name (`[A-Za-z_.$][\w.$]*`, or quoted), or '' when none stands here. */
  name(): string {
    this.skipSpace();
    const start = this.pos;
    if (start >= this.end) return '';
    const c = this.text.charCodeAt(start);
    if (c === 34) return this.string();
    if ((classOf(c) & NAME_START) === 0) return '';
    let p = start + 1;
    while (p < this.end && (classOf(this.text.charCodeAt(p)) & NAME_PART) !== 0) p++;
    this.pos = p;
    return this.text.slice(start, p);
  }

  expectName(what: string): string {
    const name = this.name();
    if (name === '') throw this.complain('KSEG_ASM_SYNTAX', `expected ${what}, found '${this.rest()}'`);
    return name;
  }

  /** The run of characters up to white space or a comma. */
  word(): string {
    this.skipSpace();
    const start = this.pos;
    while (this.pos < this.end) {
      const c = this.text.charCodeAt(this.pos);
      if (c === SPACE || c === TAB || c === 44) break;
      this.pos++;
    }
    return this.text.slice(start, this.pos);
  }

  /** What is left of the statement, trimmed. */
  rest(): string {
    return this.text.slice(this.pos, this.end).trim();
  }

  /** A string literal with C escapes, each character 0–255 (source text is taken as UTF-8). */
  string(): string {
    this.skipSpace();
    const start = this.pos;
    if (this.peek() !== 34) throw this.complain('KSEG_ASM_SYNTAX', `expected a string, found '${this.rest()}'`);
    this.pos++;
    let out = '';
    for (;;) {
      if (this.pos >= this.end) throw new Complaint('KSEG_ASM_SYNTAX', 'string without an end', start, this.end);
      const c = this.text.charCodeAt(this.pos++);
      if (c === 34) return out;
      if (c === 92) out += String.fromCharCode(this.escape());
      else if (c < 128) out += String.fromCharCode(c);
      else out += this.utf8(this.pos - 1);
    }
  }

  private utf8(at: number): string {
    const point = this.text.codePointAt(at)!;
    if (point > 0xffff) this.pos++;
    return String.fromCharCode(...new TextEncoder().encode(String.fromCodePoint(point)));
  }

  /** The character after a backslash, as a byte. */
  escape(): number {
    const c = this.peek();
    this.pos++;
    switch (c) {
      case 98:
        return 8;
      case 102:
        return 12;
      case 110:
        return 10;
      case 114:
        return 13;
      case 116:
        return 9;
      case 118:
        return 11;
      case 92:
      case 34:
      case 39:
        return c;
      case 120:
      case 88: {
        let v = 0;
        for (let d = hexDigit(this.peek()); d >= 0; d = hexDigit(this.peek())) {
          v = (v * 16 + d) & 0xff;
          this.pos++;
        }
        return v;
      }
      default: {
        if (!isDigit(c)) return c < 0 ? 92 : c & 0xff;
        let v = c - 48;
        for (let i = 0; i < 2 && isDigit(this.peek()); i++) v = v * 8 + this.text.charCodeAt(this.pos++) - 48;
        return v & 0xff;
      }
    }
  }

  complain(code: string, message: string): Complaint {
    return new Complaint(code, message, this.pos, this.end);
  }
}

export function hexDigit(c: number): number {
  if (isDigit(c)) return c - 48;
  if (c >= 97 && c <= 102) return c - 87;
  if (c >= 65 && c <= 70) return c - 55;
  return -1;
}
