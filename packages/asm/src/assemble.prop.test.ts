import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Generator, Random } from '../test/generator.ts';
import { assemble } from './index.ts';

const program = fc.integer({ min: 1, max: 0x7fff_ffff }).map((seed) => {
  const generator = new Generator(new Random(seed));
  return generator.program(12, generator.mnemonics());
});

/** What means something here and there, and what means nothing anywhere: the last is half of a character. */
const NOISE = [...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)), '\n', '\0', 'é', '😀', '\ud800'];

/** A program with pieces cut out, doubled or replaced by noise. */
const damaged = fc
  .tuple(
    program,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), fc.string({ unit: fc.constantFrom(...NOISE), maxLength: 6 })), {
      minLength: 1,
      maxLength: 8,
    }),
  )
  .map(([source, wounds]) =>
    wounds.reduce((text, [at, length, noise]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + noise + text.slice(from + length);
    }, source),
  );

it('never throws, whatever the source, and makes an object just when there is no error', () => {
  fc.assert(
    fc.property(damaged, fc.boolean(), (source, preprocess) => {
      const { object, diagnostics } = assemble(source, { preprocess });
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      expect(object === null).toBe(errors.length > 0);
      for (const { line, column, message } of errors) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
    }),
  );
});

it('makes the same object of the same source', () => {
  fc.assert(
    fc.property(program, (source) => {
      expect(assemble(source).object).toEqual(assemble(source).object);
    }),
    { numRuns: 30 },
  );
});

it('makes sections of the same sizes for either byte order', () => {
  const sizes = (source: string, endian: 'little' | 'big') =>
    assemble(source, { endian }).sections.map(({ name, size }) => [name, size]);
  // A hash with a zero byte at one end counts in one byte order only: assemble.test.ts has that.
  const evenHashed = program.map((source) => source.replace('md5 0x00', 'md5 0x11'));
  fc.assert(
    fc.property(evenHashed, (source) => {
      expect(sizes(source, 'big')).toEqual(sizes(source, 'little'));
    }),
    { numRuns: 30 },
  );
});
