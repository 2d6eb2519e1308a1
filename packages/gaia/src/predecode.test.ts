import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { assembleGaia } from '@kseg/asm/gaia';
import { gaiaDisassemble, gaiaEncode, gaiaRows } from '@kseg/isa/gaia';
import { expect, it } from 'vitest';
import { Rig } from '../test/rig.ts';
import * as operations from './predecode.ts';

it('names the cases of the interpreter as they are numbered, and has them all', () => {
  const source = readFileSync(join(import.meta.dirname, 'interpret.ts'), 'utf8');
  const cases = [...source.matchAll(/case (\d+):[^/]*\/\/ (\w+)/g)].map(([, number, name]) => [name, Number(number)]);
  const named = Object.entries(operations).filter(([, value]) => typeof value === 'number');
  expect(Object.fromEntries(cases)).toEqual(Object.fromEntries(named));
});

it('has an operation for every row of the table', () => {
  for (const row of gaiaRows) {
    const code = new Int32Array(2);
    operations.decode(
      gaiaEncode(
        row,
        row.operands.map((_, i) => i + 1).map((n) => n * 4),
      ),
      code,
      0,
    );
    expect([row.mnemonic, code[0]! & 255]).not.toContain(operations.NOP);
  }
});

it('answers every measured ALU operation', () => {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, '..', 'test', 'fpu-vectors.txt.gz'))).toString();
  const rig = new Rig();
  const wrong: string[] = [];
  let count = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('a ')) continue;
    const [tag, a, b, literal, result] = line
      .slice(2)
      .split(' ')
      .map((field) => Number.parseInt(field, 16));
    count++;
    rig.cpu.setGpr(1, a!);
    rig.cpu.setGpr(2, b!);
    rig.program([(3 << 23) | (1 << 18) | (2 << 13) | ((literal! & 0xff) << 5) | tag!]).cpu.step();
    if (rig.cpu.gpr(3) !== result) wrong.push(`${line}: ${rig.cpu.gpr(3).toString(16)}`);
  }
  expect(count).toBe(5562);
  expect(wrong.slice(0, 5)).toEqual([]);
});

it('disassembles to what assembles to the same words', () => {
  const words: number[] = [];
  for (let i = 0, x = 1; i < 3000; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    words.push((x ^ (x >>> 13)) >>> 0);
  }
  for (const row of gaiaRows)
    words.push(
      gaiaEncode(
        row,
        row.operands.map((_, i) => 4 * i + 4),
      ),
    );
  const text = words.map((word) => gaiaDisassemble(word)).join('\n');
  const { bytes } = assembleGaia([{ name: 'a.s', text: `main:\n${text}\n` }], { start: null, sizeHeader: false });
  expect([...new Uint32Array(bytes.slice().buffer)]).toEqual(words);
});
