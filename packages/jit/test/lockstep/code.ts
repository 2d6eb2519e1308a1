// Words with labels: what generated programs and their kernel are written with.
import { encode, fpu, fpu64, MIPS32R2, type Row } from '@kseg/isa';

const rows = new Map<string, Row>([...MIPS32R2, ...fpu, ...fpu64].map((row) => [row.name, row]));

/** A place in the code, perhaps not reached yet. */
export interface Label {
  address: number | undefined;
}

type Patch = (word: number, address: number, at: number) => number;
const relative: Patch = (word, address, at) => word | (((address - at - 4) >> 2) & 0xffff);
const absolute: Patch = (word, address) => word | ((address >>> 2) & 0x03ff_ffff);
const high: Patch = (word, address) => word | (address >>> 16);
const low: Patch = (word, address) => word | (address & 0xffff);

/** Code from virtual address `base` on; a later `at` leaves a gap of NOPs. */
export class Code {
  readonly words: number[] = [];
  readonly #references: { readonly index: number; readonly label: Label; readonly patch: Patch }[] = [];

  constructor(readonly base: number) {}

  get here(): number {
    return (this.base + 4 * this.words.length) >>> 0;
  }

  at(address: number): void {
    while (this.here < address) this.words.push(0);
  }

  label(): Label {
    return { address: undefined };
  }

  place(label: Label): void {
    label.address = this.here;
  }

  word(word: number): void {
    this.words.push(word >>> 0);
  }

  op(name: string, ...operands: number[]): void {
    const row = rows.get(name);
    if (row === undefined) throw new Error(`no instruction ${name}`);
    this.words.push(encode(row, operands));
  }

  /** A branch; its slot is up to the caller. */
  branch(name: string, registers: readonly number[], label: Label): void {
    this.#refer(label, relative, name, ...registers, 0);
  }

  jump(name: 'j' | 'jal', label: Label): void {
    this.#refer(label, absolute, name, 0);
  }

  /** Puts the address of a label into a register. */
  address(register: number, label: Label): void {
    this.#refer(label, high, 'lui', register, 0);
    this.#refer(label, low, 'ori', register, register, 0);
  }

  load(register: number, value: number): void {
    this.op('lui', register, value >>> 16);
    this.op('ori', register, register, value & 0xffff);
  }

  /** The words, every reference filled in. */
  finish(): number[] {
    for (const { index, label, patch } of this.#references)
      this.words[index] = patch(this.words[index]!, label.address!, this.base + 4 * index) >>> 0;
    return this.words;
  }

  #refer(label: Label, patch: Patch, name: string, ...operands: number[]): void {
    this.#references.push({ index: this.words.length, label, patch });
    this.op(name, ...operands);
  }
}
