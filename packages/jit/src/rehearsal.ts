// What the host's compiler should know before the first region is translated. JavaScript engines parse a function when it is first called,
// and run it slowly until it has been called often: the first region would pay for the whole emitter, in one pause.
import type { Predecoder } from '@kseg/cpu/engine';
import { emitRegion } from './emit.ts';
import { type Fetch, formRegion } from './flow.ts';
import type { Surroundings } from './frame.ts';
import { ALONE, apart, type Steps } from './steps.ts';

/** Where the words lie that are rehearsed. */
export const ENTRY = 0x8000_1000;
const LOOP = [
  0x24a5_ffff, // addiu a1,a1,-1
  0x1100_0003, // beqz t0, to the bnezl
  0x0105_402b, // sltu t0,t0,a1
  0x0000_2012, // mflo a0
  0x0085_001a, // div a0,a1
  0x54a0_fffa, // bnezl a1, to the entry
  0x0002_1080, // sll v0,v0,2
];
const ACCESSES = [
  0x8c88_0000, // lw t0,0(a0)
  0xac88_0004, // sw t0,4(a0)
  0x1440_fffd, // bnez v0, to the lw
  0xa0a8_0008, // sb t0,8(a1)
  0x0c00_0400, // jal to the entry
  0x0088_1021, // addu v0,a0,t0
  0x1440_fffc, // bnez v0, to the sb
  0x90a8_0001, // lbu t0,1(a1)
];
const RETURN = [
  0x03e0_0008, // jr ra
  0x0000_0000, // nop
];
/** New things first, a few at a time; then again, as often as it takes until it is quick. */
const AGAIN = 5;
export const REHEARSALS: readonly (readonly number[])[] = [
  RETURN,
  [...LOOP, ...RETURN],
  [...ACCESSES, ...RETURN],
  ...new Array<number[]>(AGAIN).fill([...LOOP, ...ACCESSES, ...RETURN]),
];

/** `words` as instructions from ENTRY on. */
export const fetchFrom =
  (words: readonly number[], predecoder: Predecoder): Fetch =>
  (pc) => {
    const word = words[(pc - ENTRY) >>> 2];
    if (word === undefined) return undefined;
    predecoder.decode(word);
    return { pc, first: predecoder.first, second: predecoder.second };
  };

/** Forms regions and emits them, for nobody. What is done for the first time takes long. */
export function* rehearse(predecoder: Predecoder, around: Surroundings): Steps {
  for (const [i, words] of REHEARSALS.entries())
    for (const kernel of [true, false]) {
      const once = translate(words, kernel, predecoder, around);
      yield ALONE;
      yield* i < REHEARSALS.length - AGAIN ? apart(once) : once;
    }
}

function* translate(words: readonly number[], kernel: boolean, predecoder: Predecoder, around: Surroundings): Steps {
  const region = (yield* formRegion(ENTRY, fetchFrom(words, predecoder), words.length))!;
  yield* emitRegion(region, around, {
    kernel,
    slot: 0,
    fullRegisters: false,
    mapped: () => !kernel,
    slotOf: () => 0,
  });
}
