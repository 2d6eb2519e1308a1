// The hot loop: one switch over predecoded instructions; what is not common is in core.ts. Case labels are literals because anything else
// costs a factor (the names are those of predecode.ts, and a test compares).
//
// No instruction is counted one by one. Execution is a sequence of lines: stretches without a taken branch within one page. A line starts
// at index `line` of the code cache with `left` instructions to the end of the stretch; what has retired is the distance walked.
import type { Core } from './core.ts';
import { signStage } from './fpu.ts';
import { decode } from './predecode.ts';
import { PC } from './state.ts';

/** Integers of a decoded page. */
const PAGE = 2048;
const MINUS_ZERO = -0x8000_0000;

/** Executes until `poll` says that the run ends. */
export function interpret(core: Core): void {
  // The general registers are the state block's first words.
  const { mem32, mem8, state: gpr, code, sramBase, readTable, writeTable } = core;
  const { add, sub, mul, inv, sqrt, ftoi, itof, floor, less, lessOrEqual } = core.fpu;

  enter: while (core.poll()) {
    let { pageStart, pageAddress, left, ip } = core;
    let line = ip;
    let stop = Math.min(pageStart + PAGE, ip + 2 * left);
    let target = 0;

    step: for (;;) {
      // biome-ignore lint/suspicious/noConfusingLabels: the ways out of the switch, without a flag to test behind it
      taken: {
        if (ip === stop) {
          target = (pageAddress + ((ip - pageStart) << 1)) | 0;
          break taken;
        }
        const first = code[ip]!;
        const second = code[ip + 1]!;
        ip += 2;
        // biome-ignore lint/suspicious/noConfusingLabels: the ways out of the switch, without a flag to test behind it
        slow: {
          switch (first & 255) {
            case 0: // DECODE
              ip -= 2;
              core.decodeAt(ip, decode);
              continue step;
            case 1: // NOP
              continue step;
            case 2: // ADD
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! + gpr[(first >>> 20) & 63]! + second;
              continue step;
            case 3: // SUB
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! - (gpr[(first >>> 20) & 63]! + second);
              continue step;
            case 4: // SHL
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! << (gpr[(first >>> 20) & 63]! + second);
              continue step;
            case 5: // SHR
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! >>> (gpr[(first >>> 20) & 63]! + second);
              continue step;
            case 6: // SAR
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! >> (gpr[(first >>> 20) & 63]! + second);
              continue step;
            case 7: // AND
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! & (gpr[(first >>> 20) & 63]! + second);
              continue step;
            case 8: // OR
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! | (gpr[(first >>> 20) & 63]! + second);
              continue step;
            case 9: // XOR
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! ^ (gpr[(first >>> 20) & 63]! + second);
              continue step;
            case 10: // ADDA
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! + ((gpr[(first >>> 20) & 63]! + second) << 2);
              continue step;
            case 11: // CMPULT
              gpr[(first >>> 8) & 63] =
                gpr[(first >>> 14) & 63]! >>> 0 < (gpr[(first >>> 20) & 63]! + second) >>> 0 ? 1 : 0;
              continue step;
            case 12: // CMPULE
              gpr[(first >>> 8) & 63] =
                gpr[(first >>> 14) & 63]! >>> 0 <= (gpr[(first >>> 20) & 63]! + second) >>> 0 ? 1 : 0;
              continue step;
            case 13: // CMPNE
              gpr[(first >>> 8) & 63] =
                gpr[(first >>> 14) & 63]! !== ((gpr[(first >>> 20) & 63]! + second) | 0) ? 1 : 0;
              continue step;
            case 14: // CMPEQ
              gpr[(first >>> 8) & 63] =
                gpr[(first >>> 14) & 63]! === ((gpr[(first >>> 20) & 63]! + second) | 0) ? 1 : 0;
              continue step;
            case 15: // CMPLT
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! < ((gpr[(first >>> 20) & 63]! + second) | 0) ? 1 : 0;
              continue step;
            case 16: // CMPLE
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! <= ((gpr[(first >>> 20) & 63]! + second) | 0) ? 1 : 0;
              continue step;
            case 17: // FCMPLT
              gpr[(first >>> 8) & 63] = less(gpr[(first >>> 14) & 63]!, (gpr[(first >>> 20) & 63]! + second) | 0)
                ? 1
                : 0;
              continue step;
            case 18: // FCMPLE
              gpr[(first >>> 8) & 63] = lessOrEqual(gpr[(first >>> 14) & 63]!, (gpr[(first >>> 20) & 63]! + second) | 0)
                ? 1
                : 0;
              continue step;
            case 19: // LI
              gpr[(first >>> 8) & 63] = second;
              continue step;
            case 20: // ADDI
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]! + second;
              continue step;
            case 21: // MOVE
              gpr[(first >>> 8) & 63] = gpr[(first >>> 14) & 63]!;
              continue step;
            case 22: // LDH
              gpr[(first >>> 8) & 63] = second | (gpr[(first >>> 14) & 63]! & 0xffff);
              continue step;
            case 23: {
              // LD; the shift drops the low bits of the address, as the hardware does
              const va = (gpr[(first >>> 14) & 63]! + second) | 0;
              const entry = mem32[(readTable + (va >>> 12)) | 0]!;
              if (entry === 0) break slow;
              gpr[(first >>> 8) & 63] = mem32[(entry + va) >>> 2]!;
              continue step;
            }
            case 24: {
              // LDB
              const va = (gpr[(first >>> 14) & 63]! + second) | 0;
              const entry = mem32[(readTable + (va >>> 12)) | 0]!;
              if (entry === 0) break slow;
              gpr[(first >>> 8) & 63] = mem8[(entry + va) >>> 0]!;
              continue step;
            }
            case 25: {
              // ST; it forgets what was decoded from the word it overwrites, code or not
              const va = (gpr[(first >>> 14) & 63]! + second) | 0;
              const entry = mem32[(writeTable + (va >>> 12)) | 0]!;
              if (entry === 0) break slow;
              const host = (entry + va) | 0;
              mem32[host >>> 2] = gpr[(first >>> 8) & 63]!;
              code[((host - sramBase) >>> 2) << 1] = 0;
              continue step;
            }
            case 26: {
              // STB
              const va = (gpr[(first >>> 14) & 63]! + second) | 0;
              const entry = mem32[(writeTable + (va >>> 12)) | 0]!;
              if (entry === 0) break slow;
              const host = (entry + va) | 0;
              mem8[host >>> 0] = gpr[(first >>> 8) & 63]!;
              code[((host - sramBase) >>> 2) << 1] = 0;
              continue step;
            }
            case 27: // BNE
              if (gpr[(first >>> 8) & 63]! === gpr[(first >>> 14) & 63]!) continue step;
              target = (pageAddress + ((ip - pageStart) << 1) + second) | 0;
              break taken;
            case 28: // BEQ
              if (gpr[(first >>> 8) & 63]! !== gpr[(first >>> 14) & 63]!) continue step;
              target = (pageAddress + ((ip - pageStart) << 1) + second) | 0;
              break taken;
            case 29: {
              // JL
              const next = (pageAddress + ((ip - pageStart) << 1)) | 0;
              gpr[(first >>> 8) & 63] = next;
              target = (next + second) | 0;
              break taken;
            }
            case 30: // JR; reads before it writes
              target = gpr[(first >>> 14) & 63]! & ~3;
              gpr[(first >>> 8) & 63] = pageAddress + ((ip - pageStart) << 1);
              break taken;
            case 31: // SYSENTER
            case 32: // SYSEXIT
              break slow;
            case 33: // SPIN
              ip -= 2;
              left -= (ip - line) >> 1;
              gpr[PC] = pageAddress + ((ip - pageStart) << 1);
              core.timeline.now = core.end - left;
              core.spin();
              continue enter;
            case 34: {
              // FADD
              const bits = add(gpr[(first >>> 14) & 63]!, gpr[(first >>> 20) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
            case 35: {
              // FSUB
              const bits = sub(gpr[(first >>> 14) & 63]!, gpr[(first >>> 20) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
            case 36: {
              // FMUL
              const bits = mul(gpr[(first >>> 14) & 63]!, gpr[(first >>> 20) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
            case 37: {
              // FINV
              const bits = inv(gpr[(first >>> 14) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
            case 38: {
              // FSQRT
              const bits = sqrt(gpr[(first >>> 14) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
            case 39: {
              // FTOI
              const bits = ftoi(gpr[(first >>> 14) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
            case 40: {
              // ITOF
              const bits = itof(gpr[(first >>> 14) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
            case 41: {
              // FLOOR
              const bits = floor(gpr[(first >>> 14) & 63]!);
              gpr[(first >>> 8) & 63] = second === 0 && bits !== MINUS_ZERO ? bits : signStage(bits, second);
              continue step;
            }
          }
        }
        // The access is no plain one: undo nothing, it has done nothing, and let the core do it.
        ip -= 2;
        left -= (ip - line) >> 1;
        gpr[PC] = pageAddress + ((ip - pageStart) << 1);
        core.timeline.now = core.end - left;
        core.slow(first, second);
        continue enter;
      }

      // Execution goes on at `target`.
      left -= (ip - line) >> 1;
      if (left > 0) {
        let offset = target - pageAddress;
        if ((offset & ~0xffc) !== 0) {
          const entry = mem32[(readTable + (target >>> 12)) | 0]!;
          if (entry !== 0) {
            pageAddress = target & ~0xfff;
            pageStart = ((entry + pageAddress - sramBase) >>> 12) * PAGE;
            offset = target & 0xffc;
          }
        }
        if ((offset & ~0xffc) === 0) {
          line = ip = pageStart + (offset >> 1);
          stop = Math.min(pageStart + PAGE, ip + 2 * left);
          continue;
        }
      }
      gpr[PC] = target;
      core.timeline.now = core.end - left;
      continue enter;
    }
  }
}
