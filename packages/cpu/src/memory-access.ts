// Loads and stores the long way: alignment, translation, faults, devices; and filling the soft TLB so that the next one is short.
import type { Memory, Width } from '@kseg/bus';
import { ADDRESS_ERROR, LOAD, MAPPED, MODIFIED, REFILL, STORE } from '@kseg/mmu';
import type { Core } from './core.ts';
import { ADDRESS_LOAD, ADDRESS_STORE, BUS_DATA, TLB_LOAD, TLB_MODIFIED, TLB_STORE } from './exception-codes.ts';
import * as S from './state.ts';
import { WATCH_READ, WATCH_WRITE } from './watch.ts';

/** An unsigned value of `width` bytes; meaningless when `core.faulted` is set behind it. */
export function load(core: Core, va: number, width: Width): number {
  if (core.watches.active && core.accessWatched(va, width, WATCH_READ)) return 0;
  if ((va & (width - 1)) !== 0) return fault(core, va, LOAD, ADDRESS_ERROR);
  return loadAligned(core, va, width);
}

/** The aligned word that the byte at `va` is in (LWL, LWR): a fault names `va` itself. */
export function loadWordAround(core: Core, va: number): number {
  if (core.watches.active && core.accessWatched(va & ~3, 4, WATCH_READ)) return 0;
  return loadAligned(core, va, 4);
}

function loadAligned(core: Core, va: number, width: Width): number {
  const result = core.mmu.lookup(va >>> 0, LOAD, core.state[S.MODE]!);
  if (result !== MAPPED) return fault(core, va, LOAD, result);
  const pa = (core.mmu.pa & ~(width - 1)) >>> 0;
  const region = core.map.find(pa);
  if (region !== undefined && (region.kind === 'ram' || region.kind === 'rom')) {
    const offset = pa - region.base + (region.offset ?? 0);
    fill(core, va, region.memory, offset, region.kind === 'ram');
    return region.memory.read(offset, width);
  }
  const value = core.map.read(pa, width);
  core.attention = true;
  if (core.map.busError) busError(core);
  return value;
}

/** Stores the low `width` bytes of `value`. */
export function store(core: Core, va: number, width: Width, value: number): void {
  if (core.watches.active && core.accessWatched(va, width, WATCH_WRITE)) return;
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
  const region = core.map.find(pa);
  if (region?.kind === 'ram') {
    const offset = pa - region.base + (region.offset ?? 0);
    fill(core, va, region.memory, offset, true);
    region.memory.write(offset, width, value);
    return;
  }
  core.map.write(pa, width, value >>> 0);
  core.attention = true;
  if (core.map.busError) busError(core);
}

/**
 * Enters the page of `va` in the soft TLB: for reads, which any mapping allows, and for writes if they are allowed too and the page holds
 * no decoded code.
 */
function fill(core: Core, va: number, memory: Memory, offset: number, writable: boolean): void {
  if (core.watches.active && core.watches.hasPage(va)) return;
  const mode = core.state[S.MODE]!;
  const hostPage = memory.byteOffset + (offset & ~0xfff);
  core.softTlb.fillRead(mode, va, hostPage);
  if (writable && memory.codePages[offset >>> 12] === 0 && core.mmu.lookup(va >>> 0, STORE, mode) === MAPPED)
    core.softTlb.fillWrite(mode, va, hostPage);
}

/** Whether `va` is aligned for a doubleword; otherwise the address error has been raised. */
export function checkDoubleword(core: Core, va: number, isStore: boolean): boolean {
  if ((va & 7) === 0) return true;
  fault(core, va, isStore ? STORE : LOAD, ADDRESS_ERROR);
  return false;
}

/** Translates for an instruction that touches no data (CACHE, SYNCI), or not yet (SC): LOAD or STORE. False when it faulted. */
export function probe(core: Core, va: number, access: number): boolean {
  const result = core.mmu.lookup(va >>> 0, access, core.state[S.MODE]!);
  if (result === MAPPED) return true;
  fault(core, va, access, result);
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
