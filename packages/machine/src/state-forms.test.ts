// What states look like, by version: a form that has changed makes old snapshots unreadable, so its part's `version` has to change as well.
// When this fails after a release: raise the version, and only then write the list anew with `vitest -u`.
import type { State } from '@kseg/bus';
import { EthernetHub, MemoryBlocks, OverlayBlocks } from '@kseg/devices';
import { expect, it } from 'vitest';
import type { Board } from './board.ts';
import { aor3000 } from './boards/aor3000.ts';
import { gaia3 } from './boards/gaia3.ts';
import { malta } from './boards/malta.ts';
import { r4k } from './boards/r4k.ts';
import type { Core } from './core.ts';
import { Machine } from './machine.ts';

/** Names and kinds, without values. */
function formOf(state: State): string {
  if (state === null || typeof state !== 'object') return state === null ? 'null' : typeof state;
  if (state instanceof Uint8Array) return 'bytes';
  if (Array.isArray(state)) return `[${[...new Set(state.map(formOf))].join(' | ')}]`;
  const fields = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{ ${fields.map(([key, value]) => `${key}: ${formOf(value)}`).join(', ')} }`;
}

const disk = () => new OverlayBlocks(new MemoryBlocks(1));
const boards: readonly (() => Board<Core>)[] = [
  () => r4k({ ram: 1 << 20, hda: disk(), hub: new EthernetHub() }),
  () => malta({ ram: 8 << 20, hda: disk(), cdrom: null, hub: new EthernetHub() }),
  () => aor3000({ ram: 1 << 20 }),
  gaia3,
];

it('of the ready boards are those of their versions', async () => {
  const forms = new Set<string>();
  for (const board of boards) {
    const machine = new Machine(board());
    machine.run(1);
    const groups = machine.save().state as Readonly<
      Record<string, Readonly<Record<string, { version: number; state: State }>>>
    >;
    for (const group of ['machine', 'devices', 'consoles', 'kept'])
      for (const [name, part] of Object.entries(groups[group] ?? {}))
        forms.add(`${group}.${name} ${part.version} ${formOf(part.state)}`);
  }
  await expect(`${[...forms].sort().join('\n')}\n`).toMatchFileSnapshot('../test/state-forms.txt');
});
