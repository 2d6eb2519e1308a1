// The hot loop: one switch over predecoded instructions. Everything that is not common is elsewhere (rare.ts), so that this function stays
// small enough for the engine's best compiler; case labels are literals because anything else costs a factor (the names are those of
// predecode.ts, and a test compares).
//
// No instruction is counted one by one. Execution is a sequence of *lines*: stretches without a taken branch within one page. A line
// starts at index `line` of the code cache with `left` instructions to the end of the stretch, and runs to `stop`, which is the end of
// the page, of the stretch or, behind a taken branch, of the delay slot, whichever comes first. What has retired is the distance walked.
import type { Core } from './core.ts';
import { posReaches32 } from './dsp/index.ts';
import { execute } from './fpu/index.ts';
import { multiplyHigh, multiplyHighUnsigned } from './multiply.ts';
import { FIRST_BRANCH } from './predecode.ts';
import { rare } from './rare.ts';
import { FCSR, FPR, HI, IN_SLOT, LO, NEXT_PC, PC, READ_BASE, WRITE_BASE } from './state.ts';

/** Executes until `poll` says that the run ends. */
export function interpret(core: Core): void {
  // The general registers are the state block's first words, the others are reached through the same array.
  const { mem32, mem16, mem8, state: gpr, cache, fpu } = core;
  const { code, slotOf } = cache;
  const x16 = core.bigEndian ? 2 : 0;
  const x8 = core.bigEndian ? 3 : 0;
  /** 1 where the first word of a doubleword is its high one. */
  const highFirst = core.bigEndian ? 1 : 0;

  enter: while (core.poll()) {
    if (core.engine?.interpret !== undefined) {
      core.engine.interpret();
      continue;
    }
    const readBase = gpr[READ_BASE]!;
    const writeBase = gpr[WRITE_BASE]!;
    const { cp0Usable, fpuUsable, fullRegisters, dspUsable } = core;
    /** Mask of the bit that makes a single's register the upper half of a double's (Status.FR = 0). */
    const odd = fullRegisters ? 0 : 1;
    let pageStart = core.pageStart;
    let pageAddress = core.pageAddress;
    let left = core.left;
    let ip = core.ip;
    let line = ip;
    let stop = Math.min(pageStart + 2048, ip + 2 * left);
    /** Index behind the delay slot of the branch just taken, which goes to `target`; -1 when there is none. */
    let slotEnd = -1;
    let target = 0;
    /** Taken branches until the engine is told of one. */
    let samples = core.samples;
    if (gpr[IN_SLOT] !== 0) {
      gpr[IN_SLOT] = 0;
      target = gpr[NEXT_PC]!;
      slotEnd = stop = ip + 2;
    }

    step: for (;;) {
      if (ip === stop) {
        left -= (ip - line) >> 1;
        if (ip !== slotEnd) {
          // The page or the stretch ends. Behind a branch, the next instruction is its slot.
          const pc = (pageAddress + ((ip - pageStart) << 1)) | 0;
          if (slotEnd !== -1) {
            gpr[IN_SLOT] = 1;
            gpr[NEXT_PC] = target;
          } else if (ip !== line && (code[ip - 2]! & 255) >= FIRST_BRANCH) {
            gpr[IN_SLOT] = 1;
            gpr[NEXT_PC] = pc + 4;
          } else if (left > 0) {
            target = pc;
            slotEnd = ip;
          }
          if (ip !== slotEnd) {
            gpr[PC] = pc;
            core.timeline.now = core.end - left;
            continue enter;
          }
        }
        if (left > 0) {
          let offset = target - pageAddress;
          if ((offset & ~0xffc) !== 0) {
            const entry = mem32[(readBase + (target >>> 12)) | 0]!;
            const start = slotOf[(entry + target - 64) >>> 12]! | 0;
            if (entry !== 0 && start !== 0 && (target & 3) === 0) {
              pageStart = start;
              pageAddress = target & ~0xfff;
              offset = target & 0xffc;
            }
          }
          if ((offset & ~0xffc) === 0) {
            if (--samples > 0) {
              line = ip = pageStart + (offset >> 1);
              stop = Math.min(pageStart + 2048, ip + 2 * left);
              slotEnd = -1;
              continue;
            }
            core.samples = 0;
          }
        }
        gpr[PC] = target;
        core.timeline.now = core.end - left;
        continue enter;
      }

      const first = code[ip]!;
      const second = code[ip + 1]!;
      ip += 2;
      // biome-ignore lint/suspicious/noConfusingLabels: the ways out of the switch, without a flag to test behind it
      taken: {
        // biome-ignore lint/suspicious/noConfusingLabels: the ways out of the switch, without a flag to test behind it
        untaken: {
          // biome-ignore lint/suspicious/noConfusingLabels: the ways out of the switch, without a flag to test behind it
          slow: {
            switch (first & 255) {
              case 0: // DECODE
                ip -= 2;
                cache.decode(ip);
                continue step;
              case 1: // NOP
                continue step;
              case 10: // ADDU
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]! + gpr[(first >>> 14) & 63]!;
                continue step;
              case 11: // SUBU
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]! - gpr[(first >>> 14) & 63]!;
                continue step;
              case 12: // AND
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]! & gpr[(first >>> 14) & 63]!;
                continue step;
              case 13: // OR
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]! | gpr[(first >>> 14) & 63]!;
                continue step;
              case 14: // XOR
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]! ^ gpr[(first >>> 14) & 63]!;
                continue step;
              case 15: // NOR
                gpr[(first >>> 20) & 63] = ~(gpr[(first >>> 8) & 63]! | gpr[(first >>> 14) & 63]!);
                continue step;
              case 16: // SLT
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]! < gpr[(first >>> 14) & 63]! ? 1 : 0;
                continue step;
              case 17: // SLTU
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]! >>> 0 < gpr[(first >>> 14) & 63]! >>> 0 ? 1 : 0;
                continue step;
              case 18: // SLLV
                gpr[(first >>> 20) & 63] = gpr[(first >>> 14) & 63]! << gpr[(first >>> 8) & 63]!;
                continue step;
              case 19: // SRLV
                gpr[(first >>> 20) & 63] = gpr[(first >>> 14) & 63]! >>> gpr[(first >>> 8) & 63]!;
                continue step;
              case 20: // SRAV
                gpr[(first >>> 20) & 63] = gpr[(first >>> 14) & 63]! >> gpr[(first >>> 8) & 63]!;
                continue step;
              case 21: {
                // ROTRV
                const value = gpr[(first >>> 14) & 63]!;
                const by = gpr[(first >>> 8) & 63]!;
                gpr[(first >>> 20) & 63] = (value >>> by) | (value << (32 - by));
                continue step;
              }
              case 22: // MOVZ
                if (gpr[(first >>> 14) & 63]! === 0) gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]!;
                continue step;
              case 23: // MOVN
                if (gpr[(first >>> 14) & 63]! !== 0) gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]!;
                continue step;
              case 24: // SLL
                gpr[(first >>> 20) & 63] = gpr[(first >>> 14) & 63]! << second;
                continue step;
              case 25: // SRL
                gpr[(first >>> 20) & 63] = gpr[(first >>> 14) & 63]! >>> second;
                continue step;
              case 26: // SRA
                gpr[(first >>> 20) & 63] = gpr[(first >>> 14) & 63]! >> second;
                continue step;
              case 27: {
                // ROTR
                const value = gpr[(first >>> 14) & 63]!;
                gpr[(first >>> 20) & 63] = (value >>> second) | (value << (32 - second));
                continue step;
              }
              case 28: // MOVE
                gpr[(first >>> 20) & 63] = gpr[(first >>> 8) & 63]!;
                continue step;
              case 29: // LI
                gpr[(first >>> 14) & 63] = second;
                continue step;
              case 30: // ADDIU
                gpr[(first >>> 14) & 63] = gpr[(first >>> 8) & 63]! + second;
                continue step;
              case 31: // SLTI
                gpr[(first >>> 14) & 63] = gpr[(first >>> 8) & 63]! < second ? 1 : 0;
                continue step;
              case 32: // SLTIU
                gpr[(first >>> 14) & 63] = gpr[(first >>> 8) & 63]! >>> 0 < second >>> 0 ? 1 : 0;
                continue step;
              case 33: // ANDI
                gpr[(first >>> 14) & 63] = gpr[(first >>> 8) & 63]! & second;
                continue step;
              case 34: // ORI
                gpr[(first >>> 14) & 63] = gpr[(first >>> 8) & 63]! | second;
                continue step;
              case 35: // XORI
                gpr[(first >>> 14) & 63] = gpr[(first >>> 8) & 63]! ^ second;
                continue step;
              case 36: // EXT
                gpr[(first >>> 14) & 63] = (gpr[(first >>> 8) & 63]! >>> (first >>> 20)) & second;
                continue step;
              case 37: // INS
                gpr[(first >>> 14) & 63] =
                  (gpr[(first >>> 14) & 63]! & ~second) | ((gpr[(first >>> 8) & 63]! << (first >>> 20)) & second);
                continue step;
              case 38: // SEB
                gpr[(first >>> 20) & 63] = (gpr[(first >>> 14) & 63]! << 24) >> 24;
                continue step;
              case 39: // SEH
                gpr[(first >>> 20) & 63] = (gpr[(first >>> 14) & 63]! << 16) >> 16;
                continue step;
              case 40: {
                // WSBH
                const value = gpr[(first >>> 14) & 63]!;
                gpr[(first >>> 20) & 63] = ((value >>> 8) & 0x00ff00ff) | ((value & 0x00ff00ff) << 8);
                continue step;
              }
              case 41: // CLZ
                gpr[(first >>> 20) & 63] = Math.clz32(gpr[(first >>> 8) & 63]!);
                continue step;
              case 42: // CLO
                gpr[(first >>> 20) & 63] = Math.clz32(~gpr[(first >>> 8) & 63]!);
                continue step;
              case 43: // MFHI
                gpr[(first >>> 20) & 63] = gpr[HI]!;
                continue step;
              case 44: // MFLO
                gpr[(first >>> 20) & 63] = gpr[LO]!;
                continue step;
              case 45: // MTHI
                gpr[HI] = gpr[(first >>> 8) & 63]!;
                continue step;
              case 46: // MTLO
                gpr[LO] = gpr[(first >>> 8) & 63]!;
                continue step;
              case 47: // MUL
                gpr[(first >>> 20) & 63] = Math.imul(gpr[(first >>> 8) & 63]!, gpr[(first >>> 14) & 63]!);
                continue step;
              case 48: {
                // MULT
                const a = gpr[(first >>> 8) & 63]!;
                const b = gpr[(first >>> 14) & 63]!;
                gpr[HI] = multiplyHigh(a, b);
                gpr[LO] = Math.imul(a, b);
                continue step;
              }
              case 49: {
                // MULTU
                const a = gpr[(first >>> 8) & 63]!;
                const b = gpr[(first >>> 14) & 63]!;
                gpr[HI] = multiplyHighUnsigned(a, b);
                gpr[LO] = Math.imul(a, b);
                continue step;
              }
              case 50: // MADD
              case 51: {
                // MADDU
                const a = gpr[(first >>> 8) & 63]!;
                const b = gpr[(first >>> 14) & 63]!;
                const high = (first & 255) === 50 ? multiplyHigh(a, b) : multiplyHighUnsigned(a, b);
                const low = Math.imul(a, b);
                const sum = (gpr[LO]! + low) | 0;
                gpr[HI] = gpr[HI]! + high + (sum >>> 0 < low >>> 0 ? 1 : 0);
                gpr[LO] = sum;
                continue step;
              }
              case 52: // MSUB
              case 53: {
                // MSUBU
                const a = gpr[(first >>> 8) & 63]!;
                const b = gpr[(first >>> 14) & 63]!;
                const high = (first & 255) === 52 ? multiplyHigh(a, b) : multiplyHighUnsigned(a, b);
                const low = Math.imul(a, b);
                const old = gpr[LO]!;
                gpr[HI] = gpr[HI]! - high - (old >>> 0 < low >>> 0 ? 1 : 0);
                gpr[LO] = old - low;
                continue step;
              }
              case 54: {
                // DIV; by zero is UNPREDICTABLE (vol. II): LO the dividend, HI 0
                const a = gpr[(first >>> 8) & 63]!;
                const b = gpr[(first >>> 14) & 63]!;
                gpr[LO] = b === 0 ? a : (a / b) | 0;
                gpr[HI] = b === 0 ? 0 : (a % b) | 0;
                continue step;
              }
              case 55: {
                // DIVU
                const a = gpr[(first >>> 8) & 63]! >>> 0;
                const b = gpr[(first >>> 14) & 63]! >>> 0;
                gpr[LO] = b === 0 ? a : (a / b) >>> 0;
                gpr[HI] = b === 0 ? 0 : a % b;
                continue step;
              }
              case 56: {
                // ADD
                const a = gpr[(first >>> 8) & 63]!;
                const b = gpr[(first >>> 14) & 63]!;
                const sum = (a + b) | 0;
                if (((a ^ sum) & (b ^ sum)) < 0) break slow;
                gpr[(first >>> 20) & 63] = sum;
                continue step;
              }
              case 57: {
                // SUB
                const a = gpr[(first >>> 8) & 63]!;
                const b = gpr[(first >>> 14) & 63]!;
                const difference = (a - b) | 0;
                if (((a ^ b) & (a ^ difference)) < 0) break slow;
                gpr[(first >>> 20) & 63] = difference;
                continue step;
              }
              case 58: {
                // ADDI
                const a = gpr[(first >>> 8) & 63]!;
                const sum = (a + second) | 0;
                if (((a ^ sum) & (second ^ sum)) < 0) break slow;
                gpr[(first >>> 14) & 63] = sum;
                continue step;
              }
              case 59: // TEQ
                if (gpr[(first >>> 8) & 63]! === gpr[(first >>> 14) & 63]!) break slow;
                continue step;
              case 60: // MFC0_WORD
                if (!cp0Usable) break slow;
                gpr[(first >>> 14) & 63] = gpr[second]!;
                continue step;
              case 61: // MTC0_WORD
                if (!cp0Usable) break slow;
                gpr[second] = gpr[(first >>> 14) & 63]!;
                continue step;
              case 62: // MTC0_ENTRY_LO
                if (!cp0Usable) break slow;
                gpr[second] = gpr[(first >>> 14) & 63]! & 0x03ff_ffff;
                continue step;

              case 64: {
                // LB
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0) break slow;
                gpr[(first >>> 14) & 63] = (mem8[((entry + va) ^ x8) >>> 0]! << 24) >> 24;
                continue step;
              }
              case 65: {
                // LBU
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0) break slow;
                gpr[(first >>> 14) & 63] = mem8[((entry + va) ^ x8) >>> 0]!;
                continue step;
              }
              case 66: {
                // LH
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 1) !== 0) break slow;
                gpr[(first >>> 14) & 63] = (mem16[((entry + va) ^ x16) >>> 1]! << 16) >> 16;
                continue step;
              }
              case 67: {
                // LHU
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 1) !== 0) break slow;
                gpr[(first >>> 14) & 63] = mem16[((entry + va) ^ x16) >>> 1]!;
                continue step;
              }
              case 68: {
                // LW
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 3) !== 0) break slow;
                gpr[(first >>> 14) & 63] = mem32[(entry + va) >>> 2]!;
                continue step;
              }
              case 69: {
                // LWL
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0) break slow;
                const up = 24 - 8 * ((va & 3) ^ x8);
                gpr[(first >>> 14) & 63] =
                  (mem32[(entry + va) >>> 2]! << up) | (gpr[(first >>> 14) & 63]! & ~(-1 << up));
                continue step;
              }
              case 70: {
                // LWR
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0) break slow;
                const down = 8 * ((va & 3) ^ x8);
                gpr[(first >>> 14) & 63] =
                  (mem32[(entry + va) >>> 2]! >>> down) | (gpr[(first >>> 14) & 63]! & ~(-1 >>> down));
                continue step;
              }
              case 71: {
                // SB
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(writeBase + (va >>> 12)) | 0]!;
                if (entry === 0) break slow;
                mem8[((entry + va) ^ x8) >>> 0] = gpr[(first >>> 14) & 63]!;
                continue step;
              }
              case 72: {
                // SH
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(writeBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 1) !== 0) break slow;
                mem16[((entry + va) ^ x16) >>> 1] = gpr[(first >>> 14) & 63]!;
                continue step;
              }
              case 73: {
                // SW
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(writeBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 3) !== 0) break slow;
                mem32[(entry + va) >>> 2] = gpr[(first >>> 14) & 63]!;
                continue step;
              }
              case 74: {
                // SWL
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(writeBase + (va >>> 12)) | 0]!;
                if (entry === 0) break slow;
                const up = 24 - 8 * ((va & 3) ^ x8);
                const at = (entry + va) >>> 2;
                mem32[at] = (gpr[(first >>> 14) & 63]! >>> up) | (mem32[at]! & ~(-1 >>> up));
                continue step;
              }
              case 75: {
                // SWR
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(writeBase + (va >>> 12)) | 0]!;
                if (entry === 0) break slow;
                const down = 8 * ((va & 3) ^ x8);
                const at = (entry + va) >>> 2;
                mem32[at] = (gpr[(first >>> 14) & 63]! << down) | (mem32[at]! & ~(-1 << down));
                continue step;
              }

              case 112: // FPU
                if (!fpuUsable || execute(fpu, second, fullRegisters, gpr[(second >>> 16) & 31]!) !== 0) break slow;
                continue step;
              case 113: // MFC1
                if (!fpuUsable) break slow;
                gpr[(first >>> 14) & 63] = gpr[FPR + 2 * (first >>> 20) - ((first >>> 20) & odd)]!;
                continue step;
              case 114: // MTC1
                if (!fpuUsable) break slow;
                gpr[FPR + 2 * (first >>> 20) - ((first >>> 20) & odd)] = gpr[(first >>> 14) & 63]!;
                continue step;
              case 115: {
                // LWC1
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 3) !== 0 || !fpuUsable) break slow;
                const ft = (first >>> 14) & 31;
                gpr[FPR + 2 * ft - (ft & odd)] = mem32[(entry + va) >>> 2]!;
                continue step;
              }
              case 116: {
                // LDC1
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(readBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 7) !== 0 || !fpuUsable) break slow;
                const at = (entry + va) >>> 2;
                const word = FPR + 2 * ((first >>> 14) & 31 & ~odd);
                gpr[word] = mem32[at + highFirst]!;
                gpr[word + 1] = mem32[at + 1 - highFirst]!;
                continue step;
              }
              case 117: {
                // SWC1
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(writeBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 3) !== 0 || !fpuUsable) break slow;
                const ft = (first >>> 14) & 31;
                mem32[(entry + va) >>> 2] = gpr[FPR + 2 * ft - (ft & odd)]!;
                continue step;
              }
              case 118: {
                // SDC1
                const va = (gpr[(first >>> 8) & 63]! + second) | 0;
                const entry = mem32[(writeBase + (va >>> 12)) | 0]!;
                if (entry === 0 || (va & 7) !== 0 || !fpuUsable) break slow;
                const at = (entry + va) >>> 2;
                const word = FPR + 2 * ((first >>> 14) & 31 & ~odd);
                mem32[at + highFirst] = gpr[word]!;
                mem32[at + 1 - highFirst] = gpr[word + 1]!;
                continue step;
              }

              case 192: // BEQ
                if (gpr[(first >>> 8) & 63]! === gpr[(first >>> 14) & 63]!) break taken;
                continue step;
              case 193: // BNE
                if (gpr[(first >>> 8) & 63]! !== gpr[(first >>> 14) & 63]!) break taken;
                continue step;
              case 194: // BEQZ
                if (gpr[(first >>> 8) & 63]! === 0) break taken;
                continue step;
              case 195: // BNEZ
                if (gpr[(first >>> 8) & 63]! !== 0) break taken;
                continue step;
              case 196: // BLEZ
                if (gpr[(first >>> 8) & 63]! <= 0) break taken;
                continue step;
              case 197: // BGTZ
                if (gpr[(first >>> 8) & 63]! > 0) break taken;
                continue step;
              case 198: // BLTZ
                if (gpr[(first >>> 8) & 63]! < 0) break taken;
                continue step;
              case 199: // BGEZ
                if (gpr[(first >>> 8) & 63]! >= 0) break taken;
                continue step;
              case 200: {
                // BLTZAL
                const jumps = gpr[(first >>> 8) & 63]! < 0;
                gpr[31] = pageAddress + ((ip - pageStart) << 1) + 4;
                if (jumps) break taken;
                continue step;
              }
              case 201: {
                // BGEZAL
                const jumps = gpr[(first >>> 8) & 63]! >= 0;
                gpr[31] = pageAddress + ((ip - pageStart) << 1) + 4;
                if (jumps) break taken;
                continue step;
              }
              case 202: // B
                break taken;
              case 203: // J
                target = ((pageAddress + ((ip - pageStart) << 1)) & 0xf000_0000) | second;
                slotEnd = ip + 2;
                if (ip !== stop) stop = slotEnd;
                continue step;
              case 204: {
                // JAL
                const slot = (pageAddress + ((ip - pageStart) << 1)) | 0;
                gpr[31] = slot + 4;
                target = (slot & 0xf000_0000) | second;
                slotEnd = ip + 2;
                if (ip !== stop) stop = slotEnd;
                continue step;
              }
              case 205: // JR
                target = gpr[(first >>> 8) & 63]!;
                slotEnd = ip + 2;
                if (ip !== stop) stop = slotEnd;
                continue step;
              case 206: // JALR
                target = gpr[(first >>> 8) & 63]!;
                gpr[(first >>> 20) & 63] = pageAddress + ((ip - pageStart) << 1) + 4;
                slotEnd = ip + 2;
                if (ip !== stop) stop = slotEnd;
                continue step;
              case 207: // BEQL
                if (gpr[(first >>> 8) & 63]! === gpr[(first >>> 14) & 63]!) break taken;
                break untaken;
              case 208: // BNEL
                if (gpr[(first >>> 8) & 63]! !== gpr[(first >>> 14) & 63]!) break taken;
                break untaken;
              case 209: // BLEZL
                if (gpr[(first >>> 8) & 63]! <= 0) break taken;
                break untaken;
              case 210: // BGTZL
                if (gpr[(first >>> 8) & 63]! > 0) break taken;
                break untaken;
              case 211: // BLTZL
                if (gpr[(first >>> 8) & 63]! < 0) break taken;
                break untaken;
              case 212: // BGEZL
                if (gpr[(first >>> 8) & 63]! >= 0) break taken;
                break untaken;
              case 213: {
                // BLTZALL
                const jumps = gpr[(first >>> 8) & 63]! < 0;
                gpr[31] = pageAddress + ((ip - pageStart) << 1) + 4;
                if (jumps) break taken;
                break untaken;
              }
              case 214: {
                // BGEZALL
                const jumps = gpr[(first >>> 8) & 63]! >= 0;
                gpr[31] = pageAddress + ((ip - pageStart) << 1) + 4;
                if (jumps) break taken;
                break untaken;
              }
              case 215: // BC1F
                if (!fpuUsable) break slow;
                if (((gpr[FCSR]! >>> ((first >>> 14) & 31)) & 1) === 0) break taken;
                continue step;
              case 216: // BC1T
                if (!fpuUsable) break slow;
                if (((gpr[FCSR]! >>> ((first >>> 14) & 31)) & 1) !== 0) break taken;
                continue step;
              case 217: // BC1FL
                if (!fpuUsable) break slow;
                if (((gpr[FCSR]! >>> ((first >>> 14) & 31)) & 1) === 0) break taken;
                break untaken;
              case 218: // BC1TL
                if (!fpuUsable) break slow;
                if (((gpr[FCSR]! >>> ((first >>> 14) & 31)) & 1) !== 0) break taken;
                break untaken;
              case 221: // BPOSGE32
                if (!dspUsable) break slow;
                if (posReaches32(gpr)) break taken;
                continue step;
              default:
                break slow;
            }
          }

          // slow: the long way. `ip` is behind the instruction.
          {
            const behindBranch = ip - 2 !== line && (code[ip - 4]! & 255) >= FIRST_BRANCH;
            const pc = (pageAddress + ((ip - 2 - pageStart) << 1)) | 0;
            const walked = (ip - 2 - line) >> 1;
            core.timeline.now = core.end - (left - walked);
            gpr[PC] = pc;
            core.pc = pc;
            core.inSlot = slotEnd === ip || behindBranch;
            core.next = slotEnd === ip ? target : pc + 4;
            if ((first & 255) === 2 || (first & 255) === 5) {
              // HOST_BREAK, TRANSLATED: the instruction is not executed, so where it stands must be told.
              gpr[IN_SLOT] = core.inSlot ? 1 : 0;
              gpr[NEXT_PC] = slotEnd === ip ? target : pc + 4;
              if ((first & 255) === 2) core.hostBreak(ip - 2);
              else core.translated(ip - 2);
              continue enter;
            }
            if ((first & 255) === 3 && !core.inSlot) {
              // SECOND_BRANCH
              core.branchAlone(second);
              continue enter;
            }
            core.faulted = false;
            core.attention = false;
            const jumped = rare(core, first, second);
            if (core.faulted) continue enter;
            if (!core.attention) continue;
            core.timeline.now++;
            if (!jumped) gpr[PC] = core.next;
            continue enter;
          }
        }

        // untaken: a likely branch that is not taken nullifies its slot, which does not retire.
        left -= (ip - line) >> 1;
        target = (pageAddress + ((ip - pageStart) << 1) + 4) | 0;
        line = slotEnd = stop = ip;
        continue;
      }

      // taken: `second` is the displacement from the slot.
      target = (pageAddress + ((ip - pageStart) << 1) + second) | 0;
      slotEnd = ip + 2;
      if (ip !== stop) stop = slotEnd;
    }
  }
}
