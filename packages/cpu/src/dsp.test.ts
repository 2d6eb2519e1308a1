import { dsp, dspr2, encode, type OperandName, type Row } from '@kseg/isa';
import { describe, expect, it } from 'vitest';
import { ENDIANS, op, type Rig, rig } from '../test/rig.ts';
import { dspOperations } from './dsp/index.ts';
import { type ModelName, models } from './models.ts';

const T0 = 8;
const T1 = 9;
const T2 = 10;
const MX = 1 << 24;
const rows = [...dsp, ...dspr2].filter(({ aliasOf }) => aliasOf === undefined);
const rowOf = (name: string) => rows.find((row) => row.name === name)!;
const dspOp = (name: string, ...operands: number[]) => encode(rowOf(name), operands);

/** A machine with the ASE enabled, and DSPControl and the registers t0 and t1 as given. */
function machine(control = 0, t0 = 0, t1 = 0, model: ModelName = '74Kf'): Rig {
  const m = rig('little', model);
  m.cpu.writeCp0(12, MX);
  run(m, [dspOp('wrdsp', T0, 0x3f)], control);
  m.cpu.setGpr(T0, t0 >>> 0);
  m.cpu.setGpr(T1, t1 >>> 0);
  return m;
}

/** Runs words at 0x8000_1000. */
function run(m: Rig, words: readonly number[], t0?: number): void {
  if (t0 !== undefined) m.cpu.setGpr(T0, t0 >>> 0);
  m.put(0x1000, words);
  m.cpu.pc = 0x8000_1000;
  m.cpu.run(words.length);
}

const exceptionOf = (m: Rig) => ((m.cpu.readCp0(12) & 2) === 0 ? undefined : (m.cpu.readCp0(13) >>> 2) & 31);

function controlOf(m: Rig): number {
  run(m, [dspOp('rddsp', 24, 0x3f)]);
  return m.cpu.gpr(24);
}

/** Registers t0 to t2 for whatever operand takes one, accumulator 1, and 1 elsewhere: a word of the row that touches memory nowhere. */
const sample = (row: Row): number => {
  const registers: Partial<Record<OperandName, number>> = {
    rs: T0,
    rt: T1,
    rd: T2,
    base: T0,
    ac11: 1,
    ac21: 1,
    branch16: 8,
  };
  return encode(
    row,
    row.operands.map((operand) => registers[operand] ?? 1),
  );
};

describe('the table of operations', () => {
  it('has one for every row but the branch and the loads, and no others', () => {
    const elsewhere = ['bposge32', 'lwx', 'lhx', 'lbux'];
    expect([...dspOperations, ...elsewhere].sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  it.each(rows.map((row) => [row.name, row] as const))('%s executes with Status.MX, and not without', (_, row) => {
    const m = machine(0, 0x8000_2000, 0);
    run(m, [sample(row)]);
    expect(exceptionOf(m)).toBeUndefined();
    m.cpu.writeCp0(12, 0);
    run(m, [sample(row)]);
    expect(exceptionOf(m)).toBe(26);
    // An ASE that is not there is no matter of Status.MX.
    const without = machine(0, 0, 0, row.level === 'dspr2' ? '34Kf' : '24Kc');
    without.cpu.writeCp0(12, MX);
    run(without, [sample(row)]);
    expect(exceptionOf(without)).toBe(10);
  });

  it('24KEc and 34Kf have Revision 1, 74Kf both; Config3 says so', () => {
    expect(['24KEc', '34Kf', '74Kf', '24Kf'].map((name) => models[name as ModelName].config[3] & 0xc00)).toEqual([
      0x400, 0x400, 0xc00, 0,
    ]);
  });
});

/** Row, rs, rt, DSPControl before; rd and DSPControl behind. */
const binary: readonly (readonly [string, number, number, number, number, number])[] = [
  ['addu.qb', 0x01ff_8000, 0x0101_80ff, 0, 0x0200_00ff, 1 << 20],
  ['addu_s.qb', 0x01ff_8000, 0x0101_80ff, 0, 0x02ff_ffff, 1 << 20],
  ['subu_s.qb', 0x0102_0304, 0x0201_0304, 0, 0x0001_0000, 1 << 20],
  ['addq.ph', 0x7fff_8000, 0x0001_ffff, 0, 0x8000_7fff, 1 << 20],
  ['addq_s.ph', 0x7fff_8000, 0x0001_ffff, 0, 0x7fff_8000, 1 << 20],
  ['subq_s.w', 0x8000_0000, 1, 0, 0x8000_0000, 1 << 20],
  ['addsc', 0xffff_ffff, 2, 0, 1, 1 << 13],
  ['addsc', 1, 2, 1 << 13, 3, 0],
  ['addwc', 0x7fff_ffff, 0, 1 << 13, 0x8000_0000, (1 << 13) | (1 << 20)],
  ['modsub', 10, 0x0000_1004, 0, 6, 0],
  ['modsub', 0, 0x0012_3404, 0, 0x1234, 0],
  ['muleu_s.ph.qbl', 0xff02_0000, 0xffff_0003, 0, 0xffff_0006, 1 << 21],
  ['muleq_s.w.phl', 0x8000_0000, 0x8000_0000, 0, 0x7fff_ffff, 1 << 21],
  ['mulq_rs.ph', 0x4000_8000, 0x4000_8000, 0, 0x2000_7fff, 1 << 21],
  ['mulq_s.w', 0x4000_0000, 0xc000_0000, 0, 0xe000_0000, 0],
  ['mul.ph', 0x0100_0002, 0x0100_0003, 0, 0x0000_0006, 1 << 21],
  ['mul_s.ph', 0x0100_0002, 0x0100_0003, 0, 0x7fff_0006, 1 << 21],
  ['cmpgdu.lt.qb', 0x0102_0304, 0x0202_0405, 0, 0b1011, 0b1011 << 24],
  ['pick.qb', 0x1111_1111, 0x2222_2222, 0b0101 << 24, 0x2211_2211, 0b0101 << 24],
  ['pick.ph', 0x1111_1111, 0x2222_2222, 0b10 << 24, 0x1111_2222, 0b10 << 24],
  ['precrqu_s.qb.ph', 0x7f81_8000, 0x7f80_0080, 0, 0xff00_ff01, 1 << 22],
  ['precrq_rs.ph.w', 0x7fff_8000, 0x0000_8000, 0, 0x7fff_0001, 1 << 22],
  ['packrl.ph', 0x1234_5678, 0x9abc_def0, 0, 0x5678_9abc, 0],
  ['subqh_r.w', 0x7fff_ffff, 0x8000_0000, 0, 0x8000_0000, 0],
  ['addqh.w', 0x8000_0000, 0x8000_0000, 0, 0x8000_0000, 0],
  ['shllv_s.ph', 4, 0x1000_f000, 0, 0x7fff_8000, 1 << 22],
  ['shrav_r.w', 4, 0x0000_0018, 0, 2, 0],
  ['absq_s.qb', 0, 0x80ff_017f, 0, 0x7f01_017f, 1 << 20],
  ['bitrev', 0, 0xffff_1234, 0, 0x0000_2c48, 0],
];

describe('vectors in general registers', () => {
  it.each(binary)('%s of %i and %i', (name, rs, rt, before, result, after) => {
    const m = machine(before, rs, rt);
    run(m, [sample(rowOf(name))]);
    expect([m.cpu.gpr(T2), controlOf(m)]).toEqual([result >>> 0, after >>> 0]);
  });

  it('flags are set although the destination is $0', () => {
    const m = machine(0, 0x7fff_0000, 0x0001_0000);
    run(m, [dspOp('addq.ph', 0, T0, T1)]);
    expect([m.cpu.gpr(0), controlOf(m)]).toEqual([0, 1 << 20]);
  });

  it('INSV takes position and size from DSPControl', () => {
    const m = machine((12 << 7) | 8, 0xabcd, 0xffff_ffff);
    run(m, [dspOp('insv', T1, T0)]);
    expect(m.cpu.gpr(T1)).toBe(0xfffb_cdff);
  });

  it('WRDSP and RDDSP see the fields that their masks name', () => {
    const fields = [0x3f, 0x1f80, 0x2000, 0x00ff_0000, 0x0f00_0000, 0x4000];
    for (const [bit, field] of fields.entries()) {
      const m = machine();
      run(m, [dspOp('wrdsp', T0, 1 << bit)], 0xffff_ffff);
      expect(controlOf(m)).toBe(field);
      run(m, [dspOp('wrdsp', T0, 0x3f), dspOp('rddsp', T2, 1 << bit)]);
      expect(m.cpu.gpr(T2)).toBe(field);
    }
  });
});

/** Accumulator 1 (HI, LO), DSPControl, row, operands; accumulator and DSPControl behind. t0 is 0x8000_4000, t1 0x8000_0002. */
const accumulating: readonly (readonly [[number, number], number, string, number[], [number, number], number])[] = [
  [[0, 0], 0, 'dpa.w.ph', [1, T0, T1], [0, 0x4000_8000], 0],
  [[0, 0], 0, 'dpax.w.ph', [1, T0, T1], [0xffff_ffff, 0xdfff_0000], 0],
  [[0, 0xffff_ffff], 0, 'dpaq_s.w.ph', [1, T0, T1], [1, 0x8000_fffe], 1 << 17],
  [[0, 0], 0, 'dps.w.ph', [1, T0, T1], [0xffff_ffff, 0xbfff_8000], 0],
  [[0, 0], 0, 'maq_s.w.phl', [1, T0, T1], [0, 0x7fff_ffff], 1 << 17],
  [[0, 1], 0, 'maq_sa.w.phl', [1, T0, T1], [0, 0x7fff_ffff], 1 << 17],
  [[0x7fff_ffff, 0xffff_ffff], 0, 'dpaq_sa.l.w', [1, T0, T1], [0x7fff_ffff, 0xffff_ffff], 1 << 17],
  [[0x8000_0000, 0], 0, 'dpsq_sa.l.w', [1, T0, T1], [0x8000_0000, 0], 1 << 17],
  [[1, 2], 0, 'mult:ac', [1, T0, T1], [0x3fff_dfff, 0x0000_8000], 0],
  [[0, 0x7fff_8000], 0, 'msubu:ac', [1, T0, T1], [0xbfff_dfff, 0x7fff_0000], 0],
  [[1, 2], 40, 'mthlip', [T1, 1], [2, 0x8000_0002], 40],
  [[1, 2], 5, 'mthlip', [T1, 1], [2, 0x8000_0002], 37],
  [[0x1234_5678, 0x9abc_def0], 0, 'shilo', [1, 8], [0x0012_3456, 0x789a_bcde], 0],
  [[0x1234_5678, 0x9abc_def0], 0, 'shilo', [1, -8], [0x3456_789a, 0xbcde_f000], 0],
  [[0x1234_5678, 0x9abc_def0], 0, 'shilo', [1, -32], [0x9abc_def0, 0], 0],
];

/** Accumulator 1, DSPControl, row, immediate; rt and DSPControl behind. */
const extracting: readonly (readonly [[number, number], number, string, number, number, number])[] = [
  [[0x0000_0012, 0x3456_7890], 0, 'extr.w', 8, 0x1234_5678, 0],
  [[0x0000_0012, 0x3456_7890], 0, 'extr_r.w', 8, 0x1234_5679, 0],
  [[0x0000_0100, 0], 0, 'extr.w', 8, 0, 1 << 23],
  [[0x0000_0100, 0], 0, 'extr_rs.w', 8, 0x7fff_ffff, 1 << 23],
  [[0xffff_ff00, 0], 0, 'extr_rs.w', 8, 0x8000_0000, 1 << 23],
  [[0, 0x7fff_ffff], 0, 'extr_rs.w', 0, 0x7fff_ffff, 0],
  [[0, 0xffff_ffff], 0, 'extr_rs.w', 1, 0x7fff_ffff, 1 << 23],
  [[0xffff_ffff, 0xffff_ffff], 0, 'extr_rs.w', 4, 0, 0],
  [[0xffff_ffff, 0x0000_0000], 0, 'extr_s.h', 4, 0xffff_8000, 1 << 23],
  [[0, 0x0007_fff0], 0, 'extr_s.h', 4, 0x7fff, 0],
  [[0x0000_00ab, 0xcdef_0000], 39, 'extp', 15, 0xabcd, 39],
  [[0x0000_00ab, 0xcdef_0000], 39, 'extpdp', 15, 0xabcd, 23],
  [[0, 0x1f], 4, 'extpdp', 4, 0x1f, 0x3f],
  [[0, 0x1f], 3, 'extpdp', 4, 0, 0x4003],
];

describe('accumulators', () => {
  const withAccumulator = ([hi, lo]: readonly [number, number], control: number) => {
    const m = machine(control);
    run(m, [dspOp('mthi:ac', T0, 1)], hi);
    run(m, [dspOp('mtlo:ac', T0, 1)], lo);
    return m;
  };

  it.each(accumulating)('%j, control %i: %s', (before, control, name, operands, behind, controlBehind) => {
    const m = withAccumulator(before, control);
    m.cpu.setGpr(T0, 0x8000_4000);
    m.cpu.setGpr(T1, 0x8000_0002);
    run(m, [dspOp(name, ...operands), dspOp('mfhi:ac', T0, 1), dspOp('mflo:ac', T1, 1)]);
    expect([[m.cpu.gpr(T0), m.cpu.gpr(T1)], controlOf(m)]).toEqual([behind, controlBehind]);
  });

  it.each(extracting)('%j, control %i: %s by %i', (before, control, name, amount, result, controlBehind) => {
    const m = withAccumulator(before, control);
    run(m, [dspOp(name, T2, 1, amount)]);
    expect([m.cpu.gpr(T2), controlOf(m)]).toEqual([result, controlBehind]);
  });

  it('the first is HI and LO, the others stand apart', () => {
    const m = machine(0, 3, 5);
    run(m, [
      op('mult', T0, T1),
      dspOp('mult:ac', 2, T1, T1),
      dspOp('shilo', 0, -1),
      op('mflo', T2),
      dspOp('mflo:ac', T1, 2),
    ]);
    expect([m.cpu.gpr(T2), m.cpu.gpr(T1)]).toEqual([30, 25]);
  });
});

describe.each(ENDIANS)('control flow and memory, %s-endian', (endian) => {
  const enabled = () => {
    const m = rig(endian, '24KEc');
    m.cpu.writeCp0(12, MX);
    return m;
  };

  it('LWX, LHX and LBUX add two registers', () => {
    const m = enabled();
    m.put(0x2000, [0x1234_5678, 0x9abc_def0]);
    m.cpu.setGpr(T0, 0x8000_2000);
    m.cpu.setGpr(T1, 4);
    run(m, [dspOp('lwx', T2, T1, T0), dspOp('lhx', 11, T1, T0), dspOp('lbux', 12, T1, T0)]);
    const high = endian === 'big';
    expect([T2, 11, 12].map((register) => m.cpu.gpr(register))).toEqual([
      0x9abc_def0,
      high ? 0xffff_9abc : 0xffff_def0,
      high ? 0x9a : 0xf0,
    ]);
    m.cpu.setGpr(T1, 2);
    run(m, [dspOp('lwx', T2, T1, T0)]);
    expect([exceptionOf(m), m.cpu.readCp0(8)]).toEqual([4, 0x8000_2002]);
  });

  it.each([
    [31, 2],
    [32, 1],
  ])('BPOSGE32 with pos %i, with its delay slot', (pos, expected) => {
    const m = enabled();
    run(m, [dspOp('wrdsp', T0, 1), dspOp('bposge32', 8), op('addiu', T1, T1, 1), op('addiu', T1, T1, 1)], pos);
    expect(m.cpu.gpr(T1)).toBe(expected);
    expect(m.cpu.pc).toBe(pos === 31 ? 0x8000_1010 : 0x8000_1010 + 4);
  });

  it('BPOSGE32 behind a branch that was not on the way', () => {
    const m = enabled();
    m.put(0x1000, [op('beq', 0, 0, 8), dspOp('bposge32', 8), op('addiu', T1, T1, 1)]);
    run(m, [dspOp('wrdsp', T0, 1)], 32);
    m.put(0x1000, [op('beq', 0, 0, 8)]);
    m.cpu.pc = 0x8000_1004;
    m.cpu.run(2);
    expect([m.cpu.gpr(T1), m.cpu.pc]).toEqual([1, 0x8000_1010]);
    m.cpu.writeCp0(12, 0);
    m.cpu.pc = 0x8000_1004;
    m.cpu.run(1);
    expect([exceptionOf(m), m.cpu.readCp0(14)]).toEqual([26, 0x8000_1004]);
  });

  it('is lost neither by a snapshot nor kept by a reset', () => {
    const m = enabled();
    run(m, [dspOp('wrdsp', T0, 0x3f), dspOp('mtlo:ac', T0, 3)], 0x0abc_6fff);
    const saved = m.cpu.save();
    m.cpu.reset();
    m.cpu.writeCp0(12, MX);
    expect(controlOf(m)).toBe(0);
    m.cpu.load(saved);
    run(m, [dspOp('mflo:ac', T1, 3)]);
    expect([controlOf(m), m.cpu.gpr(T1)]).toEqual([0x0abc_6fbf, 0x0abc_6fff]);
  });
});
