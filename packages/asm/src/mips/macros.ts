// Macro instructions: those the assembler builds from several others, with GNU as's expansions.
import { fits, isHalf } from './build.ts';
import { formNamed as form } from './forms.ts';
import {
  absolute,
  balign,
  divide,
  li,
  multiply,
  multiplyChecked,
  norImmediate,
  rotate,
  shiftByRegister,
  subtraction,
  withImmediate,
} from './macros/arithmetic.ts';
import { always, branchOnNumber, branchOnOrder } from './macros/branches.ts';
import { jump, jumpAndLink } from './macros/calls.ts';
import { equality, order, trapOnNumber } from './macros/comparisons.ts';
import { floatAccess, truncate } from './macros/float.ts';
import {
  ADD,
  ADDI,
  ADDIU,
  ADDU,
  BAL,
  BEQ,
  BEQL,
  BNE,
  BNEL,
  LB,
  LBU,
  LDC1,
  LW,
  LWC1,
  LWL,
  LWR,
  MFHI,
  MFLO,
  MULT,
  OR,
  ORI,
  SDC1,
  SLLV,
  SRLV,
  SUB,
  SUBU,
  SW,
  SWC1,
  SWL,
  SWR,
  XOR,
  XORI,
} from './macros/instructions.ts';
import { la, memory, pair, storeHalf, unaligned, unalignedHalf } from './macros/memory.ts';
import type { Macro } from './macros/shapes.ts';

const entries: [string, Macro][] = [
  ['li', li],
  ['la', la],
  ['abs', absolute],
  ['add', withImmediate(ADD, ADDI, fits)],
  ['addu', withImmediate(ADDU, ADDIU, fits)],
  ['and', withImmediate(form('and'), form('andi'), isHalf)],
  ['or', withImmediate(OR, ORI, isHalf)],
  ['xor', withImmediate(XOR, XORI, isHalf)],
  ['nor', norImmediate],
  ['sub', subtraction(SUB, ADDI)],
  ['subu', subtraction(SUBU, ADDIU)],
  ['mul', multiply(MULT)],
  ['mulo', multiplyChecked(true)],
  ['mulou', multiplyChecked(false)],
  ['div', divide(true, MFLO)],
  ['divu', divide(false, MFLO)],
  ['rem', divide(true, MFHI)],
  ['remu', divide(false, MFHI)],
  ['sll', shiftByRegister(SLLV)],
  ['srl', shiftByRegister(SRLV)],
  ['sra', shiftByRegister(form('srav'))],
  ['rotr', rotate(false)],
  ['rol', rotate(true)],
  ['ror', rotate(false)],
  ['rotl', rotate(true)],
  ['j', jump],
  ['jal', jumpAndLink],
  ['beq', branchOnNumber(BEQ)],
  ['bne', branchOnNumber(BNE)],
  ['beql', branchOnNumber(BEQL)],
  ['bnel', branchOnNumber(BNEL)],
  ['b', always(BEQ)],
  ['bal', always(BAL)],
  ['balign', balign],
  ['seq', equality(true)],
  ['sne', equality(false)],
  ['ulw', unaligned(LWL, LWR, true)],
  ['usw', unaligned(SWL, SWR, false)],
  ['ulh', unalignedHalf(LB)],
  ['ulhu', unalignedHalf(LBU)],
  ['ush', storeHalf],
  ['ld', pair(LW, true)],
  ['sd', pair(SW, false)],
  ['l.s', floatAccess(LWC1, null)],
  ['s.s', floatAccess(SWC1, null)],
  ['l.d', floatAccess(LDC1, LWC1)],
  ['s.d', floatAccess(SDC1, SWC1)],
  // `li.s` and `li.d` are read by the target: their number is no integer expression.
  ['li.s', () => false],
  ['li.d', () => false],
  ['trunc.w.s', truncate(form('trunc.w.s'))],
  ['trunc.w.d', truncate(form('trunc.w.d'))],
];

for (const relation of ['lt', 'le', 'gt', 'ge'] as const)
  for (const unsigned of [false, true]) {
    const u = unsigned ? 'u' : '';
    entries.push([`s${relation}${u}`, order(relation, unsigned)]);
    for (const likely of [false, true])
      entries.push([`b${relation}${u}${likely ? 'l' : ''}`, branchOnOrder(relation, unsigned, likely)]);
  }

for (const name of ['teq', 'tne', 'tge', 'tgeu', 'tlt', 'tltu']) {
  const small = name.endsWith('u') ? `${name.slice(0, -1)}iu` : `${name}i`;
  entries.push([name, trapOnNumber(form(name), form(small))]);
}

// Loads may use their own register to build the address; everything else takes the temporary.
for (const name of ['lb', 'lbu', 'lh', 'lhu', 'lw', 'll']) entries.push([name, memory(form(name), true)]);
for (const name of 'lwl lwr sb sh sw swl swr sc lwc1 swc1 ldc1 sdc1 lwc2 swc2 ldc2 sdc2 lwc3 swc3 cache pref'.split(
  ' ',
))
  entries.push([name, memory(form(name), false)]);

/** Macros that only bring the address within reach of the instruction of the same name, or give its operand another form. */
export const extended: ReadonlySet<string> = new Set(
  'll sc lwl lwr swl swr lwc1 swc1 ldc1 sdc1 lwc2 swc2 ldc2 sdc2 lwc3 swc3 cache pref rotr'.split(' '),
);

/** Macros that are tried before the instructions of the same name. */
export const firstMacros: ReadonlySet<string> = new Set(['balign', 'j', 'jal']);

export const macros: ReadonlyMap<string, Macro> = new Map(entries);
