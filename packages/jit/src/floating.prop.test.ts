import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENDIANS, type Rig, rig } from '../test/rig.ts';

const DATA = 0x8000;
const BASE = 4; // a0

/** Significands that decide about exactness: few bits, all bits, halves whose product just fits. */
const significand = fc.oneof(
  fc.constantFrom(0n, 1n, 1n << 51n, (1n << 52n) - 1n, (1n << 26n) - 1n, 1n << 25n, 1n << 26n, 1n << 27n),
  fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }),
  fc
    .tuple(fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }), fc.bigInt({ min: 0n, max: 52n }))
    .map(([bits, zeros]) => (bits >> zeros) << zeros),
);
const exponent = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 1000n, max: 1050n }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0n, 1n, 2n, 511n, 512n, 896n, 897n, 1150n, 1151n, 1983n, 2045n, 2046n, 2047n),
  },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2047n }) },
);
const double = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.boolean(), exponent, significand)
      .map(([minus, e, m]) => (minus ? 1n << 63n : 0n) | (e << 52n) | m),
  },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n << 63n) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: -100, max: 100 })
      .map((n) => new DataView(Float64Array.of(n).buffer).getBigUint64(0, true)),
  },
);
/** Two singles, or a double. */
const value = fc.oneof(
  double,
  fc.tuple(fc.float(), fc.float()).map((pair) => new DataView(Float32Array.from(pair).buffer).getBigUint64(0, true)),
);

const register = fc.integer({ min: 0, max: 15 }).map((n) => 2 * n);
const odd = fc.integer({ min: 0, max: 31 });
const cop1 = (fmt: number, ft: number, fs: number, fd: number, operation: number): number =>
  ((0x11 << 26) | (fmt << 21) | (ft << 16) | (fs << 11) | (fd << 6) | operation) >>> 0;
const instruction = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.constantFrom(16, 17), register, register, register, fc.constantFrom(0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7))
      .map(([fmt, ft, fs, fd, operation]) => cop1(fmt, ft, fs, fd, operation)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(odd, odd, odd, fc.integer({ min: 0, max: 7 }))
      .map(([ft, fs, fd, operation]) => cop1(16, ft, fs, fd, operation)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(16, 17, 20), register, register, fc.constantFrom(0x20, 0x21, 0x24, 12, 13, 14, 15))
      .map(([fmt, fs, fd, operation]) => cop1(fmt, 0, fs, fd, operation)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(16, 17),
        register,
        register,
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: 0, max: 15 }),
      )
      .map(([fmt, ft, fs, cc, condition]) => cop1(fmt, ft, fs, cc << 2, 0x30 | condition)),
  },
  // MFC1, CFC1, MFHC1, MTC1, MTHC1
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 3, 4, 7), fc.integer({ min: 8, max: 15 }), odd)
      .map(([operation, rt, fs]) => cop1(operation, rt, fs, 0, 0)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 8, max: 15 }).map((rt) => cop1(2, rt, 31, 0, 0)) },
  // LWC1, LDC1, SWC1, SDC1
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(0x35, 0x35, 0x3d, 0x3d), register, fc.integer({ min: 0, max: 31 }))
      .map(([opcode, ft, at]) => ((opcode << 26) | (BASE << 21) | (ft << 16) | (8 * at)) >>> 0),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(0x31, 0x39), odd, fc.integer({ min: 0, max: 63 }))
      .map(([opcode, ft, at]) => ((opcode << 26) | (BASE << 21) | (ft << 16) | (4 * at)) >>> 0),
  },
  // BC1F … BC1TL over one instruction, MOVF and MOVT
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 3 }))
      .map(([cc, kind]) => cop1(8, (cc << 2) | kind, 0, 0, 2)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 8, max: 15 }),
        fc.integer({ min: 8, max: 15 }),
        fc.integer({ min: 0, max: 7 }),
        fc.boolean(),
      )
      .map(([rs, rd, cc, yes]) => ((rs << 21) | (cc << 18) | (yes ? 0x1_0000 : 0) | (rd << 11) | 1) >>> 0),
  },
);

const scenario = fc.record({
  // Mostly so short that one instruction's Cause is seen, cut where translated code has reached.
  program: fc.oneof(
    { weight: 4, arbitrary: fc.array(instruction, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(instruction, { minLength: 1, maxLength: 40 }) },
  ),
  registers: fc.array(value, { minLength: 32, maxLength: 32 }),
  data: fc.array(value, { minLength: 32, maxLength: 32 }),
  full: fc.boolean(),
  fcsr: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 4, 0x0100_0000) },
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 3, 0x80, 0xf80, 0x1000, 0x0080_0000) },
  ),
  budgets: fc.array(fc.constantFrom(60, 60, 60, 13, 3), { minLength: 1, maxLength: 2 }),
});

describe.each(ENDIANS)('floating point in translated code, %s-endian', (endian) => {
  const plain = rig(endian, '24Kf');
  const fast = rig(endian, '24Kf', { threshold: 1_000_000 });

  it('is what the interpreter computes, flags included', () => {
    fc.assert(
      fc.property(scenario, ({ program, registers, data, full, fcsr, budgets }) => {
        for (const { cpu, ram, timeline, put } of [plain, fast]) {
          ram.fill(0);
          timeline.reset();
          cpu.reset();
          // The handler skips what faulted.
          put(0x180, [0x401a_7000, 0x275a_0004, 0x409a_7000, 0x4200_0018]);
          put(0x1000, [...program, 0, 0x1000_ffff, 0]);
          put(DATA, words(data));
          cpu.setGpr(BASE, 0x8000_0000 + DATA);
          for (let n = 8; n < 16; n++) cpu.setGpr(n, Number(registers[n]! & 0xffff_ffffn));
          // Registers and FCSR are loaded by a program of their own, with FR set.
          put(DATA + 0x100, [...words(registers), fcsr]);
          const loads = registers.map((_, n) => ((0x35 << 26) | (BASE << 21) | (n << 16) | (0x100 + 8 * n)) >>> 0);
          const lw = ((0x23 << 26) | (BASE << 21) | (26 << 16) | 0x200) >>> 0;
          const prologue = [...loads, lw, cop1(6, 26, 31, 0, 0)];
          put(0x400, prologue);
          cpu.writeCp0(12, 0x2400_0000);
          cpu.pc = 0x8000_0400;
          cpu.run(prologue.length);
          cpu.writeCp0(12, 0x2000_0000 | (full ? 1 << 26 : 0));
          cpu.pc = 0x8000_1000;
        }
        for (let at = 0; at < program.length; at += 3) fast.translator!.translate(0x8000_1000 + 4 * at);
        for (const budget of budgets) {
          for (const { cpu } of [plain, fast]) cpu.run(budget);
          const [slow, quick] = [plain, fast].map(state);
          if (slow !== quick) expect(quick).toEqual(slow);
        }
      }),
      { numRuns: Number(process.env['KSEG_PROP_RUNS'] ?? 1000) },
    );
    expect(fast.translator!.statistics.enters).toBeGreaterThan(100);
    expect(fast.translator!.statistics.leaves).toBeGreaterThan(10);
  });
});

const words = (values: readonly bigint[]): number[] =>
  values.flatMap((bits) => [Number(bits & 0xffff_ffffn), Number(bits >> 32n)]);

const state = ({ cpu, timeline, ram }: Rig): string =>
  `${timeline.now} ${Buffer.from((cpu.save() as { words: Uint8Array }).words).toString('hex')} ${Buffer.from(ram.readBytes(DATA, 256)).toString('hex')}`;
