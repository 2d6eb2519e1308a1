// A machine's state from its parts' and back, and what a snapshot must agree on to be loaded into a machine.
import type { Memory, State } from '@kseg/bus';
import { type Board, coreName, type Stateful } from './board.ts';
import type { Images } from './boot.ts';
import type { Composition } from './compose.ts';
import type { Core } from './core.ts';
import { MachineError } from './errors.ts';
import { packPages, unpackPages } from './snapshot.ts';

/** Everything that has a state, by group and name, in the order in which it is loaded: devices look at memories, and the core at all. */
function* statefulParts(parts: Composition<Core>): Iterable<readonly [group: string, name: string, part: Stateful]> {
  const { memories, timeline, wires, devices, consoles, kept, cpu } = parts;
  for (const [name, memory] of memories) yield ['memories', name, pagesOf(memory)];
  yield ['machine', 'timeline', timeline];
  for (const [name, wire] of wires) yield ['wires', name, wire];
  for (const [name, device] of devices) yield ['devices', name, device];
  for (const [name, console] of consoles) yield ['consoles', name, console];
  for (const [name, part] of kept) yield ['kept', name, part];
  yield ['machine', 'cpu', cpu];
}

/** The state of everything on a board, and the images that a reset puts in place again. */
export function saveState(parts: Composition<Core>, images: Images | undefined): State {
  const state: Record<string, Record<string, State>> = {};
  for (const [group, name, part] of statefulParts(parts)) {
    state[group] ??= {};
    state[group][name] = part.save();
  }
  return { ...state, images: (images ?? null) as unknown as State };
}

/**
 * Puts a saved state in place and gives back its images.
 * @throws KSEG_MACHINE_SNAPSHOT_FORMAT when it lacks something of this board; then nothing has changed
 */
export function loadState(parts: Composition<Core>, state: State): Images | undefined {
  const saved = state as Readonly<Record<string, Readonly<Record<string, State>> | null>>;
  const found = [...statefulParts(parts)].map(([group, name, part]) => {
    const own = saved[group]?.[name];
    if (own === undefined)
      throw new MachineError(
        'KSEG_MACHINE_SNAPSHOT_FORMAT',
        `the snapshot cannot be loaded: it lacks ${group}.${name}`,
        {
          group,
          name,
        },
      );
    return { part, own };
  });
  for (const { part, own } of found) part.load(own);
  return (saved['images'] as unknown as Images | null) ?? undefined;
}

/** A memory's state: its pages that are not zero. */
function pagesOf(memory: Memory): Stateful {
  const { buffer, byteOffset, byteLength } = memory.words;
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  return {
    save: () => packPages(bytes),
    load: (state) => {
      unpackPages(state, bytes);
      memory.changed();
    },
  };
}

/** A board in a line of words: machines take each other's snapshots when theirs are equal. */
export function identityOf(board: Board<Core>, { devices }: Composition<Core>): string {
  const { name, endian, clock, parts, wiredOr = [], variant = [] } = board;
  const map = parts.map((part) => {
    const spans = part.part === 'device' ? part.windows : [part];
    const wires = part.part === 'device' ? Object.values(part.irqs ?? {}).join('+') : '';
    const holds = devices.get(part.name)?.identity ?? '';
    const places = spans.map((span) => {
      const wait = 'wait' in span ? `~${span.wait}` : '';
      return `${span.base.toString(16)}+${span.size.toString(16)}${wait}`;
    });
    return `${part.name}@${places.join('&')}${wires && `>${wires}`}${holds && `=${holds}`}`;
  });
  return `${name} ${coreName(board)} ${endian} ${clock} Hz ${map.join(',')} ${[wiredOr.join('+'), ...variant].join(' ')}`;
}

/** Where two boards' identities part. */
export function difference(saved: string, here: string): string {
  const [a, b] = [saved.split(/[ ,]/), here.split(/[ ,]/)];
  const at = a.findIndex((word, i) => word !== b[i]);
  return `it has ${a[at] ?? 'less'} where this machine has ${b[at < 0 ? a.length : at] ?? 'nothing'}`;
}
