import { Arena, Memory, PhysicalMap, Timeline } from '@kseg/bus';
import { describe, expect, it } from 'vitest';
import { op } from '../test/rig.ts';
import { Cpu } from './cpu.ts';
import { type Core, type Engine, state as S } from './engine.ts';

const [T0, T1] = [8, 9];
const START = 0x8000_1000;
/** t0 counts the rounds of a loop of three instructions. */
const LOOP = [op('addiu', T0, T0, 1), op('beq', 0, 0, -8), op('addiu', T1, T1, 1)];

/** A core with an engine that does what it is told, and a diary of what it was asked. */
function make(enter: (core: Core) => boolean) {
  const arena = new Arena([...Cpu.regions(), { name: 'ram', bytes: 1 << 16 }]);
  const map = new PhysicalMap('little');
  const timeline = new Timeline(1e8);
  const ram = new Memory(arena, 'ram', 'little');
  map.add({ name: 'ram', base: 0, size: ram.size, kind: 'ram', memory: ram });
  const diary: string[] = [];
  let core!: Core;
  const engine: Engine = {
    enter() {
      diary.push(`enter ${(core.state[S.PC]! >>> 0).toString(16)}`);
      return enter(core);
    },
    sample(target) {
      diary.push(`sample ${(target >>> 0).toString(16)}`);
      return 1000;
    },
    dropPage: () => diary.push('drop'),
  };
  const cpu = new Cpu({
    model: '24Kc',
    endian: 'little',
    arena,
    map,
    timeline,
    engine: (made) => {
      core = made;
      return engine;
    },
  });
  LOOP.forEach((word, i) => {
    ram.write(0x1000 + 4 * i, 4, word);
  });
  cpu.writeCp0(12, 0);
  cpu.pc = START;
  return { cpu, core, ram, timeline, diary, host: (offset: number) => ram.byteOffset + offset };
}

describe('an engine', () => {
  it('is told of taken branches, and where they go', () => {
    const { cpu, diary } = make(() => false);
    cpu.run(30);
    expect(diary[0]).toBe('sample 80001000');
    expect(cpu.gpr(T0)).toBe(10);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is told of a branch now and then where every round takes %i exceptions',
    (count) => {
      const { cpu, ram, diary } = make(() => false);
      const handler = [op('mfc0', T1, 14), op('addiu', T1, T1, 4), op('mtc0', T1, 14), op('eret')];
      const round = [...new Array<number>(count).fill(op('syscall', 0)), op('beq', 0, 0, -4 * (count + 1)), op('nop')];
      for (const [at, words] of [[0x180, handler] as const, [0x1000, round] as const])
        words.forEach((word, i) => {
          ram.write(at + 4 * i, 4, word);
        });
      const rounds = 10_000;
      for (let i = 0; i < 10; i++) {
        diary.length = 0;
        cpu.run(((rounds / 10) * (5 * count + 2)) | 0);
        // One in 32 as a rule.
        expect(diary.length).toBeGreaterThan(rounds / 10 / 200);
      }
    },
  );

  it('is entered at the words that it planted, outside delay slots alone', () => {
    const { cpu, core, diary, host } = make(() => false);
    cpu.run(3);
    diary.length = 0;
    // The slot, too.
    core.cache.plant(host(0x1000));
    core.cache.plant(host(0x1008));
    cpu.run(6);
    expect(diary.filter((line) => line.startsWith('enter'))).toEqual(['enter 80001000', 'enter 80001000']);
    // It did nothing, so the interpreter did.
    expect([cpu.gpr(T0), cpu.gpr(T1)]).toEqual([3, 3]);
    core.cache.uproot(host(0x1000));
    core.cache.uproot(host(0x1008));
    diary.length = 0;
    cpu.run(6);
    expect(diary.filter((line) => line.startsWith('enter'))).toEqual([]);
    expect([cpu.gpr(T0), cpu.gpr(T1)]).toEqual([5, 5]);
  });

  it('leaves a branch in a delay slot reserved that it planted where a page begins', () => {
    const { cpu, core, ram, diary, host } = make(() => false);
    ram.write(0x1ffc, 4, op('bgezl', 0, 12));
    ram.write(0x2000, 4, op('jal', 0x5000));
    cpu.pc = START + 0x1000;
    cpu.run(1);
    core.cache.plant(host(0x2000));
    cpu.pc = START + 0xffc;
    diary.length = 0;
    cpu.run(2);
    expect(diary.filter((line) => line.startsWith('enter'))).toEqual([]);
    expect([(cpu.readCp0(13) >>> 2) & 31, cpu.readCp0(14)]).toEqual([10, START + 0xffc]);
  });

  it('goes on from where it got', () => {
    // Ten rounds at once.
    const { cpu, core, timeline, host } = make((core) => {
      core.state[S.GPR + T0]! += 10;
      core.state[S.GPR + T1]! += 10;
      core.timeline.now += 30;
      return true;
    });
    cpu.run(3);
    core.cache.plant(host(0x1000));
    cpu.run(60);
    expect([cpu.gpr(T0), cpu.gpr(T1), timeline.now]).toEqual([21, 21, 63]);
  });

  it('stands back while there are breakpoints, which it would run over', () => {
    const { cpu, core, diary, host } = make(() => true);
    cpu.run(3);
    core.cache.plant(host(0x1000));
    const { dispose } = cpu.addBreakpoint(START + 4);
    expect(core.cache.plantsGrow).toBe(false);
    expect(cpu.run(10)).toEqual({ kind: 'breakpoint', address: START + 4 });
    expect(diary.filter((line) => line.startsWith('enter'))).toEqual([]);
    dispose();
    expect(core.cache.plantsGrow).toBe(true);
  });

  it('learns that a page is no longer watched', () => {
    const { cpu, ram, diary } = make(() => false);
    cpu.run(3);
    // More stores than code is put up with beside.
    for (let i = 0; i < 200; i++) ram.write(0x1800, 4, i);
    expect(diary).toContain('drop');
  });
});
