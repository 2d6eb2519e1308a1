// The R3000A: what sets its CP0 apart, and an interpreter in which loads arrive one instruction late. One instruction at a time and plain;
// it shares the predecoded code, the MMU's and the timeline's ways with the other cores.
import { CP0_ENTRY_HI, KERNEL, USER } from '@kseg/mmu';
import { evaluateBranch } from './branch.ts';
import { Core } from './core.ts';
import * as X from './exception-codes.ts';
import { load, loadWordAround, store } from './memory-access.ts';
import { multiplyHigh, multiplyHighUnsigned } from './multiply.ts';
import { rare } from './rare.ts';
import * as S from './state.ts';
import * as B from './status.ts';

/** Status bits of this core: the current mode is user, interrupts are enabled; caches isolated, swapped; the last isolated load missed. */
const KUC = 1 << 1;
const IEC = 1 << 0;
const ISC = 1 << 16;
const SWC = 1 << 17;
const CM = 1 << 19;

// CP0 registers that are not the MMU's.
const CP0_STATUS = 12;
const CP0_CAUSE = 13;
const CP0_EPC = 14;
const CP0_PRID = 15;

const CACHE_WORDS = 512;

export class R3000Core extends Core {
  override reset(): void {
    super.reset();
    this.state[S.STATUS] = B.STATUS_BEV;
    this.state[S.EBASE] = 0;
    this.state[S.DEBUG] = 0;
    this.state[S.WATCH_HI] = 0;
    this.state.fill(-1, S.CACHE_TAGS, S.CACHE_TAGS + 2 * CACHE_WORDS);
    this.updateMode();
  }

  override updateMode(): void {
    const mode = (this.state[S.STATUS]! & KUC) !== 0 ? USER : KERNEL;
    this.attention = true;
    this.state[S.MODE] = mode;
    this.softTlb.setAsid((this.state[S.MMU_STATE + CP0_ENTRY_HI]! >>> 6) & 63);
    this.state[S.READ_BASE] = this.softTlb.readBase(mode);
    this.state[S.WRITE_BASE] = this.softTlb.writeBase(mode);
  }

  /** Kernel mode may use CP0 whatever Status.CU0 says. */
  override get cp0Usable(): boolean {
    return (this.state[S.STATUS]! & (KUC | B.STATUS_CU0)) !== KUC;
  }

  override get cause(): number {
    return this.state[S.CAUSE]! | this.state[S.IRQ_LINES]!;
  }

  override get interruptPending(): boolean {
    const status = this.state[S.STATUS]!;
    return (status & IEC) !== 0 && (this.cause & status & B.CAUSE_IP) !== 0;
  }

  /** Pushes the stack of modes; a miss in kuseg has a vector of its own, at the base. */
  override raise(code: number, refill = false, coprocessor = -1): void {
    const { state } = this;
    const status = state[S.STATUS]!;
    const utlb = refill && state[S.MMU_STATE + 8]! >= 0;
    this.countException(code, utlb);
    // A load on its way arrives before the handler looks.
    const late = state[S.LOAD_REGISTER]!;
    if (late !== 0) state[late] = state[S.LOAD_VALUE]!;
    state[S.LOAD_REGISTER] = 0;
    state[S.EPC] = this.inSlot ? this.pc - 4 : this.pc;
    let cause = (state[S.CAUSE]! & ~(B.CAUSE_CODE | B.CAUSE_BD)) | (code << 2) | (this.inSlot ? B.CAUSE_BD : 0);
    if (code === X.UNUSABLE) cause = (cause & ~B.CAUSE_CE) | (coprocessor << 28);
    state[S.CAUSE] = cause;
    state[S.STATUS] = (status & ~0x3f) | ((status & 0xf) << 2);
    const bev = (status & B.STATUS_BEV) !== 0;
    this.jump(utlb ? (bev ? 0xbfc0_0100 : 0x8000_0000) : bev ? 0xbfc0_0180 : 0x8000_0080);
    this.updateMode();
  }

  override readCp0(register: number): number {
    const { state, mmu } = this;
    switch (register) {
      case CP0_STATUS:
        return state[S.STATUS]!;
      case CP0_CAUSE:
        return this.cause;
      case CP0_EPC:
        return state[S.EPC]!;
      case CP0_PRID:
        return this.model.prid;
      default:
        return mmu.readCp0(register) | 0;
    }
  }

  override writeCp0(register: number, _select: number, value: number): void {
    const { state, model, mmu } = this;
    switch (register) {
      case CP0_STATUS:
        state[S.STATUS] = (state[S.STATUS]! & ~model.statusMask) | (value & model.statusMask);
        this.updateMode();
        return;
      case CP0_CAUSE:
        state[S.CAUSE] = (state[S.CAUSE]! & ~model.causeMask) | (value & model.causeMask);
        this.attention = true;
        return;
      default:
        mmu.writeCp0(register, value >>> 0);
        this.updateMode();
    }
  }

  /** RFE: pops the stack of modes; the oldest pair stays. */
  returnFromException(): void {
    const status = this.state[S.STATUS]!;
    this.state[S.STATUS] = (status & ~0xf) | ((status >>> 2) & 0xf);
    this.updateMode();
  }

  get isolated(): boolean {
    return (this.state[S.STATUS]! & ISC) !== 0;
  }

  /** A load while the caches are isolated: from the data cache (the instruction cache when they are swapped), hit or miss. */
  cacheLoad(va: number, width: number): number {
    const { state } = this;
    const line = this.#line(va);
    const hit = state[S.CACHE_TAGS + line] === this.#tag(va);
    state[S.STATUS] = hit ? state[S.STATUS]! & ~CM : state[S.STATUS]! | CM;
    const word = state[S.CACHE_DATA + line]!;
    if (width === 4) return word;
    return (word >>> this.#shift(va, width)) & (width === 2 ? 0xffff : 0xff);
  }

  /** A store while they are: a word makes the line valid, less than that invalidates it. Memory does not see it. */
  cacheStore(va: number, width: number, value: number): void {
    const { state } = this;
    const line = this.#line(va);
    if (width === 4) {
      state[S.CACHE_DATA + line] = value;
      state[S.CACHE_TAGS + line] = this.#tag(va);
      return;
    }
    const mask = (width === 2 ? 0xffff : 0xff) << this.#shift(va, width);
    state[S.CACHE_DATA + line] = (state[S.CACHE_DATA + line]! & ~mask) | ((value << this.#shift(va, width)) & mask);
    state[S.CACHE_TAGS + line] = -1;
  }

  #line(va: number): number {
    const swapped = (this.state[S.STATUS]! & SWC) !== 0;
    return ((va >>> 2) & (CACHE_WORDS - 1)) + (swapped ? CACHE_WORDS : 0);
  }

  #tag(va: number): number {
    return (va & 0x1fff_f800) >>> 11;
  }

  #shift(va: number, width: number): number {
    return 8 * ((va & 3) ^ (this.bigEndian ? 4 - width : 0));
  }
}

/** Executes until `poll` says that the run ends. */
export function interpretR3000(core: R3000Core): void {
  const { state, cache, timeline } = core;
  while (core.poll()) {
    let { ip, left } = core;
    for (;;) {
      if ((cache.code[ip]! & 255) === 0) cache.decode(ip);
      const pc = state[S.PC]!;
      core.pc = pc;
      core.inSlot = state[S.IN_SLOT] !== 0;
      core.next = core.inSlot ? state[S.NEXT_PC]! : pc + 4;
      core.faulted = false;
      timeline.now = core.end - left;
      if ((cache.code[ip]! & 255) === 2) {
        // HOST_BREAK
        core.hostBreak(ip);
        break;
      }
      step(core, ip);
      if (core.faulted) break;
      timeline.now = core.end - --left;
      const next = state[S.PC]!;
      if (left === 0 || core.attention || (next & ~0xffc) !== core.pageAddress) break;
      ip = core.pageStart + ((next & 0xffc) >>> 1);
    }
  }
}

/** Where an instruction's result goes: at once, or one instruction late. */
const AT_ONCE = 0;
const LATE = 1;

function step(core: R3000Core, ip: number): void {
  const { state } = core;
  const first = core.cache.code[ip]!;
  const second = core.cache.code[ip + 1]!;
  const handler = first & 255;
  const a = state[(first >>> 8) & 63]!;
  const rt = (first >>> 14) & 63;
  const b = state[rt]!;
  let register = 0;
  let value = 0;
  let when = AT_ONCE;
  let branch = false;
  let target = 0;

  if (handler >= 192 || handler === 3) {
    // Branches and jumps; SECOND_BRANCH is one, too.
    if (core.inSlot) {
      core.raise(X.RESERVED);
      return;
    }
    if (handler >= 219 && !core.cp0Usable) {
      core.raise(X.UNUSABLE, false, 0);
      return;
    }
    branch = true;
    const word = core.cache.word(ip);
    if (handler >= 219) {
      // BC0F, BC0T: the write buffer's pin says "empty", always.
      target = handler === 220 ? core.pc + 4 + second : core.pc + 8;
    } else {
      const late = state[S.LOAD_REGISTER]!;
      const outcome = evaluateBranch(state, word, core.pc);
      target = outcome.taken ? outcome.target : core.pc + 8;
      // A link register is written at once: it wins over a load on its way there.
      if (late !== 0 && late === linkOf(word)) state[S.LOAD_REGISTER] = 0;
    }
  } else {
    switch (handler) {
      case 64: // LB
      case 65: // LBU
      case 66: // LH
      case 67: // LHU
      case 68: // LW
        register = rt;
        value = loaded(core, handler, a + second);
        when = LATE;
        break;
      case 69: // LWL
      case 70: {
        // LWR: the register's other bytes come from a load that is still on its way to it, if there is one
        register = rt;
        when = LATE;
        const old = state[S.LOAD_REGISTER] === rt ? state[S.LOAD_VALUE]! : b;
        value = merged(core, handler, (a + second) | 0, old);
        break;
      }
      case 71: // SB
      case 72: // SH
      case 73: {
        // SW
        const width = handler === 71 ? 1 : handler === 72 ? 2 : 4;
        const va = a + second;
        if (core.isolated && va % width === 0) core.cacheStore(va, width, b);
        else store(core, va, width, b & (width === 4 ? -1 : width === 2 ? 0xffff : 0xff));
        break;
      }
      case 48: // MULT
        state[S.HI] = multiplyHigh(a, b);
        state[S.LO] = Math.imul(a, b);
        break;
      case 49: // MULTU
        state[S.HI] = multiplyHighUnsigned(a, b);
        state[S.LO] = Math.imul(a, b);
        break;
      case 54: // DIV: what the divider leaves for a divisor of 0
        state[S.LO] = b === 0 ? (a < 0 ? 1 : -1) : (a / b) | 0;
        state[S.HI] = b === 0 ? a : (a % b) | 0;
        break;
      case 55: // DIVU
        state[S.LO] = b === 0 ? -1 : (a >>> 0) / (b >>> 0);
        state[S.HI] = b === 0 ? a : (a >>> 0) % (b >>> 0);
        break;
      case 45: // MTHI
        state[S.HI] = a;
        break;
      case 46: // MTLO
        state[S.LO] = a;
        break;
      case 92: // MFC0
        if (!core.cp0Usable) core.raise(X.UNUSABLE, false, 0);
        else value = core.readCp0((first >>> 20) & 31);
        register = rt === 0 ? S.SINK : rt;
        when = LATE;
        break;
      case 93: // MTC0
        if (!core.cp0Usable) core.raise(X.UNUSABLE, false, 0);
        else core.writeCp0((first >>> 20) & 31, 0, b);
        break;
      case 125: // RFE
        if (!core.cp0Usable) core.raise(X.UNUSABLE, false, 0);
        else core.returnFromException();
        break;
      case 109: // COP1: there is no FPU; with CU1 set, CFC1 reads 0 from its implementation register
        if ((state[S.STATUS]! & B.STATUS_CU1) === 0) core.raise(X.UNUSABLE, false, 1);
        else if (((second >>> 21) & 31) === 2) {
          register = (second >>> 16) & 31;
          when = LATE;
        } else core.raise(X.RESERVED);
        break;
      case 43: // MFHI
        register = (first >>> 20) & 63;
        value = state[S.HI]!;
        break;
      case 44: // MFLO
        register = (first >>> 20) & 63;
        value = state[S.LO]!;
        break;
      case 94: // TLBR
      case 95: // TLBWI
      case 96: // TLBWR
      case 97: // TLBP
        rare(core, first, second);
        if (handler === 94) core.updateMode();
        break;
      default:
        register = (handler >= 29 && handler <= 35) || handler === 58 ? rt : (first >>> 20) & 63;
        value = computed(core, first, second, a, b);
    }
  }
  if (core.faulted) return;

  // The load of the instruction before arrives now, unless this instruction writes the same register, early or late.
  const late = state[S.LOAD_REGISTER]!;
  if (late !== 0 && late !== register) state[late] = state[S.LOAD_VALUE]!;
  state[S.LOAD_REGISTER] = when === LATE && register !== S.SINK ? register : 0;
  state[S.LOAD_VALUE] = when === LATE ? value : 0;
  if (when === AT_ONCE && register !== 0) state[register] = value;

  state[S.IN_SLOT] = branch ? 1 : 0;
  state[S.NEXT_PC] = branch ? target : 0;
  state[S.PC] = branch ? core.pc + 4 : core.next;
}

/** The register that a branch or jump links to, or 0. */
function linkOf(word: number): number {
  switch (word >>> 26) {
    case 0x00:
      return (word & 1) !== 0 ? (word >>> 11) & 31 : 0;
    case 0x01:
      return (word & (1 << 20)) !== 0 ? 31 : 0;
    default:
      return word >>> 26 === 3 ? 31 : 0;
  }
}

function loaded(core: R3000Core, handler: number, va: number): number {
  const width = handler === 68 ? 4 : handler >= 66 ? 2 : 1;
  const value = core.isolated && va % width === 0 ? core.cacheLoad(va, width) : load(core, va, width);
  if (handler === 64) return (value << 24) >> 24;
  return handler === 66 ? (value << 16) >> 16 : value;
}

function merged(core: R3000Core, handler: number, va: number, old: number): number {
  const shift = 8 * ((va & 3) ^ (core.bigEndian ? 3 : 0));
  const word = core.isolated ? core.cacheLoad(va & ~3, 4) : loadWordAround(core, va);
  const up = 24 - shift;
  return handler === 69 ? (word << up) | (old & ~(-1 << up)) : (word >>> shift) | (old & ~(-1 >>> shift));
}

/** Arithmetic and logic; everything else is `rare`'s. */
function computed(core: R3000Core, first: number, second: number, a: number, b: number): number {
  switch (first & 255) {
    case 1: // NOP
      return 0;
    case 10: // ADDU
      return (a + b) | 0;
    case 11: // SUBU
      return (a - b) | 0;
    case 12: // AND
      return a & b;
    case 13: // OR
      return a | b;
    case 14: // XOR
      return a ^ b;
    case 15: // NOR
      return ~(a | b);
    case 16: // SLT
      return a < b ? 1 : 0;
    case 17: // SLTU
      return a >>> 0 < b >>> 0 ? 1 : 0;
    case 18: // SLLV
      return b << a;
    case 19: // SRLV
      return b >>> a;
    case 20: // SRAV
      return b >> a;
    case 24: // SLL
      return b << second;
    case 25: // SRL
      return b >>> second;
    case 26: // SRA
      return b >> second;
    case 28: // MOVE
      return a;
    case 29: // LI
      return second;
    case 30: // ADDIU
      return (a + second) | 0;
    case 31: // SLTI
      return a < second ? 1 : 0;
    case 32: // SLTIU
      return a >>> 0 < second >>> 0 ? 1 : 0;
    case 33: // ANDI
      return a & second;
    case 34: // ORI
      return a | second;
    case 35: // XORI
      return a ^ second;
    case 56: // ADD
      return checked(core, a + b);
    case 57: // SUB
      return checked(core, a - b);
    case 58: // ADDI
      return checked(core, a + second);
    default:
      rare(core, first, second);
      return 0;
  }
}

function checked(core: R3000Core, exact: number): number {
  if (exact !== (exact | 0)) core.raise(X.OVERFLOW);
  return exact | 0;
}
