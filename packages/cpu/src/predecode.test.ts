import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { models } from './models.ts';
import { HANDLER, handlerOf, Predecoder } from './predecode.ts';

const handlers = new Map<string, number>(Object.entries(HANDLER));

describe('the table of handlers', () => {
  it.each(Object.keys(models))('has one for every row of a %s', (name) => {
    const rows = models[name as keyof typeof models].isa.filter(({ aliasOf }) => aliasOf === undefined);
    expect(rows.filter((row) => handlerOf(row) === undefined).map((row) => row.name)).toEqual([]);
  });

  it('gives each handler a number of its own', () => {
    expect(new Set(handlers.values()).size).toBe(handlers.size);
  });

  it.each(['interpret.ts', 'rare.ts', 'rare-fpu.ts', 'r3000.ts'])('names every case label of %s', (file) => {
    const source = readFileSync(new URL(file, import.meta.url), 'utf8');
    const labels = [...source.matchAll(/^ +case (\d+): ?(?:\{\s*)?\/\/ (\w+)/gm)];
    expect(labels.length).toBeGreaterThan(10);
    for (const [, number, name] of labels) expect([name, handlers.get(name!)]).toEqual([name, Number(number)]);
    const all = [...source.matchAll(/^ +case (\d+):/gm)].length;
    expect(labels.length).toBe(all);
  });
});

describe('predecoding', () => {
  it('makes the idioms of compilers handlers of their own', () => {
    const predecoder = new Predecoder(models['24Kc']);
    const nameOf = (word: number) => {
      predecoder.decode(word);
      return [...handlers].find(([, number]) => number === (predecoder.first & 255))?.[0];
    };
    expect(nameOf(0)).toBe('NOP');
    expect(nameOf(0x0000_00c0)).toBe('NOP'); // EHB
    expect(nameOf(0x00a0_2021)).toBe('MOVE'); // addu a0, a1, zero
    expect(nameOf(0x0005_2025)).toBe('MOVE'); // or a0, zero, a1
    expect(nameOf(0x2404_0001)).toBe('LI');
    expect(nameOf(0x1000_0001)).toBe('B');
    expect(nameOf(0x1080_0001)).toBe('BEQZ');
    expect(nameOf(0x1480_0001)).toBe('BNEZ');
    expect(nameOf(0x00a4_0021)).toBe('NOP'); // addu zero, a1, a0
    expect(nameOf(0x8c80_0000)).toBe('LW'); // to $0: can still fault
  });
});
