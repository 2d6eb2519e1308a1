import { expect, it } from 'vitest';
import { Arena } from './arena.ts';

it('gives each region its own bytes, 64 past a 4 KB boundary', () => {
  const arena = new Arena([
    { name: 'a', bytes: 5000 },
    { name: 'b', bytes: 4096 },
  ]);
  const [a, b] = [arena.region('a'), arena.region('b')];
  expect(a.byteOffset % 4096).toBe(64);
  expect(b.byteOffset % 4096).toBe(64);
  expect(b.byteOffset).toBeGreaterThanOrEqual(a.byteOffset + 5000);
  expect(arena.buffer.byteLength).toBeGreaterThanOrEqual(b.byteOffset + 4096);
  expect(arena.memory?.buffer).toBe(arena.buffer);
});

it('names what does not fit', () => {
  expect(() => new Arena([{ name: 'huge', bytes: 2 ** 32 }])).toThrow(
    expect.objectContaining({ code: 'KSEG_BUS_ARENA_SIZE' }),
  );
  expect(() => new Arena([{ name: 'half', bytes: 0.5 }])).toThrow(/"half"/);
  const twice = [
    { name: 'a', bytes: 4096 },
    { name: 'a', bytes: 8192 },
  ];
  expect(() => new Arena(twice)).toThrow(
    expect.objectContaining({ code: 'KSEG_BUS_DUPLICATE_NAME', data: { name: 'a' } }),
  );
  expect(() => new Arena([]).region('x')).toThrow(expect.objectContaining({ code: 'KSEG_BUS_ARENA_REGION' }));
});

it('works where there is no WebAssembly', () => {
  const { WebAssembly } = globalThis;
  Reflect.deleteProperty(globalThis, 'WebAssembly');
  try {
    const arena = new Arena([{ name: 'a', bytes: 4096 }]);
    expect(arena.memory).toBeUndefined();
    expect(arena.buffer.byteLength).toBeGreaterThan(4096);
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', { value: WebAssembly, configurable: true, writable: true });
  }
});
