import type { Device, Width } from '@kseg/bus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import * as devices from './index.ts';
import {
  Aor3000EarlyConsole,
  Aor3000Timer,
  AtaChannel,
  AtaDisk,
  AtapiCdrom,
  CfiFlash,
  GaiaRegisters,
  Gt64120,
  I8042,
  I8254,
  I8259Pair,
  JtagUart,
  MaltaFpga,
  Mc146818,
  MemIde,
  MemoryBlocks,
  Ne2000,
  OverlayBlocks,
  PciBus,
  Pcnet,
  Piix4Ide,
  Piix4Isa,
  Piix4Pm,
  Piix4Usb,
  R4kPower,
  spdEeprom,
  Uart16550,
} from './index.ts';

// The laws of the Device contract, held by every device: a guest cannot make one throw, values fit their width, peek changes nothing,
// reset brings the declared values, and saving, loading into a fresh machine and going on is going on.

interface Subject<D extends Device = Device> {
  /** Bytes of register space. */
  readonly window: number;
  make(bench: Bench): D;
  /** Something the world outside does to the device. */
  stimulate?(device: D, value: number): void;
}

const subject = <D extends Device>(entry: Subject<D>): Subject => entry as unknown as Subject;

const channel = (bench: Bench, name: string) =>
  new AtaChannel({ scheduler: bench.port(name), drives: [new MemIde(64)] });

const MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);

/** A frame for everybody, for a group or for the card, of a size that the value says. */
function frame(value: number): Uint8Array {
  const bytes = new Uint8Array(14 + (value % 1501)).fill(value & 0xff);
  bytes.set(value & 0x100 ? MAC : new Uint8Array(6).fill(value & 0x200 ? 0xff : 0x01));
  return bytes;
}

const subjects: Record<string, Subject> = {
  uart16550: subject({
    window: 8,
    make: (bench) => new Uart16550({ scheduler: bench.port(), irq: bench.line('irq'), sink: bench.note('sent') }),
    stimulate: (uart, value) =>
      value & 1 ? uart.receiveBreak() : uart.receive([value >>> 1, value >>> 2, value >>> 3]),
  }),
  'uart16550 at its baud rate': subject({
    window: 8,
    make: (bench) =>
      new Uart16550({ scheduler: bench.port(), irq: bench.line('irq'), sink: bench.note('sent'), transmit: 'baud' }),
    stimulate: (uart, value) => uart.receive([value & 0xff]),
  }),
  i8259: subject({
    window: 6,
    make: (bench) => new I8259Pair({ irq: bench.line('int') }),
    stimulate: (pic, value) => {
      if (value & 0x100) pic.acknowledge();
      else pic.inputs[value & 15]!.set((value & 16) !== 0);
    },
  }),
  i8254: subject({
    window: 4,
    make: (bench) => new I8254({ scheduler: bench.port(), irq: bench.line('irq') }),
    stimulate: (pit, value) => pit.setGate2((value & 1) !== 0),
  }),
  mc146818: subject({ window: 2, make: (bench) => new Mc146818({ scheduler: bench.port(), irq: bench.line('irq') }) }),
  ata: subject({
    window: 9,
    make: (bench) =>
      new AtaChannel({
        scheduler: bench.port(),
        irq: bench.line('irq'),
        drives: [
          new MemIde(new Uint8Array(64 * 512).map((_, i) => i * 7)),
          new AtaDisk({ store: new OverlayBlocks(new MemoryBlocks(9)) }),
        ],
      }),
  }),
  'ata with one drive': subject({
    window: 9,
    make: (bench) => new AtaChannel({ scheduler: bench.port(), irq: bench.line('irq'), drives: [new MemIde(8)] }),
  }),
  'ata without drives': subject({
    window: 9,
    make: (bench) => new AtaChannel({ scheduler: bench.port(), irq: bench.line('irq') }),
  }),
  i8042: subject({
    window: 5,
    make: (bench) =>
      new I8042({ keyboardIrq: bench.line('keyboard'), mouseIrq: bench.line('mouse'), onReset: bench.note('reset') }),
    stimulate: (controller, value) => controller.type([value & 0xff]),
  }),
  gt64120: subject({
    window: 0x1000,
    make: (bench) => {
      const pci = new PciBus();
      new Piix4Ide({ pci, slot: 10, dma: bench.dma, channels: [channel(bench, 'a'), channel(bench, 'b')] });
      return new Gt64120({ endian: 'little', pci, acknowledge: () => 0x47, onMap: bench.note('map') });
    },
  }),
  'piix4 isa': subject({
    window: 1,
    make: (bench) => {
      const pci = new PciBus();
      const irqs = Array.from({ length: 16 }, (_, n) => bench.line(`irq${n}`));
      const isa = new Piix4Isa({ pci, slot: 10, irqs, onReset: bench.note('reset') });
      return Object.assign(isa, { pci });
    },
    stimulate: (isa, value) => configure(isa.pci, 10, 0, value),
  }),
  'piix4 ide': subject({
    window: 16,
    make: (bench) => {
      const pci = new PciBus();
      const channels = [channel(bench, 'a'), channel(bench, 'b')] as const;
      return Object.assign(new Piix4Ide({ pci, slot: 10, dma: bench.dma, channels }), { pci });
    },
    stimulate: (ide, value) => configure(ide.pci, 10, 1, value),
  }),
  'piix4 usb': subject({
    window: 32,
    make: (bench) => {
      const pci = new PciBus();
      return Object.assign(new Piix4Usb({ pci, slot: 10, scheduler: bench.port() }), { pci });
    },
    stimulate: (usb, value) => configure(usb.pci, 10, 2, value),
  }),
  'piix4 pm': subject({
    window: 64,
    make: (bench) => {
      const pci = new PciBus();
      const pm = new Piix4Pm({
        pci,
        slot: 10,
        scheduler: bench.port(),
        irq: bench.line('sci'),
        onPowerOff: bench.note('power off'),
      });
      return Object.assign(pm, { pci });
    },
    stimulate: (pm, value) => configure(pm.pci, 10, 3, value),
  }),
  smbus: subject({
    window: 8,
    make: (bench) =>
      new Piix4Pm({
        pci: new PciBus(),
        slot: 10,
        scheduler: bench.port(),
        eeproms: new Map([[0x50, spdEeprom(0x1000_0000)]]),
      }).smbus,
  }),
  'malta fpga': subject({
    window: 0xc00,
    make: (bench) =>
      new MaltaFpga({
        endian: 'little',
        onReset: bench.note('reset'),
        onDisplay: bench.note('display'),
        eeprom: spdEeprom(1 << 26),
      }),
    stimulate: (fpga, value) => fpga.write(value & 1 ? 0xb08 : 0xb10, 4, value >>> 8),
  }),
  'atapi cdrom': subject({
    window: 9,
    make: (bench) =>
      new AtaChannel({
        scheduler: bench.port(),
        irq: bench.line('irq'),
        drives: [
          new AtapiCdrom({ store: new MemoryBlocks(new Uint8Array(8 * 2048).map((_, i) => i * 5)) }),
          new AtapiCdrom(),
        ],
      }),
    // A command packet, begun at random.
    stimulate: (ata, value) => {
      ata.write(7, 1, 0xa0);
      const command = [0x00, 0x03, 0x12, 0x25, 0x28, 0x43, 0x46, 0x4a, 0x5a, 0xa8, value >>> 24][value % 11]!;
      for (const word of [command, 0, (value >>> 8) & 0x300, 0, value & 0xffff, 0]) ata.write(0, 2, word);
    },
  }),
  ne2000: subject({
    window: 32,
    make: (bench) => new Ne2000({ mac: MAC, irq: bench.line('irq'), ethernet: bench.ethernet }),
    stimulate: (card, value) => card.receive(frame(value)),
  }),
  pcnet: subject({
    window: 32,
    make: (bench) => {
      const pci = new PciBus();
      for (let i = 0; i < bench.memory.length; i++) bench.memory[i] = i * 11;
      const pcnet = new Pcnet({ pci, slot: 11, dma: bench.dma, mac: MAC, ethernet: bench.ethernet });
      return Object.assign(pcnet, { pci });
    },
    stimulate: (card, value) => {
      if (value & 1) card.receive(frame(value));
      else {
        card.write(0x12, 2, [0, 0, 0, 1, 4, 5, 15, 20, 76, 78][value % 10]!);
        card.write(value & 2 ? 0x16 : 0x10, 2, value >>> 16);
      }
    },
  }),
  'pci configuration': subject({
    window: 0x100,
    make: (bench) => new Pcnet({ pci: new PciBus(), slot: 11, dma: bench.dma, mac: MAC }).config,
  }),
  'gt64120, big-endian': subject({
    window: 0x1000,
    make: (bench) => {
      const pci = new PciBus();
      new Pcnet({ pci, slot: 11, dma: bench.dma, mac: MAC });
      new Piix4Usb({ pci, slot: 10, scheduler: bench.port('usb') });
      const gt = new Gt64120({ endian: 'big', pci, acknowledge: () => 0x47, onMap: bench.note('map') });
      return Object.assign(gt, { functions: pci });
    },
    stimulate: (gt, value) => configure(gt.functions, value & 0x200 ? 10 : 11, value & 0x200 ? 2 : 0, value),
  }),
  'gaia registers': subject({
    window: 0x220,
    make: (bench) =>
      new GaiaRegisters({
        scheduler: bench.port(),
        irq: bench.line('irq'),
        sink: bench.note('sent'),
        timerPeriod: 50_000,
        transmit: 'baud',
      }),
    stimulate: (registers, value) =>
      value & 1 ? registers.receive([value & 0xff]) : value & 2 ? registers.leave() : registers.enter(value),
  }),
  'jtag uart': subject({
    window: 8,
    make: (bench) => new JtagUart({ irq: bench.line('irq'), sink: bench.note('sent') }),
    stimulate: (uart, value) => uart.receive([value & 0xff, 7]),
  }),
  'aor3000 timer': subject({
    window: 4,
    make: (bench) => new Aor3000Timer({ scheduler: bench.port(), irq: bench.line('irq') }),
  }),
  'aor3000 early console': subject({
    window: 1,
    make: (bench) => new Aor3000EarlyConsole({ sink: bench.note('sent') }),
  }),
  'cfi flash': subject({
    window: 0x1000,
    make: (bench) => {
      const view = new DataView(bench.memory.buffer);
      return new CfiFlash({
        memory: {
          size: 0x1000,
          endian: 'little',
          read: (offset, width) =>
            width === 4
              ? view.getUint32(offset, true)
              : width === 2
                ? view.getUint16(offset, true)
                : view.getUint8(offset),
          write: (offset, width, value) => {
            if (width === 4) view.setUint32(offset, value, true);
            else if (width === 2) view.setUint16(offset, value, true);
            else view.setUint8(offset, value);
          },
          fill: (value, offset, length) => void bench.memory.fill(value, offset, offset + length),
        },
        sectorSize: 0x400,
        onChange: (offset, length) => bench.log.push([offset, length]),
      });
    },
    stimulate: (flash, value) =>
      flash.write(value >>> 20, 1, [0xff, 0x20, 0xd0, 0x40, 0x90, 0x98, 0xe8, 0x70][value & 7]!),
  }),
  'r4k power': subject({
    window: 8,
    make: (bench) => new R4kPower({ onReset: bench.note('reset'), onPowerOff: bench.note('power off') }),
  }),
};

it('holds every kind of device to the laws', () => {
  const methods = ['read', 'write', 'reset', 'save', 'load'];
  const kinds = Object.entries(devices)
    .filter(([, value]) => typeof value === 'function' && methods.every((method) => method in (value.prototype ?? {})))
    .map(([name]) => name);
  const held = new Set(Object.values(subjects).map((entry) => entry.make(new Bench()).constructor.name));
  expect(kinds.filter((name) => !held.has(name))).toEqual([]);
  expect(kinds.length).toBeGreaterThan(15);
});

/** A configuration write made of 32 random bits: mostly command and base address registers of the function. */
function configure(pci: PciBus, slot: number, fn: number, value: number): void {
  const offset = [0x04, 0x10, 0x14, 0x20, 0x40, 0x60, 0x80, 0x90, 0xd0, value >>> 24][value % 10]! & 0xfc;
  pci.writeConfig((slot << 11) | (fn << 8) | offset, 4, value & 0x100 ? value : value & 0x1fff);
}

type Step =
  | { readonly do: 'read' | 'peek'; readonly offset: number; readonly width: Width }
  | { readonly do: 'write'; readonly offset: number; readonly width: Width; readonly value: number }
  | { readonly do: 'wait'; readonly ticks: number }
  | { readonly do: 'stimulate'; readonly value: number }
  | { readonly do: 'reset' };

const mask = (width: Width) => (width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff);

/** Steps that reach into the window mostly, and now and then far outside. */
function steps(window: number): fc.Arbitrary<Step[]> {
  const width = fc.constantFrom<Width>(1, 1, 1, 2, 4);
  const offset = fc.oneof(
    { weight: 20, arbitrary: fc.nat(window - 1) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
  );
  const place = fc.tuple(offset, width).map(([at, w]) => ({ offset: at - (at % w), width: w }));
  const value = fc.oneof(fc.nat(255), fc.integer({ min: 0, max: 0xffff_ffff }));
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(place, value)
          .map(([at, v]): Step => ({ do: 'write', ...at, value: (v & mask(at.width)) >>> 0 })),
      },
      { weight: 4, arbitrary: place.map((at): Step => ({ do: 'read', ...at })) },
      { weight: 1, arbitrary: place.map((at): Step => ({ do: 'peek', ...at })) },
      { weight: 2, arbitrary: fc.oneof(fc.nat(5000), fc.nat(2 * HZ)).map((ticks): Step => ({ do: 'wait', ticks })) },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }).map((v): Step => ({ do: 'stimulate', value: v })),
      },
      { weight: 1, arbitrary: fc.constant<Step>({ do: 'reset' }) },
    ),
    { maxLength: 60 },
  );
}

/** Does a step and returns what could be seen of it. */
function perform(step: Step, device: Device, bench: Bench, entry: Subject): unknown {
  switch (step.do) {
    case 'read':
      return device.read(step.offset, step.width);
    case 'peek':
      return device.peek?.(step.offset, step.width);
    case 'write':
      return device.write(step.offset, step.width, step.value);
    case 'wait':
      return bench.advance(step.ticks);
    case 'stimulate':
      return entry.stimulate?.(device, step.value);
    case 'reset':
      return device.reset();
  }
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, v) => (v instanceof Uint8Array ? Buffer.from(v).toString('base64') : v)));

describe.each(Object.entries(subjects))('%s', (_, entry) => {
  it('takes any access, and every value fits its width', () => {
    fc.assert(
      fc.property(steps(entry.window), (list) => {
        const bench = new Bench();
        const device = entry.make(bench);
        for (const step of list) {
          const seen = perform(step, device, bench, entry);
          if (step.do !== 'read' && step.do !== 'peek') continue;
          expect(seen, JSON.stringify(step)).toSatisfy(
            (v: number) => Number.isInteger(v) && v >= 0 && v <= mask(step.width),
          );
        }
      }),
    );
  });

  it('peek changes nothing and shows what a read gives', () => {
    fc.assert(
      fc.property(steps(entry.window), fc.nat(entry.window - 1), (list, offset) => {
        const bench = new Bench();
        const device = entry.make(bench);
        for (const step of list) perform(step, device, bench, entry);
        const before = plain([device.save(), bench.save(), bench.log]);
        const shown = device.peek?.(offset, 1);
        expect(plain([device.save(), bench.save(), bench.log])).toEqual(before);
        expect(device.read(offset, 1)).toBe(shown);
      }),
    );
  });

  it('save, load into a fresh device and go on = go on', () => {
    fc.assert(
      fc.property(steps(entry.window), steps(entry.window), (before, after) => {
        const bench = new Bench();
        const device = entry.make(bench);
        for (const step of before) perform(step, device, bench, entry);
        const [state, boardState] = [structuredClone(device.save()), structuredClone(bench.save())];
        const freshBench = new Bench();
        const fresh = entry.make(freshBench);
        fresh.load(state);
        freshBench.load(boardState);
        bench.log.length = freshBench.log.length = 0;
        expect(plain(fresh.save())).toEqual(plain(state));
        for (const step of after)
          expect(perform(step, fresh, freshBench, entry), JSON.stringify(step)).toEqual(
            perform(step, device, bench, entry),
          );
        expect(freshBench.log).toEqual(bench.log);
        expect(plain([fresh.save(), freshBench.save()])).toEqual(plain([device.save(), bench.save()]));
      }),
    );
  });

  it('reset brings the declared values', () => {
    fc.assert(
      fc.property(steps(entry.window), (list) => {
        const bench = new Bench();
        const device = entry.make(bench);
        for (const step of list) perform(step, device, bench, entry);
        // What drives the device from outside stays as it is; give it time to be quiet.
        for (const wire of bench.wires.values()) void wire.level;
        device.reset();
        for (const { name, offset, width, access, reset } of device.registers ?? [])
          if (reset !== undefined && access !== 'w') expect(device.peek?.(offset, width), name).toBe(reset);
      }),
    );
  });

  it('declares registers that are inside its window and have names of their own', () => {
    const registers = entry.make(new Bench()).registers ?? [];
    expect(registers.length).toBeGreaterThan(0);
    expect(new Set(registers.map(({ name }) => name)).size).toBe(registers.length);
    for (const { offset, width } of registers) expect(offset + width).toBeLessThanOrEqual(entry.window + width - 1);
  });
});
