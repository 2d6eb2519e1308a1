// The MIPS instruction set: finds the form or macro of an instruction and emits it.
import type { Assembler, Directive, Target } from '../assembler.ts';
import { Complaint } from '../diagnostics.ts';
import { type Expression, isConstant } from '../expression.ts';
import { low32 } from '../integer.ts';
import type { Options } from '../options.ts';
import type { Sym } from '../symbols.ts';
import { mipsDirectives } from './directives.ts';
import { Emitter, type Settings } from './emitter.ts';
import {
  ACCUMULATOR,
  BASE,
  BRANCH,
  CONDITION,
  FLOAT,
  type Form,
  forms,
  GPR,
  INDEX,
  NUMBERED,
  OFFSET,
  SIGNED,
  TARGET,
  UNSIGNED,
  ZERO,
} from './forms.ts';
import { LEVEL_BITS, LEVELS } from './levels.ts';
import { loadFloatNumber } from './macros/float.ts';
import { extended, firstMacros, macros } from './macros.ts';
import { INDEXED, MEMORY, newOperands, type Operand, REGISTER, readOperands, VALUE } from './operands.ts';
import { ACC, FCC, FPR, register } from './registers.ts';
import { R } from './relocations.ts';
import { USES } from './uses.ts';

const SP = 29;

export class Mips implements Target {
  readonly directives: ReadonlyMap<string, Directive> = mipsDirectives(this);
  readonly emitter: Emitter;
  readonly settingsStack: Settings[] = [];
  readonly operands: Operand[] = newOperands();
  count = 0;
  mnemonic = '';
  /** `.ent` blocks, for .pdr. */
  procedure: Procedure | null = null;
  readonly procedures: Procedure[] = [];
  /** What holds for the whole file: given by options, changed by `.module` and others. */
  readonly file: FileProperties;
  /** Code is position-independent (SVR4 calling rules) from here on. */
  pic: boolean;
  /** Size up to which data is small: reached from $gp. */
  smallData: number;
  /** Sizes that `.extern` gave. */
  readonly externSizes = new Map<Sym, number>();
  /** Where in the frame `.cprestore` keeps $gp, and the register that points to the frame. */
  savedGp: number | null = null;
  /** Something has fixed which kind of code this is. */
  settled = false;
  frameRegister = SP;
  /** Words being assembled, and what goes into them. */
  private word = 0;
  private fixType = 0;
  private fixValue: Expression | null = null;

  constructor(readonly asm: Assembler) {
    const { fp, level: name, pic, smallData } = asm.options;
    const level = LEVELS[name]!;
    this.pic = pic;
    this.smallData = pic ? 0 : smallData;
    this.file = {
      fp,
      level: name,
      oddSingles: null,
      nan2008: false,
      abicalls: pic,
      attributes: new Map(),
    };
    this.emitter = new Emitter(asm, {
      reorder: true,
      macros: true,
      at: 1,
      move: true,
      level,
      softFloat: fp === 'soft',
      extensions: new Set(asm.options.extensions),
    });
  }

  get settings(): Settings {
    return this.emitter.settings;
  }

  breakSequence(): void {
    this.emitter.barrier();
  }

  leaveSection(): void {
    this.emitter.barrier();
  }

  /** Until something has told otherwise, GNU as takes code for microMIPS: that is its short NOP. */
  oddPadding(): number {
    return this.settled ? 0 : 0x0c00;
  }

  mnemonics(): Iterable<string> {
    return new Set([...forms.keys(), ...macros.keys()]);
  }

  instruction(name: string): boolean {
    let mnemonic = name;
    let rows = forms.get(mnemonic);
    let macro = macros.get(mnemonic);
    if (rows === undefined && macro === undefined) {
      mnemonic = name.toLowerCase();
      rows = forms.get(mnemonic);
      macro = macros.get(mnemonic);
      if (rows === undefined && macro === undefined) return false;
    }
    const { asm, operands } = this;
    this.settled = true;
    if (mnemonic === 'li.s' || mnemonic === 'li.d') return this.floatNumber(mnemonic === 'li.d');
    const count = readOperands(asm, operands);
    this.count = count;
    this.mnemonic = mnemonic;
    if (firstMacros.has(mnemonic) && macro?.(this, operands, count)) return true;
    let tooNew: Form | null = null;
    for (let pass = 0; pass < 2; pass++) {
      if (rows !== undefined)
        for (let i = 0; i < rows.length; i++) {
          const form = rows[i]!;
          if (!this.match(form, count, pass === 1)) continue;
          if (
            (form.levels & LEVEL_BITS[this.settings.level]!) === 0 ||
            (form.extension !== '' && !this.settings.extensions.has(form.extension))
          ) {
            tooNew ??= form;
            continue;
          }
          if (form.slot !== 0) checkLink(form, this.word);
          this.emitter.emit(form, this.word, this.fixType, this.fixValue);
          return true;
        }
      if (pass === 0 && macro !== undefined && this.has(mnemonic, rows) && macro(this, operands, count)) return true;
    }
    if (tooNew !== null) {
      const level = Object.keys(LEVELS).find((each) => (tooNew.levels & LEVEL_BITS[LEVELS[each]!]!) !== 0);
      const cure = `.set ${tooNew.extension === '' ? level : tooNew.extension}`;
      throw new Complaint('KSEG_ASM_LEVEL', `'${mnemonic}' does not exist on this processor (it needs ${cure})`);
    }
    throw new Complaint('KSEG_ASM_OPERAND', this.explain(rows, count));
  }

  /** Whether the instruction that a macro of the same name extends exists; macros without one always do. */
  private has(mnemonic: string, rows: readonly Form[] | undefined): boolean {
    if (rows === undefined || !extended.has(mnemonic)) return true;
    return rows.some((form) => (form.levels & LEVEL_BITS[this.settings.level]!) !== 0);
  }

  /** `li.s`, `li.d`: their second operand is no integer expression. */
  private floatNumber(double: boolean): boolean {
    const { cur } = this.asm;
    this.mnemonic = double ? 'li.d' : 'li.s';
    cur.skipSpace();
    const reg = register(cur);
    if (reg < 0 || reg >= FCC) throw cur.complain('KSEG_ASM_OPERAND', `expected a register, found '${cur.rest()}'`);
    cur.expectComma();
    loadFloatNumber(this, reg, double);
    return true;
  }

  /** Why no form fits: the first operand that does not, or how many there should be. */
  private explain(rows: readonly Form[] | undefined, count: number): string {
    const forms = rows ?? [];
    const fitting = forms.filter((form) => form.count === count || (form.optional && form.count === count + 1));
    if (forms.length > 0 && fitting.length === 0) {
      const counts = [...new Set(forms.map((form) => form.count))].sort().join(' or ');
      return `'${this.mnemonic}' takes ${counts} operands, not ${count}`;
    }
    return `'${this.mnemonic}' does not take these operands`;
  }

  /**
   * Tries the operands against a form, building the word. Lax: values out of a
   * strict reading's range are taken where the field holds them.
   */
  private match(form: Form, count: number, lax: boolean): boolean {
    const fields = form.operands;
    let at = 0;
    const repeat = form.optional && count === form.count - 1;
    if (count !== form.count && !repeat) return false;
    let word = form.match;
    this.fixType = 0;
    this.fixValue = null;
    let previous = 0;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      if (repeat && i === 1) at = 0;
      const op = this.operands[at]!;
      at++;
      let v = 0;
      switch (field.look) {
        case GPR:
          if (op.kind !== REGISTER || op.reg > 31) return false;
          v = op.reg;
          break;
        case FLOAT:
          if (op.kind !== REGISTER || op.reg < FPR || op.reg >= FCC) return false;
          v = op.reg - FPR;
          break;
        case CONDITION:
          if (op.kind !== REGISTER) return false;
          if (op.reg >= FCC && op.reg < ACC) v = op.reg - FCC;
          else if (op.reg < 8) v = op.reg;
          else return false;
          break;
        case NUMBERED:
          if (op.kind !== REGISTER || op.reg > 31) return false;
          v = op.reg;
          break;
        case ACCUMULATOR:
          if (op.kind !== REGISTER || op.reg < ACC) return false;
          v = op.reg - ACC;
          break;
        case ZERO:
          if (op.kind !== REGISTER || op.reg !== 0) return false;
          continue;
        case INDEX:
          if (op.kind !== INDEXED) return false;
          v = op.index;
          at--;
          break;
        case BASE:
          v = op.reg;
          break;
        case OFFSET:
          if (op.kind !== MEMORY && !(lax && op.kind === VALUE && (op.reloc !== 0 || !isConstant(op.value))))
            return false;
          if (op.kind === VALUE) op.reg = 0;
          at--;
          if (op.reloc === 0 && isConstant(op.value)) {
            v = Number(op.value.value);
            const half = 2 ** (field.width - 1);
            if (field.width === 16 && v >= 0xffff_8000 && v <= 0xffff_ffff) v -= 0x1_0000_0000;
            if (v < -half || v >= half) return false;
            break;
          }
          if (field.width !== 16 || !this.relocate(op, lax)) return false;
          v = this.word;
          break;
        case SIGNED:
          if (op.kind !== VALUE) return false;
          if (op.reloc === 0 && isConstant(op.value)) {
            v = Number(op.value.value);
            if (v < -0x8000 || v > (lax ? 0xffff : 0x7fff)) return false;
            break;
          }
          if (!this.relocate(op, lax)) return false;
          v = this.word;
          break;
        case UNSIGNED:
          if (op.kind !== VALUE) return false;
          if (op.reloc === 0 && isConstant(op.value)) {
            v = Number(op.value.value);
            if (v < 0 || v > 0xffff) return false;
            break;
          }
          if (!this.relocate(op, lax)) return false;
          v = this.word;
          break;
        case BRANCH:
          if (op.kind !== VALUE || op.reloc !== 0) return false;
          this.fixType = R.PC16;
          this.fixValue = op.value;
          continue;
        case TARGET:
          if (op.kind !== VALUE || op.reloc !== 0) return false;
          this.fixType = R.R26;
          this.fixValue = op.value;
          continue;
        default: {
          // BITS
          if (op.kind !== VALUE || op.reloc !== 0 || !isConstant(op.value)) return false;
          v = Number(op.value.value);
          const stored = (v + (field.above ? previous : 0) - field.bias) / 2 ** field.scale;
          const limit = 2 ** field.width;
          if (!Number.isInteger(stored)) return false;
          if (field.signed ? stored < -limit / 2 || stored >= limit / 2 : stored < 0 || stored >= limit) return false;
          previous = v;
          word |= (stored & (limit - 1)) << field.shift;
          continue;
        }
      }
      const bits = v & (field.width === 32 ? -1 : (1 << field.width) - 1);
      word |= bits << field.shift;
      if (field.copy >= 0) word |= bits << field.copy;
    }
    this.word = word;
    return true;
  }

  /** A 16-bit field from an address or a relocation operator; a known value goes to `this.word`. */
  private relocate(op: Operand, lax: boolean): boolean {
    this.word = 0;
    if (op.reloc !== 0) {
      if (isConstant(op.value)) {
        const v = partOf(op.reloc, low32(op.value.value));
        if (v !== null) {
          this.word = v;
          return true;
        }
      }
      this.fixType = op.reloc;
    } else {
      if (!lax) return false;
      this.fixType = R.LO16;
    }
    this.fixValue = op.value;
    return true;
  }
}

/** A call that overwrites the register it jumps through could not be restarted [MIPS32 vol. II, JALR]. */
function checkLink(form: Form, word: number): void {
  if ((form.reads & USES.RS) === 0 || (form.writes & (USES.RD | USES.RA)) === 0) return;
  const link = (form.writes & USES.RA) !== 0 ? 31 : (word >>> 11) & 31;
  if (((word >>> 21) & 31) === link)
    throw new Complaint('KSEG_ASM_OPERAND', `'${form.mnemonic}' cannot link into the register it jumps through`);
}

/** What a relocation operator makes of a number; null when only the linker knows. */
function partOf(type: number, v: number): number | null {
  switch (type) {
    case R.LO16:
      return v & 0xffff;
    case R.HI16:
      return ((v + 0x8000) >>> 16) & 0xffff;
    default:
      return null;
  }
}

export interface FileProperties {
  fp: Options['fp'];
  level: Options['level'];
  /** Single-precision values in odd registers; null: as the floating-point ABI has it. */
  oddSingles: boolean | null;
  nan2008: boolean;
  abicalls: boolean;
  /** `.gnu_attribute` tags. */
  readonly attributes: Map<number, number>;
}

/** A function between `.ent` and `.end`. */
export interface Procedure {
  symbol: Sym;
  end: import('../symbols.ts').Location | null;
  mask: number;
  maskOffset: number;
  fmask: number;
  fmaskOffset: number;
  frameOffset: number;
  frameRegister: number;
  returnRegister: number;
}
