import { Mips32Mmu } from '@kseg/mmu';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENDIANS, rig } from '../test/rig.ts';
import { type ModelName, models } from './models.ts';

const word = fc.integer({ min: 0, max: 0xffff_ffff });

describe.each(ENDIANS)('whatever words are executed, the host is safe, %s-endian', (endian) => {
  it.each(Object.keys(models) as ModelName[])('%s', (name) => {
    const m = rig(endian, name);
    const { mmu } = m.cpu;
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 256, maxLength: 256 }),
        fc.array(word, { minLength: 64, maxLength: 64 }),
        fc.constantFrom(0, 0x10, 0x08, 0x3400_ff01, 0x3400_ff11, 0x0040_0004),
        (code, tlb, status) => {
          m.ram.fill(0);
          m.timeline.reset();
          m.cpu.reset();
          for (let page = 0; page < 16; page++) m.put(page * 0x400, code);
          if (mmu instanceof Mips32Mmu)
            for (let i = 0; i < 16; i++)
              mmu.setEntry(i, {
                va: (tlb[4 * i]! & 0xf000_e000) >>> 0,
                asid: tlb[4 * i]! & 1,
                global: (tlb[4 * i + 1]! & 3) === 0,
                pageMask: 0,
                even: { pa: tlb[4 * i + 2]! & 0xf000, cca: 3, dirty: (tlb[4 * i + 2]! & 1) !== 0, valid: true },
                odd: { pa: tlb[4 * i + 3]! & 0xf000, cca: 3, dirty: (tlb[4 * i + 3]! & 1) !== 0, valid: true },
              });
          m.cpu.setCp0(12, status);
          for (let i = 1; i < 32; i++) m.cpu.setGpr(i, (tlb[2 * i]! & 0xa000_ffff) >>> 0);
          m.cpu.pc = status === 0x10 ? 0x1000 : 0x8000_1000;
          for (let left = 20; left > 0; left--) {
            const before = m.timeline.now;
            const stop = m.cpu.run(500);
            expect(m.timeline.now).toBeLessThanOrEqual(before + 500);
            if (stop.kind === 'waiting') {
              if (stop.deadline === Number.POSITIVE_INFINITY) break;
              m.cpu.skipTo(stop.deadline);
            } else if (stop.kind === 'stuck') break;
            else expect(stop.kind).toBe('budget');
          }
          expect(m.cpu.gpr(0)).toBe(0);
          m.device.log.length = 0;
        },
      ),
      { numRuns: 60 },
    );
  });
});
