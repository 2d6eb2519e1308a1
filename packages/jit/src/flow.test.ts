import { models } from '@kseg/cpu';
import { Predecoder } from '@kseg/cpu/engine';
import { describe, expect, it } from 'vitest';
import { entryAround, type Fetch, formRegion } from './flow.ts';
import { finish } from './steps.ts';

const BASE = 0x8000_1000;

/** Instructions at BASE, beyond which a region must not go. */
function fetch(words: readonly number[]): Fetch {
  const predecoder = new Predecoder(models['24Kc']);
  return (pc) => {
    const word = words[(pc - BASE) >>> 2];
    if (pc < BASE || word === undefined) return undefined;
    predecoder.decode(word);
    const { first, second } = predecoder;
    return { pc, first, second };
  };
}

describe('entryAround', () => {
  // Two loops, one in the other.
  const nested = [
    0x2442_0001, // outer: addiu v0, v0, 1
    0x1000_0002, //        b inner
    0x2403_0004, //        li v1, 4
    0x2484_0001, // again: addiu a0, a0, 1
    0x2463_ffff, // inner: addiu v1, v1, -1
    0x1460_fffd, //        bnez v1, again
    0x0000_0000, //        nop
    0x1445_fff8, //        bne v0, a1, outer
    0x0000_0000, //        nop
    0x03e0_0008, //        jr ra
    0x0000_0000, //        nop
  ];
  const [outer, again, inner, behind, back] = [BASE, BASE + 12, BASE + 16, BASE + 28, BASE + 36];
  const from = (words: readonly number[], entry: number) => entryAround(finish(formRegion(entry, fetch(words), 600))!);

  it('is, for an innermost loop, where the loop around it begins', () => {
    expect(from(nested, again)).toBe(outer);
    expect(from(nested, inner)).toBe(outer);
  });

  it('is what is hot in a loop with another one in it, and in none', () => {
    expect(from(nested, outer)).toBe(outer);
    expect(from(nested, behind)).toBe(behind);
    expect(from(nested, back)).toBe(back);
  });

  it('is what is hot in a loop that is within one and has another within it', () => {
    const three = [
      0x2442_0001, // outermost: addiu v0, v0, 1
      0x2484_0001, // middle:    addiu a0, a0, 1
      0x2463_ffff, // innermost: addiu v1, v1, -1
      0x1460_fffe, //            bnez v1, innermost
      0x0000_0000, //            nop
      0x1445_fffb, //            bne v0, a1, middle
      0x0000_0000, //            nop
      0x1446_fff8, //            bne v0, a2, outermost
      0x0000_0000, //            nop
    ];
    const [middle, innermost, behindInnermost] = [BASE + 4, BASE + 8, BASE + 20];
    expect(from(three, innermost)).toBe(middle);
    expect(from(three, behindInnermost)).toBe(behindInnermost);
  });

  it('is what is hot in a loop with none around it', () => {
    const alone = nested.map((word, i) => (i === 7 ? 0 : word));
    expect(from(alone, again)).toBe(again);
    expect(from(alone, inner)).toBe(inner);
  });
});
