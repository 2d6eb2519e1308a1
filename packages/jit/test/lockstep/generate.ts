// Random programs of functions that call one another, loops in loops, branches of every kind into every place, and among them whatever
// translated code must survive: faults, system calls, stores into code, pages that move, address spaces that change.
import type { Row } from '@kseg/isa';
import type { Random } from '../../../machine/test/oracle/random.ts';
import { Code, type Label } from './code.ts';
import { Instructions, pointers, TARGETS } from './instructions.ts';
import { calls } from './kernel.ts';
import * as L from './layout.ts';
import { type Home, homes, type Program } from './program.ts';

const [ZERO, V0, SP, RA, JUMP] = [0, 2, 29, 31, 25];
const FUNCTIONS = 4;
const CODE_WORDS = (4 * L.PAGE) / 4;
/** Instructions that a program runs, about. */
const LENGTH = 10_000;

const branches: readonly (readonly [name: string, registers: 1 | 2])[] = [
  ['beq', 2],
  ['bne', 2],
  ['blez', 1],
  ['bgtz', 1],
  ['bltz', 1],
  ['bgez', 1],
  ['bltzal', 1],
  ['bgezal', 1],
  ['beql', 2],
  ['bnel', 2],
  ['blezl', 1],
  ['bgtzl', 1],
  ['bltzl', 1],
  ['bgezl', 1],
];
const floatBranches = ['bc1f', 'bc1t', 'bc1fl', 'bc1tl'];

/** CP0 registers (number and select) that programs in kernel mode read, and write. */
// biome-ignore format: tables
const READABLE = [[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0], [6, 0], [8, 0], [9, 0], [10, 0], [11, 0], [12, 0], [13, 0], [14, 0], [15, 0], [16, 0], [16, 1], [30, 0]];
// biome-ignore format: tables
const WRITABLE = [[0, 0], [2, 0], [3, 0], [4, 0], [6, 0], [9, 0], [10, 0], [11, 0], [14, 0], [30, 0]];
/** Status' IE, the interrupt mask's lowest hardware bit, FR and CU1. */
const STATUS_TOGGLES = [1, 0x400, 1 << 26, 1 << 29];

export class Generator {
  readonly #instructions: Instructions;
  #random!: Random;
  #code!: Code;
  #fpu = false;
  #wild = false;
  #home: Home = 'kseg0';
  /** Functions, and instructions that may be changed by a store. */
  #functions: Label[] = [];
  /** Tops of loops. */
  #tops: Label[] = [];
  #patchable: { label: Label; index: number }[] = [];
  /** Room left in the function being made. */
  #room = 0;

  constructor(
    rows: readonly Row[],
    private readonly hasFpu: boolean,
  ) {
    this.#instructions = new Instructions(rows);
  }

  program(random: Random): Program {
    this.#random = random;
    this.#fpu = this.hasFpu && !random.oneIn(3);
    const wide = this.#fpu && random.oneIn(3);
    this.#wild = random.oneIn(6);
    this.#instructions.behave({
      wild: this.#wild,
      fpu: this.#fpu ? (wide ? '64-bit' : '32-bit') : 'none',
    });
    this.#home = random.pick(['kseg0', 'kseg0', 'kseg1', 'kseg2', 'kernel', 'user', 'user']);
    const base = homes[this.#home].segment + L.CODE;
    const code = (this.#code = new Code(base));
    this.#functions = Array.from({ length: FUNCTIONS }, () => code.label());
    this.#patchable = [];
    this.#tops = [];
    for (let i = 0; i < FUNCTIONS; i++) {
      // Over a page's end, but for the first.
      if (i > 0) code.at(base + i * L.PAGE - 4 * random.below(80));
      this.#function(i);
    }
    code.at(base + 4 * L.PAGE);
    const words = code.finish().slice(0, CODE_WORDS);
    const patches = this.#patchable.map(({ index }) => index).filter((index) => index < CODE_WORDS);
    const otherCode = [...words];
    for (const index of patches) otherCode[index] = (otherCode[index]! ^ 2) >>> 0;
    const budgets = this.#budgets();
    return {
      home: this.#home,
      status: (this.#fpu ? 1 << 29 : 0) | (wide ? 1 << 26 : 0) | (random.oneIn(4) ? 0 : 1),
      code: words,
      otherCode,
      data: Array.from({ length: 1024 }, () => random.float()).flat(),
      ...this.#pages(),
      gprs: Array.from({ length: 32 }, (_, i) => (i === 0 ? 0 : this.#register(i))),
      patch: random.pick(patches),
      period: this.#period(),
      linePeriod: this.#period(),
      budgets,
      pokes: budgets.map(() => (random.oneIn(12) ? random.pick(patches) : -1)),
      entries: this.#some([...this.#functions, ...this.#tops]).map(({ address }) => (address! - base) >>> 2),
    };
  }

  /** Ticks between interrupts: none, so few that they come everywhere in a loop, or some. */
  #period(): number {
    const random = this.#random;
    return random.pick([0, 0, 0, 61 + random.below(80), 300 + random.below(900), 900 + random.below(3000)]);
  }

  /** A few. */
  #some<T>(list: readonly T[]): T[] {
    return Array.from({ length: 4 }, () => this.#random.pick(list));
  }

  #budgets(): number[] {
    const random = this.#random;
    const budgets: number[] = [];
    for (let total = 0; total < LENGTH; total += budgets.at(-1)!)
      budgets.push(random.oneIn(4) ? 1 + random.below(8) : 1 + random.below(2000));
    return budgets;
  }

  /** Page table and initial TLB; pages of code have frames of their own in even and odd address spaces. */
  #pages(): Pick<Program, 'frames' | 'pageTable' | 'tlb'> {
    const random = this.#random;
    const shuffled = (first: number) => {
      const frames = [0, 1, 2, 3].map((i) => first / L.PAGE + i);
      if (!homes[this.#home].mapped && first === L.CODE) return frames;
      return frames.map((_, i) => frames[(i + 1) & 3]!).sort(() => (random.oneIn(2) ? 1 : -1));
    };
    const frames = [shuffled(L.CODE), shuffled(L.OTHER_CODE)] as const;
    const pageTable: number[] = [];
    for (let asid = 0; asid < L.ASIDS; asid++) {
      for (let page = 0; page < 2 * L.PAIRS; page++) {
        const flags = (3 << 3) | 2 | (random.oneIn(4) ? 0 : 4);
        const frame = this.#frame(page, frames[asid & 1]!);
        pageTable.push(frame === undefined ? 0 : (frame << 6) | flags);
      }
      for (let i = 2 * L.PAIRS; i < 64; i++) pageTable.push(0);
    }
    const tlb = Array.from({ length: 8 }, () => [random.below(L.ASIDS), random.below(L.PAIRS)] as const);
    const unique = new Map(tlb.map((entry) => [entry.join(), entry]));
    return { frames, pageTable, tlb: [...unique.values()] };
  }

  #frame(page: number, code: readonly number[]): number | undefined {
    const random = this.#random;
    const [firstCode, firstData] = [L.CODE / L.PAGE, L.DATA / L.PAGE];
    if (page >= firstCode && page < firstCode + 4) return code[page - firstCode];
    if (page >= firstData && page < firstData + 4) return firstData + ((page + random.below(2)) & 3);
    if (page === L.DEVICE_PAGE) return L.DEVICE / L.PAGE;
    if (page === 0 || (this.#wild && random.oneIn(3))) return undefined;
    return random.oneIn(4) ? random.pick(code) : firstData + random.below(4);
  }

  #register(number: number): number {
    const random = this.#random;
    const home = homes[this.#home];
    const { mapped } = home;
    const segment = mapped ? 0 : random.pick([L.KSEG0, L.KSEG0, 0xa000_0000]);
    switch (number) {
      case pointers.data:
        return (segment + L.DATA + 0x800) >>> 0;
      case pointers.more:
        return (segment + L.DATA + random.pick(this.#wild ? [0xffc, 0x2802] : [0xff8, 0x1400, 0x1ff8, 0x2808])) >>> 0;
      case pointers.stack:
        return (segment + L.DATA + 0x3ff8) >>> 0;
      case pointers.mapped:
        return random.pick([L.DATA + 0xff8, L.DATA + 0x1080, 0x1040, 0x2ff8, 0xd100, 0x0041_8ff8]);
      case pointers.code:
        return (home.segment + L.CODE + 4 * random.below(CODE_WORDS)) >>> 0;
      case pointers.device:
        return mapped ? L.DEVICE_PAGE * L.PAGE + 0x100 : 0xa000_0100 + L.DEVICE;
      default:
        return random.value();
    }
  }

  // ---- functions

  #function(number: number): void {
    const code = this.#code;
    const random = this.#random;
    this.#room = 30 + random.below(90);
    code.place(this.#functions[number]!);
    if (number === 0) {
      const top = code.label();
      code.place(top);
      while (this.#room > 0) this.#chunk(number, 0);
      for (let callee = 1; callee < FUNCTIONS; callee++) this.#call(callee);
      code.jump('j', top);
      this.#slot();
      return;
    }
    code.op('addiu', SP, SP, -8);
    code.op('sw', RA, 0, SP);
    while (this.#room > 0) this.#chunk(number, 0);
    code.op('lw', RA, 0, SP);
    code.op('jr', RA);
    code.op('addiu', SP, SP, 8);
    // Who falls through has lost its way.
    code.jump('j', this.#functions[0]!);
    code.op('nop');
  }

  /** A few instructions that belong together. */
  #chunk(number: number, depth: number): void {
    const random = this.#random;
    const roll = random.below(100);
    const before = this.#code.words.length;
    if (roll < 30) this.#straight(1 + random.below(7));
    else if (roll < 50) this.#condition(number, depth);
    else if (roll < 64 && depth < 2) this.#loop(number, depth);
    else if (roll < 68 && depth < 2) this.#middle(number, depth);
    else if (roll < 73 && number + 1 < FUNCTIONS) this.#call(number + 1 + random.below(FUNCTIONS - number - 1));
    else if (roll < 78) this.#modify();
    else if (roll < 80) this.#literal();
    else if (roll < 84) this.#system();
    else if (roll < 88) this.#rebase();
    else if (roll < 90) this.#computed();
    else if (roll < 92 && this.#fpu) this.#roundings();
    else if (this.#home !== 'user') this.#cp0();
    else this.#straight(3);
    this.#room -= this.#code.words.length - before;
  }

  #straight(count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.#random.oneIn(12)) this.#constant();
      else this.#code.word(this.#instructions.any(this.#random));
    }
  }

  /** An instruction whose constant may be changed under the program's feet. */
  #constant(): Label {
    const code = this.#code;
    const label = code.label();
    code.place(label);
    this.#patchable.push({ label, index: code.words.length });
    const register = this.#random.pick(TARGETS);
    code.op(this.#random.pick(['addiu', 'ori', 'xori']), register, register, this.#random.below(64));
    return label;
  }

  #slot(): void {
    if (this.#random.oneIn(4)) this.#code.op('nop');
    else this.#straight(1);
  }

  /** Any conditional branch. */
  #branch(label: Label): void {
    const random = this.#random;
    if (this.#fpu && random.oneIn(6)) {
      this.#code.branch(random.pick(floatBranches), [random.below(8)], label);
    } else {
      const [name, registers] = random.pick(branches);
      const first = random.pick(TARGETS);
      this.#code.branch(
        name,
        registers === 1 ? [first] : [first, random.oneIn(3) ? ZERO : random.pick(TARGETS)],
        label,
      );
    }
    this.#slot();
  }

  #condition(number: number, depth: number): void {
    const random = this.#random;
    const [otherwise, end] = [this.#code.label(), this.#code.label()];
    this.#branch(otherwise);
    this.#body(number, depth, 2);
    if (random.oneIn(2)) {
      this.#code.place(otherwise);
      return;
    }
    this.#code.branch('beq', [ZERO, ZERO], end);
    this.#slot();
    this.#code.place(otherwise);
    this.#body(number, depth, 2);
    this.#code.place(end);
  }

  #body(number: number, depth: number, most: number): void {
    this.#straight(1 + this.#random.below(4));
    for (let i = this.#random.below(most + 1); i > 0 && this.#room > 0; i--) this.#chunk(number, depth + 1);
  }

  /** A loop with a counter that nothing else writes, entered at its top or, as compilers do that fill slots, behind its first instruction. */
  #loop(number: number, depth: number): void {
    const code = this.#code;
    const random = this.#random;
    const counter = 16 + 2 * number + (depth & 1);
    const [top, middle, end] = [code.label(), code.label(), code.label()];
    code.op('addiu', counter, ZERO, 2 + random.below(random.oneIn(3) ? 100 : 30));
    if (random.oneIn(3)) {
      code.branch('beq', [ZERO, ZERO], middle);
      this.#slot();
    }
    code.place(top);
    this.#tops.push(top);
    this.#straight(1);
    code.place(middle);
    this.#body(number, depth, 2);
    if (random.oneIn(5)) this.#branch(end);
    if (random.oneIn(2)) {
      code.op('addiu', counter, counter, -1);
      const name = random.pick(['bne', 'bnel', 'bgtz', 'bgtzl']);
      code.branch(name, name.startsWith('bne') ? [counter, ZERO] : [counter], random.oneIn(3) ? middle : top);
      this.#slot();
    } else {
      const out = code.label();
      code.branch('blez', [counter], out);
      code.op('addiu', counter, counter, -1);
      code.jump('j', top);
      this.#slot();
      code.place(out);
    }
    code.place(end);
  }

  /** Two loops into each other's middle, left when a counter is used up: no structure fits them. */
  #middle(number: number, depth: number): void {
    const code = this.#code;
    const counter = 16 + 2 * number + (depth & 1);
    const [first, second, end] = [code.label(), code.label(), code.label()];
    code.op('addiu', counter, ZERO, 3 + this.#random.below(8));
    this.#branch(second);
    code.place(first);
    this.#straight(2);
    code.place(second);
    code.op('addiu', counter, counter, -1);
    this.#straight(2);
    code.branch('blez', [counter], end);
    this.#slot();
    this.#branch(first);
    this.#straight(1);
    code.branch('bgtz', [counter], second);
    this.#slot();
    code.place(end);
  }

  #call(callee: number): void {
    const code = this.#code;
    if (this.#random.oneIn(3)) {
      code.address(JUMP, this.#functions[callee]!);
      code.op('jalr', RA, JUMP);
    } else code.jump('jal', this.#functions[callee]!);
    this.#slot();
  }

  /** A jump to an address out of a register. */
  #computed(): void {
    const code = this.#code;
    const [target, other] = [code.label(), code.label()];
    code.address(JUMP, this.#random.oneIn(2) ? target : other);
    code.op('jr', JUMP);
    this.#slot();
    code.place(target);
    this.#straight(2);
    code.place(other);
  }

  /** A store that changes an instruction: the next one, one of this function, or any that there is. */
  #modify(): void {
    const code = this.#code;
    const random = this.#random;
    const next = code.label();
    const target = random.oneIn(3) || this.#patchable.length === 0 ? next : random.pick(this.#patchable).label;
    const register = random.pick(TARGETS);
    code.address(pointers.code, target);
    code.op('lw', register, 0, pointers.code);
    code.op('xori', register, register, random.pick([1, 4, 16, 17]));
    if (random.oneIn(4)) code.op('sync');
    code.op('sw', register, 0, pointers.code);
    if (random.oneIn(4)) code.op('synci', 0, pointers.code);
    if (random.oneIn(3)) this.#straight(1);
    code.place(next);
    const changed = this.#constant();
    if (target === next) next.address = changed.address;
  }

  /** Data between instructions, counted up. */
  #literal(): void {
    const code = this.#code;
    const [word, behind] = [code.label(), code.label()];
    const register = this.#random.pick(TARGETS);
    code.address(pointers.code, word);
    code.op('lw', register, 0, pointers.code);
    code.op('addiu', register, register, 1);
    code.branch('beq', [ZERO, ZERO], behind);
    code.op('sw', register, 0, pointers.code);
    code.place(word);
    code.word(this.#random.word());
    code.place(behind);
  }

  #system(): void {
    const random = this.#random;
    this.#code.op('addiu', V0, ZERO, random.pick(Object.values(calls)));
    if (random.oneIn(4)) this.#code.op('break', 0, 0);
    else this.#code.op('syscall', 0);
  }

  /** A pointer gets a new value, as a rule one that points. */
  #rebase(): void {
    const pointer = this.#random.pick(Object.values(pointers).filter((register) => register !== SP));
    this.#code.load(pointer, this.#register(pointer));
  }

  #roundings(): void {
    const register = this.#random.pick(TARGETS);
    // Rounding mode, FS, conditions, and now and then the enables.
    const fcsr = this.#random.word() & (this.#random.oneIn(4) ? 0x0183_ff83 : 0x0180_0003);
    this.#code.load(register, fcsr);
    this.#code.op('ctc1', register, 31);
  }

  #cp0(): void {
    const code = this.#code;
    const random = this.#random;
    const register = random.pick(TARGETS);
    const roll = random.below(12);
    if (roll < 4) {
      const [number, select] = random.pick(READABLE);
      code.word(0x4000_0000 | (register << 16) | (number! << 11) | select!);
    } else if (roll < 7) {
      const [number, select] = random.pick(WRITABLE);
      if (number === 10 || number === 6) code.op('andi', register, register, number === 10 ? L.ASIDS - 1 : 7);
      code.word(0x4080_0000 | (register << 16) | (number! << 11) | select!);
      code.op('ehb');
    } else if (roll < 9) code.op(random.pick(['tlbwi', 'tlbwr', 'tlbr', 'tlbp', 'ei:0', 'di:0']));
    else if (roll === 9) {
      const other = random.pick(TARGETS.filter((candidate) => candidate !== register));
      code.op('mfc0', register, 12);
      code.load(other, random.pick(STATUS_TOGGLES));
      code.op('xor', register, register, other);
      code.op('mtc0', register, 12);
      code.op('ehb');
    } else if (roll === 10) {
      // To the next instruction by way of ERET.
      const target = code.label();
      code.address(register, target);
      // Now and then to nowhere: a misaligned fetch.
      if (random.oneIn(8)) code.op('ori', register, register, 2);
      code.op('mtc0', register, 14);
      code.op('mfc0', register, 12);
      code.op('ori', register, register, 2);
      code.op('mtc0', register, 12);
      code.op('ehb');
      code.op('eret');
      code.place(target);
    } else {
      code.op('mfc0', register, 13);
      code.op('ori', register, register, 0x100 << random.below(2));
      code.op('mtc0', register, 13);
    }
  }
}
