import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Caches } from './caches.ts';

/** Pages of eight virtual addresses: four colours, twice each, so that lines evict each other and one frame has many names. */
const PAGES = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => 0x0040_0000 + (i << 12));
const FRAMES = [0x1000, 0x2000, 0x3000];
const MEMORY = 0x4000;
/** Few places within a page: two lines, all bytes of two words. */
const OFFSETS = [0, 1, 2, 3, 4, 60, 64, 67, 0xffc];

type Line = { tag: number; frame: number; bytes: number[] };

/** The sheet's words: two maps from index to line, bytes for contents. */
class Literal {
  readonly memory = Array.from({ length: MEMORY }, (_, i) => (i * 7 + (i >> 8)) & 255);
  readonly frameOf = new Map(PAGES.map((page) => [page, FRAMES[0]!]));
  readonly instructions = new Map<number, Line>();
  readonly data = new Map<number, Line>();

  line(cache: Map<number, Line>, va: number): Line {
    const tag = Math.floor(va / 64);
    const index = tag % 256;
    if (cache.get(index)?.tag !== tag) {
      const frame = this.frameOf.get(va & ~0xfff)! + (va & 0xfc0);
      cache.set(index, { tag, frame, bytes: this.memory.slice(frame, frame + 64) });
    }
    return cache.get(index)!;
  }

  word(cache: Map<number, Line>, va: number): number {
    const { bytes } = this.line(cache, va);
    const at = va & 0x3c;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  store(va: number, values: readonly number[]): boolean {
    const { tag, frame, bytes } = this.line(this.data, va);
    for (const [i, value] of values.entries()) {
      bytes[(va & 63) + i] = value;
      this.memory[frame + (va & 63) + i] = value;
    }
    const same = this.instructions.get(tag % 256)?.tag === tag;
    if (same) this.instructions.delete(tag % 256);
    return same;
  }
}

const address = fc.tuple(fc.constantFrom(...PAGES), fc.constantFrom(...OFFSETS)).map(([page, offset]) => page + offset);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('fetch' as const, 'load' as const), va: address }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('word' as const), va: address, value: fc.integer() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('byte' as const), va: address, value: fc.nat(255) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remap' as const),
      va: fc.constantFrom(...PAGES),
      frame: fc.constantFrom(...FRAMES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('invalidate' as const, 'save' as const) }) },
);

it('answer as the literal model does: aliases of equal and other colours, stale translations, bytes beside newer ones', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const literal = new Literal();
      const memory = new Int32Array(Uint8Array.from(literal.memory).buffer);
      const make = () => new Caches(memory, (va) => literal.frameOf.get(va & ~0xfff)! + (va & 0xfff));
      let caches = make();
      for (const it of steps) {
        if (it.kind === 'fetch') expect(caches.fetch(it.va)).toBe(literal.word(literal.instructions, it.va));
        else if (it.kind === 'load') expect(caches.load(it.va)).toBe(literal.word(literal.data, it.va));
        else if (it.kind === 'word') {
          const bytes = [0, 8, 16, 24].map((shift) => (it.value >>> shift) & 255);
          expect(caches.store(it.va, it.value, -1)).toBe(literal.store(it.va & ~3, bytes));
        } else if (it.kind === 'byte') {
          const shift = (it.va & 3) * 8;
          expect(caches.store(it.va, it.value << shift, 255 << shift)).toBe(literal.store(it.va, [it.value]));
        } else if (it.kind === 'remap') literal.frameOf.set(it.va, it.frame);
        else if (it.kind === 'invalidate') {
          caches.invalidate();
          literal.instructions.clear();
          literal.data.clear();
        } else {
          const saved = caches.save();
          caches = make();
          caches.restore(saved);
        }
      }
      expect([...new Uint8Array(memory.buffer)]).toEqual(literal.memory);
    }),
  );
});
