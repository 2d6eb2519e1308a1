// A GAIA program while its labels have no final addresses: what statements became, and the rounds that make it shorter.
import type { Diagnostic } from '../diagnostics.ts';
import type { Lookup } from './expression.ts';
import { Mistake, value } from './text.ts';

export const LIMIT = 4 << 20;

export interface GaiaSource {
  readonly name: string;
  readonly text: string;
  /** A library's global labels lose to those of other sources. */
  readonly library?: boolean;
}

/** What a statement became: fixed words, or words that wait for labels. */
export interface Item {
  size: number;
  readonly line: Line;
  /** Address, set by every layout. */
  address: number;
  /** Zero bytes up to a multiple of this. */
  readonly align?: number;
  /** The bytes, when nothing is to be looked up. */
  readonly bytes?: Uint8Array;
  /** The size with the labels of the last round; `saved` counts the bytes this round has saved. */
  shrink?: (lookup: Lookup, saved: number) => number;
  words?: (lookup: Lookup, address: number, size: number) => readonly number[];
}

export interface Line {
  readonly file: number;
  readonly number: number;
  readonly text: string;
  readonly column: number;
}

export class Program {
  readonly diagnostics: Diagnostic[] = [];
  readonly items: Item[] = [];
  /** Per file: labels (index of the item they stand before), `.set` values, and which labels are global. */
  readonly labels: Map<string, number>[] = [];
  readonly values: Map<string, string>[] = [];
  readonly globals: Set<string>[] = [];
  /** The statement that is read, sized or encoded. */
  line: Line = { file: 0, number: 0, text: '', column: 1 };
  private addresses: number[] = [];

  constructor(
    private readonly sources: readonly GaiaSource[],
    private readonly entry: number,
  ) {
    for (const _ of sources) {
      this.labels.push(new Map());
      this.values.push(new Map());
      this.globals.push(new Set());
    }
    if (entry % 4 !== 0) this.complain(new Mistake(`entry 0x${entry.toString(16)} is not a multiple of 4`));
  }

  /** Adds an item of the current statement. */
  add(size: number, rest: Omit<Item, 'size' | 'line' | 'address'> = {}): void {
    this.items.push({ size, address: 0, line: this.line, ...rest });
  }

  put(...words: number[]): void {
    this.add(words.length * 4, { words: () => words });
  }

  complain(m: Mistake): void {
    const { file, number, text, column } = this.line;
    this.diagnostics.push({
      severity: 'error',
      code: 'KSEG_ASM_GAIA',
      message: m.message,
      file: this.sources[file]?.name ?? '<start>',
      line: number,
      column,
      text: m.text ?? text,
      ...(m.suggestion === undefined ? {} : { suggestion: m.suggestion }),
    });
  }

  attempt(body: () => void): void {
    try {
      body();
    } catch (e) {
      if (!(e instanceof Mistake)) throw e;
      this.complain(e);
    }
  }

  /** Gives every item its address from the sizes there are. */
  layOut(): void {
    let at = this.entry;
    this.addresses = this.items.map((item) => {
      item.address = at;
      if (item.align !== undefined) item.size = Math.ceil(at / item.align) * item.align - at;
      at += item.size;
      return item.address;
    });
    this.addresses.push(at);
    if (at - this.entry > LIMIT) {
      this.complain(new Mistake('the program exceeds 4 MiB'));
    }
  }

  /** One round: sizes from the last round's labels, never growing; then new addresses. */
  relax(): void {
    let saved = 0;
    for (const item of this.items) {
      if (item.shrink === undefined) continue;
      this.line = item.line;
      this.attempt(() => {
        const size = Math.min(item.size, item.shrink!(this.lookup(item.line.file), saved));
        saved += item.size - size;
        item.size = size;
      });
    }
    this.layOut();
  }

  encode(): Uint8Array {
    const end = this.addresses[this.addresses.length - 1] ?? this.entry;
    const bytes = new Uint8Array(end - this.entry);
    const view = new DataView(bytes.buffer);
    for (const item of this.items) {
      this.line = item.line;
      const at = item.address - this.entry;
      if (item.bytes !== undefined) bytes.set(item.bytes, at);
      else if (item.words !== undefined)
        this.attempt(() => {
          if (at % 4 !== 0 && !item.line.text.startsWith('.')) throw new Mistake('instruction at a misaligned address');
          item.words!(this.lookup(item.line.file), item.address, item.size).forEach((word, i) => {
            view.setUint32(at + i * 4, word, true);
          });
        });
    }
    return bytes;
  }

  /** Labels as a file sees them: its own first, then exactly one global elsewhere. */
  lookup(file: number): Lookup {
    return (name) => {
      const own = this.inFile(file, name);
      if (own !== null) return own;
      const found: { library: boolean; address: number }[] = [];
      this.globals.forEach((names, other) => {
        if (file >= 0 && !names.has(name)) return;
        const address = this.inFile(other, name);
        if (address !== null) found.push({ library: this.sources[other]!.library === true, address });
      });
      const users = found.filter(({ library }) => !library);
      const candidates = users.length > 0 ? users : found;
      if (candidates.length > 1) throw new Mistake(`label '${name}' is global in several files`, name);
      return candidates[0]?.address ?? null;
    };
  }

  private inFile(file: number, name: string): number | null {
    const set = this.values[file]?.get(name);
    if (set !== undefined) return value(set, this.lookup(file));
    const index = this.labels[file]?.get(name);
    return index === undefined ? null : this.addresses[index]!;
  }
}
