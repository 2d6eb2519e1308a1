// Loads and stores the long way: alignment, translation, faults, devices; and filling the soft TLB so that the next one is short.
import type { Width } from '@kseg/bus';
import { ADDRESS_ERROR, LOAD, MAPPED, MODIFIED, REFILL, STORE } from '@kseg/mmu';
import type { Core } from './core.ts';
import { ADDRESS_LOAD, ADDRESS_STORE, BUS_DATA, TLB_LOAD, TLB_MODIFIED, TLB_STORE } from './exception-codes.ts';
import * as S from './state.ts';

/** An unsigned value of `width` bytes; meaningless when `core.faulted` is set behind it. */
export function load(core: Core, va: number, width: Width): number {
  if ((va & (width - 1)) !== 0) return fault(core, va, LOAD, ADDRESS_ERROR);
  return loadAligned(core, va, width);
}

/** The aligned word that the byte at `va` is in (LWL, LWR): a fault names `va` itself. */
export function loadWordAround(core: Core, va: number): number {
  return loadAligned(core, va, 4);
}

function loadAligned(core: Core, va: number, width: Width): number {
  const result = core.mmu.lookup(va >>> 0, LOAD, core.state[S.MODE]!);
  if (result !== MAPPED) return fault(core, va, LOAD, result);
  const pa = (core.mmu.pa & ~(width - 1)) >>> 0;
  const found = core.map.memoryAt(pa);
  if (found !== undefined) {
    core.fill(va, found.memory, found.offset, false);
    return found.memory.read(found.offset, width);
  }
  const value = core.map.read(pa, width);
  core.attention = true;
  if (core.map.busError) busError(core);
  return value;
}

/** Stores the low `width` bytes of `value`. */
export function store(core: Core, va: number, width: Width, value: number): void {
  if ((va & (width - 1)) !== 0) {
    fault(core, va, STORE, ADDRESS_ERROR);
    return;
  }
  const result = core.mmu.lookup(va >>> 0, STORE, core.state[S.MODE]!);
  if (result !== MAPPED) {
    fault(core, va, STORE, result);
    return;
  }
  const { pa } = core.mmu;
  const found = core.map.memoryAt(pa);
  if (found?.writable) {
    if (found.memory.codePages[found.offset >>> 12] === 0) core.fill(va, found.memory, found.offset, true);
    found.memory.write(found.offset, width, value);
    return;
  }
  core.map.write(pa, width, value >>> 0);
  core.attention = true;
  if (core.map.busError) busError(core);
}

/** Translates for an instruction that touches no data (CACHE, SYNCI); false when it faulted. */
export function probe(core: Core, va: number): boolean {
  const result = core.mmu.lookup(va >>> 0, LOAD, core.state[S.MODE]!);
  if (result === MAPPED) return true;
  fault(core, va, LOAD, result);
  return false;
}

/** Raises the exception for a lookup's `result`. */
function fault(core: Core, va: number, access: number, result: number): 0 {
  core.mmu.recordFault(va >>> 0, result);
  if (result === ADDRESS_ERROR) core.raise(access === STORE ? ADDRESS_STORE : ADDRESS_LOAD);
  else if (result === MODIFIED) core.raise(TLB_MODIFIED);
  else core.raise(access === STORE ? TLB_STORE : TLB_LOAD, result === REFILL);
  return 0;
}

function busError(core: Core): void {
  core.map.busError = false;
  core.raise(BUS_DATA);
}
