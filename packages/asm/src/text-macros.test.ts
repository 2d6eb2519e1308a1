// Macros as GNU as 2.40 reads them; what it made of each call is written down here.
import { expect, it } from 'vitest';
import { assemble } from './index.ts';

/** The strings that a source puts into its .data. */
function strings(source: string): string[] {
  const { sections, diagnostics } = assemble(` .data\n${source}`);
  expect(diagnostics).toEqual([]);
  const { bytes } = sections.find(({ name }) => name === '.data')!;
  return new TextDecoder()
    .decode(bytes.subarray(0, bytes.lastIndexOf(0)))
    .replace(/\0+$/, '')
    .split('\0');
}

it('takes arguments apart at commas and at white space between words', () => {
  const call = (operands: string) => strings(` .macro m a,b,c\n .asciz "[\\a|\\b|\\c]"\n .endm\n m ${operands}\n`)[0];
  expect(call('"x"y')).toBe('[x|y|]');
  expect(call('(1, 2) 3')).toBe('[(1|2)3|]');
  expect(call('[1 2] 3')).toBe('[[1 2]3||]');
  expect(call('a + b - c')).toBe('[a+b-c||]');
  expect(call("'a' 'b")).toBe('[9798||]');
  expect(call('4($4) 5')).toBe('[4($4)5||]');
  expect(call('b = 1, a=2')).toBe('[2|1|]');
});

it("ends names by & and ', and keeps what \\( ) holds", () => {
  const body = "&a& &a \\a' &b& &z& \\(a b c)\\a\\()\\b \\@";
  expect(strings(` .macro n a b\n .asciz "${body}"\n .endm\n n 1 2\n`)).toEqual(['1 1 1 2 &z& a b c12 0']);
});

it('iterates over characters, white space among them only in quotes', () => {
  expect(strings(' .irpc q,a b,c\n .asciz "{\\q}"\n .endr\n')).toEqual(['{a}', '{b}', '{,}', '{c}']);
  expect(strings(' .irpc q,"a b"\n .asciz "{\\q}"\n .endr\n')).toEqual(['{a}', '{ }', '{b}']);
});

it('reads <strings>, !escapes, %expressions and LOCAL under .altmacro', () => {
  const macro = ' .altmacro\nx0 = 99\n .macro m a,b\n .asciz "[\\a|&b|a]"\n .endm\n';
  const call = (operands: string) => strings(`${macro} m ${operands}\n`)[0];
  expect(call('<x, y>,z')).toBe('[x,y|z|x,y]');
  expect(call('%(1+2)*3 4')).toBe('[9|4|9]');
  expect(call('<a!>b<c>>')).toBe('[a>b<c>||a>b<c>]');
  expect(call('%x0 a!b')).toBe('[99|a!b|99]');
  const local =
    ' .altmacro\n .macro n a\n LOCAL l1, l2\n .asciz "l1 l1x &l1&y \\l2 a"\n .endm\n n 1\n n l2\n .noaltmacro\n';
  expect(strings(local)).toEqual(['.LL0001 l1x .LL0001y .LL0002 1', '.LL0003 l1x .LL0003y .LL0004 l2']);
});
