import { expect, it } from 'vitest';
import { createMmu, FixedMappingMmu, LOAD, MAPPED, Mips32Mmu, R3000Mmu, R4000Mmu, USER } from './index.ts';

it.each([
  [{ kind: 'tlb', entries: 32 }, Mips32Mmu, 32],
  [{ kind: 'r4000', entries: 48 }, R4000Mmu, 48],
  [{ kind: 'r3000' }, R3000Mmu, 64],
  [{ kind: 'fixed' }, FixedMappingMmu, 0],
] as const)('makes %j, in the words it is given', (kind, type, entries) => {
  const mmu = createMmu(kind);
  expect(mmu).toBeInstanceOf(type);
  expect(mmu.entries).toBe(entries);
  const asked: Int32Array[] = [];
  const placed = createMmu(kind, (count) => {
    asked.push(new Int32Array(count).fill(-1));
    return asked[0]!;
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]!.every((word) => word === -1)).toBe(false);
  expect(placed.lookup(0x1000, LOAD, USER)).toBe(kind.kind === 'fixed' ? MAPPED : mmu.lookup(0x1000, LOAD, USER));
});
