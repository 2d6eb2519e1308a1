// Assembler for the GAIA processor: one flat binary from all sources, sized as the original assembler sizes it.

import { Cursor } from './cursor.ts';
import { AssemblyError, closest, type Diagnostic } from './diagnostics.ts';
import { floatBits } from './float.ts';
import { evaluate, type Lookup, parseInteger } from './gaia-expression.ts';

export interface GaiaSource {
  readonly name: string;
  readonly text: string;
  /** A library's global labels lose to those of other sources. */
  readonly library?: boolean;
}

export interface GaiaOptions {
  /** Address of the first byte, a multiple of 4. Default 0x2000. */
  entry?: number;
  /** Label the start stub jumps to; null: no stub. Default `main`. */
  start?: string | null;
  /** Puts the image's size, 4 bytes little-endian, in front. Default true. */
  sizeHeader?: boolean;
  /** A global label put behind everything. */
  endLabel?: string;
  /** Rounds in which instructions may get shorter. Default 2. */
  passes?: number;
}

export interface GaiaImage {
  /** Little-endian, with the size header when asked for. */
  readonly bytes: Uint8Array;
  /** Global labels and their addresses. */
  readonly symbols: Readonly<Record<string, number>>;
}

const TEMPORARY = 29;
const RSP = 30;
const RBP = 31;
const LINK = 28;
const HALT = 0xffff_ffff;
const LIMIT = 4 << 20;

const ALU: Readonly<Record<string, number>> = {
  add: 0,
  sub: 1,
  shl: 2,
  shr: 3,
  sar: 4,
  and: 5,
  or: 6,
  xor: 7,
  adda: 8,
  cmpult: 22,
  cmpule: 23,
  cmpne: 24,
  cmpeq: 25,
  cmplt: 26,
  cmple: 27,
};
const COMPARE_FLOAT: Readonly<Record<string, number>> = { fcmplt: 30, fcmple: 31 };
/** Comparisons that are others with their operands exchanged. */
const SWAPPED: Readonly<Record<string, string>> = {
  cmpgt: 'cmplt',
  cmpge: 'cmple',
  cmpugt: 'cmpult',
  cmpuge: 'cmpule',
};
const SWAPPED_FLOAT: Readonly<Record<string, string>> = { fcmpgt: 'fcmplt', fcmpge: 'fcmple' };
const FPU2: Readonly<Record<string, number>> = { finv: 4, fsqrt: 5, ftoi: 6, itof: 7, floor: 8 };
const FPU3: Readonly<Record<string, number>> = { fadd: 0, fsub: 1, fmul: 2 };
const SIGNS: Readonly<Record<string, number>> = { '': 0, '.neg': 1, '.abs': 2, '.abs.neg': 3 };
/** Conditional branches: the comparison and whether its being true takes the branch. */
const BRANCHES: Readonly<Record<string, readonly [compare: number, taken: boolean]>> = {
  blt: [ALU['cmplt']!, true],
  ble: [ALU['cmple']!, true],
  bge: [ALU['cmplt']!, false],
  bgt: [ALU['cmple']!, false],
  bflt: [COMPARE_FLOAT['fcmplt']!, true],
  bfle: [COMPARE_FLOAT['fcmple']!, true],
  bfge: [COMPARE_FLOAT['fcmplt']!, false],
  bfgt: [COMPARE_FLOAT['fcmple']!, false],
};
const DEBUG: Readonly<Record<string, number>> = { break: 1, penv: 2, ptrace: 3 };

const REGISTERS = new Map<string, number>([
  ['rsp', RSP],
  ['rbp', RBP],
  ['rk0', 26],
  ['rk1', 27],
]);
for (let i = 0; i < 32; i++) REGISTERS.set(`r${i}`, i);

const OTHERS =
  'ldl ldh jl jr ld st ldb stb bne beq sysenter sysexit nop mov movb neg not sextb sextw zextb zextw br bz bnz push pop call ret enter leave halt read write'.split(
    ' ',
  );
const MNEMONICS = [
  ...Object.keys(ALU),
  ...Object.keys(COMPARE_FLOAT),
  ...Object.keys(SWAPPED),
  ...Object.keys(SWAPPED_FLOAT),
  ...Object.keys(FPU2),
  ...Object.keys(FPU3),
  ...Object.keys(BRANCHES),
  ...Object.keys(DEBUG),
  ...OTHERS,
];

const alu = (tag: number, rx: number, ra: number, rb: number, literal: number) =>
  ((rx << 23) | (ra << 18) | (rb << 13) | ((literal & 0xff) << 5) | tag) >>> 0;
const misc = (op: number, rx: number, ra: number, prediction: number, displacement: number) =>
  ((op << 28) | (rx << 23) | (ra << 18) | (prediction << 16) | (displacement & 0xffff)) >>> 0;
const ldl = (rx: number, v: number) => misc(2, rx, 0, 0, v);
const ldh = (rx: number, ra: number, v: number) => misc(3, rx, ra, 0, v);
const jr = (rx: number, ra: number) => misc(5, rx, ra, 3, 0);
const signed = (v: number, bits: number) => v >= -(2 ** (bits - 1)) && v < 2 ** (bits - 1);
/** High and low parts of an address for LDH and a signed displacement. */
const highPart = (v: number) => ((v + 0x8000) >>> 16) & 0xffff;
const lowPart = (v: number) => (((v + 0x8000) & 0xffff) - 0x8000) | 0;

/** What a statement became: fixed words, or words that wait for labels. */
interface Item {
  size: number;
  readonly line: Line;
  /** Address, set by every layout. */
  address: number;
  /** Zero bytes up to a multiple of this. */
  readonly align?: number;
  /** The bytes, when nothing is to be looked up. */
  readonly bytes?: Uint8Array;
  /** The size with the labels of the last round; `saved` counts the bytes this round has saved. */
  shrink?: (lookup: Lookup, saved: number) => number;
  words?: (lookup: Lookup, address: number, size: number) => readonly number[];
}

interface Line {
  readonly file: number;
  readonly number: number;
  readonly text: string;
  readonly column: number;
}

/** Thrown to give up one statement. */
class Mistake extends Error {
  constructor(
    message: string,
    readonly text?: string,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}

/**
 * Assembles GAIA sources to a flat binary.
 *
 * @throws AssemblyError with all diagnostics when a source has errors.
 */
export function assembleGaia(sources: readonly GaiaSource[], options: GaiaOptions = {}): GaiaImage {
  return new GaiaAssembler(sources, options).run();
}

class GaiaAssembler {
  private readonly diagnostics: Diagnostic[] = [];
  private readonly items: Item[] = [];
  /** Per file: labels (index of the item they stand before) and `.set` values. */
  private readonly labels: Map<string, number>[] = [];
  private readonly values: Map<string, string>[] = [];
  private readonly globals: Set<string>[] = [];
  private addresses: number[] = [];
  private line: Line = { file: 0, number: 0, text: '', column: 1 };
  private readonly entry: number;

  constructor(
    private readonly sources: readonly GaiaSource[],
    private readonly options: GaiaOptions,
  ) {
    this.entry = options.entry ?? 0x2000;
  }

  run(): GaiaImage {
    const start = this.options.start === undefined ? 'main' : this.options.start;
    this.sources.forEach((_, file) => {
      this.labels[file] = new Map();
      this.values[file] = new Map();
      this.globals[file] = new Set();
    });
    if (this.entry % 4 !== 0) this.complain(new Mistake(`entry 0x${this.entry.toString(16)} is not a multiple of 4`));
    if (start !== null) {
      // The stub looks its label up among the globals, or in any file that has it.
      this.line = { file: -1, number: 0, text: start, column: 1 };
      this.moveExpression(TEMPORARY, start);
      this.put(jr(TEMPORARY, TEMPORARY));
    }
    this.sources.forEach(({ text }, file) => {
      this.readFile(text, file);
    });
    if (this.options.endLabel !== undefined && this.sources.length > 0) {
      this.labels[0]!.set(this.options.endLabel, this.items.length);
      this.globals[0]!.add(this.options.endLabel);
    }
    this.items.push({ size: 0, address: 0, line: this.line, align: 4 });
    this.layOut();
    if (this.diagnostics.length === 0) for (let pass = 0; pass < (this.options.passes ?? 2); pass++) this.relax();
    const body = this.encode();
    if (this.diagnostics.length > 0) {
      const order = (d: Diagnostic) => this.sources.findIndex(({ name }) => name === d.file);
      throw new AssemblyError(this.diagnostics.sort((a, b) => order(a) - order(b) || a.line - b.line));
    }
    const symbols: Record<string, number> = {};
    this.globals.forEach((names, file) => {
      for (const name of names) symbols[name] ??= this.lookup(file)(name) ?? 0;
    });
    if (this.options.sizeHeader === false) return { bytes: body, symbols };
    const bytes = new Uint8Array(body.length + 4);
    new DataView(bytes.buffer).setUint32(0, body.length, true);
    bytes.set(body, 4);
    return { bytes, symbols };
  }

  private complain(m: Mistake): void {
    const { file, number, text, column } = this.line;
    this.diagnostics.push({
      severity: 'error',
      code: 'KSEG_ASM_GAIA',
      message: m.message,
      file: this.sources[file]?.name ?? '<start>',
      line: number,
      column,
      text: m.text ?? text,
      ...(m.suggestion === undefined ? {} : { suggestion: m.suggestion }),
    });
  }

  private attempt(body: () => void): void {
    try {
      body();
    } catch (e) {
      if (!(e instanceof Mistake)) throw e;
      this.complain(e);
    }
  }

  // ---- reading ----------------------------------------------------------------

  private readFile(text: string, file: number): void {
    text.split('\n').forEach((raw, i) => {
      const statement = withoutComment(raw);
      const trimmed = statement.trim();
      if (trimmed === '') return;
      this.line = { file, number: i + 1, text: trimmed, column: statement.indexOf(trimmed) + 1 };
      this.attempt(() => this.statement(trimmed, file));
    });
  }

  private statement(text: string, file: number): void {
    const label = /^([\w.$!?]+):$/.exec(text);
    if (label !== null) {
      const name = label[1]!;
      if (REGISTERS.has(name) || parseInteger(name) !== null) throw new Mistake(`'${name}' cannot be a label`);
      if (this.labels[file]!.has(name) || this.values[file]!.has(name))
        throw new Mistake(`label '${name}' is already defined`);
      this.labels[file]!.set(name, this.items.length);
      return;
    }
    const split = /^(\S+)(?:\s+([\s\S]*))?$/.exec(text)!;
    const mnemonic = split[1]!;
    const operands = split[2] === undefined ? [] : splitOperands(split[2]);
    if (mnemonic.startsWith('.')) this.directive(mnemonic, operands, file);
    else this.instruction(mnemonic, operands);
  }

  private directive(name: string, operands: readonly string[], file: number): undefined {
    switch (name) {
      case '.align': {
        const n = this.literal(operands[0], 4, LIMIT);
        if (!Number.isInteger(Math.log2(n))) throw new Mistake(`.align ${n} is not a power of two`);
        this.items.push({ size: 0, address: 0, line: this.line, align: n });
        return;
      }
      case '.byte':
        return this.data(
          operands.map((text) => this.literal(text, -128, 255)),
          1,
        );
      case '.short':
        return this.data(
          operands.map((text) => this.literal(text, -0x8000, 0xffff)),
          2,
        );
      case '.int':
        for (const text of operands)
          this.items.push({ size: 4, address: 0, line: this.line, words: (lookup) => [value(text, lookup) >>> 0] });
        return;
      case '.float':
        return this.data(
          operands.map((text) => this.float(text) ?? fail(`bad floating-point number '${text}'`, text)),
          4,
        );
      case '.space': {
        const size = this.literal(operands[0], 0, LIMIT);
        const fill = operands[1] === undefined ? 0 : this.literal(operands[1], -128, 255);
        this.items.push({ size, address: 0, line: this.line, bytes: new Uint8Array(size).fill(fill) });
        return;
      }
      case '.string': {
        const bytes = stringBytes(operands.join(','));
        this.items.push({ size: bytes.length, address: 0, line: this.line, bytes });
        return;
      }
      case '.set': {
        const [symbol, text] = operands;
        if (symbol === undefined || text === undefined) throw new Mistake('.set takes a name and a value');
        // What it uses must stand above; its value follows the labels as code gets shorter.
        this.layOut();
        value(text, this.lookup(file));
        this.values[file]!.set(symbol, text);
        return;
      }
      case '.global':
        this.globals[file]!.add(operands[0] ?? fail('.global takes a name'));
        return;
    }
    const known = ['.align', '.byte', '.short', '.int', '.float', '.space', '.string', '.set', '.global'];
    throw new Mistake(`unknown directive '${name}'`, name, closest(name, known));
  }

  private data(values: readonly number[], size: number): undefined {
    const bytes = new Uint8Array(values.length * size);
    values.forEach((v, i) => {
      for (let k = 0; k < size; k++) bytes[i * size + k] = v >> (8 * k);
    });
    this.items.push({ size: bytes.length, address: 0, line: this.line, bytes });
  }

  private literal(text: string | undefined, low: number, high: number): number {
    const v = text === undefined ? null : parseInteger(text);
    if (v === null) throw new Mistake(`expected a number, found '${text ?? ''}'`, text);
    if (v < low || v > high) throw new Mistake(`${text} is not from ${low} to ${high}`, text);
    return v;
  }

  /** A float operand's bits; null when it is none. */
  private float(text: string): number | null {
    if (!/^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf(inity)?|nan)$/i.test(text)) return null;
    const cur = new Cursor();
    cur.reset(text);
    return floatBits(cur, false).low;
  }

  // ---- instructions ---------------------------------------------------------------

  private put(...words: number[]): undefined {
    this.items.push({ size: words.length * 4, address: 0, line: this.line, words: () => words });
  }

  private register(text: string | undefined): number {
    const r = text === undefined ? undefined : REGISTERS.get(text);
    if (r === undefined) throw new Mistake(`expected a register, found '${text ?? ''}'`, text);
    return r;
  }

  private instruction(mnemonic: string, o: readonly string[]): undefined {
    const hinted = /[+-]$/.test(mnemonic);
    const name = hinted ? mnemonic.slice(0, -1) : mnemonic;
    const hint = mnemonic.endsWith('+') ? 3 : 0;
    const branch = name === 'bne' || name === 'beq' || name === 'bz' || name === 'bnz' || Object.hasOwn(BRANCHES, name);
    if (hinted && !branch) throw new Mistake(`unknown instruction '${mnemonic}'`, mnemonic);
    const need = (...counts: number[]) => {
      if (!counts.includes(o.length))
        throw new Mistake(`'${mnemonic}' takes ${counts.join(' or ')} operands, not ${o.length}`);
    };
    const reg = (i: number) => this.register(o[i]);
    if (Object.hasOwn(ALU, name)) {
      need(3, 4);
      return this.arithmetic(ALU[name]!, reg(0), reg(1), o[2]!, o[3]);
    }
    if (Object.hasOwn(SWAPPED, name)) {
      need(3);
      return this.put(alu(ALU[SWAPPED[name]!]!, reg(0), this.inRegister(o[2]!), reg(1), 0));
    }
    if (Object.hasOwn(COMPARE_FLOAT, name) || Object.hasOwn(SWAPPED_FLOAT, name)) {
      need(3);
      const tag = COMPARE_FLOAT[SWAPPED_FLOAT[name] ?? name]!;
      return Object.hasOwn(SWAPPED_FLOAT, name)
        ? this.put(alu(tag, reg(0), reg(2), reg(1), 0))
        : this.put(alu(tag, reg(0), reg(1), reg(2), 0));
    }
    const fpu = /^([a-z]+)((?:\.abs)?(?:\.neg)?)$/.exec(name);
    if (fpu !== null && (Object.hasOwn(FPU2, fpu[1]!) || Object.hasOwn(FPU3, fpu[1]!))) {
      const three = Object.hasOwn(FPU3, fpu[1]!);
      need(three ? 3 : 2);
      const tag = three ? FPU3[fpu[1]!]! : FPU2[fpu[1]!]!;
      return this.put(
        ((1 << 28) | (reg(0) << 23) | (reg(1) << 18) | ((three ? reg(2) : 0) << 13) | (SIGNS[fpu[2]!]! << 5) | tag) >>>
          0,
      );
    }
    if (Object.hasOwn(BRANCHES, name)) {
      need(3);
      const [tag, taken] = BRANCHES[name]!;
      if (tag >= 28) this.put(alu(tag, TEMPORARY, reg(0), reg(1), 0));
      else this.arithmetic(tag, TEMPORARY, reg(0), o[1]!, undefined);
      return this.branch(taken ? 14 : 15, TEMPORARY, 0, hint, o[2]!);
    }
    if (Object.hasOwn(DEBUG, name)) {
      need(1);
      return this.put(misc(10, DEBUG[name]!, 0, 0, this.literal(o[0], 0, 0xffff)));
    }
    switch (name) {
      case 'ldl':
        need(2);
        return this.put(ldl(reg(0), this.literal(o[1], -0x8000, 0xffff)));
      case 'ldh':
        need(3);
        return this.put(ldh(reg(0), reg(1), this.literal(o[2], -0x8000, 0xffff)));
      case 'jl':
        need(2);
        return this.branch(4, reg(0), 0, 3, o[1]!);
      case 'jr':
        need(1, 2);
        return this.put(o.length === 1 ? jr(TEMPORARY, reg(0)) : jr(reg(0), reg(1)));
      case 'ld':
      case 'st':
      case 'ldb':
      case 'stb':
        need(3);
        return this.put(this.memory(name, reg(0), reg(1), this.literal(o[2], -0x2_0000, 0x1_ffff)));
      case 'bne':
      case 'beq':
        need(3);
        return this.branch(name === 'bne' ? 14 : 15, reg(0), this.inRegister(o[1]!), hint, o[2]!);
      case 'bz':
      case 'bnz':
        need(2);
        return this.branch(name === 'bnz' ? 14 : 15, reg(0), 0, hint, o[1]!);
      case 'br':
        need(1);
        return this.branch(4, TEMPORARY, 0, 3, o[0]!);
      case 'sysenter':
        return this.put(0xc000_0000);
      case 'sysexit':
        return this.put(0xd000_0000);
      case 'nop':
        return this.put(0);
      case 'halt':
        return this.put(HALT);
      case 'mov':
      case 'movb':
        need(2);
        return this.move(o[0]!, o[1]!, name === 'movb');
      case 'neg':
        need(2);
        return this.put(alu(ALU['sub']!, reg(0), 0, reg(1), 0));
      case 'not':
        need(2);
        return this.put(alu(ALU['xor']!, reg(0), reg(1), 0, -1));
      case 'sextb':
      case 'sextw':
      case 'zextb': {
        need(2);
        const bits = name === 'sextw' ? 16 : 24;
        this.put(alu(ALU['shl']!, TEMPORARY, reg(1), 0, bits));
        return this.put(alu(ALU[name === 'zextb' ? 'shr' : 'sar']!, reg(0), TEMPORARY, 0, bits));
      }
      case 'zextw':
        need(2);
        return this.put(ldh(reg(0), reg(1), 0));
      case 'push': {
        need(1);
        const r = this.inRegister(o[0]!);
        return this.put(alu(ALU['sub']!, RSP, RSP, 0, 4), this.memory('st', r, RSP, 0));
      }
      case 'pop':
        need(1);
        return this.put(this.memory('ld', reg(0), RSP, 0), alu(ALU['add']!, RSP, RSP, 0, 4));
      case 'call':
        need(1);
        return this.call(o[0]!);
      case 'ret':
        return this.put(jr(TEMPORARY, LINK));
      case 'enter': {
        need(0, 1);
        const n = (o.length === 0 ? 0 : this.literal(o[0], 0, LIMIT)) + 4;
        this.arithmetic(ALU['sub']!, RSP, RSP, `${n}`, undefined);
        return this.put(this.memory('st', LINK, RSP, 0));
      }
      case 'leave':
        return this.put(this.memory('ld', LINK, RSP, 0));
      case 'read':
        need(1);
        return this.put(
          ldh(TEMPORARY, 0, 0x8000),
          this.memory('ld', reg(0), TEMPORARY, 0x1000),
          alu(ALU['cmplt']!, TEMPORARY, reg(0), 0, 0),
          misc(14, TEMPORARY, 0, 0, -4),
        );
      case 'write':
        need(1, 2);
        return this.write(reg(0), o[1]);
    }
    throw new Mistake(`unknown instruction '${mnemonic}'`, mnemonic, closest(name, MNEMONICS));
  }

  private arithmetic(tag: number, rd: number, ra: number, third: string, literal: string | undefined): undefined {
    if (literal !== undefined)
      return this.put(alu(tag, rd, ra, this.register(third), this.literal(literal, -128, 127)));
    const rb = REGISTERS.get(third);
    if (rb !== undefined) return this.put(alu(tag, rd, ra, rb, 0));
    const v = parseInteger(third);
    if (v !== null && signed(v, 8)) return this.put(alu(tag, rd, ra, 0, v));
    return this.put(alu(tag, rd, ra, this.inRegister(third), 0));
  }

  /** An operand in a register: itself, or a number loaded into the temporary. */
  private inRegister(text: string): number {
    const r = REGISTERS.get(text);
    if (r !== undefined) return r;
    const v = parseInteger(text) ?? this.float(text);
    if (v === null) throw new Mistake(`expected a register or a number, found '${text}'`, text);
    this.moveNumber(TEMPORARY, v);
    return TEMPORARY;
  }

  private moveNumber(rd: number, v: number): undefined {
    if (v < -0x8000_0000 || v > 0xffff_ffff) throw new Mistake(`${v} has more than 32 bits`);
    const word = v | 0;
    if (signed(v, 16)) this.put(ldl(rd, v));
    else if ((word & 0xffff) === 0) this.put(ldh(rd, 0, word >>> 16));
    else this.put(ldl(rd, word), ldh(rd, rd, word >>> 16));
  }

  private moveExpression(rd: number, text: string): undefined {
    this.items.push({
      size: 8,
      address: 0,
      line: this.line,
      shrink: (lookup) => (signed(value(text, lookup) | 0, 16) ? 4 : 8),
      words: (lookup, _, size) => {
        const v = value(text, lookup);
        return size === 4 ? [ldl(rd, v)] : [ldl(rd, v), ldh(rd, rd, (v | 0) >>> 16)];
      },
    });
  }

  private memory(name: 'ld' | 'st' | 'ldb' | 'stb', rx: number, base: number, displacement: number): number {
    const byte = name.endsWith('b');
    if (!signed(displacement, byte ? 16 : 18)) throw new Mistake(`displacement ${displacement} is out of range`);
    if (!byte && displacement % 4 !== 0) throw new Mistake(`displacement ${displacement} is not a multiple of 4`);
    const op = name.startsWith('ld') ? (byte ? 7 : 6) : byte ? 9 : 8;
    return misc(op, rx, base, 0, byte ? displacement : displacement >> 2);
  }

  private move(to: string, from: string, byte: boolean): undefined {
    const load = byte ? 'ldb' : 'ld';
    const store = byte ? 'stb' : 'st';
    if (to.startsWith('[')) {
      const r = REGISTERS.get(from);
      if (r !== undefined) return this.access(store, r, to);
      const v = parseInteger(from) ?? this.float(from);
      if (v !== null) this.moveNumber(TEMPORARY, v);
      else this.moveExpression(TEMPORARY, from);
      return this.access(store, TEMPORARY, to);
    }
    const rd = this.register(to);
    if (from.startsWith('[')) return this.access(load, rd, from);
    const rs = REGISTERS.get(from);
    if (rs !== undefined) return this.put(alu(ALU['add']!, rd, rs, 0, 0));
    const v = parseInteger(from) ?? this.float(from);
    return v !== null ? this.moveNumber(rd, v) : this.moveExpression(rd, from);
  }

  /** `[base + n]`, `[n]`, `[expression]`. */
  private access(name: 'ld' | 'st' | 'ldb' | 'stb', rx: number, text: string): undefined {
    if (!text.endsWith(']')) throw new Mistake(`missing ']' in '${text}'`, text);
    const inner = text.slice(1, -1).trim();
    const bits = name.endsWith('b') ? 16 : 18;
    const based = /^(\w+)(?:\s*([+-])\s*([\s\S]+))?$/.exec(inner);
    const base = based === null ? undefined : REGISTERS.get(based[1]!);
    if (base !== undefined) {
      const n = based![3] === undefined ? 0 : this.literal(based![3].trim(), -0x8000_0000, 0xffff_ffff);
      const displacement = based![2] === '-' ? -n : n;
      if (signed(displacement, bits)) return this.put(this.memory(name, rx, base, displacement));
      return this.put(
        ldh(TEMPORARY, 0, highPart(displacement)),
        alu(ALU['add']!, TEMPORARY, base, TEMPORARY, 0),
        this.memory(name, rx, TEMPORARY, lowPart(displacement)),
      );
    }
    const far = (v: number) => [ldh(TEMPORARY, 0, highPart(v)), this.memory(name, rx, TEMPORARY, lowPart(v))];
    const number = parseInteger(inner);
    if (number !== null)
      return signed(number | 0, bits) ? this.put(this.memory(name, rx, 0, number | 0)) : this.put(...far(number));
    this.items.push({
      size: 8,
      address: 0,
      line: this.line,
      shrink: (lookup) => (signed(value(inner, lookup) | 0, bits) ? 4 : 8),
      words: (lookup, _, size) => {
        const v = value(inner, lookup) | 0;
        return size === 4 ? [this.memory(name, rx, 0, v)] : far(v);
      },
    });
  }

  private branch(op: number, rx: number, ra: number, prediction: number, target: string): undefined {
    const displacement = (v: number) => {
      if (v % 4 !== 0) throw new Mistake(`branch displacement ${v} is not a multiple of 4`);
      if (!signed(v, 18)) throw new Mistake('branch out of range');
      return misc(op, rx, ra, prediction, v >> 2);
    };
    const number = parseInteger(target);
    if (number !== null) return this.put(displacement(number));
    this.items.push({
      size: 4,
      address: 0,
      line: this.line,
      words: (lookup, address) => [displacement(value(target, lookup) - (address + 4))],
    });
  }

  private call(target: string): undefined {
    const before = [
      this.memory('st', RBP, RSP, -4),
      alu(ALU['sub']!, RSP, RSP, 0, 4),
      alu(ALU['add']!, RBP, RSP, 0, 0),
    ];
    const after = [alu(ALU['add']!, RSP, RBP, 0, 4), this.memory('ld', RBP, RSP, -4)];
    const r = REGISTERS.get(target);
    if (r !== undefined) return this.put(...before, jr(LINK, r), ...after);
    const item: Item = { size: 32, address: 0, line: this.line };
    item.shrink = (lookup, saved) => {
      const to = value(target, lookup);
      const distance = to - item.address - 16 + (to > item.address ? saved : -saved);
      return signed(distance, 18) ? 24 : signed(to, 16) ? 28 : 32;
    };
    item.words = (lookup, address, size) => {
      const to = value(target, lookup);
      const jump =
        size === 24
          ? [misc(4, LINK, 0, 3, (to - (address + 16)) >> 2)]
          : size === 28
            ? [ldl(TEMPORARY, to), jr(LINK, TEMPORARY)]
            : [ldl(TEMPORARY, to), ldh(TEMPORARY, TEMPORARY, (to | 0) >>> 16), jr(LINK, TEMPORARY)];
      return [...before, ...jump, ...after];
    };
    this.items.push(item);
  }

  private write(r: number, text: string | undefined): undefined {
    if (text === undefined)
      return this.put(
        ldh(TEMPORARY, 0, 0x8000),
        this.memory('ld', TEMPORARY, TEMPORARY, 0x1004),
        misc(15, TEMPORARY, 0, 0, -3),
        ldh(TEMPORARY, 0, 0x8000),
        this.memory('st', r, TEMPORARY, 0x1000),
      );
    this.put(ldh(TEMPORARY, 0, 0x8000));
    for (const c of stringBytes(text).slice(0, -1)) {
      this.moveNumber(r, c);
      this.put(this.memory('st', r, TEMPORARY, 0x1000));
    }
  }

  // ---- addresses -----------------------------------------------------------------

  /** Gives every item its address from the sizes there are. */
  private layOut(): void {
    let at = this.entry;
    this.addresses = this.items.map((item) => {
      item.address = at;
      if (item.align !== undefined) item.size = Math.ceil(at / item.align) * item.align - at;
      at += item.size;
      return item.address;
    });
    this.addresses.push(at);
    if (at - this.entry > LIMIT) {
      this.complain(new Mistake('the program exceeds 4 MiB'));
    }
  }

  /** One round: sizes from the last round's labels, never growing; then new addresses. */
  private relax(): void {
    let saved = 0;
    for (const item of this.items) {
      if (item.shrink === undefined) continue;
      this.line = item.line;
      this.attempt(() => {
        const size = Math.min(item.size, item.shrink!(this.lookup(item.line.file), saved));
        saved += item.size - size;
        item.size = size;
      });
    }
    this.layOut();
  }

  private encode(): Uint8Array {
    const end = this.addresses[this.addresses.length - 1] ?? this.entry;
    const bytes = new Uint8Array(end - this.entry);
    const view = new DataView(bytes.buffer);
    for (const item of this.items) {
      this.line = item.line;
      const at = item.address - this.entry;
      if (item.bytes !== undefined) bytes.set(item.bytes, at);
      else if (item.words !== undefined)
        this.attempt(() => {
          if (at % 4 !== 0 && !item.line.text.startsWith('.')) throw new Mistake('instruction at a misaligned address');
          item.words!(this.lookup(item.line.file), item.address, item.size).forEach((word, i) => {
            view.setUint32(at + i * 4, word, true);
          });
        });
    }
    return bytes;
  }

  /** Labels as a file sees them: its own first, then exactly one global elsewhere. */
  private lookup(file: number): Lookup {
    return (name) => {
      const own = this.inFile(file, name);
      if (own !== null) return own;
      const found: { library: boolean; address: number }[] = [];
      this.globals.forEach((names, other) => {
        if (file >= 0 && !names.has(name)) return;
        const address = this.inFile(other, name);
        if (address !== null) found.push({ library: this.sources[other]!.library === true, address });
      });
      const users = found.filter(({ library }) => !library);
      const candidates = users.length > 0 ? users : found;
      if (candidates.length > 1) throw new Mistake(`label '${name}' is global in several files`, name);
      return candidates[0]?.address ?? null;
    };
  }

  private inFile(file: number, name: string): number | null {
    const set = this.values[file]?.get(name);
    if (set !== undefined) return value(set, this.lookup(file));
    const index = this.labels[file]?.get(name);
    return index === undefined ? null : this.addresses[index]!;
  }
}

function fail(message: string, text?: string): never {
  throw new Mistake(message, text);
}

/** An expression's value, from -2^31 to 2^32 - 1. */
function value(text: string, lookup: Lookup): number {
  const result = evaluate(text, lookup);
  if (typeof result === 'string') throw new Mistake(result, text);
  if (result < -0x8000_0000 || result > 0xffff_ffff)
    throw new Mistake(`the value of '${text}' has more than 32 bits`, text);
  return result;
}

/** `#` starts a comment, except in a string. */
function withoutComment(line: string): string {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === '\\' && quoted) i++;
    else if (c === '"') quoted = !quoted;
    else if (c === '#' && !quoted) return line.slice(0, i);
  }
  return line;
}

/** Splits at commas outside of strings. */
function splitOperands(text: string): string[] {
  const out: string[] = [];
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\' && quoted) i++;
    else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted) {
      out.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  out.push(text.slice(start).trim());
  return out;
}

/** A string with its escapes and a NUL behind it. */
function stringBytes(text: string): Uint8Array {
  const cur = new Cursor();
  cur.reset(text);
  if (!/^"(?:[^"\\]|\\[\s\S])*"$/.test(text)) throw new Mistake(`expected a string, found '${text}'`, text);
  const characters = cur.string();
  return Uint8Array.from([...characters, '\0'], (c) => c.charCodeAt(0));
}
