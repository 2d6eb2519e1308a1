// Bytes, words, strings, floats, gaps.
import type { Assembler, Directive } from '../assembler.ts';
import { Complaint } from '../diagnostics.ts';
import { encodeLeb128 } from '../dwarf/leb128.ts';
import { isConstant } from '../expression.ts';
import { floatBits } from '../float.ts';
import { high32, type Integer, low32 } from '../integer.ts';
import { R } from '../mips/relocations.ts';
import { MAX_SECTION } from '../section.ts';

const log2 = (n: number) => 31 - Math.clz32(n);

/** Aligns for data of 2^power bytes, as data directives do unless `.align 0`; labels before it move along. */
function place(asm: Assembler, power: number): void {
  asm.target.breakSequence();
  if (power > 0 && asm.autoAlign) {
    const unit = 1 << power;
    const { here } = asm;
    if (here.length % unit !== 0 || here.elastics.length > 0 || here.number !== 0)
      asm.alignTo(power, null, 0, asm.pendingLabels);
    else here.section.raiseAlign(power);
    here.pieceStart = here.length;
  }
  if (asm.pendingLabels.length > 0) asm.pendingLabels = [];
  if (asm.here.section.nobits) requireZeros(asm);
}

function requireZeros(asm: Assembler): void {
  if (/^[\s0,]*$/.test(asm.cur.rest().replace(/0x0*/g, '0'))) return;
  throw new Complaint('KSEG_ASM_SECTION', `section ${asm.here.section.name} holds no data`);
}

function putInteger(asm: Assembler, size: number, v: Integer): void {
  const { here } = asm;
  switch (size) {
    case 1:
      here.put8(low32(v));
      break;
    case 2:
      here.put16(low32(v));
      break;
    case 4:
      here.put32(low32(v));
      break;
    default:
      here.put32(asm.little ? low32(v) : high32(v));
      here.put32(asm.little ? high32(v) : low32(v));
  }
}

/** Complains of a number that does not fit, whether it is taken signed or unsigned. */
function checkRange(asm: Assembler, size: number, v: Integer): void {
  if (size === 8) return;
  const limit = 2 ** (8 * size);
  if (v >= limit || v < -limit / (size === 4 ? 2 : 1)) {
    if (size === 4 && typeof v === 'bigint' && v >= -0x8000_0000n) return;
    asm.warn(`value 0x${BigInt.asUintN(64, BigInt(v)).toString(16)} truncated to ${size * 8} bits`);
  }
}

const relocationOf: Readonly<Record<number, number>> = { 1: R.BYTE, 2: R.R16, 4: R.R32, 8: R.R64 };

/** `.byte`, `.half`, `.word`, …: a list of expressions, each `size` bytes. */
function integers(size: number, aligned: boolean): Directive {
  const power = aligned ? log2(size) : 0;
  return (asm) => {
    place(asm, power);
    const { cur } = asm;
    if (cur.atEnd()) return;
    do {
      const start = cur.pos;
      const e = asm.expression();
      let count = 1;
      if (cur.eat(58)) count = asm.absolute(); // value : repetitions
      for (; count > 0; count--) {
        if (isConstant(e)) {
          checkRange(asm, size, e.value);
          putInteger(asm, size, e.value);
        } else {
          const type = relocationOf[size]!;
          asm.fixup(asm.here.reserve(size), type, size, e);
        }
      }
      if (cur.pos === start) break;
    } while (cur.eatComma());
    asm.pendingLabels = [];
  };
}

export const words = integers(4, true);

/** A word with a relocation of its own: `.gpword`, `.dtprelword`. */
export function relocated(type: number, size: number, aligned: boolean): Directive {
  return (asm) => {
    place(asm, aligned ? log2(size) : 0);
    do {
      const start = asm.cur.pos;
      const e = asm.expression();
      if (e.plus === null || e.minus !== null || e.tree !== null || e.value !== 0)
        throw new Complaint('KSEG_ASM_VALUE', 'only the address of a symbol can stand here', start, asm.cur.pos);
      asm.fixup(asm.here.reserve(size), type, size, e);
    } while (asm.cur.eatComma());
    asm.pendingLabels = [];
  };
}

function strings(terminated: boolean): Directive {
  return (asm) => {
    asm.target.breakSequence();
    asm.pendingLabels = [];
    const { cur } = asm;
    if (cur.atEnd()) return;
    do {
      let text = cur.string();
      cur.skipSpace();
      while (cur.peek() === 34) {
        text += cur.string();
        cur.skipSpace();
      }
      asm.here.putString(text);
      if (terminated) asm.here.put8(0);
    } while (cur.eatComma());
  };
}

function floats(double: boolean): Directive {
  return (asm) => {
    place(asm, double ? 3 : 2);
    const { cur } = asm;
    do {
      const value = floatBits(cur, double);
      const count = cur.eat(58) ? asm.absolute() : 1;
      for (let i = 0; i < count; i++) {
        const { here } = asm;
        if (!double) here.put32(value.low);
        else {
          here.put32(asm.little ? value.low : value.high);
          here.put32(asm.little ? value.high : value.low);
        }
      }
    } while (cur.eatComma());
  };
}

/** `.space size, fill`. */
const space: Directive = (asm, name) => {
  asm.target.breakSequence();
  asm.pendingLabels = [];
  const { cur } = asm;
  const start = cur.pos;
  const size = asm.expression();
  const fill = cur.eatComma() ? asm.absolute() : 0;
  if (isConstant(size)) {
    const n = Number(size.value);
    if (n < 0) {
      asm.warn(`${name} of a negative size is ignored`);
      return;
    }
    if (n > MAX_SECTION) throw new Complaint('KSEG_ASM_RANGE', `${name} of ${n} bytes`, start, cur.pos);
    asm.here.fill(n, fill & 0xff);
    if (n > 0) asm.here.pieceStart = asm.here.length;
    return;
  }
  asm.elastic({
    size: (address) => {
      const n = asm.evaluate(size);
      return n === null || n < 0 || address + n > MAX_SECTION ? null : n;
    },
    bytes: (n) => new Uint8Array(n).fill(fill),
    what: name,
    fault: `the size of ${name} is not a constant`,
  });
};

/** `.fill repeat, size, value`: at most 8 bytes each, of which only four carry the value. */
const fill: Directive = (asm) => {
  asm.target.breakSequence();
  asm.pendingLabels = [];
  const { cur } = asm;
  const repeat = asm.absolute();
  const size = Math.min(8, cur.eatComma() ? asm.absolute() : 1);
  const value = cur.eatComma() ? asm.absolute() : 0;
  if (size < 0) throw new Complaint('KSEG_ASM_VALUE', '.fill of a negative size');
  if (repeat > 0 && repeat * size > MAX_SECTION)
    throw new Complaint('KSEG_ASM_RANGE', `.fill of ${repeat * size} bytes`);
  const unit = new Uint8Array(size);
  for (let i = 0; i < Math.min(size, 4); i++) {
    const at = asm.little ? i : Math.min(size, 4) - 1 - i;
    unit[at] = Math.floor(value / 2 ** (8 * i));
  }
  for (let i = 0; i < repeat; i++) asm.here.put(unit);
  if (repeat * size > 0) asm.here.pieceStart = asm.here.length;
};

/** `.uleb128`, `.sleb128`. */
function leb128(signed: boolean): Directive {
  return (asm, name) => {
    asm.target.breakSequence();
    asm.pendingLabels = [];
    do {
      const e = asm.expression();
      if (isConstant(e)) asm.here.put(Uint8Array.from(encodeLeb128(e.value, signed)));
      else {
        const encoded = () => {
          const v = asm.evaluate(e);
          return v === null ? null : encodeLeb128(v, signed);
        };
        asm.elastic({
          size: () => encoded()?.length ?? null,
          bytes: () => Uint8Array.from(encoded() ?? []),
          what: name,
          fault: 'the value is not a constant',
        });
      }
    } while (asm.cur.eatComma());
  };
}

const incbin: Directive = (asm) => {
  asm.target.breakSequence();
  asm.pendingLabels = [];
  const { cur } = asm;
  const start = cur.pos;
  const path = cur.string();
  const found = asm.options.resolve(path, asm.place().file);
  if (found === null) throw new Complaint('KSEG_ASM_FILE', `cannot find '${path}'`, start, cur.pos);
  const bytes = typeof found === 'string' ? new TextEncoder().encode(found) : found;
  const skip = cur.eatComma() && !cur.atEnd() && cur.peek() !== 44 ? asm.absolute() : 0;
  const count = cur.eatComma() ? asm.absolute() : bytes.length - skip;
  if (skip < 0 || count < 0 || skip + count > bytes.length)
    throw new Complaint('KSEG_ASM_RANGE', `'${path}' has only ${bytes.length} bytes`, start, cur.pos);
  asm.here.put(bytes.subarray(skip, skip + count));
};

export const dataDirectives: readonly (readonly [string, Directive])[] = [
  ['.byte', integers(1, false)],
  ['.half', integers(2, true)],
  ['.hword', integers(2, true)],
  ['.short', integers(2, true)],
  ['.word', words],
  ['.long', integers(4, true)],
  ['.int', integers(4, true)],
  ['.dword', integers(8, true)],
  ['.quad', integers(8, true)],
  ['.2byte', integers(2, false)],
  ['.4byte', integers(4, false)],
  ['.8byte', integers(8, false)],
  ['.dtprelword', relocated(R.TLS_DTPREL32, 4, false)],
  ['.tprelword', relocated(R.TLS_TPREL32, 4, false)],
  ['.ascii', strings(false)],
  ['.asciz', strings(true)],
  ['.asciiz', strings(true)],
  ['.string', strings(true)],
  ['.float', floats(false)],
  ['.single', floats(false)],
  ['.double', floats(true)],
  ['.space', space],
  ['.skip', space],
  ['.zero', space],
  ['.fill', fill],
  ['.uleb128', leb128(false)],
  ['.sleb128', leb128(true)],
  ['.incbin', incbin],
];
