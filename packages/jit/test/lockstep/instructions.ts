// Straight-line instructions: every row of a core but what would end a program, with operands that mean something more often than not.
import { dsp, dspr2, type OperandName, operandKinds, type Row } from '@kseg/isa';
import type { Random } from '../../../machine/test/oracle/random.ts';

/** Registers that programs compute in. */
export const TARGETS = [1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 24];
/** Registers that point: to data, to code, to the device, anywhere; to data twice more; and the stack. */
export const pointers = { data: 4, code: 5, device: 6, anywhere: 7, more: 28, stack: 29, mapped: 30 };
const POINTERS = Object.values(pointers);

const LEFT_OUT = new Set([
  'wait',
  'sdbbp',
  'deret',
  'eret',
  'rdpgpr',
  'wrpgpr',
  'mfc0',
  'mfc0:sel',
  'mtc0',
  'mtc0:sel',
  'jalx',
]);
const LEVELS_LEFT_OUT = new Set(['mt', 'reserved', 'r3000', 'ejtag']);
const extensions = new Set([...dsp, ...dspr2]);

/** How programs behave: one that is not `wild` faults seldom; FPU instructions need their kind of FPU. */
export interface Manners {
  readonly wild: boolean;
  readonly fpu: 'none' | '32-bit' | '64-bit';
}

export class Instructions {
  readonly #rows: readonly Row[];
  #wild = false;
  #plain: Row[] = [];
  #memory: Row[] = [];
  #loads: Row[] = [];
  #fpu: Row[] = [];
  #dsp: Row[] = [];
  #system: Row[] = [];
  #traps: Row[] = [];

  constructor(rows: readonly Row[]) {
    this.#rows = rows.filter(
      ({ name, aliasOf, level, delaySlot }) =>
        aliasOf === undefined && delaySlot === 'none' && !LEFT_OUT.has(name) && !LEVELS_LEFT_OUT.has(level),
    );
    this.behave({ wild: false, fpu: 'none' });
  }

  behave({ wild, fpu }: Manners): void {
    this.#wild = wild;
    const usable = ({ privilege, level }: Row) =>
      privilege === 'cop1' ? fpu === '64-bit' || (fpu === '32-bit' && level === 'fpu') : privilege !== 'cop2' || wild;
    const touches = ({ reads, writes }: Row) =>
      [...reads, ...writes].some((resource) => resource === 'mem' || resource === 'cache');
    const traps = (row: Row) => row.traps.some((trap) => ['trap', 'syscall', 'breakpoint'].includes(trap));
    this.#memory = this.#rows.filter((row) => touches(row) && usable(row) && (wild || row.privilege !== 'cop0'));
    this.#loads = this.#memory.filter(({ writes }) => !writes.includes('mem'));
    this.#traps = this.#rows.filter((row) => traps(row));
    const rest = this.#rows.filter((row) => !touches(row) && !traps(row));
    this.#fpu = rest.filter((row) => row.privilege === 'cop1' && usable(row));
    this.#dsp = rest.filter((row) => extensions.has(row));
    this.#system = rest.filter(({ privilege }) => privilege === 'cop0' || privilege === 'cop2');
    this.#plain = rest.filter((row) => row.privilege === 'none' && !extensions.has(row));
  }

  /** One instruction. */
  any(random: Random): number {
    const roll = random.below(200);
    if (random.oneIn(this.#wild ? 60 : 1000)) return this.#odd(random);
    if (roll < 70) return this.access(random);
    if (this.#fpu.length > 0 && roll < 120) return this.#fill(random, random.pick(this.#fpu));
    if (this.#dsp.length > 0 && roll < 150) return this.#fill(random, random.pick(this.#dsp));
    return this.#fill(random, random.pick(this.#plain));
  }

  /** What faults, or nearly always does. */
  #odd(random: Random): number {
    const roll = random.below(4);
    if (roll === 0) return ((random.word() & ~0x3f) | 0x25) >>> 0;
    return this.#fill(random, random.pick(roll < 3 ? this.#traps : this.#system));
  }

  /** A load or a store. */
  access(random: Random): number {
    const base = this.#base(random);
    const rows = base === pointers.code ? this.#loads : this.#memory;
    return this.#fill(random, random.pick(rows), base);
  }

  #base(random: Random): number {
    const roll = random.below(100);
    if (roll < 40) return pointers.data;
    if (roll < 60) return pointers.more;
    if (roll < 72) return pointers.stack;
    if (roll < 92) return pointers.mapped;
    if (roll < 96) return pointers.code;
    if (random.oneIn(this.#wild ? 1 : 10)) return random.pick([pointers.anywhere, random.pick(TARGETS)]);
    return pointers.device;
  }

  #fill(random: Random, row: Row, base = pointers.data): number {
    let word = row.match;
    for (const operand of row.operands) {
      const { shift, width, copy } = operandKinds[operand];
      const value = this.#operand(random, row, operand, base, word) & (2 ** width - 1);
      word |= value << shift;
      if (copy !== undefined) word |= value << copy;
    }
    return word >>> 0;
  }

  #operand(random: Random, row: Row, operand: OperandName, base: number, word: number): number {
    switch (operand) {
      case 'rs':
      case 'rt':
      case 'rd':
      case 'rd=rt':
        if (operand === 'rd=rt' || row.writes.includes(operand)) return random.pick(TARGETS);
        // The index beside a base.
        if (row.operands.at(-1) === 'base') return 0;
        return random.oneIn(8) ? random.pick([0, ...POINTERS, 16, 17, 31]) : random.pick(TARGETS);
      case 'base':
        return base;
      case 'hwr':
        return random.below(4);
      case 'pos':
        return random.below(32);
      case 'extsize':
      case 'inssize':
        return this.#size(random, operand, (word >>> operandKinds.pos.shift) & 31);
      case 'offset16': {
        const odd = random.oneIn(this.#wild ? 15 : 400);
        const offset = odd ? random.pick([random.word(), random.below(256)]) : (random.below(32) - 16) << 3;
        return base === pointers.stack ? -Math.abs((offset << 16) >> 16) - 8 : offset | this.#within(random, row);
      }
      case 'fs':
      case 'ft':
      case 'fd':
      case 'fr':
        return this.#wild && random.oneIn(10) ? random.below(32) : 2 * random.below(8);
      case 'imm16s':
      case 'imm16u':
        return random.oneIn(2) ? random.below(16) : random.value();
      default:
        return random.word();
    }
  }

  /** What EXT and INS keep of a field's size: size - 1, and its last bit; in a wild program perhaps beyond bit 31. */
  #size(random: Random, operand: 'extsize' | 'inssize', pos: number): number {
    const size = random.below(this.#wild && random.oneIn(10) ? 32 : 32 - pos);
    return operand === 'extsize' ? size : pos + size;
  }

  /** An offset within eight bytes that suits what the row moves. */
  #within(random: Random, { mnemonic }: Row): number {
    if (/^[ls]bu?$|^[ls]w[lr]$/.test(mnemonic)) return random.below(8);
    if (/^[ls]hu?$/.test(mnemonic)) return 2 * random.below(4);
    return /^[ls]dc/.test(mnemonic) ? 0 : 4 * random.below(2);
  }
}
