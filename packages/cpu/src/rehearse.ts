// What the host's compiler should know before a guest runs. JavaScript engines optimize a function for what they have seen it do: where a guest
// first comes to an instruction that none has executed before, V8 throws the whole compiled loop away, and until it has made a new one the
// guest crawls through bytecode. A kernel that boots does that to it a dozen times.
import { Arena, Memory, PhysicalMap, Timeline } from '@kseg/bus';
import type { Core } from './core.ts';
import { Cpu } from './cpu.ts';
import { models } from './models.ts';
import { FIRST_BRANCH, HANDLER as H, handlerOf } from './predecode.ts';

/** Has an FPU and the DSP ASE. */
const MODEL = '34Kf';
const RAM_BYTES = 1 << 17;
const CODE = 0x1000;
const ROOM = 16;
/** Where what rs = 8 points to is memory for any offset of FIELDS. */
const DATA = 0x8000;
const KSEG0 = 0x8000_0000;
/** Status: coprocessor 1 usable, kernel mode. */
const STATUS = 0x2000_0000;
/** Passes: feedback is kept from the second or third on, and the first accesses to a page go the long way. */
const PASSES = 4;
/** Whether the interpreter's loop has a place for a handler; the others are `rare`'s. */
const isHot = (handler: number): boolean =>
  handler <= H.SWR ||
  (handler >= H.FPU && handler <= H.SDC1) ||
  (handler >= FIRST_BRANCH && handler !== H.BC0F && handler !== H.BC0T);

/** Fields of the words, where their rows leave them open: rs and rt, and below them rd = 10 and 4 as shift, fd or the end of an offset. */
const FIELDS = [
  [8, 12],
  [8, 0],
  [0, 0],
].map(([rs, rt]) => (rs! << 21) | (rt! << 16) | (10 << 11) | (4 << 6));
/** CP0 registers: Status, after which the interpreter looks up, and two with handlers of their own. */
const CP0_FIELDS = [12, 14, 2].map((rd) => (12 << 16) | (rd << 11));

/** Words of all instructions that the interpreter's loop has a place for, in the forms that it tells apart. */
export function rehearsed(): number[] {
  return models[MODEL].isa.flatMap((row) => {
    const handler = handlerOf(row);
    if (handler === undefined) return [];
    const isCp0 = handler === H.MFC0 || handler === H.MTC0;
    if (!isHot(handler) && !isCp0) return [];
    return (isCp0 ? CP0_FIELDS : FIELDS).map((field) => (row.match | (field & ~row.mask)) >>> 0);
  });
}

/**
 * Executes each instruction of the interpreter's loop a few times, on a core of its own that is then dropped: worth some ten milliseconds before
 * a guest of more than a few million instructions. No guest can tell.
 */
export function rehearse(): void {
  const arena = new Arena([...Cpu.regions(), { name: 'ram', bytes: RAM_BYTES }]);
  const map = new PhysicalMap('little');
  const ram = new Memory(arena, 'ram', 'little');
  map.add({ kind: 'ram', name: 'ram', base: 0, size: RAM_BYTES, memory: ram });
  const timeline = new Timeline(1);
  // Beyond 31 bits, as time is before long.
  timeline.now = 2 ** 40;
  // With an engine that is told of taken branches and of the first instruction.
  const engine = (core: Core) => {
    core.cache.plant(ram.byteOffset + CODE);
    return { enter: () => false, sample: () => 1, dropPage: () => {} };
  };
  const cpu = new Cpu({ model: MODEL, endian: 'little', arena, map, timeline, engine });
  const words = rehearsed();
  // Each with room behind it for what comes next: no-operations.
  words.forEach((word, i) => {
    ram.write(CODE + ROOM * i, 4, word);
  });
  for (let pass = 0; pass < PASSES; pass++)
    for (let at = KSEG0 + CODE; at < KSEG0 + CODE + ROOM * words.length; at += ROOM) {
      cpu.writeCp0(12, STATUS);
      // Small and large, positive and negative: not only what V8 calls small integers.
      for (let i = 1; i < 32; i++) cpu.setGpr(i, [i, ~(i << 24), i << 24][pass % 3]!);
      cpu.setGpr(8, KSEG0 + DATA);
      cpu.pc = at;
      // A stretch that ends with the instruction, and one that does not.
      cpu.run(pass < 2 ? 1 : 3);
      cpu.run(2);
    }
}
