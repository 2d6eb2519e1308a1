import { MemoryBlocks, OverlayBlocks } from '@kseg/devices';
import { createMachine, decodeSnapshot, encodeSnapshot, type Machine, r4k } from '@kseg/machine';
import { unixFs, unixKernel } from '@kseg/unix';
import { beforeAll, describe, expect, it } from 'vitest';

const kernel = unixKernel({ disk: 'ata' });
const image = unixFs();
const TYPED = 'cat README > f; wc f; mkdir d; ls d | wc\nforktest\nrm f; cat README README > d/g; wc d/g\n';
/** Long enough for everything typed, short enough to run often. */
const END = 6_000_000;

function fresh(): Machine {
  return createMachine(r4k({ ram: 32 << 20, hda: new OverlayBlocks(new MemoryBlocks(image.slice())) }));
}

function booted(): Machine {
  const machine = fresh();
  machine.boot({ kernel });
  machine.console!.send(TYPED);
  return machine;
}

/** Through a file and into a machine made anew. */
function reborn(machine: Machine): Machine {
  const other = fresh();
  other.load(decodeSnapshot(encodeSnapshot(machine.save())));
  return other;
}

let want: { hash: string; now: number };
beforeAll(() => {
  const machine = booted();
  machine.run(END);
  want = { hash: machine.hash(), now: machine.now };
});

describe('a machine', () => {
  it('run twice is the same machine, to the bit', () => {
    const machine = booted();
    machine.run(END);
    expect({ hash: machine.hash(), now: machine.now }).toEqual(want);
  });

  it('run in slices of any size is the same machine', () => {
    const machine = booted();
    for (let left = END, slice = 1; left > 0; slice = (slice * 7) % 30_011) {
      const budget = Math.min(slice + 1, left);
      machine.run(budget);
      left -= budget;
    }
    expect({ hash: machine.hash(), now: machine.now }).toEqual(want);
  });

  it.each([1, 1000, 123_456, 500_001, 1_234_567, 2_222_222, 3_333_333, 5_999_999])(
    'saved after %d instructions, loaded and continued, was never saved',
    (at) => {
      const machine = booted();
      machine.run(at);
      const other = reborn(machine);
      other.run(END - at);
      expect({ hash: other.hash(), now: other.now }).toEqual(want);
    },
  );

  it('saved in the middle of a disk transfer goes on with it', () => {
    const machine = booted();
    let at = 0;
    let inside = 0;
    // The data request bit is up while a sector is half moved.
    while (inside < 3 && at < END) {
      machine.run(997);
      at += 997;
      if ((machine.map.peek(0x1400_03f6, 1) & 0x08) === 0) continue;
      inside++;
      machine.run(40);
      at += 40;
      const other = reborn(machine);
      other.run(END - at);
      expect({ hash: other.hash(), now: other.now }).toEqual(want);
    }
    expect(inside).toBe(3);
  });

  it('saved in WAIT goes on waiting', () => {
    const machine = booted();
    let left = END;
    for (let waits = 0; waits < 3; ) {
      const before = machine.instructions;
      const stop = machine.run(left, 'stop');
      left -= machine.instructions - before;
      expect(stop.kind).toBe('waiting');
      waits++;
      const other = reborn(machine);
      other.run(left);
      expect({ hash: other.hash(), now: other.now }).toEqual(want);
      machine.skip(machine.idle);
    }
  });
});
