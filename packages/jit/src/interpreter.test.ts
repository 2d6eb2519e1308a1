import { describe, expect, it } from 'vitest';
import { op } from '../../cpu/test/rig.ts';
import { type Rig, rig } from '../test/rig.ts';
import type { TranslatorOptions } from './index.ts';

const [V0, V1, A0, A1, T0, T1] = [2, 3, 4, 5, 8, 9];
const STATUS = 12;
const CU1 = 0x2000_0000;
const FR = 0x0400_0000;
const PAGE = 4096;
const [MTC1_F0, MTC1_F1] = [0x4482_0000, 0x4482_0800]; // from v0

const COLD: TranslatorOptions = { threshold: Number.POSITIVE_INFINITY };
const HOT: TranslatorOptions = { threshold: 2, pause: Number.POSITIVE_INFINITY };

/** One that interprets in TypeScript, and one with a translator. */
const pair = (options: TranslatorOptions, ramBytes?: number): [Rig, Rig] => [
  rig('little', '24Kf', undefined, ramBytes),
  rig('little', '24Kf', options, ramBytes),
];

const state = ({ cpu, timeline }: Rig) => ({
  now: timeline.now,
  pc: cpu.pc,
  words: (cpu.save() as { words: Uint8Array }).words,
});

/** Runs both; they must agree. */
function run(machines: readonly [Rig, Rig], budget: number): void {
  const [expected, found] = machines.map(({ cpu }) => cpu.run(budget));
  expect(found).toEqual(expected);
  expect(state(machines[1])).toEqual(state(machines[0]));
}

describe('what a device does in the middle of an access', () => {
  const stores = (move: number) => [op('lui', A0, 0xb000), op('sw', A1, 0, A0), move, op('addiu', V0, V0, 1)];

  it.each([
    ['takes the FPU away', MTC1_F0, 0],
    ['makes its registers full', MTC1_F1, CU1 | FR],
  ])('%s for the next instruction', (_, move, status) => {
    const machines = pair(COLD);
    for (const { cpu, device, put } of machines) {
      cpu.writeCp0(STATUS, CU1);
      device.onWrite = (value) => cpu.writeCp0(STATUS, value);
      put(0x180, [op('beq', 0, 0, -4), op('nop')]);
      put(0x1000, stores(move));
      cpu.setGpr(A1, status);
      cpu.setGpr(V0, 5);
      cpu.pc = 0x8000_1000;
    }
    run(machines, 4);
  });
});

describe('what a listener of an interrupt does', () => {
  it.each([
    ['requests a stop', ({ cpu }: Rig) => cpu.requestStop()],
    ['halts the core', ({ cpu }: Rig) => cpu.halt()],
    ['holds time', ({ timeline }: Rig) => void timeline.port('host').hold()],
  ])('%s before the first instruction of the handler', (_, act) => {
    const machines = pair(COLD);
    for (const machine of machines) {
      const { cpu, put } = machine;
      put(0x180, [op('addiu', T0, T0, 1), op('beq', 0, 0, -8), op('nop')]);
      cpu.writeCp0(STATUS, 0x0401);
      cpu.pc = 0x8000_1000;
      cpu.onException(() => act(machine));
      cpu.irq(2).set(true);
    }
    run(machines, 5000);
    expect(machines[1].cpu.pc).toBe(0x8000_0180);
  });
});

it('goes on at the right place when a translation has emptied the cache of decoded code', () => {
  // A page less than there is room for; the loop's region then looks at one that nothing has been executed from.
  const [first, pages] = [16, 4094];
  const machines = pair(HOT, (first + pages) * PAGE);
  for (const { cpu, put } of machines) {
    cpu.writeCp0(STATUS, 0);
    for (let i = 0; i < pages; i++) {
      const next = i === pages - 1 ? 0x1000 : (first + i + 1) * PAGE;
      const jump = [op('lui', T0, 0x8000 + (next >>> 16)), op('ori', T0, T0, next & 0xffff), op('jr', T0), op('nop')];
      put((first + i) * PAGE, jump);
    }
    put(0x1000, [op('addiu', V0, V0, 1), op('bne', A0, 0, 0x2000 - 0x1008), op('nop'), op('addiu', V1, V1, 3)]);
    put(0x1010, [op('bne', V0, A1, -20), op('addiu', T1, T1, 1), op('j', 0x1000), op('nop')]);
    put(0x2000, [op('addiu', V0, V0, 7), op('j', 0x1000), op('nop')]);
    cpu.setGpr(A1, 0x7fff_ffff);
    cpu.pc = 0x8000_0000 + first * PAGE;
  }
  for (let i = 0; i < 40; i++) run(machines, 1000);
  expect(machines[1].translator!.statistics.regions).toBeGreaterThan(0);
});

describe('LL, which the dispatcher does once there is one', () => {
  /** Loops until it is translated. */
  const warmedUp = () => {
    const machines = pair(HOT);
    for (const { cpu, put } of machines) {
      cpu.writeCp0(STATUS, 0);
      put(0x1000, [op('addiu', V0, V0, 1), op('beq', 0, 0, -8), op('nop')]);
      cpu.pc = 0x8000_1000;
    }
    run(machines, 5000);
    expect(machines[1].translator!.statistics.regions).toBeGreaterThan(0);
    return machines;
  };
  const link = (segment: number) => [op('lui', A0, segment), op('lw', T0, 0, A0), op('ll', V1, 0, A0), op('nop')];

  it('remembers the address that was used, where memory has two', () => {
    const machines = warmedUp();
    for (const { cpu, map, ram, put } of machines) {
      map.add({ kind: 'ram', name: 'again', base: 0x1800_0000, size: ram.size, memory: ram });
      put(0x2000, link(0x9800));
      cpu.pc = 0x8000_2000;
    }
    run(machines, 4);
  });

  it('finds memory where the map has it now', () => {
    const machines = warmedUp();
    for (const { cpu, map, ram, put } of machines) {
      map.remove(map.find(0)!);
      map.add({ kind: 'ram', name: 'half', base: 0, size: ram.size / 2, memory: ram, offset: ram.size / 2 });
      put(ram.size / 2 + 0x2000, link(0x8000));
      cpu.pc = 0x8000_2000;
    }
    run(machines, 4);
  });
});
