import { describe, expect, it } from 'vitest';
import { cp0Name, decoder, everything, fcrName, gprNames, hwrName, MIPS1, MIPS32R2 } from './index.ts';

const { disassemble } = decoder(everything.filter(({ level }) => level !== 'r3000'));

describe('disassemble', () => {
  it.each([
    [0x27bd_ffe0, 'addiu\tsp,sp,-32'],
    [0x8fbf_001c, 'lw\tra,28(sp)'],
    [0x3c08_8000, 'lui\tt0,0x8000'],
    [0x1440_fffe, 'bnez\tv0,0x80000ffc'],
    [0x0c00_0010, 'jal\t0x80000040'],
    [0x4008_6000, 'mfc0\tt0,c0_status'],
    [0x4008_8002, 'mfc0\tt0,c0_config2'],
    [0x4008_9003, 'mfc0\tt0,c0_watchlo,3'],
    [0x4008_8007, 'mfc0\tt0,$16,7'],
    [0x7c03_e83b, 'rdhwr\tv1,$29'],
    [0x7c03_103b, 'rdhwr\tv1,hwr_cc'],
    [0x7085_1020, 'clz\tv0 or a1,a0'],
    [0x7080_1020, 'clz\tv0,a0'],
    [0x7080_0020, 'clz\tzero,a0'],
    [0x7d09_5904, 'ins\tt1,t0,0x4,0x8'],
    [0x0085_001a, 'div\tzero,a0,a1'],
    [0x4462_f800, 'mfhc1\tv0,$f31'],
    [0x4442_f800, 'cfc1\tv0,c1_fcsr'],
    [0x4624_1332, 'c.eq.d\t$fcc3,$f2,$f4'],
    [0x4c43_22a0, 'madd.s\t$f10,$f2,$f4,$f3'],
    [0x4ce9_0180, 'lwxc1\t$f6,t1(a3)'],
    [0x7df0_0eb8, 'shilo\t$ac1,31'],
    [0x7910_0019 + 0xf_0000 - 0x10_0000, 'insert.b\t$w0[15],zero'],
    [0x7819_5fd4, 'sld.b\t$w31,$w11[t9]'],
    [0x783e_0059, 'ctcmsa\tmsa_csr,zero'],
    [0x783e_07d9, 'ctcmsa\t$31,zero'],
    [0x4919_0001, 'bc2t\t$cc6,0x80001008'],
    [0x4843_8000, 'cfc2\tv1,$16'],
    [0xfc00_0001, '.word\t0xfc000001'],
  ])('%# %s', (word, text) => {
    expect(disassemble(word, 0x8000_1000)).toBe(text);
  });

  it('prints pseudonyms unless told not to, and the three that objdump always prints', () => {
    const both = (word: number) => [disassemble(word, 0), disassemble(word, 0, { aliases: false })];
    expect(both(0)).toEqual(['nop', 'sll\tzero,zero,0x0']);
    expect(both(0x40)).toEqual(['ssnop', 'sll\tzero,zero,0x1']);
    expect(both(0xc0)).toEqual(['ehb', 'sll\tzero,zero,0x3']);
    expect(both(0x0080_1025)).toEqual(['move\tv0,a0', 'or\tv0,a0,zero']);
    expect(both(0x0080_1021)).toEqual(['move\tv0,a0', 'addu\tv0,a0,zero']);
    expect(both(0x2404_fffb)).toEqual(['li\ta0,-5', 'addiu\ta0,zero,-5']);
    expect(both(0x1000_ffff)).toEqual(['b\t0x0', 'beq\tzero,zero,0x0']);
    expect(both(0x0411_ffff)).toEqual(['bal\t0x0', 'bgezal\tzero,0x0']);
    expect(both(0x0004_1022)).toEqual(['neg\tv0,a0', 'neg\tv0,a0']);
    expect(both(0x0024_2082)).toEqual(['ror\ta0,a0,0x2', 'ror\ta0,a0,0x2']);
    expect(both(0x0000_0140)).toEqual(['pause', 'pause']);
    expect(both(0x0080_1027)).toEqual(['nor\tv0,a0,zero', 'nor\tv0,a0,zero']);
    expect(both(0x03e0_f809)).toEqual(['jalr\tra', 'jalr\tra']);
  });

  it('names addresses that have a symbol', () => {
    const symbol = (address: number) => (address === 0x8000_0040 ? 'main' : undefined);
    expect(disassemble(0x0c00_0010, 0x8000_1000, { symbol })).toBe('jal\t80000040 <main>');
    expect(disassemble(0x0c00_0011, 0x8000_1000, { symbol })).toBe('jal\t0x80000044');
    expect(disassemble(0x1000_000f, 0x8000_0000, { symbol })).toBe('b\t80000040 <main>');
  });

  it('jumps within the region of the delay slot', () => {
    expect(disassemble(0x0800_0000, 0x8fff_fffc)).toBe('j\t0x90000000');
  });

  it('prints only the names of the rows it was given', () => {
    expect(decoder(MIPS1).disassemble(0x40, 0)).toBe('sll\tzero,zero,0x1');
    expect(decoder(MIPS1).disassemble(0x4200_0010, 0)).toBe('rfe');
    expect(decoder(MIPS32R2).disassemble(0x4600_0000, 0)).toBe('.word\t0x46000000');
  });
});

it('names registers', () => {
  expect(gprNames).toHaveLength(32);
  expect([0, 1, 28, 30, 31].map((register) => gprNames[register])).toEqual(['zero', 'at', 'gp', 's8', 'ra']);
  expect([cp0Name(0, 0), cp0Name(15, 1), cp0Name(25, 3), cp0Name(21, 0), cp0Name(31, 0)]).toEqual([
    'c0_index',
    'c0_ebase',
    'c0_perfcnt,3',
    '$21',
    'c0_desave',
  ]);
  expect([fcrName(31), fcrName(2), hwrName(0), hwrName(29)]).toEqual(['c1_fcsr', '$2', 'hwr_cpunum', '$29']);
});
