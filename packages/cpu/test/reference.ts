// The slow, literal model of the core that the fast one is held against: one instruction at a time, by name, straight from the
// architecture's words; no predecoding, no soft TLB, no lines. It shares with the core only the tables of the ISA and the MMU.
import type { PhysicalMap } from '@kseg/bus';
import { branchOffset, type Decoder, decoder, type Row } from '@kseg/isa';
import { type Access, Mips32Mmu } from '@kseg/mmu';
import type { CpuModel } from '../src/index.ts';

class Fault {
  constructor(
    readonly code: number,
    readonly refill = false,
    readonly coprocessor = 0,
  ) {}
}

/** The reference does without it; a program that has made itself one is no example of anything. */
export class UnknownInstruction extends Error {}

const signed = (value: number) => value | 0;
const unsigned = (value: number) => value >>> 0;

export class Reference {
  readonly gpr = new Int32Array(32);
  hi = 0;
  lo = 0;
  pc = 0xbfc0_0000;
  /** Set when the instruction at pc is in a delay slot. */
  slotOf: number | undefined;
  next = 0;
  link: { address: number; value: number } | undefined;
  waiting = false;
  status = 0x0040_0004;
  cause = 0;
  epc = 0;
  errorEpc = 0;
  ebase = 0x8000_0000;
  compare = 0;
  lines = 0;
  timer = false;
  armed = false;
  countBase = 0;
  config: number;
  now = 0;
  readonly mmu: Mips32Mmu;
  readonly decoder: Decoder;

  constructor(
    readonly model: CpuModel,
    readonly map: PhysicalMap,
  ) {
    this.mmu = new Mips32Mmu({ entries: model.mmu.kind === 'tlb' ? model.mmu.entries : 1 });
    this.decoder = decoder(model.isa);
    this.config = signed(model.config[0] | (map.endian === 'big' ? 0x8000 : 0));
    this.mmu.k0 = this.config & 7;
  }

  get count(): number {
    return unsigned(this.countBase + Math.floor(this.now / 2));
  }

  get causeValue(): number {
    return signed(this.cause | this.lines | (this.timer ? 0x4000_8000 : 0));
  }

  get interrupt(): boolean {
    return (this.status & 7) === 1 && (this.causeValue & this.status & 0xff00) !== 0;
  }

  /** One instruction, and whatever comes before it. */
  step(): void {
    if (this.waiting) {
      if ((this.causeValue & this.status & 0xff00) === 0) return;
      this.waiting = false;
    }
    if (this.interrupt) this.take(new Fault(0));
    const { pc, slotOf } = this;
    const after = slotOf === undefined ? unsigned(pc + 4) : this.next;
    const link = this.link;
    try {
      if ((pc & 3) !== 0) this.addressFault(pc, 'load');
      const word = this.memory(pc, 'fetch').read(4);
      this.pc = after;
      this.slotOf = undefined;
      this.execute(word, pc, slotOf !== undefined);
      this.now++;
      if (this.armed && this.count === unsigned(this.compare) && this.now % 2 === 0) this.timer = true;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.pc = pc;
      this.slotOf = slotOf;
      this.link = link;
      this.take(fault);
    }
  }

  take({ code, refill, coprocessor }: Fault): void {
    let offset = 0x180;
    if ((this.status & 2) === 0) {
      this.epc = this.slotOf === undefined ? this.pc : this.slotOf;
      this.cause = this.slotOf === undefined ? this.cause & 0x7fff_ffff : this.cause | 0x8000_0000;
      if (refill) offset = 0;
      if (code === 0 && (this.cause & (1 << 23)) !== 0) offset = 0x200;
    }
    this.cause = (this.cause & ~0x7c) | (code << 2);
    if (code === 11) this.cause = (this.cause & ~0x3000_0000) | (coprocessor << 28);
    this.status |= 2;
    this.pc = unsigned(((this.status & (1 << 22)) !== 0 ? 0xbfc0_0200 : this.ebase) + offset);
    this.slotOf = undefined;
  }

  private get context() {
    const exl = (this.status & 2) !== 0;
    const erl = (this.status & 4) !== 0;
    const modes = ['kernel', 'supervisor', 'user', 'user'] as const;
    return { mode: modes[(this.status >>> 3) & 3]!, exl, erl };
  }

  private get kernel(): boolean {
    const { mode, exl, erl } = this.context;
    return mode === 'kernel' || exl || erl || (this.status & (1 << 28)) !== 0;
  }

  private addressFault(va: number, access: 'load' | 'store'): never {
    this.mmu.recordFault(unsigned(va), 4);
    throw new Fault(access === 'store' ? 5 : 4);
  }

  /** What is at a virtual address, or the fault. */
  private memory(va: number, access: Access) {
    const result = this.mmu.translate(unsigned(va), access, this.context);
    if (result.kind !== 'mapped') {
      const numbers = { refill: 1, invalid: 2, modified: 3, addressError: 4 };
      this.mmu.recordFault(unsigned(va), numbers[result.kind]);
      if (result.kind === 'addressError') throw new Fault(access === 'store' ? 5 : 4);
      if (result.kind === 'modified') throw new Fault(1);
      throw new Fault(access === 'store' ? 3 : 2, result.kind === 'refill');
    }
    const { map } = this;
    const check = () => {
      if (!map.busError) return;
      map.busError = false;
      throw new Fault(access === 'fetch' ? 6 : 7);
    };
    if (access === 'fetch' && map.memoryAt(result.pa) === undefined) throw new Fault(6);
    return {
      pa: result.pa,
      read: (width: 1 | 2 | 4) => {
        const value = map.read(unsigned(result.pa & ~(width - 1)), width);
        check();
        return signed(value);
      },
      write: (width: 1 | 2 | 4, value: number) => {
        map.write(result.pa, width, unsigned(value));
        check();
      },
    };
  }

  private load(va: number, width: 1 | 2 | 4): number {
    if (va % width !== 0) this.addressFault(va, 'load');
    return this.memory(va, 'load').read(width);
  }

  private store(va: number, width: 1 | 2 | 4, value: number): void {
    if (va % width !== 0) this.addressFault(va, 'store');
    this.memory(va, 'store').write(width, width === 4 ? value : value & (width === 2 ? 0xffff : 0xff));
  }

  private execute(word: number, pc: number, inSlot: boolean): void {
    const row = this.decoder.row(this.decoder.decode(word));
    if (row === undefined) {
      const major = word >>> 26;
      if (major === 0x10) throw this.kernel ? new Fault(10) : new Fault(11, false, 0);
      if ([0x11, 0x13, 0x31, 0x35, 0x39, 0x3d].includes(major) || (major === 0 && (word & 63) === 1))
        throw new Fault(11, false, 1);
      if (major === 0x12) throw new Fault(11, false, 2);
      throw new Fault(10);
    }
    if (row.privilege === 'cop2') throw new Fault(11, false, 2);
    if (row.delaySlot !== 'none' && inSlot) throw new Fault(10);
    if (row.privilege === 'cop0' && !this.kernel) throw new Fault(11, false, 0);
    this.instruction(row, word, pc);
  }

  private branch(row: Row, taken: boolean, target: number, pc: number, link: number): void {
    if (link !== 0) this.set(link, pc + 8);
    if (row.delaySlot === 'likely' && !taken) {
      this.pc = unsigned(pc + 8);
      return;
    }
    this.pc = unsigned(pc + 4);
    this.slotOf = pc;
    this.next = taken ? unsigned(target) : unsigned(pc + 8);
  }

  private set(register: number, value: number): void {
    if (register !== 0) this.gpr[register] = value;
  }

  private instruction(row: Row, word: number, pc: number): unknown {
    const { gpr, mmu } = this;
    const rs = (word >>> 21) & 31;
    const rt = (word >>> 16) & 31;
    const rd = (word >>> 11) & 31;
    const sa = (word >>> 6) & 31;
    const a = gpr[rs]!;
    const b = gpr[rt]!;
    const simm = (word << 16) >> 16;
    const uimm = word & 0xffff;
    const va = unsigned(a + simm);
    const target = pc + 4 + branchOffset(word);
    const trapIf = (condition: boolean) => {
      if (condition) throw new Fault(13);
    };
    const overflow = (exact: number) => {
      if (exact !== (exact | 0)) throw new Fault(12);
      return exact;
    };
    const product = (left: number, right: number, plus: bigint) => {
      const sum = BigInt.asUintN(64, BigInt(left) * BigInt(right) + plus);
      this.hi = Number(BigInt.asIntN(32, sum >> 32n));
      this.lo = Number(BigInt.asIntN(32, sum));
    };
    const accumulator = () => (BigInt(unsigned(this.hi)) << 32n) | BigInt(unsigned(this.lo));
    const minus = (left: number, right: number) => {
      const sum = BigInt.asUintN(64, accumulator() - BigInt(left) * BigInt(right));
      this.hi = Number(BigInt.asIntN(32, sum >> 32n));
      this.lo = Number(BigInt.asIntN(32, sum));
    };
    const rotate = (by: number) => (b >>> (by & 31)) | (b << (-by & 31));
    const bytes = () => {
      // The four bytes of the word around va, first the one at its lowest address.
      const aligned = unsigned(va & ~3);
      return { aligned, at: va & 3 };
    };
    switch (row.name) {
      case 'sll':
        return this.set(rd, b << sa);
      case 'srl':
        return this.set(rd, b >>> sa);
      case 'sra':
        return this.set(rd, b >> sa);
      case 'sllv':
        return this.set(rd, b << (a & 31));
      case 'srlv':
        return this.set(rd, b >>> (a & 31));
      case 'srav':
        return this.set(rd, b >> (a & 31));
      case 'rotr':
        return this.set(rd, rotate(sa));
      case 'rotrv':
        return this.set(rd, rotate(a));
      case 'jr':
      case 'jr.hb':
        return this.branch(row, true, a, pc, 0);
      case 'jalr':
      case 'jalr.hb':
        return this.branch(row, true, a, pc, rd);
      case 'j':
        return this.branch(row, true, ((pc + 4) & 0xf000_0000) | ((word & 0x3ff_ffff) << 2), pc, 0);
      case 'jal':
        return this.branch(row, true, ((pc + 4) & 0xf000_0000) | ((word & 0x3ff_ffff) << 2), pc, 31);
      case 'beq':
      case 'beql':
        return this.branch(row, a === b, target, pc, 0);
      case 'bne':
      case 'bnel':
        return this.branch(row, a !== b, target, pc, 0);
      case 'blez':
      case 'blezl':
        return this.branch(row, a <= 0, target, pc, 0);
      case 'bgtz':
      case 'bgtzl':
        return this.branch(row, a > 0, target, pc, 0);
      case 'bltz':
      case 'bltzl':
        return this.branch(row, a < 0, target, pc, 0);
      case 'bgez':
      case 'bgezl':
        return this.branch(row, a >= 0, target, pc, 0);
      case 'bltzal':
      case 'bltzall':
        return this.branch(row, a < 0, target, pc, 31);
      case 'bgezal':
      case 'bgezall':
        return this.branch(row, a >= 0, target, pc, 31);
      case 'syscall':
        throw new Fault(8);
      case 'break':
        throw new Fault(9);
      case 'mfhi':
        return this.set(rd, this.hi);
      case 'mflo':
        return this.set(rd, this.lo);
      case 'mthi':
        this.hi = a;
        return;
      case 'mtlo':
        this.lo = a;
        return;
      case 'mult':
        return product(a, b, 0n);
      case 'multu':
        return product(unsigned(a), unsigned(b), 0n);
      case 'madd':
        return product(a, b, accumulator());
      case 'maddu':
        return product(unsigned(a), unsigned(b), accumulator());
      case 'msub':
        return minus(a, b);
      case 'msubu':
        return minus(unsigned(a), unsigned(b));
      case 'mul':
        return this.set(rd, Number(BigInt.asIntN(32, BigInt(a) * BigInt(b))));
      case 'div':
        this.lo = b === 0 ? a : signed(Math.trunc(a / b));
        this.hi = b === 0 ? 0 : signed(a % b);
        return;
      case 'divu':
        this.lo = b === 0 ? a : signed(Math.floor(unsigned(a) / unsigned(b)));
        this.hi = b === 0 ? 0 : signed(unsigned(a) % unsigned(b));
        return;
      case 'add':
        return this.set(rd, overflow(a + b));
      case 'sub':
        return this.set(rd, overflow(a - b));
      case 'addi':
        return this.set(rt, overflow(a + simm));
      case 'addu':
        return this.set(rd, a + b);
      case 'subu':
        return this.set(rd, a - b);
      case 'and':
        return this.set(rd, a & b);
      case 'or':
        return this.set(rd, a | b);
      case 'xor':
        return this.set(rd, a ^ b);
      case 'nor':
        return this.set(rd, ~(a | b));
      case 'slt':
        return this.set(rd, a < b ? 1 : 0);
      case 'sltu':
        return this.set(rd, unsigned(a) < unsigned(b) ? 1 : 0);
      case 'addiu':
        return this.set(rt, a + simm);
      case 'slti':
        return this.set(rt, a < simm ? 1 : 0);
      case 'sltiu':
        return this.set(rt, unsigned(a) < unsigned(simm) ? 1 : 0);
      case 'andi':
        return this.set(rt, a & uimm);
      case 'ori':
        return this.set(rt, a | uimm);
      case 'xori':
        return this.set(rt, a ^ uimm);
      case 'lui':
        return this.set(rt, uimm << 16);
      case 'movz':
        if (b === 0) this.set(rd, a);
        return;
      case 'movn':
        if (b !== 0) this.set(rd, a);
        return;
      case 'clz':
        return this.set(rd, Math.clz32(a));
      case 'clo':
        return this.set(rd, Math.clz32(~a));
      case 'seb':
        return this.set(rd, (b << 24) >> 24);
      case 'seh':
        return this.set(rd, (b << 16) >> 16);
      case 'wsbh':
        return this.set(rd, ((b >>> 8) & 0x00ff_00ff) | ((b & 0x00ff_00ff) << 8));
      case 'ext': {
        if (sa + rd > 31) throw new Fault(10);
        return this.set(rt, Number(BigInt.asUintN(rd + 1, BigInt(unsigned(a)) >> BigInt(sa))));
      }
      case 'ins': {
        if (rd < sa) throw new Fault(10);
        let value = BigInt(unsigned(b));
        for (let i = sa; i <= rd; i++) {
          value &= ~(1n << BigInt(i));
          value |= ((BigInt(unsigned(a)) >> BigInt(i - sa)) & 1n) << BigInt(i);
        }
        return this.set(rt, Number(value));
      }
      case 'lb':
        return this.set(rt, (this.load(va, 1) << 24) >> 24);
      case 'lbu':
        return this.set(rt, this.load(va, 1));
      case 'lh':
        return this.set(rt, (this.load(va, 2) << 16) >> 16);
      case 'lhu':
        return this.set(rt, this.load(va, 2));
      case 'lw':
        return this.set(rt, this.load(va, 4));
      case 'lwl':
      case 'lwr': {
        const { at } = bytes();
        const value = this.memory(va, 'load').read(4);
        // Bytes of the word by significance; `lane` is that of the addressed byte.
        const lane = this.map.endian === 'little' ? at : 3 - at;
        let result = b;
        for (let i = 0; i < 4; i++) {
          const from = row.name === 'lwl' ? i - (3 - lane) : i + lane;
          if (from < 0 || from > 3) continue;
          result = (result & ~(0xff << (8 * i))) | (((value >>> (8 * from)) & 0xff) << (8 * i));
        }
        return this.set(rt, result);
      }
      case 'sb':
        return this.store(va, 1, b);
      case 'sh':
        return this.store(va, 2, b);
      case 'sw':
        return this.store(va, 4, b);
      case 'swl':
      case 'swr': {
        const { aligned, at } = bytes();
        const little = this.map.endian === 'little';
        const lane = little ? at : 3 - at;
        this.memory(va, 'store');
        for (let i = 0; i < 4; i++) {
          const from = row.name === 'swl' ? i + (3 - lane) : i - lane;
          if (from < 0 || from > 3) continue;
          this.store(aligned + (little ? i : 3 - i), 1, b >>> (8 * from));
        }
        return;
      }
      case 'll': {
        const value = this.load(va, 4);
        this.link = { address: this.memory(va, 'load').pa, value };
        return this.set(rt, value);
      }
      case 'sc': {
        if (va % 4 !== 0) this.addressFault(va, 'store');
        let holds = false;
        const found = this.memory(va, 'store');
        if (this.link !== undefined) {
          holds = found.pa === this.link.address && found.read(4) === this.link.value;
          if (holds) this.store(va, 4, b);
        }
        this.link = undefined;
        return this.set(rt, holds ? 1 : 0);
      }
      case 'sync':
      case 'sync:stype':
      case 'pref':
        return;
      case 'synci':
        this.memory(va, 'load');
        return;
      case 'cache':
        if (rt >>> 2 >= 4) this.memory(va, 'load');
        return;
      case 'tge':
        return trapIf(a >= b);
      case 'tgeu':
        return trapIf(unsigned(a) >= unsigned(b));
      case 'tlt':
        return trapIf(a < b);
      case 'tltu':
        return trapIf(unsigned(a) < unsigned(b));
      case 'teq':
        return trapIf(a === b);
      case 'tne':
        return trapIf(a !== b);
      case 'tgei':
        return trapIf(a >= simm);
      case 'tgeiu':
        return trapIf(unsigned(a) >= unsigned(simm));
      case 'tlti':
        return trapIf(a < simm);
      case 'tltiu':
        return trapIf(unsigned(a) < unsigned(simm));
      case 'teqi':
        return trapIf(a === simm);
      case 'tnei':
        return trapIf(a !== simm);
      case 'mfc0':
      case 'mfc0:sel':
        return this.set(rt, this.readCp0(rd, word & 7));
      case 'mtc0':
      case 'mtc0:sel':
        return this.writeCp0(rd, word & 7, b);
      case 'tlbr':
        return mmu.tlbr();
      case 'tlbwi':
        mmu.tlbwi();
        return;
      case 'tlbwr':
        mmu.tlbwr();
        return;
      case 'tlbp':
        return mmu.tlbp();
      case 'eret':
        this.link = undefined;
        if ((this.status & 4) !== 0) {
          this.pc = unsigned(this.errorEpc);
          this.status &= ~4;
        } else {
          this.pc = unsigned(this.epc);
          this.status &= ~2;
        }
        this.slotOf = undefined;
        return;
      case 'wait':
        this.waiting = true;
        return;
      case 'di':
        this.set(rt, this.status);
        this.status &= ~1;
        return;
      case 'ei':
        this.set(rt, this.status);
        this.status |= 1;
        return;
      default:
        throw new UnknownInstruction(row.name);
    }
  }

  private readCp0(register: number, select: number): number {
    if (select !== 0) return register === 15 ? this.ebase : 0;
    switch (register) {
      case 9:
        return this.count;
      case 11:
        return this.compare;
      case 12:
        return this.status;
      case 13:
        return this.causeValue;
      case 14:
        return this.epc;
      case 16:
        return this.config;
      case 30:
        return this.errorEpc;
      default:
        return this.mmu.readCp0(register);
    }
  }

  private writeCp0(register: number, select: number, value: number): void {
    if (select !== 0) {
      if (register === 15 && select === 1) this.ebase = 0x8000_0000 | (value & 0x3fff_f000);
      return;
    }
    switch (register) {
      case 9:
        this.countBase = signed(value - Math.floor(this.now / 2));
        return;
      case 11:
        this.compare = value;
        this.timer = false;
        this.armed = true;
        return;
      case 12:
        this.status = (this.status & ~this.model.statusMask) | (value & this.model.statusMask);
        return;
      case 13:
        this.cause = (this.cause & ~0x00c0_0300) | (value & 0x00c0_0300);
        return;
      case 16:
        this.config = (this.config & ~this.model.configMask) | (value & this.model.configMask);
        this.mmu.k0 = this.config & 7;
        return;
      case 14:
        this.epc = value;
        return;
      case 30:
        this.errorEpc = value;
        return;
      default:
        this.mmu.writeCp0(register, unsigned(value));
    }
  }
}
