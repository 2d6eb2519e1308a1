// One interrupt, at every instruction of a stretch of a program in turn: whether it comes exactly there, and whether all is the same behind it.
import type { State } from '@kseg/bus';
import { compare, type Finding } from './compare.ts';
import * as L from './layout.ts';
import type { LockstepMachine } from './machine.ts';
import type { Program } from './program.ts';

export interface Sweep {
  /** Instructions in front of which the interrupt came. */
  readonly positions: number;
  /** Of those, how many were of the program and not of its kernel. */
  readonly distinct: number;
  readonly differences: readonly (Finding & { readonly tick: number })[];
}

/** What a machine is at one moment. */
interface Moment {
  readonly cpu: State;
  readonly timeline: State;
  readonly words: Int32Array;
  readonly device: { readonly accesses: number; readonly sum: number };
}

const take = ({ cpu, timeline, ram, device }: LockstepMachine): Moment => ({
  cpu: cpu.save(),
  timeline: timeline.save(),
  words: ram.words.slice(),
  device: { accesses: device.accesses, sum: device.sum },
});

/** Back to a moment, with what was translated since as good as memory lets it be. */
function restore({ cpu, timeline, ram, device }: LockstepMachine, moment: Moment): void {
  timeline.load(moment.timeline);
  moment.words.forEach((word, i) => {
    if (ram.words[i] !== word) ram.write(4 * i, 4, word);
  });
  cpu.load(moment.cpu);
  Object.assign(device, moment.device);
}

/** Ticks to a timer interrupt that is never seen. */
const NEVER = 1 << 20;

/** Ticks that run before the first interrupt each time, so that what is hot is translated again and entered. */
const LEAD = 300;
/** Ticks that run behind an interrupt. */
const BEHIND = 100;

/** Runs `program`, whose own interrupts are left out, for `warm` ticks, then again and again on from there with one interrupt, at `length` successive ticks. */
export function sweep(
  program: Program,
  plain: LockstepMachine,
  fast: LockstepMachine,
  warm: number,
  length: number,
): Sweep {
  const quiet: Program = { ...program, status: program.status | 1, period: NEVER, linePeriod: 0 };
  const machines = [plain, fast];
  for (const machine of machines) {
    machine.start(quiet);
    machine.run(warm);
  }
  const start = plain.timeline.now;
  const moments = machines.map(take);
  const expected = trace(plain, LEAD + length);
  const differences: (Finding & { tick: number })[] = [];
  const places = new Set<number>();
  let positions = 0;
  for (let tick = LEAD; tick < LEAD + length; tick++) {
    const place = expected[tick];
    for (const [i, machine] of machines.entries()) {
      restore(machine, moments[i]!);
      machine.translate(program, program.entries);
      machine.raiseAt(start + tick);
      machine.run(tick + BEHIND);
    }
    const found = compare(plain, fast);
    if (found !== undefined) differences.push({ tick, ...found });
    if (place === undefined) continue;
    positions++;
    places.add(place);
    const count = countAt(fast, place) - countIn(moments[1]!, fast, place);
    if (count !== 1)
      differences.push({ tick, what: `interrupts at 0x${place.toString(16)}`, expected: 1, found: count });
  }
  return { positions, distinct: places.size, differences };
}

/** Where an interrupt at each of the next ticks must come: the address of the instruction then, of the branch in front of it when that is in a slot. */
function trace(machine: LockstepMachine, length: number): (number | undefined)[] {
  const { cpu, timeline } = machine;
  const [start, places] = [timeline.now, new Map<number, number | undefined>()];
  const tracing = cpu.trace((pc) => {
    // Status: IE and the line's mask bit, neither EXL nor ERL.
    const enabled = (cpu.readCp0(12) & 0x407) === 0x401;
    places.set(timeline.now - start, enabled ? (cpu.inDelaySlot ? pc - 4 : pc) >>> 0 : undefined);
  });
  machine.run(length);
  tracing.dispose();
  return Array.from({ length }, (_, tick) => places.get(tick));
}

const index = (pc: number): number => L.INTERRUPTED + ((pc >>> 2) & 0xfff);
const countAt = ({ ram }: LockstepMachine, pc: number): number => ram.read(index(pc), 1);
const countIn = ({ words }: Moment, { endian }: LockstepMachine, pc: number): number => {
  const at = index(pc) ^ (endian === 'big' ? 3 : 0);
  return (words[at >>> 2]! >>> (8 * (at & 3))) & 255;
};
