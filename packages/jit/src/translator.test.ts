import { Arena, Memory, PhysicalMap, Timeline } from '@kseg/bus';
import { Cpu } from '@kseg/cpu';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { op } from '../../cpu/test/rig.ts';
import { ENDIANS, type Rig, rig } from '../test/rig.ts';
import { Translator, type TranslatorOptions } from './index.ts';

const [V0, A0, A1, T0, T1, RA] = [2, 4, 5, 8, 9, 31];

/** Sums the words of an array, in a function called in a loop. */
const program = [
  op('lui', A0, 0x8000), // 1000
  op('ori', A0, A0, 0x8000),
  op('addiu', A1, 0, 64),
  op('jal', 0x1028), // 100c
  op('nop'),
  op('addu', T1, T1, V0),
  op('beq', 0, 0, -24), // 1018: to 1004
  op('nop'),
  op('nop'),
  op('nop'),
  op('addu', V0, 0, 0), // 1028: the function
  op('lw', T0, 0, A0), // 102c
  op('addiu', A1, A1, -1),
  op('addiu', A0, A0, 4),
  op('bne', A1, 0, -16),
  op('addu', V0, V0, T0),
  op('sw', V0, 0x200, A0),
  op('jr', RA),
  op('sb', V0, 0x301, A0),
];

const state = ({ cpu, timeline, ram }: Rig) => ({
  now: timeline.now,
  words: Buffer.from((cpu.save() as { words: Uint8Array }).words).toString('hex'),
  memory: Buffer.from(ram.readBytes(0, ram.size)).toString('base64'),
});

describe.each(ENDIANS)('a loop that calls a function, %s-endian', (endian) => {
  it('ends in the same state with every budget, and is translated', () => {
    const plain = rig(endian, '24Kc');
    const translated = rig(endian, '24Kc', { threshold: 2 });
    for (const { put, cpu } of [plain, translated]) {
      put(0x1000, program);
      put(
        0x8000,
        Array.from({ length: 64 }, (_, i) => i * 0x0101_0101),
      );
      cpu.writeCp0(12, 0);
      cpu.pc = 0x8000_1000;
    }
    for (let i = 1; i < 100; i++) {
      const budget = i < 30 ? 1000 : i;
      for (const { cpu } of [plain, translated]) cpu.run(budget);
      expect(state(translated)).toEqual(state(plain));
    }
    expect(translated.translator!.statistics.regions).toBeGreaterThan(1);
  });

  it('takes an address error at every jump to what is no instruction’s address, however often', () => {
    const machines = [rig(endian, '24Kc'), rig(endian, '24Kc', { threshold: 2 })] as const;
    for (const { put, cpu } of machines) {
      // The handler goes back to the start.
      put(0x180, [op('addiu', T0, T0, 1), op('mtc0', A1, 14), op('eret')]);
      put(0x1000, [op('beq', 0, 0, 12), op('nop'), op('addiu', T1, T1, 1), op('nop')]);
      put(0x1010, [op('jr', A0), op('addiu', V0, V0, 1)]);
      cpu.writeCp0(12, 0);
      cpu.setGpr(A0, 0x8000_1009);
      cpu.setGpr(A1, 0x8000_1000);
      cpu.pc = 0x8000_1000;
    }
    for (let i = 0; i < 20; i++) {
      for (const { cpu } of machines) cpu.run(5000);
      expect(state(machines[1])).toEqual(state(machines[0]));
    }
    expect(machines[1].translator!.statistics.regions).toBeGreaterThan(0);
  });

  it('ends in the same state however short turns are', () => {
    const machines = [
      rig(endian, '24Kc'),
      rig(endian, '24Kc', { threshold: 2, turn: 50, pause: Number.POSITIVE_INFINITY }),
    ] as const;
    for (const { put, cpu } of machines) {
      put(0x1000, program);
      cpu.writeCp0(12, 0);
      cpu.pc = 0x8000_1000;
    }
    for (const budget of [100_000, 49, 50, 51, 1000, 7])
      for (const [i, { cpu }] of machines.entries()) {
        cpu.run(budget);
        if (i === 1) expect(state(machines[1])).toEqual(state(machines[0]));
      }
    expect(machines[1].translator!.statistics.enters).toBeGreaterThan(40);
  });

  it('stops where a thread context halts itself', () => {
    const machines = [rig(endian, '34Kf'), rig(endian, '34Kf', { threshold: 2 })] as const;
    for (const { put, cpu } of machines) {
      const tcHalt = (0x4080_0004 | (A0 << 16) | (2 << 11)) >>> 0; // mtc0 a0, $2, 4
      put(0x1000, [op('addiu', V0, V0, 1), op('addiu', A1, A1, -1), op('bne', A1, 0, -12), op('nop'), tcHalt]);
      put(0x1014, [op('addiu', A1, 0, 100), op('beq', 0, 0, -28), op('nop')]);
      cpu.writeCp0(12, 0);
      cpu.setGpr(A1, 20_000);
      cpu.pc = 0x8000_1000;
      // Nothing is written to TCHalt but what A0 holds: 0 first.
      expect(cpu.run(100_000).kind).toBe('budget');
      cpu.setGpr(A0, 1);
    }
    const stops = machines.map(({ cpu }) => cpu.run(100_000).kind);
    expect(stops).toEqual(['waiting', 'waiting']);
    expect(state(machines[1])).toEqual(state(machines[0]));
    expect(machines[1].translator!.statistics.rare).toBeGreaterThan(0);
  });

  it('tells whoever begins to trace from a device of every instruction behind that', () => {
    const traced = [rig(endian, '24Kc'), rig(endian, '24Kc', { threshold: 2 })].map(({ put, cpu, device }) => {
      put(0x1000, [op('lui', A0, 0xb000), op('sw', V0, 0, A0), op('bne', A0, 0, -8), op('addiu', V0, V0, 1)]);
      cpu.writeCp0(12, 0);
      cpu.pc = 0x8000_1000;
      let [stores, instructions] = [0, 0];
      device.write = () => {
        if (++stores === 20_000) cpu.trace(() => instructions++);
      };
      cpu.run(100_000);
      return instructions;
    });
    expect(traced[0]).toBeGreaterThan(30_000);
    expect(traced[1]).toBe(traced[0]);
  });

  it('stops at a breakpoint in a translated loop, and goes on', () => {
    const { cpu, put, translator } = rig(endian, '24Kc', { threshold: 2 });
    put(0x1000, program);
    cpu.writeCp0(12, 0);
    cpu.pc = 0x8000_1000;
    cpu.run(100_000);
    expect(translator!.statistics.enters).toBeGreaterThan(0);
    const breakpoint = cpu.addBreakpoint(0x8000_102c);
    expect(cpu.run(1000)).toEqual({ kind: 'breakpoint', address: 0x8000_102c });
    expect(cpu.run(1000)).toEqual({ kind: 'breakpoint', address: 0x8000_102c });
    breakpoint.dispose();
    const { enters } = translator!.statistics;
    expect(cpu.run(1000).kind).toBe('budget');
    expect(translator!.statistics.enters).toBeGreaterThan(enters);
  });

  describe('while something is being translated, a step at a time', () => {
    /** A loop that adds 1 to V0, and the machine in the middle of translating it. */
    const half = () => {
      const machine = rig(endian, '24Kc', { threshold: 2, pause: 0 });
      const { cpu, put, translator } = machine;
      put(0x1000, [op('addiu', V0, V0, 1), op('beq', 0, 0, -8), op('addiu', T0, T0, 1)]);
      cpu.writeCp0(12, 0);
      cpu.pc = 0x8000_1000;
      const { statistics } = translator!;
      while (statistics.instructions === 0) cpu.run(10);
      expect(statistics.regions).toBe(0);
      return { ...machine, statistics };
    };

    it('does not add what has been overwritten, and translates what is there instead', () => {
      const { cpu, put, statistics } = half();
      put(0x1000, [op('addiu', V0, V0, 3)]);
      cpu.pc = 0x8000_1000;
      const [before, others] = [cpu.gpr(V0), cpu.gpr(T0)];
      cpu.run(30_000);
      expect(cpu.gpr(V0) - before).toBe(3 * (cpu.gpr(T0) - others));
      expect(cpu.gpr(T0) - others).toBe(10_000);
      expect(statistics).toMatchObject({ modules: 1, regions: 1 });
    });

    it('gives it up for a translation that is asked for, and makes no second one', () => {
      const { cpu, put, translator, statistics } = half();
      expect(translator!.translate(0x8000_1002)).toBe(false);
      expect(translator!.translate(0x8000_1000)).toBe(true);
      cpu.run(3000);
      expect(statistics).toMatchObject({ modules: 1, regions: 1 });
      // Something else that has to be translated, so that the interpreter comes by.
      put(0x800, [op('addiu', V0, V0, 1), op('beq', 0, 0, -8), op('addiu', T0, T0, 1)]);
      cpu.pc = 0x8000_0800;
      cpu.run(30_000);
      expect(statistics).toMatchObject({ modules: 2, regions: 2 });
    });

    it('stops at breakpoints that are set meanwhile, and goes on when they are gone', () => {
      const { cpu, statistics } = half();
      const breakpoint = cpu.addBreakpoint(0x8000_1004);
      for (let i = 0; i < 1000; i++) expect(cpu.run(1000)).toEqual({ kind: 'breakpoint', address: 0x8000_1004 });
      expect(statistics.regions).toBe(0);
      breakpoint.dispose();
      cpu.run(30_000);
      expect(statistics).toMatchObject({ instructions: 3, regions: 1 });
    });

    it('gives back what it holds of the table, however often nothing comes of it', () => {
      const { cpu, put, statistics } = half();
      for (let i = 1; i <= 2100; i++) {
        const [at, { instructions }] = [0x1000 + 16 * i, { ...statistics }];
        put(at, [op('addiu', V0, V0, 1), op('beq', 0, 0, -8), op('addiu', T0, T0, 1)]);
        cpu.pc = 0x8000_0000 + at;
        while (statistics.instructions === instructions) cpu.run(100);
        put(at, [0]);
      }
      // The first one.
      expect(statistics.regions).toBe(1);
      put(0x800, [op('addiu', V0, V0, 1), op('beq', 0, 0, -8), op('addiu', T0, T0, 1)]);
      cpu.pc = 0x8000_0800;
      cpu.run(30_000);
      expect(statistics.regions).toBe(2);
    });

    it('goes on when devices come and go', () => {
      const { cpu, map, device, statistics } = half();
      for (let i = 0; i < 100; i++) {
        const region = map.add({ name: 'new', base: 0x2000_0000, size: 0x1000, kind: 'device', device });
        cpu.run(20);
        region.dispose();
      }
      expect(statistics).toMatchObject({ instructions: 3, regions: 1, flushes: 0 });
    });

    it('begins anew when main memory is put elsewhere', () => {
      const { cpu, map, ram, statistics } = half();
      const region = map.find(0)!;
      map.remove(region);
      map.add({ name: 'ram', base: 0, size: ram.size / 2, kind: 'ram', memory: ram });
      const instructions = cpu.gpr(V0) + cpu.gpr(T0);
      cpu.run(30_000);
      expect(cpu.gpr(V0) + cpu.gpr(T0) - instructions).toBe(20_000);
      expect(statistics).toMatchObject({ flushes: 2, regions: 1 });
      expect(statistics.enters).toBeGreaterThan(0);
    });
  });

  it('lets the guest go on for a breath between pauses, those of two regions, too', () => {
    const breath = 50_000;
    const { cpu, put, timeline, translator } = rig(endian, '24Kc', { threshold: 2, pause: 0, breath });
    const loop = [op('addiu', A0, A0, -1), op('bne', A0, 0, -8), op('addiu', A0, A0, 0)];
    put(0x1000, [op('addiu', A0, 0, 500), ...loop, op('addiu', A0, 0, 500), ...loop, op('beq', 0, 0, -36), op('nop')]);
    cpu.writeCp0(12, 0);
    cpu.pc = 0x8000_1000;
    const { statistics } = translator!;
    const times: number[] = [];
    for (let before = ''; statistics.modules < 2; ) {
      cpu.run(100);
      const { instructions, bytes, modules } = statistics;
      const now = JSON.stringify([instructions, bytes, modules]);
      if (now !== before) times.push(timeline.now);
      before = now;
    }
    expect(times.length).toBeGreaterThan(5);
    for (const [i, time] of times.slice(1).entries()) expect(time - times[i]!).toBeGreaterThanOrEqual(breath - 200);
  });

  it('keeps what it translates within its budget, whatever the guest runs away through', () => {
    const { cpu, put, translator } = rig(endian, '24Kc', { threshold: 2, budget: 1, pause: Number.POSITIVE_INFINITY });
    // Zeroed memory, a slide of no operations, nearly to its end.
    put(0xf_0000, [op('j', 0x1000), op('nop')]);
    cpu.writeCp0(12, 0);
    cpu.pc = 0x8000_1000;
    let most = 0;
    for (let i = 0; i < 30; i++) {
      cpu.run(200_000);
      most = Math.max(most, translator!.statistics.memory);
    }
    expect(translator!.statistics.evicted).toBeGreaterThan(0);
    // One batch may come on top.
    expect(most).toBeLessThan(1.2 * 2 ** 20);
  });
});

/** A core named "second" in an arena of its own, with a megabyte of RAM. */
function coreWith(translator: Translator) {
  const bytes = 1 << 20;
  const regions = [...Cpu.regions('second'), ...Translator.regions(bytes, 'second'), { name: 'ram', bytes }];
  const arena = new Arena(regions);
  const map = new PhysicalMap('little');
  const memory = new Memory(arena, 'ram', 'little');
  map.add({ kind: 'ram', name: 'ram', base: 0, size: bytes, memory });
  const timeline = new Timeline(1e8);
  const { engine } = translator;
  const cpu = new Cpu({ name: 'second', model: '24Kc', endian: 'little', arena, map, timeline, engine });
  return { cpu, memory };
}

it('serves a core of any name', () => {
  const translator = new Translator({ threshold: 2, breath: 0 });
  const { cpu, memory } = coreWith(translator);
  for (const [i, word] of [op('addiu', V0, V0, 3), op('bne', V0, A0, -8), 0, op('wait', 0)].entries())
    memory.write(0x1000 + 4 * i, 4, word);
  cpu.writeCp0(12, 0);
  cpu.setGpr(A0, 300_000);
  cpu.pc = 0x8000_1000;
  expect(cpu.run(1_000_000).kind).toBe('waiting');
  expect(translator.statistics.regions).toBeGreaterThan(0);
});

it.each([
  ...[0, -1, 0.3, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 30].map((turn) => ({ turn })),
  ...[-1, Number.NaN].flatMap((n) => [{ pause: n }, { threshold: n }, { regionLimit: n }, { budget: n }]),
  ...[-1, Number.NaN, Number.POSITIVE_INFINITY].map((breath) => ({ breath })),
])('is refused %o', (options) => {
  expect(() => coreWith(new Translator(options))).toThrow(
    expect.objectContaining({ name: 'JitError', code: 'KSEG_JIT_OPTION', data: options }),
  );
});

describe('a loop within a loop', () => {
  /** `between` no-operations on the way from the outer loop's beginning to the inner loop, which is executed `turns` times. */
  const nested = (between: number, turns: number) => [
    op('lui', A0, turns >>> 16), // the outer loop
    op('ori', A0, A0, turns & 0xffff),
    ...new Array<number>(between).fill(op('nop')),
    op('addiu', A0, A0, -1), // the inner loop
    op('bne', A0, 0, -8),
    op('nop'),
    op('beq', 0, 0, -4 * (between + 6)),
    op('nop'),
  ];
  const [OUTER, INNER] = [0x8000_1000, 0x8000_1010];
  const begun = (program: readonly number[], options: TranslatorOptions) => {
    const machine = rig('little', '24Kc', options);
    machine.put(0x1000, program);
    machine.cpu.writeCp0(12, 0);
    machine.cpu.pc = OUTER;
    return machine;
  };

  it('is one region, entered where the outer one begins', () => {
    const { cpu, translator } = begun(nested(2, 100), { threshold: 2 });
    cpu.run(100_000);
    expect(translator!.translate(OUTER)).toBe(true);
    expect(translator!.statistics).toMatchObject({ regions: 1, instructions: 9 });
    expect(translator!.translate(INNER)).toBe(true);
    expect(translator!.statistics.regions).toBe(2);
  });

  it('is another where the outer one does not come by, entered in the inner one', () => {
    const { cpu, translator } = begun(nested(2, 0x7fff_ffff), { threshold: 2 });
    cpu.run(100_000);
    expect(translator!.statistics.regions).toBe(2);
    expect(translator!.statistics.enters).toBeGreaterThan(0);
  });

  it('is another however long the inner one takes for a turn', () => {
    const long = [
      ...nested(2, 0x7fff_ffff).slice(0, 5),
      ...new Array<number>(300).fill(op('nop')),
      op('bne', A0, 0, -4 * 302),
      op('nop'),
      op('beq', 0, 0, -4 * 308),
      op('nop'),
    ];
    const { cpu, translator } = begun(long, { threshold: 40 });
    cpu.run(10_000_000);
    expect(translator!.statistics.regions).toBe(2);
  });

  it('stays one region where the interpreter comes by the inner one now and then', () => {
    const { cpu, translator } = begun(nested(2, 1000), { threshold: 400 });
    for (let i = 0; i < 300; i++) cpu.run(1 << 22);
    expect(translator!.statistics).toMatchObject({ regions: 1, instructions: 9 });
  });

  it('is a region without the outer one’s beginning where that is too far', () => {
    const { cpu, translator } = begun(nested(20, 0x7fff_ffff), { threshold: 2, regionLimit: 12 });
    cpu.run(100_000);
    expect(translator!.statistics.regions).toBe(1);
    expect(translator!.statistics.enters).toBeGreaterThan(0);
  });

  it('is the region that it was when its words come back', () => {
    const { cpu, put, translator } = begun(nested(2, 100), { threshold: 2 });
    cpu.run(100_000);
    const [word] = nested(2, 100).slice(4);
    put(0x1010, [0]);
    put(0x1010, [word!]);
    expect(translator!.statistics).toMatchObject({ regions: 1, dropped: 1 });
    cpu.setGpr(A0, 0x7fff_ffff);
    cpu.pc = INNER;
    cpu.run(1000);
    expect(translator!.statistics.recalled).toBe(1);
  });
});

describe('an obstacle', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('is not there where WebAssembly can be compiled', () => {
    expect(Translator.obstacle('24Kc')).toBeUndefined();
  });

  it('is told where the host has no WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(Translator.obstacle('24Kc')).toBe('the host has no WebAssembly');
    expect(() => coreWith(new Translator())).toThrow(
      expect.objectContaining({ name: 'JitError', code: 'KSEG_JIT_ARENA' }),
    );
  });

  it('is told in the words of a host that refuses', () => {
    const Module = class {
      constructor(bytes: Uint8Array) {
        // As browsers have done on a page's main thread.
        if (bytes.length > 4096) throw new RangeError('larger than 4 KB');
      }
    };
    vi.stubGlobal('WebAssembly', { Module });
    expect(Translator.obstacle('24Kc')).toBe('the host refuses to compile WebAssembly: larger than 4 KB');
  });
});
