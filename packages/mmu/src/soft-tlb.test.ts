import { describe, expect, it } from 'vitest';
import { ERROR_LEVEL, KERNEL, SUPERVISOR, USER } from './index.ts';
import { ANY_ASID, SoftTlb } from './soft-tlb.ts';

const slots = 2;
const memory = new ArrayBuffer(SoftTlb.bytes({ slots }) + 64);
const mem32 = new Int32Array(memory);

/** A soft TLB with 2 slots, 64 bytes into the memory, and a look at its read tables. */
function setUp(fillLimit = 64) {
  mem32.fill(0);
  const soft = new SoftTlb(memory, 64, { slots, fillLimit });
  const read = (va: number, mode = KERNEL) => mem32[soft.readBase(mode) + (va >>> 12)]!;
  return { soft, read };
}

describe('SoftTlb', () => {
  it('holds host minus guest address by page, apart by mode and access', () => {
    const { soft, read } = setUp();
    soft.fillRead(KERNEL, 0x8000_1234, 0x5000);
    expect((read(0x8000_1ffc) + 0x8000_1ffc) | 0).toBe(0x5ffc);
    expect(read(0x8000_2000)).toBe(0);
    expect(read(0x8000_1000, USER)).toBe(0);
    expect(mem32[soft.writeBase(KERNEL) + 0x80001]).toBe(0);
  });

  it('keeps ASIDs apart and remembers the last two', () => {
    const { soft, read } = setUp();
    soft.setAsid(1);
    soft.fillRead(USER, 0x1000, 0x9040);
    soft.setAsid(2);
    expect(read(0x1000, USER)).toBe(0);
    soft.setAsid(1);
    expect(read(0x1000, USER)).toBe(0x8040);
    soft.setAsid(3); // takes the slot of 2, the one not used longest
    soft.setAsid(1);
    expect(read(0x1000, USER)).toBe(0x8040);
    soft.setAsid(4);
    soft.setAsid(5);
    soft.setAsid(1);
    expect(read(0x1000, USER)).toBe(0);
  });

  it('keeps ASID 0, with which it begins, while there are free slots', () => {
    const { soft, read } = setUp();
    soft.fillRead(USER, 0x1000, 0x9040);
    soft.setAsid(1);
    soft.setAsid(0);
    expect(read(0x1000, USER)).toBe(0x8040);
  });

  it('clears a range for one ASID or for all', () => {
    const { soft, read } = setUp();
    for (const asid of [1, 2]) {
      soft.setAsid(asid);
      for (const va of [0x1000, 0x2000, 0xffff_f000]) soft.fillRead(USER, va, 0x40);
    }
    soft.clearRange(0x1000, 0x1000, 1);
    expect(read(0x1000, USER)).not.toBe(0);
    soft.setAsid(1);
    expect(read(0x1000, USER)).toBe(0);
    expect(read(0x2000, USER)).not.toBe(0);
    soft.clearRange(0x2000, 0xffff_e000, ANY_ASID);
    for (const asid of [1, 2]) {
      soft.setAsid(asid);
      expect(read(0x2000, USER)).toBe(0);
      expect(read(0xffff_f000, USER)).toBe(0);
    }
    expect(read(0x1000, USER)).not.toBe(0);
  });

  it('starts a slot afresh when its list is full', () => {
    const { soft, read } = setUp(2);
    for (const va of [0x1000, 0x2000, 0x3000]) soft.fillRead(KERNEL, va, 0x40);
    expect([0x1000, 0x2000, 0x3000].map((va) => read(va) !== 0)).toEqual([false, false, true]);
  });

  it('has an empty table for supervisor and error level', () => {
    const { soft } = setUp();
    for (const mode of [SUPERVISOR, ERROR_LEVEL]) {
      soft.fillRead(mode, 0x1000, 0x9040);
      soft.fillWrite(mode, 0x1000, 0x9040);
    }
    expect(mem32.subarray(0, soft.layout.current).some((word) => word !== 0)).toBe(false);
    expect(soft.readBase(SUPERVISOR)).toBe(16);
  });
});
