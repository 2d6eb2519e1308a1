import { describe, expect, it } from 'vitest';
import {
  explain,
  FixedMappingMmu,
  GaiaMmu,
  Mips32Mmu,
  type Mmu,
  R3000Mmu,
  ranges,
  renderExplanation,
  renderRanges,
  type TlbEntry,
  VcpuMap,
} from './index.ts';

const entry: TlbEntry = {
  va: 0x0040_0000,
  asid: 5,
  global: false,
  pageMask: 0,
  even: { pa: 0x0010_0000, cca: 3, dirty: true, valid: true },
  odd: { pa: 0x0020_0000, cca: 2, dirty: false, valid: true },
};

function example(): Mips32Mmu {
  const mmu = new Mips32Mmu();
  mmu.setEntry(2, { ...entry, asid: 6 });
  mmu.setEntry(7, entry);
  mmu.writeCp0(10, 5);
  mmu.writeCp0(4, 0x8080_0000);
  return mmu;
}

describe('explain', () => {
  it('tells every step of a hit', () => {
    const { steps, result, exception } = explain(example(), 0x0040_0123, 'store', { mode: 'user' });
    expect(result).toEqual({ kind: 'mapped', pa: 0x0010_0123, cca: 3 });
    expect(exception).toBeUndefined();
    expect(steps.map((step) => step.step)).toEqual(['mode', 'segment', ...Array(8).fill('compare'), 'page', 'result']);
    expect(steps[4]).toEqual({ step: 'compare', entry: 2, outcome: 'asid' });
  });

  it('renders it', () => {
    expect(renderExplanation(explain(example(), 0x0040_1ff0, 'store', { mode: 'user' }))).toBe(
      `mips32: store at 0x00401ff0
  mode     user
  segment  kuseg, 0x00000000 to 0x7fffffff: mapped by the TLB
  entry    2 has the page, but another ASID
  entry    7 matches
  page     odd page of 4 KB at 0x00200000, V=1 D=0, C=2, uncached
  result   TLB modified: a store, and D=0
  raises   Mod (Cause 0x00000004) at 0x80000180; BadVAddr 0x00401ff0, Context 0x80802000, EntryHi 0x00400005
`,
    );
  });

  it.each([
    ['refill', 0x7fff_1234, 'load', { mode: 'user' }, 'TLBL', 0x8000_0000],
    ['refill', 0x7fff_1234, 'store', { mode: 'kernel', exl: true }, 'TLBS', 0x8000_0180],
    ['refill', 0x7fff_1234, 'fetch', { mode: 'user', bev: true }, 'TLBL', 0xbfc0_0200],
    ['addressError', 0x8000_0000, 'store', { mode: 'user' }, 'AdES', 0x8000_0180],
    ['addressError', 0x8000_0000, 'load', { mode: 'supervisor', bev: true }, 'AdEL', 0xbfc0_0380],
  ] as const)('%s at %x: %s', (kind, va, access, context, name, vector) => {
    const { result, exception } = explain(example(), va, access, context);
    expect(result).toEqual({ kind });
    expect(exception).toMatchObject({ name, vector });
    expect(Object.keys(exception!.registers)).toEqual(
      kind === 'addressError' ? ['BadVAddr'] : ['BadVAddr', 'Context', 'EntryHi'],
    );
  });

  it('knows the vectors of the R3000', () => {
    const mmu = new R3000Mmu();
    mmu.setEntry(0, { va: 0x1000, asid: 0, global: true, pa: 0, noncacheable: false, dirty: false, valid: false });
    const vector = (va: number, bev = false) => explain(mmu, va, 'load', { mode: 'kernel', bev }).exception?.vector;
    expect(vector(0x5000)).toBe(0x8000_0000);
    expect(vector(0x5000, true)).toBe(0xbfc0_0100);
    expect(vector(0x1000)).toBe(0x8000_0080);
    expect(vector(0xc000_0000)).toBe(0x8000_0080);
    expect(vector(0xc000_0000, true)).toBe(0xbfc0_0180);
  });

  it('says which registers an address error loads, and where EBase sends it', () => {
    const exception = (mmu: Mmu, more = {}) => explain(mmu, 0x8000_0000, 'load', { mode: 'user', ...more }).exception;
    expect(exception(new R3000Mmu())).toMatchObject({ name: 'AdEL', registers: { BadVAddr: 0x8000_0000 } });
    expect(exception(new R3000Mmu({ badVAddrOnAddressError: false }))?.registers).toEqual({});
    expect(exception(new FixedMappingMmu(), { ebase: 0x8010_0000 })?.vector).toBe(0x8010_0180);
    expect(exception(new FixedMappingMmu(), { ebase: 0x8010_0000, bev: true })?.vector).toBe(0xbfc0_0380);
  });

  it('walks the page tables of GAIA and names what strict mode minds', () => {
    const words = new Map([
      [0x1000, 0x2007],
      [0x2004, 0x6005],
    ]);
    const mmu = new GaiaMmu({ readWord: (pa) => words.get(pa) ?? 0, strict: true });
    mmu.pdaddr = 0x1000;
    mmu.vaenable = true;
    expect(renderExplanation(explain(mmu, 0x1234, 'store', { mode: 'user' }))).toBe(
      `gaia: store at 0x00001234
  table    directory entry at 0x00001000 is 0x00002007
  table    page entry at 0x00002004 is 0x00006005
  problem  bits 13:12 of the two addresses differ: the caches would not be coherent
  problem  not a writable page
  result   address error: not in this mode
`,
    );
  });

  it('keeps the stages of a guest apart', () => {
    const map = new VcpuMap({ guest: new Mips32Mmu(), host: example() });
    expect(renderExplanation(explain(map, 0x2040_0004, 'load', { mode: 'kernel' }))).toBe(
      `vcpu: load at 0x20400004
  stage    guest at 0x20400004
    mode     kernel
    segment  guest kseg1, 0x20000000 to 0x3fffffff: unmapped
    direct   physical 0x00400004 (C=2, uncached)
    result   physical 0x00400004 (C=2, uncached)
  stage    host at 0x00400004
    mode     user
    segment  kuseg, 0x00000000 to 0x7fffffff: mapped by the TLB
    entry    2 has the page, but another ASID
    entry    7 matches
    page     even page of 4 KB at 0x00100000, V=1 D=1, C=3, cached
    result   physical 0x00100004 (C=3, cached)
`,
    );
  });

  it('refuses a model it does not know, and an address that is none', () => {
    const stranger = Object.assign(new FixedMappingMmu(), { model: 'mine' });
    expect(() => explain(stranger as never, 0, 'load', { mode: 'kernel' })).toThrow(
      expect.objectContaining({ code: 'KSEG_MMU_OPTION' }),
    );
    expect(() => explain(example(), -4, 'load', { mode: 'kernel' })).toThrow(
      expect.objectContaining({ code: 'KSEG_MMU_ADDRESS' }),
    );
  });
});

describe('ranges', () => {
  it('lists the whole address space', () => {
    expect(renderRanges(ranges(example(), { mode: 'kernel' }))).toBe(
      `0x00000000 0x003fffff       4 MB  kuseg        refill
0x00400000 0x00400fff       4 KB  kuseg        0x00100000 rw C=3, cached
0x00401000 0x00401fff       4 KB  kuseg        0x00200000 r- C=2, uncached
0x00402000 0x7fffffff 2093048 KB  kuseg        refill
0x80000000 0x9fffffff     512 MB  kseg0        0x00000000 rw C=2, uncached
0xa0000000 0xbfffffff     512 MB  kseg1        0x00000000 rw C=2, uncached
0xc0000000 0xdfffffff     512 MB  ksseg        refill
0xe0000000 0xffffffff     512 MB  kseg3        refill
`,
    );
  });

  it('knows the fixed mapping', () => {
    const found = ranges(new FixedMappingMmu(), { mode: 'user' });
    expect(found.map(({ va, size, segment, load }) => [va, size, segment, load.kind])).toEqual([
      [0, 2 ** 31, 'kuseg', 'mapped'],
      [2 ** 31, 2 ** 29, 'kseg0', 'addressError'],
      [0xa000_0000, 2 ** 29, 'kseg1', 'addressError'],
      [0xc000_0000, 2 ** 29, 'kseg2', 'addressError'],
      [0xe000_0000, 2 ** 29, 'kseg3', 'addressError'],
    ]);
  });
});
