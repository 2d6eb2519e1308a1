// Runs a program on the interpreter, that in WebAssembly, a translator and one that changes between them, and compares everything at every cut.
import type { Endian } from '@kseg/bus';
import type { ModelName } from '@kseg/cpu';
import { Random } from '../../../machine/test/oracle/random.ts';
import { LockstepMachine } from './machine.ts';
import type { Program } from './program.ts';

/** On the mixed machine regions return where they began this often: programs are over long before the default. */
const SHORT_TURN = 200;

/** Where two machines part. */
export interface Difference {
  readonly machine: 'cold' | 'translator' | 'mixed';
  /** Which piece of the run it was, and how far time had come on the interpreter. */
  readonly piece: number;
  readonly now: number;
  /** `stop`, `time`, `device`, `memory 0x…` or `state N`, a word of the state block (`@kseg/cpu`'s state.ts). */
  readonly what: string;
  readonly expected: number | string;
  readonly found: number | string;
}

/** Four machines of a kind, which run programs one after another. */
export class Lockstep {
  readonly plain: LockstepMachine;
  /** Translates nothing: it interprets in WebAssembly. */
  readonly cold: LockstepMachine;
  readonly fast: LockstepMachine;
  readonly mixed: LockstepMachine;

  constructor(
    readonly model: ModelName,
    readonly endian: Endian,
  ) {
    this.plain = new LockstepMachine(model, endian, 'interpreter');
    this.cold = new LockstepMachine(model, endian, 'translator', { threshold: Number.POSITIVE_INFINITY });
    this.fast = new LockstepMachine(model, endian, 'translator');
    this.mixed = new LockstepMachine(model, endian, 'translator', { turn: SHORT_TURN, pause: 0 });
  }

  /** The first difference, if any. `seed` decides what the mixed machine does when. */
  run(program: Program, seed: number): Difference | undefined {
    const { plain, cold, fast, mixed } = this;
    const random = new Random(seed);
    for (const machine of [plain, cold, fast, mixed]) machine.start(program);
    for (const [piece, budget] of program.budgets.entries()) {
      if (piece === 0) fast.translate(program, program.entries);
      const stop = plain.run(budget);
      const others = [
        ['cold', cold, cold.run(budget)],
        ['translator', fast, fast.run(budget)],
        ['mixed', mixed, runMixed(mixed, program, budget, random)],
      ] as const;
      for (const [name, machine, itsStop] of others) {
        const difference =
          stop === itsStop ? compare(plain, machine) : { what: 'stop', expected: stop, found: itsStop };
        if (difference !== undefined) return { machine: name, piece, now: plain.timeline.now, ...difference };
      }
      if (stop !== 'budget') return undefined;
      const poke = program.pokes[piece]!;
      if (poke >= 0) for (const machine of [plain, cold, fast, mixed]) machine.poke(program, poke);
    }
    return undefined;
  }
}

/** In pieces of its own, each translated, interpreted, or begun by loading the machine's own state. */
function runMixed(machine: LockstepMachine, program: Program, budget: number, random: Random): string {
  const { timeline } = machine;
  const end = timeline.progress + budget;
  let kind = 'budget';
  do {
    const left = end - timeline.progress;
    const piece = random.oneIn(2) ? left : Math.min(left, 1 + random.below(400));
    const way = random.below(6);
    if (way === 0) {
      machine.cpu.load(machine.cpu.save());
      machine.ram.changed();
    } else if (way < 3) machine.translate(program, program.entries);
    const watch = way >= 4 ? machine.interpretOnly(way === 4) : undefined;
    kind = machine.run(piece);
    watch?.dispose();
    // A guest that waits beyond the piece is not done yet.
    if (kind === 'waiting' && machine.wakesBefore(end)) kind = 'budget';
  } while (kind === 'budget' && timeline.progress < end);
  return kind;
}

export type Finding = Pick<Difference, 'what' | 'expected' | 'found'>;

/** The first thing that two machines do not agree on. */
export function compare(plain: LockstepMachine, other: LockstepMachine): Finding | undefined {
  const differ = (what: string, expected: number, found: number): Finding[] =>
    expected === found ? [] : [{ what, expected, found }];
  const [first] = [
    ...differ('time', plain.timeline.now, other.timeline.now),
    ...differ('device', plain.device.sum, other.device.sum),
  ];
  if (first !== undefined) return first;
  return (
    firstDifference('state', stateOf(plain), stateOf(other)) ??
    firstDifference('memory', plain.ram.words, other.ram.words)
  );
}

function stateOf({ cpu }: LockstepMachine): Int32Array {
  const { words } = cpu.save() as { words: Uint8Array };
  return new Int32Array(words.buffer, words.byteOffset, words.byteLength >>> 2);
}

function firstDifference(kind: 'state' | 'memory', a: Int32Array, b: Int32Array): Finding | undefined {
  for (let i = 0; i < a.length; i++)
    if (a[i] !== b[i])
      return {
        what: kind === 'state' ? `state ${i}` : `memory 0x${(4 * i).toString(16)}`,
        expected: a[i]! >>> 0,
        found: b[i]! >>> 0,
      };
  return undefined;
}
