import { expect, it } from 'vitest';
import { classifier, everything, MIPS1, MIPS32R2 } from './index.ts';

const classify = classifier(MIPS32R2);
const all = classifier(everything.filter(({ level }) => level !== 'r3000'));

const summary = (word: number, on = classify) => {
  const encoding = on(word);
  switch (encoding.kind) {
    case 'defined':
      return encoding.row.name;
    case 'unpredictable':
      return `${encoding.row.name}: ${encoding.why}`;
    default:
      return `${encoding.table} ${encoding.value}`;
  }
};

it('names reserved encodings by the manual’s opcode tables', () => {
  expect(summary(0xffff_ffff)).toBe('opcode 63');
  expect(summary(0x0080_0028)).toBe('SPECIAL function 40');
  expect(summary(0x0405_0000)).toBe('REGIMM rt 5');
  expect(summary(0x4020_0000)).toBe('COP0 rs 1');
  expect(summary(0x4200_0003)).toBe('COP0 C0 function 3');
  expect(summary(0x4400_0000)).toBe('COP1 rs 0');
  expect(summary(0x4720_0000)).toBe('COP1 rs 25');
  expect(summary(0x4600_0000)).toBe('COP1 function 0');
  expect(summary(0x48a0_0000)).toBe('COP2 rs 5');
  expect(summary(0x4c00_0021)).toBe('COP1X function 33');
  expect(summary(0x7000_0030)).toBe('SPECIAL2 function 48');
  expect(summary(0x7c00_0005)).toBe('SPECIAL3 function 5');
  expect(summary(0x4200_0018, classifier(MIPS1))).toBe('COP0 C0 function 24');
});

it('names instructions with bits in fields that must be zero', () => {
  expect(summary(0x0000_0060)).toBe('add: a field that must be zero is not');
  expect(summary(0x00a0_0002)).toBe('rotr: a field that must be zero is not');
  expect(summary(0x4200_0041)).toBe('tlbr: a field that must be zero is not');
  expect(summary(0x4000_5008)).toBe('mfc0: a field that must be zero is not');
});

it('names operands that the manual excludes', () => {
  expect(summary(0x7085_1020)).toMatch(/^clz: rd and rt differ/);
  expect(summary(0x7082_1020)).toBe('clz');
  expect(summary(0x7c85_ffc0)).toMatch(/^ext: .* beyond bit 31/);
  expect(summary(0x7c85_07c0)).toBe('ext');
  expect(summary(0x7c85_07c4)).toMatch(/^ins: .* below its start/);
  expect(summary(0x7c85_ffc4)).toBe('ins');
  expect(summary(0x0080_2009)).toMatch(/^jalr: rd is rs/);
  expect(summary(0x0080_f809)).toBe('jalr');
  expect(summary(0x07f1_0000)).toMatch(/^bgezal: rs is ra/);
  expect(summary(0x0491_0000)).toBe('bgezal');
  expect(summary(0x7c85_0431, all)).toMatch(/^balign: bp/);
  expect(summary(0x7c85_0c31, all)).toBe('balign');
  expect(summary(0x46c0_0130, all)).toMatch(/^c\.f\.ps: .* odd/);
  expect(summary(0x46c0_0230, all)).toBe('c.f.ps');
  expect(summary(0x4524_0000, all)).toMatch(/^bc1any2f: .* odd/);
  expect(summary(0x4548_0000, all)).toMatch(/^bc1any4f: .* not 0 or 4/);
  expect(summary(0x4550_0000, all)).toBe('bc1any4f');
});
