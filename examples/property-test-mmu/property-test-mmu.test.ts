import { expect, it } from 'vitest';
import { check } from './check.ts';
import { ToyMmu } from './toy-mmu.ts';

it('finds the bug in the toy, shrinks it, and finds no other', { timeout: 60_000 }, () => {
  const report = [...check(() => new ToyMmu())];
  const broken = report.filter((line) => line.startsWith('BROKEN'));
  expect(report.length).toBeGreaterThan(15);
  expect(broken.map((line) => line.slice(8, line.indexOf(':')))).toEqual([
    'an entry translates its pages',
    'reads and fetches agree',
    'as the manual has it',
  ]);
  // A store to a page that is neither valid nor dirty: the toy looks at D before V.
  expect(broken[0]).toContain('"dirty":false,"valid":false');
  expect(broken[0]).toContain('expected {"kind":"invalid"}, found {"kind":"modified"}');
});

it('holds nothing against the toy once it is mended', { timeout: 60_000 }, () => {
  class Mended extends ToyMmu {
    override translate(...access: Parameters<ToyMmu['translate']>) {
      const [va, , context] = access;
      const load = super.translate(va, 'load', context);
      return load.kind === 'invalid' ? load : super.translate(...access);
    }
  }
  expect([...check(() => new Mended())].filter((line) => line.startsWith('BROKEN'))).toEqual([]);
});
