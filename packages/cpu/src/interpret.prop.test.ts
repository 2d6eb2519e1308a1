import type { TlbEntry } from '@kseg/mmu';
import { Mips32Mmu } from '@kseg/mmu';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { programOf, registerValue } from '../test/programs.ts';
import { Reference, UnknownInstruction } from '../test/reference.ts';
import { ENDIANS, op, rig } from '../test/rig.ts';
import { models } from './models.ts';

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
  program: programOf(models['24Kc'].isa, 64),
  registers: fc.array(registerValue, { minLength: 31, maxLength: 31 }),
  tlb: fc.array(tlbEntry, { minLength: 16, maxLength: 16 }),
  user: fc.boolean(),
  /** Times at which the interrupt line changes level. */
  toggles: fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 12 }),
  /** How the run is cut. */
  budgets: fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 30 }),
});

describe.each(ENDIANS)('the interpreter is the reference, %s-endian', (endian) => {
  // Two machines for all runs: making one takes longer than running a program on it.
  const fast = rig(endian);
  const slow = rig(endian);
  const line = fast.cpu.irq(2);
  const port = fast.timeline.port('toggler');
  let level = false;
  port.handle(() => {
    level = !level;
    line.set(level);
  });

  it('on random programs with faults, interrupts, mapped code and code that modifies itself', () => {
    fc.assert(
      fc.property(scenario, ({ program, registers, tlb, user, toggles, budgets }) => {
        for (const { cpu, timeline, ram, device } of [fast, slow]) {
          ram.fill(0);
          timeline.reset();
          cpu.reset();
          device.log.length = 0;
        }
        level = false;
        line.set(false);
        const reference = new Reference(models['24Kc'], slow.map);
        for (const { put } of [fast, slow]) {
          put(0, handler);
          put(0x180, handler);
          put(0x200, interruptHandler);
          put(0x1000, program);
          put(0x8000, program);
        }
        const status = user ? 0x0000_0411 : 0x0000_0401;
        fast.cpu.writeCp0(13, 1 << 23);
        fast.cpu.writeCp0(12, status);
        reference.cause = 1 << 23;
        reference.status = status;
        reference.pc = fast.cpu.pc = user ? 0x0000_0000 : 0x8000_1000;
        registers.forEach((value, i) => {
          fast.cpu.setGpr(i + 1, value);
          reference.gpr[i + 1] = value;
        });
        const { mmu } = fast.cpu;
        if (!(mmu instanceof Mips32Mmu)) throw new Error('24Kc has a TLB');
        tlb.forEach((entry, i) => {
          mmu.setEntry(i, entry);
          reference.mmu.setEntry(i, entry);
        });
        for (const time of toggles) port.at(time, String(time));

        for (const budget of budgets) {
          const stop = fast.cpu.run(budget);
          if (stop.kind === 'stuck') return;
          // Code that modifies itself can come upon a WAIT.
          expect(stop.kind).toBe(stop.kind === 'waiting' ? 'waiting' : 'budget');
          const end = fast.timeline.now;
          for (let guard = 0; reference.now < end; guard++) {
            if (guard > 1000) throw new Error('the reference makes no progress');
            reference.lines = toggles.filter((time) => time <= reference.now).length % 2 === 1 ? 0x400 : 0;
            try {
              reference.step();
            } catch (error) {
              fc.pre(!(error instanceof UnknownInstruction));
              throw error;
            }
          }
          reference.lines = toggles.filter((time) => time <= reference.now).length % 2 === 1 ? 0x400 : 0;
          expect(reference.waiting).toBe(stop.kind === 'waiting');
          if (stop.kind === 'waiting') return;
          const state = {
            pc: fast.cpu.pc,
            slot: fast.cpu.inDelaySlot ? fast.cpu.nextPc : undefined,
            hi: fast.cpu.hi,
            lo: fast.cpu.lo,
            status: fast.cpu.readCp0(12),
            cause: fast.cpu.readCp0(13),
            epc: fast.cpu.readCp0(14),
            count: fast.cpu.readCp0(9),
            gpr: Array.from({ length: 32 }, (_, i) => fast.cpu.gpr(i)),
            mmu: fast.cpu.mmu.save().words,
          };
          const expected = {
            pc: reference.pc,
            slot: reference.slotOf === undefined ? undefined : reference.next,
            hi: reference.hi >>> 0,
            lo: reference.lo >>> 0,
            status: reference.status >>> 0,
            cause: reference.causeValue >>> 0,
            epc: reference.epc >>> 0,
            count: reference.count,
            gpr: Array.from(reference.gpr, (value) => value >>> 0),
            mmu: reference.mmu.save().words,
          };
          // The matcher is slow; it is asked for its report only.
          if (JSON.stringify(state) !== JSON.stringify(expected)) expect(state).toEqual(expected);
        }
        const different = fast.ram.words.findIndex((word, i) => word !== slow.ram.words[i]);
        expect(different).toBe(-1);
        expect(fast.device.log.map(({ op: kind, offset, value }) => [kind, offset, value])).toEqual(
          slow.device.log.map(({ op: kind, offset, value }) => [kind, offset, value]),
        );
      }),
      { numRuns: 300 },
    );
  });
});
