import { describe, expect, it } from 'vitest';
import { ENDIANS, op, rig } from '../test/rig.ts';
import { type ModelName, models } from './models.ts';

const T0 = 8;
/** The R3000A has tests of its own. */
const names = (Object.keys(models) as ModelName[]).filter((name) => name !== 'R3000A');

/** PRId, Config (little-endian), Status after all ones were written to it, TLB entries. */
const facts: Partial<Record<ModelName, [prid: number, config: number, status: number, entries: number]>> = {
  '24Kc': [0x0001_9300, 0x8000_0482, 0x1078_ff1f, 16],
  '24Kf': [0x0001_9300, 0x8000_0482, 0x3478_ff1f, 16],
  '24KEc': [0x0001_9600, 0x8000_0482, 0x1178_ff1f, 16],
  '34Kf': [0x0001_9500, 0x8000_0482, 0x3578_ff1f, 64],
  '74Kf': [0x0001_9700, 0x8000_0482, 0x3578_ff1f, 16],
  '4KEc': [0x0001_9000, 0x8000_0482, 0x1078_ff17, 16],
  M14Kc: [0x0001_9c00, 0x8000_0482, 0x1078_ff17, 16],
  '4Kc': [0x0001_8000, 0x8000_0082, 0x1078_ff17, 16],
  '4Km': [0x0001_8300, 0x8000_0182, 0x1058_ff17, 0],
  R4000: [0x0000_0400, 0x0000_0482, 0x3478_ff1f, 48],
};

describe.each(ENDIANS)('models, %s-endian', (endian) => {
  it.each(names)('%s: reset values and masks', (name) => {
    const { cpu } = rig(endian, name);
    cpu.reset();
    const [prid, config, status, entries] = facts[name]!;
    expect(cpu.pc).toBe(0xbfc0_0000);
    expect(cpu.readCp0(12)).toBe(0x0040_0004);
    expect(cpu.readCp0(15)).toBe(prid);
    expect(cpu.readCp0(16)).toBe((config | (endian === 'big' ? 0x8000 : 0)) >>> 0);
    for (const register of [0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 14, 30]) expect(cpu.readCp0(register)).toBe(0);
    cpu.writeCp0(12, 0xffff_ffff);
    expect(cpu.readCp0(12)).toBe(status);
    cpu.writeCp0(13, 0xffff_ffff);
    expect(cpu.readCp0(13)).toBe(models[name].causeMask >>> 0);
    if (models[name].config[1] !== 0 && entries > 0) expect(((cpu.readCp0(16, 1) >>> 25) & 63) + 1).toBe(entries);
    if (entries > 0) expect(cpu.readCp0(1)).toBe(entries - 1);
  });

  it.each(names)('%s: has its own instructions and no others', (name) => {
    const exceptionOf = (word: number) => {
      const m = rig(endian, name);
      m.put(0x1000, [word]);
      m.cpu.run(1);
      return (m.cpu.readCp0(12) & 2) === 0 ? undefined : (m.cpu.readCp0(13) >>> 2) & 31;
    };
    const { isa, release } = models[name];
    const has = (row: string) => isa.some((candidate) => candidate.name === row);
    // Release 2's ROTR, EXT and DI; MIPS32's MUL and CLZ; MIPS IV's MOVN.
    expect(exceptionOf(op('rotr', T0, T0, 1))).toBe(has('rotr') ? undefined : 10);
    expect(exceptionOf(op('ext', T0, T0, 1, 1))).toBe(has('ext') ? undefined : 10);
    expect(exceptionOf(op('di', T0))).toBe(has('di') ? undefined : 10);
    expect(exceptionOf(op('mul', T0, T0, T0))).toBe(has('mul') ? undefined : 10);
    expect(exceptionOf(op('movn', T0, T0, T0))).toBeUndefined();
    // EBase
    expect(exceptionOf(op('mfc0:sel', T0, 15, 1))).toBe(release === 2 ? undefined : 10);
    // TLB instructions
    expect(exceptionOf(op('tlbp'))).toBe(models[name].mmu.kind === 'fixed' ? 10 : undefined);
    // ADD.S with CU1 clear
    expect(exceptionOf(0x4600_0000)).toBe(11);
  });
});

describe('what models add', () => {
  it('4Km maps kuseg 1 GB up', () => {
    const m = rig('little', '4Km');
    expect(m.cpu.physical(0x1234)).toBe(0x4000_1234);
    expect(m.cpu.physical(0xc000_1234)).toBe(0xc000_1234);
    expect(m.cpu.physical(0x8000_1234)).toBe(0x1234);
  });

  it('34Kf: an exception changes to the shadow set of SRSCtl.ESS, and ERET back', () => {
    const m = rig('little', '34Kf');
    m.cpu.writeCp0(12, 3 << 12, 2);
    m.cpu.setGpr(T0, 5);
    m.put(0x1000, [op('syscall', 0), op('addiu', 10, T0, 0)]);
    m.put(0x180, [
      op('addiu', T0, 0, 77),
      op('rdpgpr', 9, T0),
      op('addiu', 9, 9, 1),
      op('wrpgpr', 11, 9),
      op('mfc0', 26, 14),
      op('addiu', 26, 26, 4),
      op('mtc0', 26, 14),
      op('eret'),
    ]);
    m.cpu.run(9);
    expect([m.cpu.gpr(T0), m.cpu.gpr(10), m.cpu.gpr(11)]).toEqual([5, 5, 6]);
  });

  it('34Kf and 74Kf: vectored interrupts', () => {
    for (const name of ['34Kf', '74Kf'] as const) {
      const m = rig('little', name);
      m.cpu.writeCp0(12, 1 << 5, 1);
      m.cpu.writeCp0(13, 1 << 23);
      m.cpu.writeCp0(12, 0xff01);
      m.cpu.irq(3).set(true);
      m.cpu.irq(5).set(true);
      m.cpu.run(1);
      expect(m.cpu.pc).toBe(0x8000_0200 + 5 * 32 + 4);
    }
  });

  it('soft reset and NMI keep the registers and say where they came from', () => {
    for (const [how, bit] of [
      ['softReset', 20],
      ['nmi', 19],
    ] as const) {
      const m = rig();
      m.put(0x1000, [op('addiu', T0, 0, 1), op('beq', 0, 0, 8), op('addiu', T0, 0, 2)]);
      m.cpu.run(2);
      m.cpu[how]();
      expect(m.cpu.pc).toBe(0xbfc0_0000);
      expect(m.cpu.readCp0(30)).toBe(0x8000_1004);
      expect(m.cpu.gpr(T0)).toBe(1);
      expect(m.cpu.readCp0(12)).toBe(0x0040_0004 | (1 << bit));
      // TS, SR and NMI tell of the last one only.
      m.cpu.writeCp0(12, 0x0038_0000);
      m.cpu[how]();
      expect(m.cpu.readCp0(12)).toBe(0x0040_0004 | (1 << bit));
    }
  });

  it('refuses a model that does not exist', () => {
    expect(() => rig('little', '24Kx' as ModelName)).toThrow(expect.objectContaining({ code: 'KSEG_CPU_MODEL' }));
  });
});
