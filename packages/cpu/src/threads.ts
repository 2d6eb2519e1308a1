// The MT ASE of a core with one virtual processor (VPE) and one thread context (TC): the registers that describe them, and the instructions
// that move between contexts, start and stop threads (MIPS32 vol. IV-f). Whatever another thread would do, there is none to do it.
import { CP0_ENTRY_HI } from '@kseg/mmu';
import type { Core } from './core.ts';
import { accumulator } from './dsp/accumulators.ts';
import { DSP_CONTROL_BITS } from './dsp/control.ts';
import { FLOATING_POINT, RESERVED, THREAD } from './exception-codes.ts';
import { singleWord } from './fpu/index.ts';
import * as S from './state.ts';
import * as B from './status.ts';

/** A register of the ASE: its word of the state block, and the bits that software can write. */
interface ThreadRegister {
  readonly word: number;
  readonly mask: number;
  /** More of them while MVPControl.VPC lets software configure the processor. */
  readonly configurable?: number;
}

const register = (number: number, select: number): number => number * 8 + select;

const MVP_CONTROL = register(0, 1);
const VPE_CONF0 = register(1, 2);
const TC_STATUS = register(2, 1);
const TC_RESTART = register(2, 3);

/** By number and select. MVPConf0, MVPConf1 and YQMask read 0: one VPE, one TC, no yield qualifiers. TCStatus is below. */
const registers: ReadonlyMap<number, ThreadRegister> = new Map([
  [MVP_CONTROL, { word: S.MVP_CONTROL, mask: 0xb, configurable: 0x4 }],
  [register(1, 1), { word: S.VPE_CONTROL, mask: 0x0030_80ff }],
  [VPE_CONF0, { word: S.VPE_CONF0, mask: 0x1fe0_0003 }],
  [register(1, 3), { word: S.VPE_CONF1, mask: 0, configurable: 0x0ff3_fcff }],
  [register(1, 5), { word: S.VPE_SCHEDULE, mask: -1 }],
  [register(1, 6), { word: S.VPE_SCHE_FBACK, mask: -1 }],
  [register(1, 7), { word: S.VPE_OPT, mask: 0xffff }],
  [register(2, 2), { word: S.TC_BIND, mask: 0x0002_0000 }],
  [register(2, 4), { word: S.TC_HALT, mask: 1 }],
  [register(2, 5), { word: S.TC_CONTEXT, mask: -1 }],
  [register(2, 6), { word: S.TC_SCHEDULE, mask: -1 }],
  [register(2, 7), { word: S.TC_SCHE_FBACK, mask: -1 }],
]);

const MVP_CONTROL_EVP = 1 << 0;
const MVP_CONTROL_VPC = 1 << 1;
const VPE_CONTROL_TARG_TC = 0xff;
const VPE_CONTROL_TE = 1 << 15;
const VPE_CONTROL_EXCPT = 7 << 16;
const VPE_CONTROL_YSI = 1 << 21;
/** VPEConf0.MVP: this VPE may configure the processor. */
const VPE_CONF0_MVP = 1 << 1;
const TC_STATUS_A = 1 << 13;
const TC_STATUS_DT = 1 << 20;
/** Bits that TCStatus has of its own: DT, DA, A and IXMT. The others are Status' and EntryHi's. */
const TC_STATUS_OWN = TC_STATUS_DT | (1 << 15) | TC_STATUS_A | B.TC_STATUS_IXMT;

/** VPEControl.EXCPT: what a thread exception is about. */
const UNDERFLOW = 0;
const OVERFLOW = 1;
const INVALID_QUALIFIER = 2;
const YIELD_SCHEDULER = 4;

/** The registers at reset: one VPE, the master, active, and one TC, active. */
export function resetThreads(state: Int32Array): void {
  state[S.MVP_CONTROL] = MVP_CONTROL_EVP;
  state[S.VPE_CONF0] = VPE_CONF0_MVP | 1;
  state[S.TC_STATUS] = TC_STATUS_A;
}

/** MFC0 of a register of the ASE; 0 for others. */
export function readThread(core: Core, number: number, select: number): number {
  const { state } = core;
  const which = register(number, select);
  if (which === TC_STATUS) {
    // CU3 to CU0 in place, MX three bits up, KSU eight bits up, and EntryHi's ASID (vol. IV-f, TCStatus).
    const status = state[S.STATUS]!;
    const shared = (status & 0xf000_0000) | ((status & B.STATUS_MX) << 3) | ((status & B.STATUS_KSU) << 8);
    return state[S.TC_STATUS]! | shared | (state[S.MMU_STATE + CP0_ENTRY_HI]! & 0xff);
  }
  // A running thread's TCRestart is where it is.
  if (which === TC_RESTART) return core.pc;
  const found = registers.get(which);
  return found === undefined ? 0 : state[found.word]!;
}

/** MTC0 of a register of the ASE; nothing for others. */
export function writeThread(core: Core, number: number, select: number, value: number): void {
  const { state } = core;
  const which = register(number, select);
  if (which === TC_STATUS) {
    state[S.TC_STATUS] = value & TC_STATUS_OWN;
    const shared = (value & 0xf000_0000) | ((value >>> 3) & B.STATUS_MX) | ((value >>> 8) & B.STATUS_KSU);
    const kept = state[S.STATUS]! & ~(0xf000_0000 | B.STATUS_MX | B.STATUS_KSU);
    core.writeCp0(CP0_ENTRY_HI, 0, (state[S.MMU_STATE + CP0_ENTRY_HI]! & ~0xff) | (value & 0xff));
    core.writeCp0(12, 0, kept | shared);
    return;
  }
  const found = registers.get(which);
  if (found === undefined) return;
  // Only the master VPE configures (vol. IV-f, MVPControl and VPEConf0).
  const isMaster = (state[S.VPE_CONF0]! & VPE_CONF0_MVP) !== 0;
  if ((which === MVP_CONTROL || which === VPE_CONF0) && !isMaster) return;
  const configures = (state[S.MVP_CONTROL]! & MVP_CONTROL_VPC) !== 0;
  const mask = found.mask | (configures ? (found.configurable ?? 0) : 0);
  state[found.word] = (state[found.word]! & ~mask) | (value & mask);
  core.attention = true;
}

/** DMT and EMT: VPEControl as it was; TE is `enable` from then on. */
export function switchThreads(core: Core, enable: boolean): number {
  const old = core.state[S.VPE_CONTROL]!;
  core.state[S.VPE_CONTROL] = enable ? old | VPE_CONTROL_TE : old & ~VPE_CONTROL_TE;
  return old;
}

/** DVPE and EVPE: MVPControl as it was; EVP is `enable` from then on, if this VPE is the master. */
export function switchProcessors(core: Core, enable: boolean): number {
  const old = core.state[S.MVP_CONTROL]!;
  if ((core.state[S.VPE_CONF0]! & VPE_CONF0_MVP) !== 0)
    core.state[S.MVP_CONTROL] = enable ? old | MVP_CONTROL_EVP : old & ~MVP_CONTROL_EVP;
  return old;
}

function threadException(core: Core, what: number): undefined {
  core.state[S.VPE_CONTROL] = (core.state[S.VPE_CONTROL]! & ~VPE_CONTROL_EXCPT) | (what << 16);
  core.raise(THREAD);
}

/** FORK: there never is a context to allocate. */
export function fork(core: Core): void {
  threadException(core, OVERFLOW);
}

/**
 * YIELD: what it writes to rd, which are the yield qualifiers that are active and not masked: none. Undefined when it took an exception:
 * 0 would end the only thread, and a positive `condition` waits for qualifiers that YQMask does not let through.
 */
export function yieldThread(core: Core, condition: number): number | undefined {
  const { state } = core;
  if (condition === 0) return threadException(core, UNDERFLOW);
  if (condition > 0) return threadException(core, INVALID_QUALIFIER);
  const intercepted = (state[S.VPE_CONTROL]! & VPE_CONTROL_YSI) !== 0 && (state[S.TC_STATUS]! & TC_STATUS_DT) !== 0;
  // -2 asks for the qualifiers without yielding.
  if (condition !== -2 && intercepted) return threadException(core, YIELD_SCHEDULER);
  return 0;
}

/** Whether VPEControl.TargTC names the one context that there is. */
const targetsSelf = (core: Core): boolean => (core.state[S.VPE_CONTROL]! & VPE_CONTROL_TARG_TC) === 0;

// The fields of MFTR and MTTR.
const selectOf = (word: number): number => word & 7;
const isHigh = (word: number): boolean => (word & 0x10) !== 0;
const isCp0 = (word: number): boolean => (word & 0x20) === 0;

/** State word of HI, LO or an accumulator's half by its number in MFTR and MTTR, or -1: each four are LO, HI, ACX and none. */
function accumulatorWord(number: number): number {
  if (number > 15 || (number & 3) > 1) return -1;
  return accumulator(number >>> 2) + ((number & 3) === 0 ? 1 : 0);
}

const DSP_CONTROL = 16;

/** State word that MFTR and MTTR name, or -1 for what is none: CP0 and FPU control registers, and ACX. */
function targetWord(core: Core, word: number, number: number): number {
  switch (selectOf(word)) {
    case 0:
      return S.GPR + number;
    case 1:
      return number === DSP_CONTROL ? S.DSP_CONTROL : accumulatorWord(number);
    case 2: {
      const fr = core.fullRegisters;
      if (!isHigh(word)) return S.FPR + singleWord(number, fr);
      return S.FPR + (fr ? 2 * number : 2 * (number & ~1)) + 1;
    }
    default:
      return -1;
  }
}

/** Whether MFTR or MTTR names something of this core's: else it is reserved. Coprocessor 2 is not there. */
function isTarget(core: Core, word: number, number: number): boolean {
  if (isCp0(word)) return true;
  switch (selectOf(word)) {
    case 0:
      return true;
    case 1:
      return number === DSP_CONTROL || (number < DSP_CONTROL && (number & 3) !== 3);
    case 2:
    case 3:
      return core.model.fir !== undefined;
    default:
      return false;
  }
}

/** MFTR: the register of the context that VPEControl.TargTC names; -1 when there is none. Undefined when it took an exception. */
export function moveFromThread(core: Core, word: number): number | undefined {
  const number = (word >>> 16) & 31;
  if (!targetsSelf(core)) return -1;
  if (!isTarget(core, word, number)) {
    core.raise(RESERVED);
    return undefined;
  }
  if (isCp0(word)) return core.readCp0(number, selectOf(word));
  if (selectOf(word) === 3) return core.fpu.readControl(number);
  const place = targetWord(core, word, number);
  return place < 0 ? 0 : core.state[place]!;
}

/** MTTR: nothing when VPEControl.TargTC names no context. */
export function moveToThread(core: Core, word: number, value: number): void {
  const number = (word >>> 11) & 31;
  if (!targetsSelf(core)) return;
  if (!isTarget(core, word, number)) core.raise(RESERVED);
  else if (isCp0(word)) core.writeCp0(number, selectOf(word), value);
  else if (selectOf(word) === 3) {
    if (core.fpu.writeControl(number, value)) core.raise(FLOATING_POINT);
  } else {
    const place = targetWord(core, word, number);
    if (place > 0) core.state[place] = place === S.DSP_CONTROL ? value & DSP_CONTROL_BITS : value;
  }
}
