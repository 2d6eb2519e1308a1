import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as fields from './fields.ts';
import { classifier, decoder, encode, everything, operandRange, operandsOf, type Row } from './index.ts';

const rows = everything.filter(({ level }) => level !== 'r3000');
const { decode, row } = decoder(rows);
const classify = classifier(rows);
const word = fc.integer({ min: 0, max: 0xffff_ffff });

/** Values for a row's operands that fit, INS's size with its position. */
const operandsFor = (candidate: Row) =>
  fc.tuple(
    ...candidate.operands.map((operand) => {
      const { min, max, step } = operandRange(operand);
      return fc.integer({ min: 0, max: (max - min) / step }).map((index) => min + index * step);
    }),
  );

it('operandsOf inverts encode', () => {
  const cases = fc
    .constantFrom(...rows.filter(({ operands }) => !operands.includes('inssize')))
    .chain((candidate) => operandsFor(candidate).map((operands) => ({ candidate, operands })));
  fc.assert(
    fc.property(cases, ({ candidate, operands }) => {
      expect(operandsOf(candidate, encode(candidate, operands))).toEqual(operands);
    }),
  );
});

it('encode inverts decode', () => {
  const instruction = fc
    .tuple(fc.constantFrom(...rows), word)
    .map(([{ match, mask }, fill]) => (match | (fill & ~mask)) >>> 0);
  fc.assert(
    fc.property(instruction, (value) => {
      const found = row(decode(value))!;
      expect((value & found.mask) >>> 0).toBe(found.match);
      if (classify(value).kind === 'defined') expect(encode(found, operandsOf(found, value))).toBe(value);
    }),
  );
});

it('decode agrees with a search through all rows', () => {
  const ones = (mask: number) => mask.toString(2).replaceAll('0', '').length;
  const candidates = rows.filter(({ aliasOf }) => aliasOf === undefined).sort((a, b) => ones(b.mask) - ones(a.mask));
  const any = fc.oneof(
    word,
    fc.tuple(fc.constantFrom(...candidates), word).map(([{ match, mask }, fill]) => match | (fill & ~mask)),
  );
  fc.assert(
    fc.property(any, (value) => {
      const found = candidates.find(({ mask, match }) => (value & mask) >>> 0 === match);
      expect(decode(value)).toBe(found?.id ?? 0);
    }),
  );
});

it('the field functions read what operandsOf reads', () => {
  fc.assert(
    fc.property(word, word, (value, pc) => {
      const operands = (name: string) => operandsOf(rows.find((candidate) => candidate.name === name)!, value);
      expect([fields.rd(value), fields.rs(value), fields.rt(value)]).toEqual(operands('addu'));
      expect([fields.rd(value), fields.rt(value), fields.sa(value)]).toEqual(operands('sll'));
      expect([fields.fd(value), fields.fr(value), fields.fs(value), fields.ft(value)]).toEqual(operands('madd.s'));
      expect([fields.rt(value), fields.rs(value), fields.imm16s(value)]).toEqual(operands('addiu'));
      expect([fields.rt(value), fields.rs(value), fields.imm16u(value)]).toEqual(operands('ori'));
      expect([fields.rs(value), fields.rt(value), fields.branchOffset(value)]).toEqual(operands('beq'));
      expect(fields.sel(value)).toBe(operands('mfc0:sel')[2]);
      expect(fields.opcode(value) * 2 ** 26 + (value & 0x03ff_ffff)).toBe(value);
      expect(fields.funct(value)).toBe(value & 0x3f);
      const region = Math.floor(((pc + 4) % 2 ** 32) / 2 ** 28) * 2 ** 28;
      expect(fields.jumpTarget(value, pc)).toBe(region + operands('j')[0]!);
      expect(fields.branchTarget(value, pc)).toBe((pc + 4 + operands('b')[0]! + 2 ** 32) % 2 ** 32);
    }),
  );
});
