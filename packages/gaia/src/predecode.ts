// Instruction words into what the interpreter switches over: two integers each. The first holds the operation in bits 7:0 and three
// registers in bits 13:8 (destination, or what a store and a branch read), 19:14 and 25:20; the second a literal or displacement in bytes.
import { SINK } from './state.ts';

/** Not decoded yet. */
export const DECODE = 0;
export const NOP = 1;
export const ADD = 2;
export const SUB = 3;
export const SHL = 4;
export const SHR = 5;
export const SAR = 6;
export const AND = 7;
export const OR = 8;
export const XOR = 9;
export const ADDA = 10;
export const CMPULT = 11;
export const CMPULE = 12;
export const CMPNE = 13;
export const CMPEQ = 14;
export const CMPLT = 15;
export const CMPLE = 16;
export const FCMPLT = 17;
export const FCMPLE = 18;
/** Destination := second. */
export const LI = 19;
/** Destination := first source + second. */
export const ADDI = 20;
export const MOVE = 21;
export const LDH = 22;
export const LD = 23;
export const LDB = 24;
export const ST = 25;
export const STB = 26;
export const BNE = 27;
export const BEQ = 28;
export const JL = 29;
export const JR = 30;
export const SYSENTER = 31;
export const SYSEXIT = 32;
/** A branch to itself. */
export const SPIN = 33;
export const FADD = 34;
export const FSUB = 35;
export const FMUL = 36;
export const FINV = 37;
export const FSQRT = 38;
export const FTOI = 39;
export const ITOF = 40;
export const FLOOR = 41;

// biome-ignore format: a table
const ALU = [
  ADD, SUB, SHL, SHR, SAR, AND, OR, XOR, ADDA, LI, LI, LI, LI, LI, LI, LI,
  LI, LI, LI, LI, LI, LI, CMPULT, CMPULE, CMPNE, CMPEQ, CMPLT, CMPLE, CMPNE, CMPEQ, FCMPLT, FCMPLE,
];
/** Unassigned tags give 0, whatever the sign stage does to it. */
const FPU = [FADD, FSUB, FMUL, LI, FINV, FSQRT, FTOI, ITOF, FLOOR];

/** Decodes `word` into the two integers at `index` of `code`. */
export function decode(word: number, code: Int32Array, index: number): void {
  const op = word >>> 28;
  const x = (word >>> 23) & 31;
  const a = (word >>> 18) & 31;
  const b = (word >>> 13) & 31;
  const destination = x === 0 ? SINK : x;
  const displacement = (word << 16) >> 16;
  let first = NOP;
  let second = 0;
  switch (op) {
    case 0: {
      const literal = (word << 19) >> 24;
      const operation = ALU[word & 31]!;
      if (operation === LI) {
        first = registers(LI, destination, 0, 0);
      } else if (operation === ADD && b === 0) {
        first = registers(a === 0 ? LI : literal === 0 ? MOVE : ADDI, destination, a, 0);
        second = literal;
      } else {
        first = registers(operation, destination, a, b);
        second = literal;
      }
      if (x === 0) first = NOP;
      break;
    }
    case 1: {
      first = registers(FPU[word & 31] ?? LI, destination, a, b);
      second = (first & 255) === LI ? 0 : (word >>> 5) & 3;
      if (x === 0) first = NOP;
      break;
    }
    case 2:
      first = registers(LI, destination, 0, 0);
      second = displacement;
      break;
    case 3:
      first = registers(a === 0 ? LI : LDH, destination, a, 0);
      second = displacement << 16;
      break;
    case 4:
      first = registers(JL, destination, 0, 0);
      second = displacement << 2;
      break;
    case 5:
      first = registers(JR, destination, a, 0);
      break;
    case 6:
    case 7:
      first = registers(op === 6 ? LD : LDB, destination, a, 0);
      second = op === 6 ? displacement << 2 : displacement;
      break;
    case 8:
    case 9:
      first = registers(op === 8 ? ST : STB, x, a, 0);
      second = op === 8 ? displacement << 2 : displacement;
      break;
    case 12:
      first = SYSENTER;
      break;
    case 13:
      first = SYSEXIT;
      break;
    case 14:
    case 15:
      first = registers(op === 14 ? BNE : BEQ, x, a, 0);
      second = displacement << 2;
      if (op === 15 && x === a && displacement === -1) first = SPIN;
      break;
    // 10 is the simulators' debug operation, 11 is not assigned: the hardware does nothing.
  }
  code[index] = first;
  code[index + 1] = second;
}

const registers = (operation: number, x: number, a: number, b: number) => operation | (x << 8) | (a << 14) | (b << 20);
