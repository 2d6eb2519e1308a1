// GAIA's instructions, those of the hardware and those made of them, to the words of a program.
import { closest } from '../diagnostics.ts';
import { parseInteger } from './expression.ts';
import type { Item, Program } from './program.ts';
import { LIMIT } from './program.ts';
import {
  BRANCHES,
  countOf,
  debugCall,
  HALT,
  LINK,
  MNEMONICS,
  RBP,
  REGISTERS,
  RSP,
  SWAPPED,
  shapeOf,
  TEMPORARY,
  word,
} from './table.ts';
import { floatOperand, integerOperand, Mistake, stringBytes, value } from './text.ts';

type Memory = 'ld' | 'st' | 'ldb' | 'stb';

const signed = (v: number, bits: number) => v >= -(2 ** (bits - 1)) && v < 2 ** (bits - 1);
/** High and low parts of an address for LDH and a signed displacement. */
const highPart = (v: number) => ((v + 0x8000) >>> 16) & 0xffff;
const lowPart = (v: number) => (((v + 0x8000) & 0xffff) - 0x8000) | 0;

/** Emits instructions into a program. */
export class Instructions {
  constructor(private readonly program: Program) {}

  private register(text: string | undefined): number {
    const r = text === undefined ? undefined : REGISTERS.get(text);
    if (r === undefined) throw new Mistake(`expected a register, found '${text ?? ''}'`, text);
    return r;
  }

  /** Reads one instruction and its operands. */
  read(mnemonic: string, o: readonly string[]): undefined {
    const hinted = /[+-]$/.test(mnemonic);
    const name = hinted ? mnemonic.slice(0, -1) : mnemonic;
    const hint = mnemonic.endsWith('+') ? '+' : '';
    const branch = name === 'bne' || name === 'beq' || name === 'bz' || name === 'bnz' || Object.hasOwn(BRANCHES, name);
    if (hinted && !branch) throw new Mistake(`unknown instruction '${mnemonic}'`, mnemonic);
    const need = (...counts: number[]) => {
      if (!counts.includes(o.length))
        throw new Mistake(`'${mnemonic}' takes ${counts.join(' or ')} operands, not ${o.length}`);
    };
    const reg = (i: number) => this.register(o[i]);
    const shape = shapeOf(name);
    if (shape === 'arithmetic') {
      need(3, 4);
      return this.arithmetic(name, reg(0), reg(1), o[2]!, o[3]);
    }
    if (shape === 'registers') {
      need(countOf(name));
      return this.put(word(name, ...o.map((_, i) => reg(i))));
    }
    if (Object.hasOwn(SWAPPED, name)) {
      need(3);
      const other = SWAPPED[name]!;
      if (shapeOf(other) === 'registers') return this.put(word(other, reg(0), reg(2), reg(1)));
      return this.put(word(other, reg(0), this.inRegister(o[2]!), reg(1), 0));
    }
    if (Object.hasOwn(BRANCHES, name)) {
      need(3);
      const [compare, taken] = BRANCHES[name]!;
      if (shapeOf(compare) === 'registers') this.put(word(compare, TEMPORARY, reg(0), reg(1)));
      else this.arithmetic(compare, TEMPORARY, reg(0), o[1]!, undefined);
      return this.branch(taken + hint, [TEMPORARY, 0], o[2]!);
    }
    const call = debugCall(name);
    if (call !== null) {
      need(1);
      return this.put(call(integerOperand(o[0], 0, 0xffff)));
    }
    switch (name) {
      case 'ldl':
        need(2);
        return this.put(word('ldl', reg(0), integerOperand(o[1], -0x8000, 0xffff)));
      case 'ldh':
        need(3);
        return this.put(word('ldh', reg(0), reg(1), integerOperand(o[2], -0x8000, 0xffff)));
      case 'jl':
        need(2);
        return this.branch('jl', [reg(0)], o[1]!);
      case 'jr':
        need(1, 2);
        return this.put(o.length === 1 ? word('jr', TEMPORARY, reg(0)) : word('jr', reg(0), reg(1)));
      case 'ld':
      case 'st':
      case 'ldb':
      case 'stb':
        need(3);
        return this.put(this.memory(name, reg(0), reg(1), integerOperand(o[2], -0x2_0000, 0x1_ffff)));
      case 'bne':
      case 'beq':
        need(3);
        return this.branch(name + hint, [reg(0), this.inRegister(o[1]!)], o[2]!);
      case 'bz':
      case 'bnz':
        need(2);
        return this.branch((name === 'bnz' ? 'bne' : 'beq') + hint, [reg(0), 0], o[1]!);
      case 'br':
        need(1);
        return this.branch('jl', [TEMPORARY], o[0]!);
      case 'sysenter':
      case 'sysexit':
        return this.put(word(name));
      case 'nop':
        return this.put(word('add', 0, 0, 0, 0));
      case 'halt':
        return this.put(HALT);
      case 'mov':
      case 'movb':
        need(2);
        return this.move(o[0]!, o[1]!, name === 'movb');
      case 'neg':
        need(2);
        return this.put(word('sub', reg(0), 0, reg(1), 0));
      case 'not':
        need(2);
        return this.put(word('xor', reg(0), reg(1), 0, -1));
      case 'sextb':
      case 'sextw':
      case 'zextb': {
        need(2);
        const bits = name === 'sextw' ? 16 : 24;
        this.put(word('shl', TEMPORARY, reg(1), 0, bits));
        return this.put(word(name === 'zextb' ? 'shr' : 'sar', reg(0), TEMPORARY, 0, bits));
      }
      case 'zextw':
        need(2);
        return this.put(word('ldh', reg(0), reg(1), 0));
      case 'push': {
        need(1);
        const r = this.inRegister(o[0]!);
        return this.put(word('sub', RSP, RSP, 0, 4), this.memory('st', r, RSP, 0));
      }
      case 'pop':
        need(1);
        return this.put(this.memory('ld', reg(0), RSP, 0), word('add', RSP, RSP, 0, 4));
      case 'call':
        need(1);
        return this.call(o[0]!);
      case 'ret':
        return this.put(word('jr', TEMPORARY, LINK));
      case 'enter': {
        need(0, 1);
        const n = (o.length === 0 ? 0 : integerOperand(o[0], 0, LIMIT)) + 4;
        this.arithmetic('sub', RSP, RSP, `${n}`, undefined);
        return this.put(this.memory('st', LINK, RSP, 0));
      }
      case 'leave':
        return this.put(this.memory('ld', LINK, RSP, 0));
      case 'read':
        need(1);
        return this.put(
          word('ldh', TEMPORARY, 0, 0x8000),
          this.memory('ld', reg(0), TEMPORARY, 0x1000),
          word('cmplt', TEMPORARY, reg(0), 0, 0),
          word('bne', TEMPORARY, 0, -16),
        );
      case 'write':
        need(1, 2);
        return this.write(reg(0), o[1]);
    }
    throw new Mistake(`unknown instruction '${mnemonic}'`, mnemonic, closest(name, MNEMONICS));
  }

  /** To a label wherever it is. */
  jumpFar(label: string): undefined {
    this.moveExpression(TEMPORARY, label);
    this.put(word('jr', TEMPORARY, TEMPORARY));
  }

  private put(...words: number[]): undefined {
    this.program.put(...words);
  }

  private arithmetic(name: string, rd: number, ra: number, third: string, literal: string | undefined): undefined {
    if (literal !== undefined)
      return this.put(word(name, rd, ra, this.register(third), integerOperand(literal, -128, 127)));
    const rb = REGISTERS.get(third);
    if (rb !== undefined) return this.put(word(name, rd, ra, rb, 0));
    const v = parseInteger(third);
    if (v !== null && signed(v, 8)) return this.put(word(name, rd, ra, 0, v));
    return this.put(word(name, rd, ra, this.inRegister(third), 0));
  }

  /** An operand in a register: itself, or a number loaded into the temporary. */
  private inRegister(text: string): number {
    const r = REGISTERS.get(text);
    if (r !== undefined) return r;
    const v = parseInteger(text) ?? floatOperand(text);
    if (v === null) throw new Mistake(`expected a register or a number, found '${text}'`, text);
    this.moveNumber(TEMPORARY, v);
    return TEMPORARY;
  }

  private moveNumber(rd: number, v: number): undefined {
    if (v < -0x8000_0000 || v > 0xffff_ffff) throw new Mistake(`${v} has more than 32 bits`);
    const bits = v | 0;
    if (signed(v, 16)) this.put(word('ldl', rd, v));
    else if ((bits & 0xffff) === 0) this.put(word('ldh', rd, 0, bits >>> 16));
    else this.put(word('ldl', rd, bits), word('ldh', rd, rd, bits >>> 16));
  }

  private moveExpression(rd: number, text: string): undefined {
    this.program.add(8, {
      shrink: (lookup) => (signed(value(text, lookup) | 0, 16) ? 4 : 8),
      words: (lookup, _, size) => {
        const v = value(text, lookup);
        return size === 4 ? [word('ldl', rd, v)] : [word('ldl', rd, v), word('ldh', rd, rd, (v | 0) >>> 16)];
      },
    });
  }

  private memory(name: Memory, rx: number, base: number, displacement: number): number {
    const byte = name.endsWith('b');
    if (!signed(displacement, byte ? 16 : 18)) throw new Mistake(`displacement ${displacement} is out of range`);
    if (!byte && displacement % 4 !== 0) throw new Mistake(`displacement ${displacement} is not a multiple of 4`);
    return word(name, rx, base, displacement);
  }

  private move(to: string, from: string, byte: boolean): undefined {
    const load = byte ? 'ldb' : 'ld';
    const store = byte ? 'stb' : 'st';
    if (to.startsWith('[')) {
      const r = REGISTERS.get(from);
      if (r !== undefined) return this.access(store, r, to);
      const v = parseInteger(from) ?? floatOperand(from);
      if (v !== null) this.moveNumber(TEMPORARY, v);
      else this.moveExpression(TEMPORARY, from);
      return this.access(store, TEMPORARY, to);
    }
    const rd = this.register(to);
    if (from.startsWith('[')) return this.access(load, rd, from);
    const rs = REGISTERS.get(from);
    if (rs !== undefined) return this.put(word('add', rd, rs, 0, 0));
    const v = parseInteger(from) ?? floatOperand(from);
    return v !== null ? this.moveNumber(rd, v) : this.moveExpression(rd, from);
  }

  /** `[base + n]`, `[n]`, `[expression]`. */
  private access(name: Memory, rx: number, text: string): undefined {
    if (!text.endsWith(']')) throw new Mistake(`missing ']' in '${text}'`, text);
    const inner = text.slice(1, -1).trim();
    const bits = name.endsWith('b') ? 16 : 18;
    const based = /^(\w+)(?:\s*([+-])\s*([\s\S]+))?$/.exec(inner);
    const base = based === null ? undefined : REGISTERS.get(based[1]!);
    if (base !== undefined) {
      const n = based![3] === undefined ? 0 : integerOperand(based![3].trim(), -0x8000_0000, 0xffff_ffff);
      const displacement = based![2] === '-' ? -n : n;
      if (signed(displacement, bits)) return this.put(this.memory(name, rx, base, displacement));
      return this.put(
        word('ldh', TEMPORARY, 0, highPart(displacement)),
        word('add', TEMPORARY, base, TEMPORARY, 0),
        this.memory(name, rx, TEMPORARY, lowPart(displacement)),
      );
    }
    const far = (v: number) => [word('ldh', TEMPORARY, 0, highPart(v)), this.memory(name, rx, TEMPORARY, lowPart(v))];
    const number = parseInteger(inner);
    if (number !== null)
      return signed(number | 0, bits) ? this.put(this.memory(name, rx, 0, number | 0)) : this.put(...far(number));
    this.program.add(8, {
      shrink: (lookup) => (signed(value(inner, lookup) | 0, bits) ? 4 : 8),
      words: (lookup, _, size) => {
        const v = value(inner, lookup) | 0;
        return size === 4 ? [this.memory(name, rx, 0, v)] : far(v);
      },
    });
  }

  private branch(name: string, registers: readonly number[], target: string): undefined {
    const to = (displacement: number) => {
      if (displacement % 4 !== 0) throw new Mistake(`branch displacement ${displacement} is not a multiple of 4`);
      if (!signed(displacement, 18)) throw new Mistake('branch out of range');
      return word(name, ...registers, displacement);
    };
    const number = parseInteger(target);
    if (number !== null) this.put(to(number));
    else
      this.program.add(4, {
        words: (lookup, address) => [to(value(target, lookup) - (address + 4))],
      });
  }

  private call(target: string): undefined {
    const before = [this.memory('st', RBP, RSP, -4), word('sub', RSP, RSP, 0, 4), word('add', RBP, RSP, 0, 0)];
    const after = [word('add', RSP, RBP, 0, 4), this.memory('ld', RBP, RSP, -4)];
    const r = REGISTERS.get(target);
    if (r !== undefined) return this.put(...before, word('jr', LINK, r), ...after);
    const item: Item = { size: 32, address: 0, line: this.program.line };
    item.shrink = (lookup, saved) => {
      const to = value(target, lookup);
      const distance = to - item.address - 16 + (to > item.address ? saved : -saved);
      return signed(distance, 18) ? 24 : signed(to, 16) ? 28 : 32;
    };
    item.words = (lookup, address, size) => {
      const to = value(target, lookup);
      const jump =
        size === 24
          ? [word('jl', LINK, (to - (address + 16)) & ~3)]
          : size === 28
            ? [word('ldl', TEMPORARY, to), word('jr', LINK, TEMPORARY)]
            : [
                word('ldl', TEMPORARY, to),
                word('ldh', TEMPORARY, TEMPORARY, (to | 0) >>> 16),
                word('jr', LINK, TEMPORARY),
              ];
      return [...before, ...jump, ...after];
    };
    this.program.items.push(item);
  }

  private write(r: number, text: string | undefined): undefined {
    if (text === undefined)
      return this.put(
        word('ldh', TEMPORARY, 0, 0x8000),
        this.memory('ld', TEMPORARY, TEMPORARY, 0x1004),
        word('beq', TEMPORARY, 0, -12),
        word('ldh', TEMPORARY, 0, 0x8000),
        this.memory('st', r, TEMPORARY, 0x1000),
      );
    this.put(word('ldh', TEMPORARY, 0, 0x8000));
    for (const c of stringBytes(text).slice(0, -1)) {
      this.moveNumber(r, c);
      this.put(this.memory('st', r, TEMPORARY, 0x1000));
    }
  }
}
