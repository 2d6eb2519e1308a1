// A machine's state from its parts' and back, and what a snapshot must agree on to be loaded into a machine.
import type { Memory, State } from '@kseg/bus';
import { type Board, coreName, type Stateful } from './board.ts';
import { checkImages, type Images } from './boot.ts';
import type { Composition } from './compose.ts';
import type { Core } from './core.ts';
import { MachineError, wordsOf } from './errors.ts';
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

/** Of the form of a part's states. */
const versionOf = ({ version = 1 }: Stateful): number => version;

/** The state of everything on a board, and the images that a reset puts in place again. */
export function saveState(parts: Composition<Core>, images: Images | undefined): State {
  const state: Record<string, Record<string, State>> = {};
  for (const [group, name, part] of statefulParts(parts)) {
    state[group] ??= {};
    state[group][name] = { version: versionOf(part), state: part.save() };
  }
  return { ...state, images: (images ?? null) as unknown as State };
}

/**
 * Puts a saved state in place and gives back its images. Versions are compared before anything changes; what a part finds out only as it
 * loads its state is undone.
 *
 * @throws KSEG_MACHINE_SNAPSHOT_FORMAT when a part of this board lacks its state or does not take it; then the machine is as it was
 */
export function loadState(parts: Composition<Core>, state: State): Images | undefined {
  const saved = (state ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  const found = [...statefulParts(parts)].map(([group, name, part]) => {
    const fault = (why: string, cause?: unknown) =>
      new MachineError(
        'KSEG_MACHINE_SNAPSHOT_FORMAT',
        `the snapshot cannot be loaded: ${why}`,
        { group, name },
        cause === undefined ? undefined : { cause },
      );
    const { version, state: own } = (saved[group]?.[name] ?? {}) as { version?: unknown; state?: State };
    if (own === undefined) throw fault(`it lacks ${group}.${name}`);
    if (version !== versionOf(part))
      throw fault(
        `its ${group}.${name} is of version ${String(version)}, this machine's of version ${versionOf(part)}`,
      );
    const load = () => {
      try {
        part.load(own);
      } catch (error) {
        throw fault(`its ${group}.${name} is no state of this machine's (${wordsOf(error)})`, error);
      }
    };
    return { part, load };
  });
  const images = imagesOf(saved['images']);
  const before = found.map(({ part }) => ({ part, state: part.save() }));
  try {
    for (const { load } of found) load();
  } catch (error) {
    for (const { part, state } of before) putBack(part, state);
    throw error;
  }
  return images;
}

/** Gives a part its own state again. One that does not take even that has not changed. */
function putBack(part: Stateful, state: State): void {
  try {
    part.load(state);
  } catch {}
}

/** What a saved machine had booted. */
function imagesOf(saved: unknown): Images | undefined {
  if (saved === null || saved === undefined) return undefined;
  try {
    checkImages(saved);
  } catch (error) {
    throw new MachineError(
      'KSEG_MACHINE_SNAPSHOT_FORMAT',
      `the snapshot cannot be loaded: its images are none (${wordsOf(error)})`,
      {},
      { cause: error },
    );
  }
  return saved;
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
