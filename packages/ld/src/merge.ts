import { SHF } from '@kseg/elf';
import type { InputSection } from './object.ts';

/** One distinct string or constant of a group of mergeable sections. */
interface Item {
  readonly bytes: Uint8Array;
  /** How strictly the places it is used at are aligned. */
  align: number;
  /** The section it is put into. */
  section: MergedStrings;
  /** Its offset there. */
  offset: number;
  /** The longer string whose tail it is. */
  tailOf: Item | undefined;
  /** A copy with a stricter alignment has taken its place. */
  replaced: Item | undefined;
}

/** What merging made of one input section. */
export class MergedStrings {
  /** Items this section holds, in the order they were first seen. */
  readonly own: Item[] = [];
  /** Item for each offset at which one started, ascending. */
  private readonly starts: number[] = [];
  private readonly items: Item[] = [];

  constructor(readonly input: InputSection) {}

  note(offset: number, item: Item): void {
    this.starts.push(offset);
    this.items.push(item);
  }

  /** Where the byte at `offset` of the input section is now. */
  locate(offset: number): { section: InputSection; offset: number } {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    let item = this.items[low - 1]!;
    const inside = offset - this.starts[low - 1]!;
    while (item.replaced !== undefined) item = item.replaced;
    const whole = item.tailOf ?? item;
    const start = whole.offset + whole.bytes.length - item.bytes.length;
    return { section: whole.section.input, offset: start + inside };
  }

  /** The merged content. */
  bytes(): Uint8Array {
    const out = new Uint8Array(this.input.size);
    for (const item of this.own) if (isKept(item)) out.set(item.bytes, item.offset);
    return out;
  }
}

/** A map key with one character per byte. */
function keyOf(bytes: Uint8Array): string {
  let key = '';
  for (let i = 0; i < bytes.length; i++) key += String.fromCharCode(bytes[i]!);
  return key;
}

const isKept = (item: Item) => item.tailOf === undefined && item.replaced === undefined;

/** True for a section whose equal entries may share one copy (SHF_MERGE, gABI ch. 4 "Section Attribute Flags"). */
function isMergeable(section: InputSection): boolean {
  const { flags, entrySize, align, relocations, bytes } = section;
  if ((flags & SHF.MERGE) === 0 || entrySize === 0 || bytes.length === 0) return false;
  if (bytes.length % entrySize !== 0 || relocations.length > 0) return false;
  const powerOfTwo = (entrySize & (entrySize - 1)) === 0;
  if (entrySize < align) return powerOfTwo && (flags & SHF.STRINGS) !== 0;
  return entrySize % align === 0;
}

/**
 * Merges equal strings and constants of the sections that went into one output section, and strings that are the tail
 * of another; the result and its order are those of GNU ld. Sizes of the inputs shrink; symbols and relocations
 * are led to the new places through {@link MergedStrings.locate}.
 */
export function mergeSections(inputs: readonly InputSection[]): void {
  const groups = new Map<string, InputSection[]>();
  for (const input of inputs) {
    if (!isMergeable(input)) continue;
    const key = `${input.flags & SHF.STRINGS} ${input.entrySize} ${input.align}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [input]);
    else group.push(input);
  }
  for (const group of groups.values()) mergeGroup(group);
}

function mergeGroup(group: readonly InputSection[]): void {
  const first = group[0]!;
  const strings = (first.flags & SHF.STRINGS) !== 0;
  const known = new Map<string, Item>();
  const all: Item[] = [];
  for (const input of group) {
    const section = new MergedStrings(input);
    input.merged = section;
    const add = (start: number, end: number, at: number, align: number) => {
      const bytes = input.bytes.subarray(start, end);
      const key = keyOf(bytes);
      let item = known.get(key);
      if (item === undefined || item.align < align) {
        const fresh: Item = { bytes, align, section, offset: 0, tailOf: undefined, replaced: undefined };
        if (item !== undefined) item.replaced = fresh;
        known.set(key, fresh);
        section.own.push(fresh);
        all.push(fresh);
        item = fresh;
      }
      section.note(at, item);
    };
    if (strings) splitStrings(input, add);
    else for (let at = 0; at < input.bytes.length; at += input.entrySize) add(at, at + input.entrySize, at, 1);
  }
  const kept = all.filter(isKept);
  if (strings) mergeTails(kept, first.entrySize);
  for (const { merged } of group) assignOffsets(merged!);
  // ld pads only the section that was the last to bring something new.
  const last = all.at(-1)?.section.input;
  if (last !== undefined) last.size = Math.ceil(last.size / last.align) * last.align;
}

/** Calls `add` for every string of a section; runs of zeros between strings (padding) count as one empty string. */
function splitStrings(
  { bytes, entrySize, align }: InputSection,
  add: (start: number, end: number, at: number, align: number) => void,
): void {
  let sawPadding = false;
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    while (at < bytes.length && !isZero(bytes, at, entrySize)) at += entrySize;
    at = Math.min(at + entrySize, bytes.length);
    const natural = start === 0 ? align : start & -start;
    add(start, at, start, Math.min(natural, align));
    while (at < bytes.length && isZero(bytes, at, entrySize)) {
      if (!sawPadding && at % align === 0) {
        sawPadding = true;
        add(at, at + entrySize, at, align);
      }
      at += entrySize;
    }
  }
}

function isZero(bytes: Uint8Array, at: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (bytes[at + i] !== 0) return false;
  return true;
}

/** Lets every string that ends another one share its bytes, where alignment allows. */
function mergeTails(items: readonly Item[], entrySize: number): void {
  const aligns = new Set(items.map(({ align }) => align));
  const common = aligns.size === 1 ? items[0]!.align : 0;
  // Sorted by their reversed bytes, a string stands right before the strings it is a tail of.
  const byTail = (a: Item, b: Item) => {
    const lengthA = a.bytes.length - entrySize;
    const lengthB = b.bytes.length - entrySize;
    if (common > entrySize) {
      const phase = (lengthA & (common - 1)) - (lengthB & (common - 1));
      if (phase !== 0) return phase;
    }
    for (let i = 1; i <= lengthA && i <= lengthB; i++) {
      const difference = a.bytes[lengthA - i]! - b.bytes[lengthB - i]!;
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  };
  const sorted = [...items].sort(byTail);
  let whole = sorted[sorted.length - 1];
  for (let i = sorted.length - 2; i >= 0; i--) {
    const item = sorted[i]!;
    if (whole !== undefined && isTail(whole, item)) item.tailOf = whole;
    else whole = item;
  }
}

function isTail(whole: Item, item: Item): boolean {
  const skip = whole.bytes.length - item.bytes.length;
  if (skip <= 0 || whole.align < item.align || (skip & (item.align - 1)) !== 0) return false;
  for (let i = 0; i < item.bytes.length; i++) if (whole.bytes[skip + i] !== item.bytes[i]) return false;
  return true;
}

function assignOffsets(section: MergedStrings): void {
  const { input, own } = section;
  let size = 0;
  for (const item of own) {
    if (!isKept(item)) continue;
    item.offset = Math.ceil(size / item.align) * item.align;
    size = item.offset + item.bytes.length;
  }
  input.size = size;
}
