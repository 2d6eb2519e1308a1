import { models } from '@kseg/cpu';
import { Mips32Mmu, type TlbEntry } from '@kseg/mmu';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { programOf, registerValue } from '../../cpu/test/programs.ts';
import { op } from '../../cpu/test/rig.ts';
import { ENDIANS, rig } from '../test/rig.ts';

const K0 = 26;
/** Skips what faulted. */
const handler = [op('mfc0', K0, 14), op('addiu', K0, K0, 4), op('mtc0', K0, 14), op('eret')];
/** Interrupts return to where they came from. */
const interruptHandler = [op('eret')];

const tlbEntry: fc.Arbitrary<TlbEntry> = fc
  .record({
    page: fc.integer({ min: 0, max: 3 }),
    asid: fc.constantFrom(0, 1),
    global: fc.boolean(),
    frames: fc.tuple(fc.constantFrom(0x1000, 0x8000, 0x9000), fc.constantFrom(0x1000, 0x8000, 0x9000)),
    flags: fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 })),
  })
  .map(({ page, asid, global, frames, flags }) => ({
    va: page * 0x2000,
    asid,
    global,
    pageMask: 0,
    even: { pa: frames[0], cca: 3, dirty: flags[0] > 2, valid: flags[0] > 0 },
    odd: { pa: frames[1], cca: 3, dirty: flags[1] > 2, valid: flags[1] > 0 },
  }));

const scenario = fc.record({
  program: programOf(models['24Kf'].isa, 64),
  registers: fc.array(registerValue, { minLength: 31, maxLength: 31 }),
  tlb: fc.array(tlbEntry, { minLength: 16, maxLength: 16 }),
  user: fc.boolean(),
  fpu: fc.boolean(),
  /** Times at which the interrupt line changes level. */
  toggles: fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 12 }),
  /** Words translated before the start, and again before each run. */
  entries: fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { minLength: 1, maxLength: 12 }),
  /** How the run is cut. */
  budgets: fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 12 }),
});

describe.each(ENDIANS)('translated code is interpreted code, %s-endian', (endian) => {
  const plain = rig(endian, '24Kf');
  const fast = rig(endian, '24Kf', { threshold: 1 });
  const both = [plain, fast].map((machine) => {
    const line = machine.cpu.irq(2);
    const port = machine.timeline.port('toggler');
    const wire = { level: false, set: (level: boolean) => line.set((wire.level = level)) };
    port.handle(() => wire.set(!wire.level));
    return { ...machine, port, wire };
  });

  it('on random programs with faults, interrupts, mapped code and code that modifies itself', () => {
    fc.assert(
      fc.property(scenario, ({ program, registers, tlb, user, fpu, toggles, entries, budgets }) => {
        for (const { cpu, timeline, ram, device, wire, put, port } of both) {
          ram.fill(0);
          timeline.reset();
          cpu.reset();
          device.reset();
          wire.set(false);
          put(0, handler);
          put(0x180, handler);
          put(0x200, interruptHandler);
          put(0x1000, program);
          put(0x8000, program);
          cpu.writeCp0(13, 1 << 23);
          cpu.writeCp0(12, (user ? 0x0000_0411 : 0x0000_0401) | (fpu ? 1 << 29 : 0));
          cpu.pc = user ? 0x0000_0000 : 0x8000_1000;
          for (const [i, value] of registers.entries()) cpu.setGpr(i + 1, value);
          const { mmu } = cpu;
          if (!(mmu instanceof Mips32Mmu)) throw new Error('24Kf has a TLB');
          for (const [i, entry] of tlb.entries()) mmu.setEntry(i, entry);
          for (const time of toggles) port.at(time, String(time));
        }
        for (const budget of budgets) {
          for (const entry of entries) fast.translator!.translate((user ? 0 : 0x8000_1000) + 4 * entry);
          const [expected, stop] = both.map(({ cpu }) => cpu.run(budget));
          expect(stop).toEqual(expected);
          const [slow, quick] = both.map(({ cpu, timeline }) => ({
            now: timeline.now,
            pc: cpu.pc,
            gpr: Array.from({ length: 32 }, (_, i) => cpu.gpr(i)),
            words: (cpu.save() as { words: Uint8Array }).words,
          }));
          // The matcher is slow; it is asked for its report only.
          if (!same(slow!, quick!)) expect(quick).toEqual(slow);
          if (expected!.kind !== 'budget') return;
        }
        const different = fast.ram.words.findIndex((word, i) => word !== plain.ram.words[i]);
        expect(different).toBe(-1);
        expect(fast.device.log).toEqual(plain.device.log);
      }),
      { numRuns: Number(process.env['KSEG_PROP_RUNS'] ?? 300) },
    );
    expect(fast.translator!.statistics.regions).toBeGreaterThan(100);
  });
});

const same = (
  a: { now: number; pc: number; words: Uint8Array },
  b: { now: number; pc: number; words: Uint8Array },
): boolean => a.now === b.now && a.pc === b.pc && a.words.every((byte, i) => byte === b.words[i]);
