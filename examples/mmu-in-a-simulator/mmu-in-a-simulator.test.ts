import { expect, it } from 'vitest';
import { Kernel } from './kernel.ts';
import { PAGE } from './simulator.ts';

const HEAP = 0x0040_0000;

it('gives every process its own memory, whatever the cache, the TLB and the kernel do behind it', () => {
  const kernel = new Kernel();
  const { simulator, faults } = kernel;
  /** What each process must find, by ASID. */
  const memories = new Map([[kernel.spawn(), new Map<number, number>()]]);
  simulator.asid = 1;
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let i = 0; i < 20_000; i++) {
    const memory = memories.get(simulator.asid)!;
    const va = HEAP + random(20) * PAGE + random(2) * 4;
    if (random(2) === 0) expect(simulator.load(va)).toBe(memory.get(va) ?? 0);
    else {
      simulator.store(va, i);
      memory.set(va, i);
    }
    if (random(50) === 0) simulator.asid = 1 + random(memories.size);
    else if (i % 2_000 === 1_000 && memories.size < 5) memories.set(kernel.fork(), new Map(memory));
  }
  expect(memories.size).toBe(5);
  for (const count of [...Object.values(simulator.counts), ...Object.values(faults)]) expect(count).toBeGreaterThan(10);
});

it('refuses a process the kernel’s memory', () => {
  const kernel = new Kernel();
  kernel.simulator.asid = kernel.spawn();
  expect(() => kernel.simulator.load(0x8000_0000)).toThrow('process 1 has no business at 0x80000000');
});
