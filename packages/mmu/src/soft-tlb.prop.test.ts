import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_PAGE_MASK,
  KERNEL,
  LOAD,
  MAPPED,
  Mips32Mmu,
  STORE,
  USER,
} from './index.ts';
import { SoftTlb, type SoftTlbOptions } from './soft-tlb.ts';

// RAM of 2^28 bytes lies in the host's memory behind these bytes (not a multiple of 4096: no entry is ever 0).
const RAM_BASE = 0x40;
const RAM_SIZE = 2 ** 28;

/** Tables are big: one memory for all runs, cleared between them. */
const options: SoftTlbOptions = { slots: 2, fillLimit: 48 };
const memory = new ArrayBuffer(SoftTlb.bytes(options));
const mem32 = new Int32Array(memory);

/** The core's side of the bargain: what a load or store does. Returns the host address, or the fault's code as -1 - code. */
class Host {
  readonly mmu = new Mips32Mmu({ entries: 4 });
  readonly soft = new SoftTlb(memory, 0, options);
  /** Host pages that hold translated code: stores to them are never entered. */
  readonly code = new Set<number>();
  hits = 0;

  constructor() {
    this.mmu.onChange((va, size, asid) => this.soft.clearRange(va, size, asid));
  }

  slow(va: number, access: number, mode: number): number {
    const result = this.mmu.lookup(va, access, mode);
    return result === MAPPED ? this.mmu.pa + RAM_BASE : -1 - result;
  }

  fast(va: number, access: number, mode: number): number {
    const base = access === STORE ? this.soft.writeBase(mode) : this.soft.readBase(mode);
    const entry = mem32[base + (va >>> 12)]!;
    if (entry !== 0) {
      this.hits++;
      return (entry + va) >>> 0;
    }
    const host = this.slow(va, access, mode);
    if (host >= 0 && host < RAM_BASE + RAM_SIZE) {
      const page = host - (va & 0xfff);
      if (access === LOAD) this.soft.fillRead(mode, va, page);
      else if (!this.code.has(page)) this.soft.fillWrite(mode, va, page);
    }
    return host;
  }
}

const va = fc
  .tuple(fc.constantFrom(0, 0x8000_0000, 0xc000_0000), fc.nat(3), fc.nat(0xfff))
  .map(([base, page, offset]) => base + page * 0x1000 + offset);
const lo = fc.tuple(fc.nat(15), fc.constantFrom(0, 2, 3, 6, 7)).map(([frame, flags]) => (frame << 6) | flags);
const operation = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(
      fc.constant('access' as const),
      va,
      fc.constantFrom(LOAD, STORE),
      fc.constantFrom(0, 0, 0, 0, 1, 2, 2, 2, 3),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant('write' as const),
      va,
      fc.tuple(lo, lo),
      fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6000, 0x6000, 0x4000),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('asid' as const), fc.nat(3), fc.constant(0), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('code' as const), fc.nat(15), fc.constant(0), fc.constant(0)) },
);

describe('SoftTlb over Mips32Mmu', () => {
  it('answers as the MMU does, whatever is written, switched and forgotten in between', () => {
    let hits = 0;
    fc.assert(
      fc
        .property(fc.array(operation, { minLength: 150, maxLength: 300 }), (operations) => {
          const host = new Host();
          const { mmu, soft } = host;
          for (const [kind, a, b, c] of operations) {
            if (kind === 'access') {
              expect(host.fast(a, b, c)).toBe(host.slow(a, b, c));
            } else if (kind === 'write') {
              mmu.writeCp0(CP0_PAGE_MASK, c);
              mmu.writeCp0(CP0_ENTRY_HI, (a & ~0x1fff) | (mmu.readCp0(CP0_ENTRY_HI) & 0xff));
              mmu.writeCp0(CP0_ENTRY_LO0, b[0]);
              mmu.writeCp0(CP0_ENTRY_LO1, b[1]);
              mmu.tlbwr();
            } else if (kind === 'asid') {
              mmu.writeCp0(CP0_ENTRY_HI, a);
              soft.setAsid(a);
            } else {
              host.code.add(a * 0x1000 + RAM_BASE);
              soft.clearPhysicalPage(a * 0x1000 + RAM_BASE);
              // Nothing may lead there any more (the addresses above lie in the first pages of three regions).
              const leads = [KERNEL, USER].some((mode) =>
                [0, 0x80000, 0xc0000].some((region) =>
                  [0, 1, 2, 3].some(
                    (page) =>
                      mem32[soft.writeBase(mode) + region + page] === ((RAM_BASE + (a - region - page) * 0x1000) | 0),
                  ),
                ),
              );
              expect(leads).toBe(false);
            }
          }
          hits += host.hits;
        })
        .afterEach(() => mem32.fill(0)),
      { numRuns: 200 },
    );
    expect(hits).toBeGreaterThan(500);
  });
});
