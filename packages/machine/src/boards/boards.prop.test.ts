// The laws of the devices, held by whole boards: a guest can touch any address in any order without an exception of the host, and a machine
// saved, loaded and continued is the machine that was never saved.
import type { Width } from '@kseg/bus';
import { EthernetHub, MemoryBlocks, OverlayBlocks } from '@kseg/devices';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Board } from '../board.ts';
import type { ReadyBoardOptions } from '../boards.ts';
import { createMachine, type Machine } from '../machine.ts';
import { decodeSnapshot, encodeSnapshot } from '../snapshot.ts';
import { aor3000 } from './aor3000.ts';
import { malta } from './malta.ts';
import { r4k } from './r4k.ts';

/** b . and nop, in both byte orders: a CPU that does nothing but let time pass. */
const STAY = { little: [0xff, 0xff, 0x00, 0x10, 0, 0, 0, 0], big: [0x10, 0x00, 0xff, 0xff, 0, 0, 0, 0] };
const RAM = 1 << 20;

type Endian = Board['endian'];
const options = (endian: Endian): ReadyBoardOptions => ({
  endian,
  ram: RAM,
  hda: new OverlayBlocks(new MemoryBlocks(new Uint8Array(64 * 512).map((_, i) => i * 7))),
  cdrom: new MemoryBlocks(new Uint8Array(8 * 2048).map((_, i) => i * 5)),
  hub: new EthernetHub(),
  bios: Uint8Array.from(STAY[endian]),
});
const boards: Record<string, () => Board> = {
  'r4k, little-endian': () => r4k({ ...options('little'), rom: Uint8Array.from(STAY.little) }),
  'r4k, big-endian': () => r4k({ ...options('big'), rom: Uint8Array.from(STAY.big) }),
  'malta, little-endian': () => malta(options('little')),
  'malta, big-endian': () => malta(options('big')),
  aor3000: () => aor3000({ ram: RAM, bios: Uint8Array.from(STAY.little) }),
};

/** Where a guest finds registers: every window of the board, Malta's ports and system controller also where they are at reset. */
function windows({ name, parts }: Board): { base: number; size: number }[] {
  const declared = parts.flatMap((part) => (part.part === 'device' ? part.windows : []));
  if (name !== 'malta') return [...declared];
  return [
    ...declared.map(({ base, size, within }) => ({ base: within === undefined ? base : base - 0x0800_0000, size })),
    { base: 0x1400_0000, size: 0x1000 },
    { base: 0x1400_0cf8, size: 8 },
    { base: 0x1000_0cf8, size: 8 },
    { base: 0x1000_1000, size: 0x100 },
    { base: 0x1e00_0000, size: 0x100 },
  ];
}

type Step =
  | { readonly do: 'read'; readonly address: number; readonly width: Width }
  | { readonly do: 'write'; readonly address: number; readonly width: Width; readonly value: number }
  | { readonly do: 'run'; readonly instructions: number }
  | { readonly do: 'type'; readonly byte: number };

function steps(board: Board): fc.Arbitrary<Step[]> {
  const address = fc.oneof(
    {
      weight: 10,
      arbitrary: fc
        .constantFrom(...windows(board))
        .chain(({ base, size }) => fc.nat(size - 1).map((offset) => base + offset)),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
  );
  const width = fc.constantFrom<Width>(1, 1, 2, 4, 4);
  const place = fc.tuple(address, width).map(([at, w]) => ({ address: (at - (at % w)) >>> 0, width: w }));
  const value = fc.oneof(fc.nat(255), fc.integer({ min: 0, max: 0xffff_ffff }));
  return fc.array(
    fc.oneof(
      { weight: 5, arbitrary: place.map((at): Step => ({ do: 'read', ...at })) },
      {
        weight: 8,
        arbitrary: fc
          .tuple(place, value)
          .map(([at, v]): Step => ({ do: 'write', ...at, value: v % 2 ** (8 * at.width) })),
      },
      { weight: 2, arbitrary: fc.nat(30_000).map((instructions): Step => ({ do: 'run', instructions })) },
      { weight: 1, arbitrary: fc.nat(255).map((byte): Step => ({ do: 'type', byte })) },
    ),
    { maxLength: 150 },
  );
}

/** Does a step and returns what a guest could see of it. */
function perform(machine: Machine, step: Step): unknown {
  switch (step.do) {
    case 'read':
      return machine.map.read(step.address, step.width);
    case 'write':
      machine.map.write(step.address, step.width, step.value);
      // A reset or power-off that it asked for comes now, as after a store.
      return machine.run(0).kind;
    case 'run':
      return machine.run(step.instructions).kind;
    case 'type':
      return machine.console?.send(Uint8Array.of(step.byte));
  }
}

// A machine weighs megabytes: fewer cases than elsewhere unless more are asked for.
const numRuns = Math.ceil((fc.readConfigureGlobal()?.numRuns ?? 100) / 10);

describe.each(Object.entries(boards))('%s', (_, make) => {
  const board = make();
  const [one, other] = [createMachine(board), createMachine(make())];
  const start = one.save();

  it('takes any access anywhere; saved, loaded and continued = continued', () => {
    fc.assert(
      fc.property(steps(board), steps(board), (before, after) => {
        one.load(start);
        for (const step of before) perform(one, step);
        other.load(decodeSnapshot(encodeSnapshot(one.save())));
        for (const step of after) {
          const seen = perform(one, step);
          if (step.do === 'read')
            expect(seen).toSatisfy((v: number) => Number.isInteger(v) && v >= 0 && v < 2 ** (8 * step.width));
          expect(perform(other, step), JSON.stringify(step)).toEqual(seen);
        }
        expect(other.hash()).toBe(one.hash());
      }),
      { numRuns },
    );
  });
});
