import { describe, expect, it } from 'vitest';
import { configurations } from '../test/subjects.ts';
import { checksFor } from './checks.ts';
import * as models from './index.ts';
import {
  type Access,
  type Context,
  explain,
  FixedMappingMmu,
  GaiaMmu,
  Mips32Mmu,
  type Mode,
  R3000Mmu,
  R4000Mmu,
  type RandomPolicy,
  ReferenceMips32,
  ReferenceR3000,
  ranges,
  VcpuMap,
} from './index.ts';
import { type MmuSubject, perform, type TlbSubject } from './operations.ts';
import { SoftTlb } from './soft-tlb.ts';

const kernel: Context = { mode: 'kernel' };
const page = { pa: 0, cca: 3, dirty: true, valid: true };
const entry = { va: 0, asid: 0, global: false, pageMask: 0, even: page, odd: page };
const r3000Entry = { va: 0, asid: 0, global: false, pa: 0, noncacheable: false, dirty: true, valid: true };
const mmu = new Mips32Mmu();
const small = new Mips32Mmu({ smallPages: true });
const r4000 = new R4000Mmu();
const r3000 = new R3000Mmu();
const saved = mmu.save();
/** A state with one word replaced. */
const withWord = (i: number, word: number) => ({
  ...saved,
  words: saved.words.map((old, at) => (at === i ? word : old)),
});
const short = new Int32Array(3);
const nothing = undefined as never;

describe('bad host input gets an error with a code, naming the value', () => {
  it.each<[code: string, value: unknown, run: () => unknown]>([
    ['KSEG_MMU_ENTRIES', 0, () => new Mips32Mmu({ entries: 0 })],
    ['KSEG_MMU_ENTRIES', 65, () => new Mips32Mmu({ entries: 65 })],
    ['KSEG_MMU_ENTRIES', 1.5, () => new Mips32Mmu({ entries: 1.5 })],
    ['KSEG_MMU_ENTRIES', Number.NaN, () => new R4000Mmu({ entries: Number.NaN })],
    ['KSEG_MMU_ENTRIES', 0, () => new ReferenceMips32({ entries: 0 })],
    ['KSEG_MMU_OPTION', 'dice', () => new Mips32Mmu({ random: 'dice' as RandomPolicy })],
    ['KSEG_MMU_OPTION', 'dice', () => new R3000Mmu({ random: 'dice' as RandomPolicy })],
    ['KSEG_MMU_OPTION', 'highest', () => new Mips32Mmu({ duplicates: 'highest' as 'lowest' })],
    ['KSEG_MMU_OPTION', nothing, () => new GaiaMmu({ readWord: nothing })],
    ['KSEG_MMU_OPTION', nothing, () => new VcpuMap({ guest: mmu, host: nothing })],
    ['KSEG_MMU_STATE', short, () => new Mips32Mmu({ state: short })],
    ['KSEG_MMU_STATE', short, () => new R3000Mmu({ state: short })],
    ['KSEG_MMU_STATE', short, () => new FixedMappingMmu({ state: short })],
    ['KSEG_MMU_STATE', short, () => new GaiaMmu({ readWord: () => 0, state: short })],
    ['KSEG_MMU_ADDRESS', -1, () => mmu.translate(-1, 'load', kernel)],
    ['KSEG_MMU_ADDRESS', 0.5, () => mmu.translate(0.5, 'load', kernel)],
    ['KSEG_MMU_ADDRESS', 2 ** 32, () => mmu.translate(2 ** 32, 'load', kernel)],
    ['KSEG_MMU_ADDRESS', -4, () => explain(mmu, -4, 'load', kernel)],
    ['KSEG_MMU_ADDRESS', 0.5, () => new ReferenceMips32().translate(0.5, 'load', kernel)],
    ['KSEG_MMU_ADDRESS', -1, () => new ReferenceR3000().translate(-1, 'load', kernel)],
    ['KSEG_MMU_ADDRESS', -4, () => new GaiaMmu({ readWord: () => 0 }).walk(-4)],
    ['KSEG_MMU_OPTION', 'read', () => mmu.translate(0, 'read' as Access, kernel)],
    ['KSEG_MMU_OPTION', 'read', () => explain(mmu, 0, 'read' as Access, kernel)],
    ['KSEG_MMU_OPTION', nothing, () => mmu.translate(0, 'load', nothing)],
    ['KSEG_MMU_OPTION', { mode: 'guest' }, () => mmu.translate(0, 'load', { mode: 'guest' as Mode })],
    ['KSEG_MMU_OPTION', { mode: 'guest' }, () => ranges(mmu, { mode: 'guest' as Mode })],
    ['KSEG_MMU_OPTION', 'toy', () => checksFor(() => Object.assign(new Mips32Mmu(), { model: 'toy' }))],
    ['KSEG_MMU_INDEX', 16, () => mmu.entry(16)],
    ['KSEG_MMU_INDEX', -1, () => mmu.setEntry(-1, entry)],
    ['KSEG_MMU_INDEX', 64, () => r3000.setEntry(64, r3000Entry)],
    ['KSEG_MMU_PAGE_MASK', 0x4000, () => mmu.setEntry(0, { ...entry, pageMask: 0x4000 })],
    ['KSEG_MMU_PAGE_MASK', 0x2000, () => mmu.setEntry(0, { ...entry, pageMask: 0x2000 })],
    ['KSEG_MMU_PAGE_MASK', 0x1800, () => mmu.setEntry(0, { ...entry, pageMask: 0x1800 })],
    ['KSEG_MMU_PAGE_MASK', 0x800, () => small.setEntry(0, { ...entry, pageMask: 0x800 })],
    ['KSEG_MMU_PAGE_MASK', 0x6000_0000, () => mmu.setEntry(0, { ...entry, pageMask: 0x6000_0000 })],
    ['KSEG_MMU_PAGE_MASK', 0x07ff_e000, () => r4000.setEntry(0, { ...entry, pageMask: 0x07ff_e000 })],
    ['KSEG_MMU_PAGE_MASK', 0.5, () => mmu.setEntry(0, { ...entry, pageMask: 0.5 })],
    ['KSEG_MMU_PAGE_MASK', -1, () => mmu.setEntry(0, { ...entry, pageMask: -1 })],
    ['KSEG_MMU_PAGE_MASK', nothing, () => mmu.setEntry(0, { ...entry, pageMask: nothing })],
    ['KSEG_MMU_ADDRESS', 0x1000, () => mmu.setEntry(0, { ...entry, va: 0x1000 })],
    ['KSEG_MMU_ADDRESS', nothing, () => mmu.setEntry(0, { ...entry, va: nothing })],
    ['KSEG_MMU_ADDRESS', 0x800, () => mmu.setEntry(0, { ...entry, odd: { ...page, pa: 0x800 } })],
    ['KSEG_MMU_ADDRESS', 0x10, () => r3000.setEntry(0, { ...r3000Entry, pa: 0x10 })],
    ['KSEG_MMU_FIELD', 256, () => mmu.setEntry(0, { ...entry, asid: 256 })],
    ['KSEG_MMU_FIELD', 64, () => r3000.setEntry(0, { ...r3000Entry, asid: 64 })],
    ['KSEG_MMU_FIELD', 8, () => mmu.setEntry(0, { ...entry, even: { ...page, cca: 8 } })],
    ['KSEG_MMU_FIELD', nothing, () => mmu.setEntry(0, { ...entry, odd: nothing })],
    ['KSEG_MMU_STATE', 16, () => mmu.load(withWord(0, 16))],
    ['KSEG_MMU_STATE', 16, () => mmu.load(withWord(1, 16))],
    ['KSEG_MMU_STATE', 16, () => mmu.load(withWord(6, 16))],
    ['KSEG_MMU_STATE', -1, () => mmu.load({ ...saved, words: withWord(1, 3).words.map((w, i) => (i === 6 ? 4 : w)) })],
    ['KSEG_MMU_STATE', 0.5, () => mmu.load(withWord(20, 0.5))],
    ['KSEG_MMU_STATE', r3000.save(), () => mmu.load(r3000.save())],
    ['KSEG_MMU_STATE', {}, () => mmu.load({} as typeof saved)],
    [
      'KSEG_MMU_STATE',
      { version: 1, model: 'vcpu', words: [] },
      () => new VcpuMap({ guest: mmu, host: mmu }).load({ version: 1, model: 'vcpu', words: [] }),
    ],
    ['KSEG_MMU_OPTION', 0, () => new SoftTlb(new ArrayBuffer(8), 0, { slots: 0 })],
    ['KSEG_MMU_OPTION', 4096, () => new SoftTlb(new ArrayBuffer(8), 0, { stride: 4096 })],
    ['KSEG_MMU_OPTION', 0.5, () => new SoftTlb(new ArrayBuffer(8), 0, { fillLimit: 0.5 })],
    ['KSEG_MMU_OPTION', 2, () => new SoftTlb(new ArrayBuffer(8), 2)],
    ['KSEG_MMU_OPTION', 8, () => new SoftTlb(new ArrayBuffer(8), 0)],
  ])('%s for %o: %s', (code, value, run) => {
    expect(run).toThrow(expect.objectContaining({ code, data: { value } }));
  });

  it('and leaves the MMU as it was', () => {
    const own = new Mips32Mmu();
    const before = own.save();
    for (const run of [
      () => own.setEntry(0, { ...entry, odd: { ...page, cca: 9 } }),
      () => own.load(withWord(0, 16)),
    ]) {
      expect(run).toThrow();
      expect(own.save()).toEqual(before);
    }
  });
});

describe('what a guest does never throws', () => {
  const numbers = [0, 1, 2, 3, 5, 6, 9, 10, 11, 15, 31, 32, 100, -1, 0.5, Number.NaN];
  const values = [0, 1, -1, 0x8000_0000, 0xffff_ffff, 2 ** 32, -(2 ** 31), 0.5, Number.NaN, Number.POSITIVE_INFINITY];

  it.each(configurations(models))('$name', ({ make }) => {
    const subject: MmuSubject & Partial<TlbSubject> = make();
    for (const register of numbers) {
      for (const select of [0, 1, 7]) {
        for (const value of values) {
          perform(subject, { op: 'mtc0', register, value, select });
          const read = (perform(subject, { op: 'mfc0', register, select }) ?? 0) as number;
          expect(read).toBe(read >>> 0);
          for (const op of ['tlbp', 'tlbr', 'tlbwi', 'tlbwr'] as const) perform(subject, { op });
          subject.recordFault?.(value >>> 0, 1);
        }
      }
    }
    expect(['mapped', 'refill', 'invalid', 'modified', 'addressError']).toContain(
      subject.translate(0, 'load', kernel).kind,
    );
  });
});
