// Coprocessor 1 the long way: what is not in the hot loop, and what faults there. The FPU is usable.

import type { Core } from './core.ts';
import { FLOATING_POINT, RESERVED } from './exception-codes.ts';
import { execute, singleWord, TRAPPED } from './fpu/index.ts';
import { checkDoubleword, load, store } from './memory-access.ts';
import * as S from './state.ts';

export function floating(core: Core, first: number, second: number): void {
  const { state, fpu, fullRegisters: fr } = core;
  const base = state[(first >>> 8) & 63]!;
  const rt = (first >>> 14) & 63;
  const fs = (first >>> 20) & 63;
  switch (first & 255) {
    case 112: {
      // FPU
      const outcome = execute(fpu, second, fr, state[(second >>> 16) & 31]!);
      if (outcome !== 0) core.raise(outcome === TRAPPED ? FLOATING_POINT : RESERVED);
      return;
    }
    case 113: // MFC1: inline in the interpreter, but not in translated code
      state[rt] = state[S.FPR + singleWord(fs, fr)]!;
      return;
    case 114: // MTC1
      state[S.FPR + singleWord(fs, fr)] = state[rt]!;
      return;
    case 115: // LWC1
      loadSingle(core, base + second, rt);
      return;
    case 116: // LDC1
      loadDouble(core, base + second, rt);
      return;
    case 117: // SWC1
      store(core, base + second, 4, state[S.FPR + singleWord(rt, fr)]!);
      return;
    case 118: // SDC1
      storeDouble(core, base + second, rt);
      return;
    case 119: // MFHC1
      state[rt] = state[doubleWord(core, fs) + 1]!;
      return;
    case 120: // MTHC1
      state[doubleWord(core, fs) + 1] = state[rt]!;
      return;
    case 121: // CFC1
      state[rt] = fpu.readControl(fs);
      return;
    case 122: // CTC1
      if (fpu.writeControl(fs, state[rt]!)) core.raise(FLOATING_POINT);
      return;
    case 123: // MOVCI
      if (fpu.condition((second >>> 18) & 7) === ((second & 0x1_0000) !== 0)) state[fs] = base;
      return;
    case 124: // INDEXED
      indexed(core, second, base + state[(second >>> 16) & 31]!);
      return;
  }
}

/** LWXC1 to PREFX (vol. II): the loads name fd, the stores fs. */
function indexed(core: Core, word: number, va: number): void {
  const fd = (word >>> 6) & 31;
  const fs = (word >>> 11) & 31;
  // With Status.FR = 0 the unaligned forms and odd doubles are UNPREDICTABLE: reserved here, as on QEMU.
  if (!core.fullRegisters) {
    const unaligned = (word & 7) === 5;
    const oddDouble = (word & 7) === 1 && (((word & 8) === 0 ? fd : fs) & 1) !== 0;
    if (unaligned || oddDouble) {
      core.raise(RESERVED);
      return;
    }
  }
  switch (word & 63) {
    case 0x00:
      loadSingle(core, va, fd);
      return;
    case 0x01:
      loadDouble(core, va, fd);
      return;
    case 0x05: // LUXC1 ignores the low bits of the address
      loadDouble(core, va & ~7, fd);
      return;
    case 0x08:
      store(core, va, 4, core.state[S.FPR + singleWord(fs, core.fullRegisters)]!);
      return;
    case 0x09:
      storeDouble(core, va, fs);
      return;
    case 0x0d:
      storeDouble(core, va & ~7, fs);
      return;
  }
}

/** State word of the low half of double register `n`. With Status.FR = 0 an odd one is the even one before it. */
const doubleWord = (core: Core, n: number): number => S.FPR + 2 * (core.fullRegisters ? n : n & ~1);

function loadSingle(core: Core, va: number, register: number): void {
  const value = load(core, va, 4);
  if (!core.faulted) core.state[S.FPR + singleWord(register, core.fullRegisters)] = value;
}

function loadDouble(core: Core, va: number, register: number): void {
  if (!checkDoubleword(core, va, false)) return;
  const word = doubleWord(core, register);
  const highFirst = core.bigEndian ? 1 : 0;
  const one = load(core, va, 4);
  if (core.faulted) return;
  const two = load(core, va + 4, 4);
  if (core.faulted) return;
  core.state[word + highFirst] = one;
  core.state[word + 1 - highFirst] = two;
}

function storeDouble(core: Core, va: number, register: number): void {
  if (!checkDoubleword(core, va, true)) return;
  const word = doubleWord(core, register);
  const highFirst = core.bigEndian ? 1 : 0;
  store(core, va, 4, core.state[word + highFirst]!);
  if (!core.faulted) store(core, va + 4, 4, core.state[word + 1 - highFirst]!);
}
