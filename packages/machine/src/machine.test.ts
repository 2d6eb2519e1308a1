import { type Device, type IrqLine, type State, unconnected } from '@kseg/bus';
import { models } from '@kseg/cpu';
import { MemoryBlocks, OverlayBlocks } from '@kseg/devices';
import { describe, expect, it } from 'vitest';
import { alias, type Board, type DeviceKit, device, openRange, type Part, ram, rom } from './board.ts';
import { r4k } from './boards/r4k.ts';
import type { ReadyBoardOptions } from './boards.ts';
import type { Core, CoreKit } from './core.ts';
import { memoryMap } from './describe.ts';
import { createMachine, Machine } from './machine.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from './snapshot.ts';

/** A device with one register and one interrupt output. */
class Latch implements Device {
  value = 0;
  constructor(readonly irq: IrqLine) {}
  read() {
    return this.value;
  }
  write(_offset: number, _width: number, value: number) {
    this.value = value;
    this.irq.set(value !== 0);
  }
  reset() {
    this.value = 0;
  }
  save() {
    return this.value;
  }
  load(state: unknown) {
    this.value = state as number;
  }
}
const latch = (kit: DeviceKit) => new Latch(kit.irq());

const board = (...parts: Part[]): Board => ({
  name: 'test',
  cpu: '24Kc',
  endian: 'little',
  clock: 1e6,
  parts: [ram('ram', 0, 0x1_0000), rom('boot', 0x1fc0_0000, 0x1000), ...parts],
});
const fault = (b: Board) => {
  try {
    createMachine(b);
  } catch (error) {
    return error as Error & { code: string; data: Record<string, unknown> };
  }
  throw new Error('the board was accepted');
};

describe('the composer refuses', () => {
  it('regions that overlap, with the whole map', () => {
    const error = fault(board(ram('more', 0x8000, 0x1_0000)));
    expect(error).toMatchObject({ code: 'KSEG_BUS_OVERLAP', data: { a: 'ram', b: 'more' } });
    expect(error.message).toContain('0x1fc00000-0x1fc00fff');
  });

  it('what is no board, part by part', () => {
    const odd = (more: object) => fault({ ...board(), ...more } as Board);
    const because = (why: string) => ({ code: 'KSEG_MACHINE_BOARD', message: expect.stringContaining(why) });
    expect(odd({ endian: 'middle' })).toMatchObject(because('board "test": endian is "middle"'));
    for (const clock of [undefined, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, '100'])
      expect(odd({ clock })).toMatchObject(because(`clock is ${clock};`));
    expect(odd({ cpu: { name: 'mine' } })).toMatchObject(because('cpu is {"name":"mine"}'));
    expect(odd({ cpu: 'constructor' })).toMatchObject({ code: 'KSEG_CPU_MODEL' });
    expect(odd({ parts: undefined })).toMatchObject(because('it has no parts'));
    expect(odd({ parts: [null] })).toMatchObject(because('parts[0] is no part'));
    expect(odd({ parts: [{ part: 'ram', name: 'a' }] })).toMatchObject(because('parts[0] ("a") has no base and size'));
    expect(() => createMachine(board(), { engine: 'jit' as never })).toThrow(
      expect.objectContaining({ code: 'KSEG_MACHINE_ENGINE' }),
    );
  });

  it('bytes that are none', () => {
    const bytes = (value: unknown) => value as Uint8Array;
    expect(fault(board(rom('code', 0x10_0000, 0x1000, bytes(Uint32Array.of(0x3c08_b000)))))).toMatchObject({
      code: 'KSEG_BUS_BYTES',
      data: { what: 'the bytes of "code"', kind: 'Uint32Array' },
    });
    expect(fault(board(ram('data', 0x10_0000, 0x1000, bytes('text'))))).toMatchObject({ code: 'KSEG_BUS_BYTES' });
    expect(fault(board(ram('cpu', 0x10_0000, 0x1000)))).toMatchObject({ code: 'KSEG_MACHINE_DUPLICATE_NAME' });
  });

  it('memory off the 4 KB grid', () => {
    expect(fault(board(ram('odd', 0x10_0010, 0x1000)))).toMatchObject({ code: 'KSEG_BUS_REGION' });
    expect(fault(board(ram('odd', 0x10_0000, 0x1001)))).toMatchObject({ code: 'KSEG_BUS_MEMORY_SIZE' });
  });

  it('an interrupt input driven twice, naming both drivers', () => {
    const parts = [
      device('a', { base: 0x1000_0000, size: 4 }, latch, { irq: 'cpu.2' }),
      device('b', { base: 0x1000_1000, size: 4 }, latch, { irq: 'cpu.2' }),
    ];
    expect(fault(board(...parts))).toMatchObject({ code: 'KSEG_BUS_IRQ_DRIVEN_TWICE', data: { a: 'a', b: 'b' } });
    expect(() => createMachine({ ...board(...parts), wiredOr: ['cpu.2'] })).not.toThrow();
  });

  it.each([{}, { irq: 'pic.3' }, { irq: 'cpu.9' }, { irq: 'nonsense' }])(
    'an interrupt output that goes to %o',
    (to) => {
      expect(fault(board(device('a', { base: 0x1000_0000, size: 4 }, latch, to)))).toMatchObject({
        code: 'KSEG_MACHINE_IRQ_UNCONNECTED',
        data: { device: 'a', output: 'irq' },
      });
    },
  );

  it('a wire from an output that its device was made without', () => {
    const deaf = (kit: DeviceKit) => new Latch(kit.name === 'a' ? unconnected : kit.irq());
    const parts = [device('a', { base: 0x1000_0000, size: 4 }, deaf, { irq: 'cpu.2' })];
    expect(fault(board(...parts))).toMatchObject({
      code: 'KSEG_MACHINE_IRQ_UNDRIVEN',
      data: { device: 'a', output: 'irq' },
    });
  });

  it.each([
    ['wait', { wait: Number.NaN }, /"a"\) has a wait of NaN/],
    ['wait', { wait: -10 }, /"a"\) has a wait of -10/],
    ['wait', { wait: 1e300 }, /at most a second/],
    ['stride', { stride: 3 }, /"a" has stride 3/],
    ['endian', { endian: 'mid' as 'big' }, /"a" has endian "mid"/],
  ])('a window with an odd %s: %o', (_, odd, message) => {
    const { code, message: told } = fault(
      board(device('a', { base: 0x1000_0000, size: 4, ...odd }, latch, { irq: 'cpu.2' })),
    );
    expect(code).toMatch(/^KSEG_(MACHINE_BOARD|BUS_REGION)$/);
    expect(told).toMatch(message);
  });

  it('a mistake in code that the board brings, and says in whose', () => {
    const mistake = new TypeError('kit.nosuch is not a function');
    const wrong = () => {
      throw mistake;
    };
    const told = (what: string) => ({
      code: 'KSEG_MACHINE_BOARD',
      message: `${what} threw: kit.nosuch is not a function`,
      cause: mistake,
    });
    expect(fault(board(device('a', [], wrong)))).toMatchObject({ ...told('create of "a"'), data: { name: 'a' } });
    const core = { compatible: [], resetVector: 0, interrupts: [], regions: () => [], create: wrong };
    expect(fault({ ...board(), core } as unknown as Board)).toMatchObject(told('the core of board "test"'));
    expect(fault({ ...board(), core: { ...core, regions: wrong } } as unknown as Board)).toMatchObject(
      told('the core of board "test"'),
    );
    const boots = createMachine({ ...board(), boot: wrong });
    expect(() => boots.boot({ kernel: new Uint8Array() })).toThrow(
      expect.objectContaining(told('boot of board "test"')),
    );
    // What has a code is told as it is.
    expect(fault(board(device('a', [], ({ memory }) => memory('none') as never)))).toMatchObject({
      code: 'KSEG_MACHINE_UNKNOWN_PART',
    });
    const nothing = () => {
      throw null;
    };
    expect(fault(board(device('a', [], nothing))).message).toBe('create of "a" threw: null');
  });

  it('a part that makes no device', () => {
    const none = device('a', [], () => undefined as never);
    expect(fault(board(none))).toMatchObject({ code: 'KSEG_MACHINE_BOARD', data: { name: 'a' } });
  });

  it('a reset vector where nothing answers, unless a boot protocol sets the entry', () => {
    const empty = { ...board(), parts: [ram('ram', 0, 0x1_0000)] };
    expect(fault(empty)).toMatchObject({ code: 'KSEG_MACHINE_RESET_VECTOR' });
    expect(() => createMachine({ ...empty, boot: () => {} })).not.toThrow();
  });

  it('two parts of one name, and an alias of nothing', () => {
    expect(fault(board(ram('ram', 0x10_0000, 0x1000)))).toMatchObject({ code: 'KSEG_MACHINE_DUPLICATE_NAME' });
    expect(fault(board(alias('mirror', 0x2000_0000, 0x1000, 'nothing')))).toMatchObject({ code: 'KSEG_MACHINE_ALIAS' });
  });
});

describe('a composed machine', () => {
  it('leaves an output open where the board says so', () => {
    const machine = createMachine(board(device('a', { base: 0x1000_0000, size: 4 }, latch, { irq: null })));
    machine.map.write(0x1000_0000, 4, 1);
    expect(machine.map.read(0x1000_0000, 4)).toBe(1);
  });

  it('connects the output called irq beside others', () => {
    const both = (kit: DeviceKit) => {
      kit.irq('error').set(true);
      return new Latch(kit.irq());
    };
    const options = { irq: 'cpu.2', irqs: { error: 'cpu.3' } };
    const machine = createMachine(board(device('a', { base: 0x1000_0000, size: 4 }, both, options)));
    machine.map.write(0x1000_0000, 4, 1);
    expect((machine.cpu.readCp0(13) >>> 10) & 3).toBe(3);
  });

  it('shows memory through an alias and reads it as a debugger does', () => {
    const machine = createMachine(
      board(alias('mirror', 0x2000_0000, 0x1000, 'ram', 0x2000), openRange('hole', 0x3000_0000, 0x1000, 0xffff_ffff)),
    );
    machine.write(0x2ffe, Uint8Array.of(1, 2, 3));
    expect([...machine.read(0x2000_0ffe, 2)]).toEqual([1, 2]);
    expect([...machine.read(0x3000_0000, 2)]).toEqual([0xff, 0xff]);
    expect(() => machine.write(0x3000_0000, Uint8Array.of(1))).toThrow(
      expect.objectContaining({ code: 'KSEG_MACHINE_NOT_MEMORY' }),
    );
  });

  it('is found by name, and names what there is', () => {
    const machine = createMachine(board(device('a', { base: 0x1000_0000, size: 4 }, latch, { irq: 'cpu.2' })));
    expect(machine.device('a')).toBeInstanceOf(Latch);
    expect(machine.memory('ram').size).toBe(0x1_0000);
    expect(() => machine.device('b')).toThrow(/it has a$/);
  });

  it('has no way to boot a kernel without a protocol', () => {
    expect(() => createMachine(board()).boot({ kernel: new Uint8Array() })).toThrow(
      expect.objectContaining({ code: 'KSEG_MACHINE_NO_BOOT' }),
    );
  });

  it('is given no images that are none, and writes no bytes that are none', () => {
    const machine = createMachine({ ...board(), boot: () => {} });
    const refused = (code: string, why: string) =>
      expect.objectContaining({ code, message: expect.stringContaining(why) });
    const kernel = new Uint8Array(4);
    for (const [images, code, why] of [
      [undefined, 'KSEG_MACHINE_IMAGES', 'there is no kernel in the images: give { kernel }'],
      [{}, 'KSEG_MACHINE_IMAGES', 'there is no kernel'],
      [kernel, 'KSEG_MACHINE_IMAGES', 'bytes alone do not say what they are: give { kernel }'],
      [{ kernel, append: kernel }, 'KSEG_MACHINE_IMAGES', 'append, the command line, is no text'],
      [{ kernel: undefined }, 'KSEG_BUS_BYTES', 'kernel: Undefined'],
      [{ kernel: 'a.elf' }, 'KSEG_BUS_BYTES', 'kernel: String where bytes are wanted'],
      [{ kernel, initrd: [1] }, 'KSEG_BUS_BYTES', 'initrd: Array'],
    ] as const)
      expect(() => machine.boot(images as never)).toThrow(refused(code, why));
    expect(() => machine.boot({ kernel, initrd: undefined, append: undefined })).not.toThrow();
    expect(() => machine.write(0x100, 'text' as never)).toThrow(
      refused('KSEG_BUS_BYTES', 'what is to be written at 0x00000100: String'),
    );
    expect(() => decodeSnapshot('file' as never)).toThrow(refused('KSEG_BUS_BYTES', 'a snapshot: String'));
  });

  it('takes back only snapshots of its own kind', () => {
    const machine = createMachine(board(device('a', { base: 0x1000_0000, size: 4 }, latch, { irq: 'cpu.2' })));
    machine.map.write(0x1000_0000, 4, 7);
    machine.write(0x100, Uint8Array.of(9));
    const snapshot = machine.save();
    const hash = machine.hash();
    machine.map.write(0x1000_0000, 4, 0);
    machine.write(0x100, Uint8Array.of(0));
    expect(machine.hash()).not.toBe(hash);
    machine.load(snapshot);
    expect(machine.hash()).toBe(hash);
    expect(() => createMachine(board()).load(snapshot)).toThrow(
      expect.objectContaining({ code: 'KSEG_MACHINE_SNAPSHOT_BOARD' }),
    );
  });

  it('is given images that are its own, be they Buffers', () => {
    const loads = (): Machine =>
      createMachine({ ...board(), boot: (target, { kernel }) => target.write(0x100, kernel) } satisfies Board);
    const [one, other, third] = [loads(), loads(), loads()];
    const kernel = Buffer.from([1, 2, 3, 4]);
    one.boot({ kernel });
    other.boot({ kernel: Uint8Array.of(1, 2, 3, 4) });
    expect(one.hash()).toBe(other.hash());
    kernel.fill(0xff);
    third.load(decodeSnapshot(encodeSnapshot(one.save())));
    for (const machine of [one, third]) {
      machine.write(0x100, Uint8Array.of(0));
      machine.reset();
      expect([...machine.read(0x100, 4)]).toEqual([1, 2, 3, 4]);
    }
  });

  it('translates where it can, unless told otherwise', () => {
    expect(createMachine(board()).engine).toBe('translator');
    expect(createMachine(board(), { engine: 'interpreter' }).engine).toBe('interpreter');
    const without = new Machine(board());
    expect([without.engine, without.engineNotice]).toEqual(['interpreter', undefined]);
    expect(new Machine(board(), { engine: 'auto' }).engineNotice).toMatch(/without one/);
  });

  it('has a core model of one’s own', () => {
    const cpu = { ...models.R3000A, name: 'R3000Z' };
    const machine = createMachine({ ...board(), cpu }, { engine: 'auto' });
    expect(machine.engine).toBe('interpreter');
    expect(machine.save().board).toMatch(/^test R3000Z /);
    expect(memoryMap(machine.board)).toContain('ram');
  });

  it('takes no snapshot that lacks something, and is not half loaded then', () => {
    const machine = createMachine(board(device('a', { base: 0x1000_0000, size: 4 }, latch, { irq: 'cpu.2' })));
    const snapshot = machine.save();
    const { devices: _, ...state } = snapshot.state as Record<string, State>;
    machine.write(0x100, Uint8Array.of(9));
    const hash = machine.hash();
    expect(() => machine.load({ ...snapshot, state })).toThrow(/lacks devices\.a/);
    expect(machine.hash()).toBe(hash);
  });

  describe('is as it was when a snapshot', () => {
    const parts = (...more: Part[]) =>
      board(device('a', { base: 0x1000_0000, size: 4 }, latch, { irq: 'cpu.2' }), ...more);
    const pair = (saved: Board, own: Board) => {
      const [one, other] = [createMachine(saved), createMachine(own)];
      one.write(0x100, Uint8Array.of(1));
      one.run(100);
      return { snapshot: one.save(), machine: other, hash: other.hash() };
    };
    const refused = (why: string) =>
      expect.objectContaining({ code: 'KSEG_MACHINE_SNAPSHOT_FORMAT', message: expect.stringContaining(why) });
    /** A latch with some of it replaced. */
    const odd = (more: object) => device('odd', [], () => Object.assign(new Latch(unconnected), more));

    it.each<[saved: number | undefined, own: number | undefined]>([
      [undefined, 2],
      [2, undefined],
      [2, 3],
    ])('holds a state of version %s for a device of version %s', (saved, own) => {
      const { snapshot, machine, hash } = pair(parts(odd({ version: saved })), parts(odd({ version: own })));
      expect(() => machine.load(snapshot)).toThrow(
        refused(`devices.odd is of version ${saved ?? 1}, this machine's of version ${own ?? 1}`),
      );
      expect(machine.hash()).toBe(hash);
      machine.load(pair(parts(odd({ version: own })), parts(odd({ version: own }))).snapshot);
    });

    it('is not to a device’s liking, whose own state it can take', () => {
      const picky = {
        load(state: unknown) {
          if (state !== 0) throw new TypeError('no such value');
        },
      };
      const { snapshot, machine, hash } = pair(parts(odd({ save: () => 7 })), parts(odd(picky)));
      expect(() => machine.load(snapshot)).toThrow(refused('devices.odd is no state of this machine'));
      expect(machine.hash()).toBe(hash);
    });

    it('is not for a device that takes none at all', () => {
      const never = {
        load() {
          throw new TypeError('not written yet');
        },
      };
      const { snapshot, machine, hash } = pair(parts(odd(never)), parts(odd(never)));
      expect(() => machine.load(snapshot)).toThrow(refused('(not written yet)'));
      expect(machine.hash()).toBe(hash);
    });

    it('is of another version, is still bytes, or is none', () => {
      const { snapshot, machine, hash } = pair(parts(), parts());
      const odds: readonly [unknown, string][] = [
        [{ ...snapshot, version: 2 }, 'its version is 2; this kseg reads version 1'],
        [encodeSnapshot(snapshot), 'give what decodeSnapshot() makes'],
        [undefined, 'not what a machine saved'],
        [{ ...snapshot, board: undefined }, 'names no board'],
        [{ ...snapshot, state: null }, 'lacks memories.ram'],
        [{ ...snapshot, state: { ...(snapshot.state as object), images: { kernel: 'a.elf' } } }, 'its images are none'],
      ];
      for (const [given, why] of odds) expect(() => machine.load(given as Snapshot)).toThrow(refused(why));
      expect(machine.hash()).toBe(hash);
    });
  });

  it('takes a snapshot back only with the disks it was taken with', () => {
    const over = (content: number | Uint8Array) => new OverlayBlocks(new MemoryBlocks(content));
    const on = (disks: ReadyBoardOptions) => createMachine(r4k({ ram: 1 << 20, ...disks }));
    const snapshot = on({ hda: over(100) }).save();
    on({ hda: over(100) }).load(snapshot);
    const refused = (message: RegExp) =>
      expect.objectContaining({ code: 'KSEG_MACHINE_SNAPSHOT_BOARD', message: expect.stringMatching(message) });
    expect(() => on({ hda: over(101) }).load(snapshot)).toThrow(refused(/100-sectors.*101-sectors/));
    expect(() => on({ hda: over(new Uint8Array(51_200).fill(1)) }).load(snapshot)).toThrow(refused(/disks/));
    expect(() => on({ hda: new MemoryBlocks(100) }).load(snapshot)).toThrow(refused(/disks/));
    expect(() => on({ hdb: over(100) }).load(snapshot)).toThrow(refused(/disks/));
    expect(() => on({}).load(snapshot)).toThrow(refused(/none\+none/));
  });
});

it('prints its memory map with sizes and interrupts', () => {
  const text = memoryMap(board(device('a', { base: 0x1000_0000, size: 4 }, latch, { irq: 'cpu.2' })));
  expect(text.split('\n')[2]).toMatch(/^\| 0x00000000–0x0000ffff \| 64 KB +\| ram +\| ram/);
  expect(text).toMatch(/\| 0x10000000–0x10000003 \| 4 B +\| a +\| device \| cpu\.2 +\|/);
});

it('lets no time pass that is none', () => {
  const machine = createMachine(board());
  for (const ticks of [Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => machine.skip(ticks)).toThrow(expect.objectContaining({ code: 'KSEG_BUS_TIME' }));
  expect(machine.now).toBe(0);
});

it('takes no snapshot while a device waits for the host', () => {
  const machine = createMachine(board());
  const hold = machine.timeline.port('slow').hold();
  expect(() => machine.save()).toThrow(expect.objectContaining({ code: 'KSEG_MACHINE_HELD' }));
  hold.dispose();
  expect(machine.save().format).toBe('kseg-snapshot');
});

it('runs a core that the board brings, and tells it of the levels that devices start with', () => {
  /** Counts, and powers off by halting when its interrupt input is high. */
  class Counter implements Core {
    pc = 0;
    level = false;
    constructor(readonly kit: CoreKit) {}
    run(budget: number) {
      if (this.level) return { kind: 'halted' } as const;
      this.pc += 4 * budget;
      this.kit.timeline.now += budget;
      return { kind: 'budget' } as const;
    }
    irq(n: number) {
      expect(n).toBe(5);
      return { set: (level: boolean) => void (this.level = level) };
    }
    skipTo() {}
    requestStop() {}
    reset() {
      this.pc = 0;
    }
    save = () => this.pc;
    load(state: State) {
      this.pc = state as number;
    }
  }
  const machineWith = (level: boolean) =>
    createMachine<Counter>({
      name: 'counter',
      cpu: 'counter',
      core: {
        compatible: ['counter'],
        resetVector: 0,
        interrupts: [5],
        regions: () => [],
        create: (kit) => new Counter(kit),
      },
      endian: 'little',
      clock: 1e6,
      parts: [
        ram('ram', 0, 0x1000),
        device(
          'latch',
          { base: 0x1000, size: 4 },
          (kit) => {
            const latch = new Latch(kit.irq());
            latch.write(0, 4, Number(level));
            return latch;
          },
          { irq: 'cpu.5' },
        ),
      ],
    });
  const machine = machineWith(false);
  expect(machine.run(10)).toEqual({ kind: 'budget' });
  expect([machine.cpu.pc, machine.instructions]).toEqual([40, 10]);
  const other = machineWith(false);
  other.load(machine.save());
  expect(other.hash()).toBe(machine.hash());
  machine.map.write(0x1000, 4, 1);
  expect(machine.run(10)).toEqual({ kind: 'powerOff' });
  expect(machineWith(true).run(10)).toEqual({ kind: 'powerOff' });
  expect(() => createMachine(machine.board, { engine: 'translator' })).toThrow(
    expect.objectContaining({ code: 'KSEG_MACHINE_ENGINE' }),
  );
});
