import { expect, it } from 'vitest';
import { encode, everything, OperandError, operandRange, operandsOf } from './index.ts';

const row = (name: string) => everything.find((candidate) => candidate.name === name)!;

it('puts operands where they belong', () => {
  expect(encode(row('addiu'), [29, 29, -32])).toBe(0x27bd_ffe0);
  expect(encode(row('lw'), [31, 28, 29])).toBe(0x8fbf_001c);
  expect(encode(row('bne'), [2, 0, -8])).toBe(0x1440_fffe);
  expect(encode(row('jal'), [0x40])).toBe(0x0c00_0010);
  expect(encode(row('ins'), [9, 8, 4, 8])).toBe(0x7d09_5904);
  expect(encode(row('ext'), [9, 8, 4, 8])).toBe(0x7d09_3900);
  expect(encode(row('clz'), [2, 4])).toBe(0x7082_1020);
  expect(encode(row('c.eq.d'), [3, 2, 4])).toBe(0x4624_1332);
  expect(encode(row('div:zero'), [0, 4, 5])).toBe(0x0085_001a);
});

it('gives them back', () => {
  expect(operandsOf(row('addiu'), 0x27bd_ffe0)).toEqual([29, 29, -32]);
  expect(operandsOf(row('beq'), 0x1000_8000)).toEqual([0, 0, -131_072]);
  expect(operandsOf(row('j'), 0x0bff_ffff)).toEqual([0x0fff_fffc]);
  expect(operandsOf(row('ins'), 0x7d09_5904)).toEqual([9, 8, 4, 8]);
  expect(operandsOf(row('jalx'), 0x7400_0001)).toEqual([5]);
});

it('says which operand does not fit, with a stable code', () => {
  const thrown = (name: string, operands: number[]) => {
    try {
      encode(row(name), operands);
    } catch (error) {
      const { name, code, data, message } = error as OperandError;
      expect(error).toBeInstanceOf(OperandError);
      return { name, code, data, message };
    }
    throw new Error(`${name} ${operands} was encoded`);
  };
  expect(thrown('addiu', [1, 2, 32_768])).toEqual({
    name: 'OperandError',
    code: 'KSEG_ISA_OPERAND',
    data: { mnemonic: 'addiu', operand: 'imm16s', value: 32_768 },
    message: 'addiu: operand imm16s is 32768: must be -32768 to 32767',
  });
  expect(thrown('sll', [1, 2, 32]).message).toContain('must be 0 to 31');
  expect(thrown('sll', [1, 2, 1.5]).message).toContain('must be 0 to 31');
  expect(thrown('beq', [1, 2, 6]).message).toContain('must be a multiple of 4');
  expect(thrown('ins', [1, 2, 30, 3]).message).toContain('must be 1 to 2');
  expect(thrown('ins', [1, 2, 3, 0]).message).toContain('must be 1 to 29');
  expect(thrown('ext', [1, 2, 3, 33]).message).toContain('must be 1 to 32');
  expect(thrown('add', [1, 2]).message).toContain('takes 3 operands');
});

it('tells an operand’s range', () => {
  expect(operandRange('rs')).toEqual({ min: 0, max: 31, step: 1 });
  expect(operandRange('branch16')).toEqual({ min: -131_072, max: 131_068, step: 4 });
  expect(operandRange('extsize')).toEqual({ min: 1, max: 32, step: 1 });
  expect(operandRange('zero')).toEqual({ min: 0, max: 0, step: 1 });
});
