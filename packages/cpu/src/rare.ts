// Instructions that are not worth a place in the hot switch, and the long way of those that are: what the interpreter calls when a load
// misses the soft TLB, an addition overflows, a trap fires. Case labels are the numbers of predecode.ts.

import { LOAD, STORE } from '@kseg/mmu';
import type { Core } from './core.ts';
import { isRelease2Register } from './cp0.ts';
import { execute } from './dsp/index.ts';
import * as X from './exception-codes.ts';
import { load, loadWordAround, probe, store } from './memory-access.ts';
import { floating } from './rare-fpu.ts';
import * as S from './state.ts';
import * as B from './status.ts';
import { fork, moveFromThread, moveToThread, switchProcessors, switchThreads, yieldThread } from './threads.ts';

/**
 * Carries out the instruction with these two predecoded integers. The caller has set `pc`, `inSlot` and the time, and cleared `faulted`
 * and `attention`. When `faulted` is set behind it the instruction did not retire and PC is the vector. True when it retired and set PC
 * itself (ERET).
 */
export function rare(core: Core, first: number, second: number): boolean {
  const { state } = core;
  const a = state[(first >>> 8) & 63]!;
  const rt = (first >>> 14) & 63;
  const b = state[rt]!;
  switch (first & 255) {
    case 3: // SECOND_BRANCH
    case 4: // RESERVED
      core.raise(X.RESERVED);
      return false;
    case 56: // ADD
    case 57: // SUB
    case 58: // ADDI
      core.raise(X.OVERFLOW);
      return false;
    case 59: // TEQ
      core.raise(X.TRAP);
      return false;
    case 60: // MFC0_WORD
    case 61: // MTC0_WORD
    case 62: // MTC0_ENTRY_LO
      core.raise(X.UNUSABLE, false, 0);
      return false;

    case 64: // LB
      setGpr(core, rt, (load(core, a + second, 1) << 24) >> 24);
      return false;
    case 65: // LBU
      setGpr(core, rt, load(core, a + second, 1));
      return false;
    case 66: // LH
      setGpr(core, rt, (load(core, a + second, 2) << 16) >> 16);
      return false;
    case 67: // LHU
      setGpr(core, rt, load(core, a + second, 2));
      return false;
    case 68: // LW
      setGpr(core, rt, load(core, a + second, 4));
      return false;
    case 69: // LWL
      setGpr(core, rt, loadLeft(core, (a + second) | 0, b));
      return false;
    case 70: // LWR
      setGpr(core, rt, loadRight(core, (a + second) | 0, b));
      return false;
    case 71: // SB
      store(core, a + second, 1, b & 0xff);
      return false;
    case 72: // SH
      store(core, a + second, 2, b & 0xffff);
      return false;
    case 73: // SW
      store(core, a + second, 4, b);
      return false;
    case 74: // SWL
      storeLeft(core, (a + second) | 0, b);
      return false;
    case 75: // SWR
      storeRight(core, (a + second) | 0, b);
      return false;
    case 76: {
      // LL
      const value = load(core, a + second, 4);
      if (core.faulted) return false;
      state[rt] = value;
      state[S.LL_BIT] = 1;
      state[S.LL_ADDR] = core.mmu.pa;
      state[S.LL_VALUE] = value;
      return false;
    }
    case 77: // SC
      storeConditional(core, (a + second) | 0, rt);
      return false;
    case 78: // SYSCALL
      core.raise(X.SYSCALL);
      return false;
    case 79: // BREAK
      core.raise(X.BREAKPOINT);
      return false;
    case 80: // SDBBP
      debugBreak(core);
      return false;
    case 81: // TGE
      trapIf(core, a >= b);
      return false;
    case 82: // TGEU
      trapIf(core, a >>> 0 >= b >>> 0);
      return false;
    case 83: // TLT
      trapIf(core, a < b);
      return false;
    case 84: // TLTU
      trapIf(core, a >>> 0 < b >>> 0);
      return false;
    case 85: // TNE
      trapIf(core, a !== b);
      return false;
    case 86: // TGEI
      trapIf(core, a >= second);
      return false;
    case 87: // TGEIU
      trapIf(core, a >>> 0 >= second >>> 0);
      return false;
    case 88: // TLTI
      trapIf(core, a < second);
      return false;
    case 89: // TLTIU
      trapIf(core, a >>> 0 < second >>> 0);
      return false;
    case 90: // TEQI
      trapIf(core, a === second);
      return false;
    case 91: // TNEI
      trapIf(core, a !== second);
      return false;
    case 107: // SYNCI
      probe(core, a + ((second << 16) >> 16), LOAD);
      return false;
    case 105: // RDHWR
      readHardware(core, rt, (first >>> 20) & 63);
      return false;
    case 109: // COP1
      // An opcode of coprocessor 1 that is no instruction: an unusable coprocessor comes first.
      if (core.fpuUsable) core.raise(X.RESERVED);
      else core.raise(X.UNUSABLE, false, 1);
      return false;
    case 111: // COP3
      core.raise(X.UNUSABLE, false, 3);
      return false;
    case 112: // FPU
    case 113: // MFC1
    case 114: // MTC1
    case 115: // LWC1
    case 116: // LDC1
    case 117: // SWC1
    case 118: // SDC1
    case 119: // MFHC1
    case 120: // MTHC1
    case 121: // CFC1
    case 122: // CTC1
    case 123: // MOVCI
    case 124: // INDEXED
    case 215: // BC1F
    case 216: // BC1T
    case 217: // BC1FL
    case 218: // BC1TL
      if (core.fpuUsable) floating(core, first, second);
      else core.raise(X.UNUSABLE, false, 1);
      return false;
    case 126: // DSP
    case 127: // DSP_LOAD
    case 221: // BPOSGE32
      if (!core.dspUsable) core.raise(X.DSP_DISABLED);
      else if ((first & 255) === 127) indexedLoad(core, second);
      else execute(state, second);
      return false;
    case 134: // FORK
      fork(core);
      return false;
    case 135: {
      // YIELD
      const qualifiers = yieldThread(core, a);
      if (qualifiers !== undefined) setGpr(core, (first >>> 20) & 63, qualifiers);
      return false;
    }
    case 110: // COP2
      core.raise(X.UNUSABLE, false, 2);
      return false;
    default:
      return privileged(core, first, second);
  }
}

/** The instructions of CP0; true as for `rare`. */
function privileged(core: Core, first: number, second: number): boolean {
  if (!core.cp0Usable) {
    core.raise(X.UNUSABLE, false, 0);
    return false;
  }
  const { state, mmu } = core;
  const rt = (first >>> 14) & 63;
  const rd = (first >>> 20) & 63;
  switch (first & 255) {
    case 92: // MFC0
      if (core.model.release === 1 && isRelease2Register(rd, second & 7)) core.raise(X.RESERVED);
      else setGpr(core, rt, core.readCp0(rd, second & 7));
      return false;
    case 93: // MTC0
      if (core.model.release === 1 && isRelease2Register(rd, second & 7)) core.raise(X.RESERVED);
      else core.writeCp0(rd, second & 7, state[rt]!);
      return false;
    case 94: // TLBR
      if (noTlb(core)) return false;
      mmu.tlbr();
      core.updateMode();
      return false;
    case 95: // TLBWI
      if (noTlb(core)) return false;
      if (!mmu.tlbwi()) core.raise(X.MACHINE_CHECK);
      return false;
    case 96: // TLBWR
      if (noTlb(core)) return false;
      if (!mmu.tlbwr()) core.raise(X.MACHINE_CHECK);
      return false;
    case 97: // TLBP
      if (noTlb(core)) return false;
      mmu.tlbp();
      return false;
    case 98: // ERET
      state[S.LL_BIT] = 0;
      if ((state[S.STATUS]! & B.STATUS_ERL) !== 0) {
        core.jump(state[S.ERROR_EPC]!);
        state[S.STATUS]! &= ~B.STATUS_ERL;
      } else {
        core.jump(state[S.EPC]!);
        state[S.STATUS]! &= ~B.STATUS_EXL;
        if (core.hasShadowSets && (state[S.STATUS]! & B.STATUS_BEV) === 0) core.useShadowSet(previousSet(core));
      }
      core.updateMode();
      return true;
    case 99: // DERET
      if ((state[S.DEBUG]! & B.DEBUG_DM) === 0) {
        core.raise(X.RESERVED);
        return false;
      }
      core.jump(state[S.DEPC]!);
      state[S.DEBUG]! &= ~B.DEBUG_DM;
      core.updateMode();
      return true;
    case 100: // WAIT
      state[S.WAITING] = 1;
      core.attention = true;
      return false;
    case 101: // DI
      setGpr(core, rt, state[S.STATUS]!);
      state[S.STATUS]! &= ~B.STATUS_IE;
      return false;
    case 102: // EI
      setGpr(core, rt, state[S.STATUS]!);
      state[S.STATUS]! |= B.STATUS_IE;
      core.attention = true;
      return false;
    case 103: // RDPGPR
      setGpr(core, rd, state[previousGpr(core, rt)]!);
      return false;
    case 104: // WRPGPR
      setGpr(core, previousGpr(core, rd), state[rt]!);
      return false;
    case 106: // CACHE
      // Operations on an address translate it and can fault; there is no cache to act on.
      if (((second >>> 16) & 31) >>> 2 >= 4) probe(core, state[(first >>> 8) & 63]! + ((second << 16) >> 16), LOAD);
      return false;
    case 128: // DMT
    case 129: // EMT
      setGpr(core, rt, switchThreads(core, (first & 255) === 129));
      return false;
    case 130: // DVPE
    case 131: // EVPE
      setGpr(core, rt, switchProcessors(core, (first & 255) === 131));
      return false;
    case 132: {
      // MFTR
      const value = moveFromThread(core, second);
      if (value !== undefined) setGpr(core, rd, value);
      return false;
    }
    case 133: // MTTR
      moveToThread(core, second, state[rt]!);
      return false;
    default: // COP0: not an instruction of this core
      core.raise(X.RESERVED);
      return false;
  }
}

/** Writes a general register unless the instruction faulted; register 0 is left alone. */
function setGpr(core: Core, number: number, value: number): void {
  if (!core.faulted && number !== 0) core.state[number] = value;
}

/** SRSCtl.PSS: the shadow set of what was interrupted. */
const previousSet = (core: Core): number => (core.state[S.SRS_CTL]! >>> 6) & 0xf;

/** State word of register `n` in the previous shadow set. */
function previousGpr(core: Core, n: number): number {
  const set = previousSet(core);
  return n === 0 || set === (core.state[S.SRS_CTL]! & 0xf) ? n : S.SHADOW + 32 * set + n;
}

/** TLB instructions are reserved on a core without one. */
function noTlb(core: Core): boolean {
  if (core.mmu.entries > 0) return false;
  core.raise(X.RESERVED);
  return true;
}

/** LWX, LHX and LBUX of the DSP ASE: rd from the address rs + rt. */
function indexedLoad(core: Core, word: number): void {
  const va = core.state[(word >>> 21) & 31]! + core.state[(word >>> 16) & 31]!;
  const rd = (word >>> 11) & 31;
  switch ((word >>> 6) & 31) {
    case 0x00:
      setGpr(core, rd, load(core, va, 4));
      return;
    case 0x04:
      setGpr(core, rd, (load(core, va, 2) << 16) >> 16);
      return;
    case 0x06:
      setGpr(core, rd, load(core, va, 1));
      return;
  }
}

function trapIf(core: Core, condition: boolean): void {
  if (condition) core.raise(X.TRAP);
}

// LWL … SWR reach the bytes of one aligned word (MIPS32 vol. II). `shift` is 8 times the byte's place counted from the word's low end in
// the guest's byte order.

function loadLeft(core: Core, va: number, old: number): number {
  const shift = 8 * ((va & 3) ^ (core.bigEndian ? 3 : 0));
  const up = 24 - shift;
  const word = loadWordAround(core, va);
  return (word << up) | (old & ~(-1 << up));
}

function loadRight(core: Core, va: number, old: number): number {
  const shift = 8 * ((va & 3) ^ (core.bigEndian ? 3 : 0));
  const word = loadWordAround(core, va);
  return (word >>> shift) | (old & ~(-1 >>> shift));
}

function storeLeft(core: Core, va: number, value: number): void {
  const swap = core.bigEndian ? 3 : 0;
  const lane = (va & 3) ^ swap;
  // The register's high bytes go to the addressed byte and, after it, to those of less significance.
  for (let byte = lane; byte >= 0 && !core.faulted; byte--)
    store(core, (va & ~3) + (byte ^ swap), 1, (value >>> (8 * (byte + 3 - lane))) & 0xff);
}

function storeRight(core: Core, va: number, value: number): void {
  const swap = core.bigEndian ? 3 : 0;
  const lane = (va & 3) ^ swap;
  for (let byte = lane; byte <= 3 && !core.faulted; byte++)
    store(core, (va & ~3) + (byte ^ swap), 1, (value >>> (8 * (byte - lane))) & 0xff);
}

/**
 * SC succeeds when the link of the last LL holds: same physical address, no ERET since, and the word still has the value that LL read (so
 * that a bus master's or another agent's store breaks it).
 */
function storeConditional(core: Core, va: number, rt: number): void {
  const { state } = core;
  if ((va & 3) !== 0) {
    store(core, va, 4, 0);
    return;
  }
  // A fault comes first, whether the link holds or not (the order of vol. II's description).
  if (!probe(core, va, STORE)) return;
  let holds = state[S.LL_BIT] === 1 && core.mmu.pa === state[S.LL_ADDR]! >>> 0;
  if (holds) {
    holds = (load(core, va, 4) | 0) === state[S.LL_VALUE];
    if (holds && !core.faulted) store(core, va, 4, state[rt]!);
    if (core.faulted) return;
  }
  state[S.LL_BIT] = 0;
  setGpr(core, rt, holds ? 1 : 0);
}

/** RDHWR (vol. II): registers 0 to 3 and, with Config3.ULRI, 29; from user mode only those that HWREna opens. */
function readHardware(core: Core, rt: number, number: number): void {
  const { state } = core;
  const allowed = core.cp0Usable || ((state[S.HWRENA]! >>> number) & 1) !== 0;
  if (!allowed || number > 3) {
    core.raise(X.RESERVED);
    return;
  }
  const values = [0, 32, core.count | 0, core.model.countDivisor];
  setGpr(core, rt, values[number]!);
}

/** SDBBP: a debug exception (EJTAG specification, §5.4). */
function debugBreak(core: Core): void {
  const { state } = core;
  state[S.DEPC] = core.inSlot ? core.pc - 4 : core.pc;
  state[S.DEBUG] = (state[S.DEBUG]! & 0x7fff_ffc0) | B.DEBUG_DM | 2 | (core.inSlot ? B.DEBUG_DBD : 0);
  core.faulted = true;
  core.jump(0xbfc0_0480);
  core.updateMode();
}
