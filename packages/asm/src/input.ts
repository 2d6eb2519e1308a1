import type { Cursor } from './cursor.ts';
import type { Place } from './diagnostics.ts';

/** One text being read: a file, or what a macro or a repetition expanded to. */
export class Frame {
  pos = 0;
  line: number;
  lineStart = 0;

  constructor(
    public file: string,
    readonly text: string,
    line: number,
    /** Null for a file; expansions report places of the file they were called from. */
    readonly caller: Place | null,
    /** Open conditionals when it was entered; `.exitm` and the end go back to that. */
    readonly conditionals: number,
    readonly macro: boolean,
    /** Of a repetition: where each of its statements stands, one a line of the text, over and over. */
    readonly places: readonly Place[] | null = null,
  ) {
    this.line = line;
  }
}

const NEWLINE = 10;
const isBlank = (c: number) => c === 32 || c === 9 || c === 13;

/** The stack of texts, cut into statements: at line ends and `;`, comments (`#…`, `/*…* /`) taken out. */
export class Input {
  private readonly frames: Frame[] = [];
  /** Line and start of the statement last read, in the innermost frame. */
  private line = 0;
  private column = 1;

  get depth(): number {
    return this.frames.length;
  }

  get top(): Frame | undefined {
    return this.frames[this.frames.length - 1];
  }

  push(frame: Frame): void {
    this.frames.push(frame);
  }

  pop(): void {
    this.frames.pop();
  }

  /** Place of an offset in the current statement; in an expansion, of its call. */
  place(offset: number, statementStart: number): Place {
    const top = this.top;
    if (top === undefined) return { file: '', line: 0, column: 0 };
    if (top.caller !== null) return top.caller;
    if (top.places !== null) {
      const { file, line, column } = top.places[(this.line - 1) % top.places.length]!;
      return { file, line, column: column + offset - statementStart };
    }
    return { file: top.file, line: this.line, column: this.column + (offset - statementStart) };
  }

  /** Reads the next statement of the innermost frame into `cur`; false at the frame's end. */
  next(cur: Cursor): boolean {
    const frame = this.frames[this.frames.length - 1]!;
    const text = frame.text;
    const length = text.length;
    for (;;) {
      let p = frame.pos;
      if (p >= length) return false;
      const start = p;
      this.line = frame.line;
      this.column = start - frame.lineStart + 1;
      let end = -1;
      let blocks: string | null = null;
      scan: for (; p < length; p++) {
        switch (text.charCodeAt(p)) {
          case NEWLINE:
            frame.line++;
            frame.lineStart = p + 1;
            break scan;
          case 59: // ;
            break scan;
          case 35: {
            // #: to the end of the line
            end = p;
            const eol = text.indexOf('\n', p);
            const stop = eol < 0 ? length : eol;
            if (atLineStart(text, frame.lineStart, p) && this.lineMarker(frame, text.slice(p + 1, stop))) {
              frame.pos = frame.lineStart = stop + 1;
            } else {
              frame.pos = stop + 1;
              frame.line++;
              frame.lineStart = stop + 1;
            }
            p = stop;
            break scan;
          }
          case 47: // /*
            if (text.charCodeAt(p + 1) === 42) {
              const close = text.indexOf('*/', p + 2);
              const stop = close < 0 ? length : close + 2;
              const before: string = blocks ?? text.slice(start, p);
              for (let i = p; i < stop; i++)
                if (text.charCodeAt(i) === NEWLINE) {
                  frame.line++;
                  frame.lineStart = i + 1;
                }
              blocks = before + ' '.repeat(stop - p);
              p = stop - 1;
              continue;
            }
            break;
          case 34: {
            // "…"
            let q = p + 1;
            while (q < length) {
              const c = text.charCodeAt(q);
              if (c === 34 || c === NEWLINE) break;
              q += c === 92 ? 2 : 1;
            }
            if (blocks !== null) blocks += text.slice(p, Math.min(q + 1, length));
            p = text.charCodeAt(q) === NEWLINE ? q - 1 : q;
            continue;
          }
          case 39: {
            // 'c
            const width = text.charCodeAt(p + 1) === 92 ? 2 : 1;
            if (text.charCodeAt(p + width) !== NEWLINE) {
              if (blocks !== null) blocks += text.slice(p, p + width + 1);
              p += width;
              continue;
            }
            break;
          }
        }
        if (blocks !== null) blocks += text[p];
      }
      if (end < 0) {
        end = Math.min(p, length);
        frame.pos = p + 1;
      }
      if (blocks !== null) cur.reset(blocks);
      else cur.reset(text, start, end);
      const from = cur.pos;
      cur.skipSpace();
      this.column += cur.pos - from;
      if (cur.pos < cur.end) return true;
    }
  }

  /** `# 12 "file.c"`, as compilers' preprocessors leave: what follows is that line. */
  private lineMarker(frame: Frame, comment: string): boolean {
    const marker = /^(?:line)?[ \t]+(\d+)[ \t]+"((?:[^"\\]|\\.)*)"/.exec(comment);
    if (marker === null) return false;
    frame.line = Number(marker[1]);
    frame.file = marker[2]!.replace(/\\(.)/g, '$1');
    return true;
  }
}

function atLineStart(text: string, lineStart: number, p: number): boolean {
  for (let i = lineStart; i < p; i++) if (!isBlank(text.charCodeAt(i))) return false;
  return true;
}
