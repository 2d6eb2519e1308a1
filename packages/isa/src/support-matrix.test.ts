import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ejtag, everything, fpu, MIPS1, supportMatrix } from './index.ts';

const README = join(import.meta.dirname, '..', 'README.md');
const SECTION = /(<!-- support matrix[^\n]*-->\n\n)[\s\S]*?(\n*<!-- \/support matrix -->)/;

it('stands in the README as the tables have it (KSEG_UPDATE=1 writes it there)', () => {
  const readme = readFileSync(README, 'utf8');
  const updated = readme.replace(
    SECTION,
    (_, before, after) => `${before}${supportMatrix(everything)}\n\n${after.trim()}`,
  );
  if (process.env['KSEG_UPDATE']) writeFileSync(README, updated);
  else expect(readme).toBe(updated);
});

it('folds formats and counts spellings', () => {
  expect(supportMatrix(ejtag).split('\n')).toEqual([
    '| level | encodings | other spellings |',
    '| ----- | --------: | --------------: |',
    '| EJTAG |         2 |               1 |',
    '',
    '- EJTAG: `deret` `sdbbp`',
  ]);
  expect(supportMatrix(fpu)).toContain('`add.{d,s}`');
  expect(supportMatrix(fpu)).toContain('`movf[.{d,s}]`');
  expect(supportMatrix(MIPS1)).toMatch(/^\| MIPS I +\| +73 \| +19 \|$/m);
  expect(supportMatrix(MIPS1)).toMatch(/^- MIPS I: .*`xori`; also spelled `b` .*`nop`/m);
  expect(supportMatrix(MIPS1)).toMatch(/^- R3000 .*`rfe`/m);
});
