import type { State } from '@kseg/bus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Board } from './board.ts';
import { aor3000 } from './boards/aor3000.ts';
import { gaia3 } from './boards/gaia3.ts';
import { malta } from './boards/malta.ts';
import { r4k } from './boards/r4k.ts';
import type { Core } from './core.ts';
import { Machine } from './machine.ts';
import type { Snapshot } from './snapshot.ts';

const MB = 1 << 20;
const boards: readonly (() => Board<Core>)[] = [
  () => r4k({ ram: MB, hda: new Uint8Array(512), endian: 'big' }),
  () => malta({ ram: 8 * MB, hda: new Uint8Array(512), cdrom: null }),
  () => aor3000({ ram: MB }),
  gaia3,
];

/** A machine that has run for so long, and whose memory shows it. */
function machineAfter(board: () => Board<Core>, instructions: number): Machine<Core> {
  const machine = new Machine(board());
  machine.run(instructions);
  const { name } = machine.board.parts.find(({ part }) => part === 'ram')!;
  machine.memory(name).writeBytes(0, Uint8Array.of(instructions));
  return machine;
}

type Node = Record<string, State>;

/** A copy in which the value that the path leads to is another; a path picks a child at each level. */
function damaged(state: State, path: readonly number[], value: State | undefined): State {
  const copy = structuredClone(state);
  let node = copy as Node;
  for (const [depth, choice] of path.entries()) {
    const keys = Object.keys(node);
    const key = keys[choice % keys.length]!;
    const child = node[key];
    const inner = child !== null && typeof child === 'object' && !(child instanceof Uint8Array);
    if (depth < path.length - 1 && inner && Object.keys(child).length > 0) node = child as Node;
    else {
      if (value === undefined) delete node[key];
      else node[key] = value;
      break;
    }
  }
  return copy;
}

describe.each(boards.map((board) => [board().name, board] as const))('a damaged snapshot of %s', (_name, board) => {
  it('is refused whole, and leaves the machine as it was', () => {
    const { state, ...rest } = machineAfter(board, 100).save();
    let machine = machineAfter(board, 50);
    const before = machine.hash();
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        fc.constantFrom<State | undefined>(undefined, null, 'text', -1, 1e9, true, [], {}, [null]),
        (path, value) => {
          const snapshot: Snapshot = { ...rest, state: damaged(state, path, value) };
          try {
            machine.load(snapshot);
          } catch (error) {
            refused++;
            expect(error).toMatchObject({ code: 'KSEG_MACHINE_SNAPSHOT_FORMAT' });
            expect(machine.hash()).toBe(before);
            return;
          }
          // What looks whole is taken.
          machine = machineAfter(board, 50);
        },
      ),
      { numRuns: 40 },
    );
    expect(refused).toBeGreaterThan(10);
  });
});
