// GAIA3 written down literally: one instruction at a time, nothing remembered, nothing fast. What the real core is compared with.
import { signStage } from '../src/fpu.ts';
import { rtlFpu } from '../src/fpu-rtl.ts';

const fpu = rtlFpu();
const SRAM_MASK = 0x3f_ffff;

export interface ReferenceOptions {
  readonly timerPeriod: number;
  readonly decode: 'virtual' | 'physical';
  /** With the caches. */
  readonly vivt?: boolean;
}

/** A cache by line number modulo 256: what was at an address when the line was filled, and where that was. */
type Cache = Map<number, { tag: number; frame: number; bytes: Uint8Array }>;

export class Reference {
  readonly r = new Int32Array(32);
  readonly sram = new Uint8Array(4 << 20);
  readonly rom = new Uint8Array(4096);
  pc = 0x8000_0000;
  now = 0;
  handler = 0;
  enable = 0;
  epc = 0;
  cause = 0;
  vaenable = 0;
  pdaddr = 0;
  tick = false;
  readonly rx: number[] = [];
  readonly sent: number[] = [];
  /** Bytes that arrive, with the time at which they do; earliest first. */
  readonly arrivals: { time: number; byte: number }[] = [];
  readonly #instructions: Cache = new Map();
  readonly #data: Cache = new Map();
  #nextTick: number;

  constructor(private readonly options: ReferenceOptions) {
    this.#nextTick = options.timerPeriod;
  }

  step(): void {
    this.settle();
    this.#execute(this.#fetch(this.pc));
    this.r[0] = 0;
    this.now++;
  }

  /** What happens between two instructions: time's events, and an interrupt. */
  settle(): void {
    while (this.#nextTick <= this.now) {
      this.tick = true;
      this.#nextTick += this.options.timerPeriod;
    }
    while (this.arrivals.length > 0 && this.arrivals[0]!.time <= this.now) this.rx.push(this.arrivals.shift()!.byte);
    if (this.enable && (this.tick || this.rx.length > 0)) {
      const cause = this.tick ? 1 : 2;
      if (this.tick) this.tick = false;
      this.#interrupt(cause, this.pc + 4);
    }
  }

  #interrupt(cause: number, epc: number): void {
    this.cause = cause;
    this.epc = epc >>> 0;
    this.enable = 0;
    this.pc = this.handler & ~3;
  }

  #execute(word: number): void {
    const { r } = this;
    const op = word >>> 28;
    const x = (word >>> 23) & 31;
    const a = (word >>> 18) & 31;
    const disp = (word << 16) >> 16;
    const next = (this.pc + 4) | 0;
    this.pc = next;
    switch (op) {
      case 0:
        r[x] = this.#alu(word & 31, r[a]!, (r[(word >>> 13) & 31]! + ((word << 19) >> 24)) | 0);
        break;
      case 1:
        r[x] = signStage(this.#float(word & 31, r[a]!, r[(word >>> 13) & 31]!), (word >>> 5) & 3);
        break;
      case 2:
        r[x] = disp;
        break;
      case 3:
        r[x] = (disp << 16) | (r[a]! & 0xffff);
        break;
      case 4:
        r[x] = next;
        this.pc = (next + (disp << 2)) | 0;
        break;
      case 5: {
        const target = r[a]! & ~3;
        r[x] = next;
        this.pc = target;
        break;
      }
      case 6:
        r[x] = this.#load(r[a]! + (disp << 2), 4);
        break;
      case 7:
        r[x] = this.#load(r[a]! + disp, 1);
        break;
      case 8:
        this.#store(r[a]! + (disp << 2), 4, r[x]!);
        break;
      case 9:
        this.#store(r[a]! + disp, 1, r[x]!);
        break;
      case 12:
        this.#interrupt(3, next);
        break;
      case 13:
        this.enable = 1;
        this.pc = this.epc & ~3;
        break;
      case 14:
        if (r[x] !== r[a]) this.pc = (next + (disp << 2)) | 0;
        break;
      case 15:
        if (r[x] === r[a]) this.pc = (next + (disp << 2)) | 0;
        break;
    }
  }

  #alu(tag: number, a: number, b: number): number {
    const [ua, ub] = [a >>> 0, b >>> 0];
    switch (tag) {
      case 0:
        return a + b;
      case 1:
        return a - b;
      case 2:
        return a << (b & 31);
      case 3:
        return a >>> (b & 31);
      case 4:
        return a >> (b & 31);
      case 5:
        return a & b;
      case 6:
        return a | b;
      case 7:
        return a ^ b;
      case 8:
        return a + (b << 2);
      case 22:
        return Number(ua < ub);
      case 23:
        return Number(ua <= ub);
      case 24:
      case 28:
        return Number(a !== b);
      case 25:
      case 29:
        return Number(a === b);
      case 26:
        return Number(a < b);
      case 27:
        return Number(a <= b);
      case 30:
        return Number(a < 0 || b < 0 ? ua >= ub : ua < ub);
      case 31:
        return Number(a < 0 || b < 0 ? ua > ub : ua <= ub);
      default:
        return 0;
    }
  }

  #float(tag: number, a: number, b: number): number {
    const units = [fpu.add, fpu.sub, fpu.mul, undefined, fpu.inv, fpu.sqrt, fpu.ftoi, fpu.itof, fpu.floor];
    return units[tag]?.(a, b) ?? 0;
  }

  /** Address on the bus: that of the ROM or the special registers as it is, anything else within the SRAM. */
  #translate(address: number): number {
    const va = address >>> 0;
    if (this.options.decode === 'virtual' && inWindow(va)) return va;
    let pa = va;
    if (this.vaenable) {
      const directory = this.#word(((this.pdaddr & 0xffff_f000) | ((va >>> 22) << 2)) & SRAM_MASK);
      const table = this.#word(((directory & 0xffff_f000) | (((va >>> 12) & 1023) << 2)) & SRAM_MASK);
      pa = ((table & 0xffff_f000) | (va & 0xfff)) >>> 0;
    }
    return this.options.decode === 'physical' && inWindow(pa) ? pa : pa & SRAM_MASK;
  }

  #word(pa: number): number {
    return new DataView(this.sram.buffer).getInt32(pa & ~3, true);
  }

  /** The line of a cache that holds `va`. */
  #line(cache: Cache, va: number) {
    const tag = Math.floor(va / 64);
    const known = cache.get(tag % 256);
    if (known?.tag === tag) return known;
    const frame = this.#translate(tag * 64);
    const line = { tag, frame, bytes: this.sram.slice(frame, frame + 64) };
    cache.set(tag % 256, line);
    return line;
  }

  #fetch(address: number): number {
    const va = (address & ~3) >>> 0;
    if (this.options.vivt && !inWindow(va))
      return new DataView(this.#line(this.#instructions, va).bytes.buffer).getInt32(va % 64, true);
    const pa = this.#translate(address);
    if (!inWindow(pa)) return this.#word(pa);
    return pa < 0x8000_1000 ? new DataView(this.rom.buffer).getInt32(pa & 0xffc, true) : -1;
  }

  #load(address: number, width: 1 | 4): number {
    const va = address >>> 0;
    if (this.options.vivt && !inWindow(va)) {
      const view = new DataView(this.#line(this.#data, va).bytes.buffer);
      return width === 4 ? view.getInt32((va % 64) & ~3, true) : view.getInt8(va % 64);
    }
    const pa = this.#translate(address);
    if (!inWindow(pa)) return width === 4 ? this.#word(pa) : (this.sram[pa]! << 24) >> 24;
    return pa < 0x8000_1000 ? new DataView(this.rom.buffer).getInt32(pa & 0xffc, true) : this.#readRegister(pa);
  }

  #store(address: number, width: 1 | 4, value: number): void {
    const va = address >>> 0;
    if (this.options.vivt && !inWindow(va)) {
      const { tag, frame, bytes } = this.#line(this.#data, va);
      for (let i = 0; i < width; i++) {
        const at = width === 4 ? ((va % 64) & ~3) + i : va % 64;
        bytes[at] = value >>> (8 * i);
        this.sram[frame + at] = value >>> (8 * i);
      }
      if (this.#instructions.get(tag % 256)?.tag === tag) this.#instructions.delete(tag % 256);
      return;
    }
    const pa = this.#translate(address);
    if (inWindow(pa)) {
      if (pa >= 0x8000_1000) this.#writeRegister(pa, value);
    } else if (width === 4) new DataView(this.sram.buffer).setInt32(pa & ~3, value, true);
    else this.sram[pa] = value;
  }

  #readRegister(pa: number): number {
    switch (pa) {
      case 0x8000_1000:
        return this.rx.shift() ?? -1;
      case 0x8000_1004:
        return 1;
      case 0x8000_1100:
        return this.handler;
      case 0x8000_1104:
        return this.enable;
      case 0x8000_1108:
        return this.epc;
      case 0x8000_110c:
        return this.cause;
      case 0x8000_1200:
        return this.vaenable;
      case 0x8000_1204:
        return this.pdaddr;
      default:
        return pa < 0x8000_1100 ? -1 : 0;
    }
  }

  #writeRegister(pa: number, value: number): void {
    if (pa === 0x8000_1000) this.sent.push(value & 255);
    else if (pa === 0x8000_1100) this.handler = value >>> 0;
    else if (pa === 0x8000_1104) this.enable = value & 1;
    else if (pa === 0x8000_1108) this.epc = value >>> 0;
    else if (pa === 0x8000_110c) this.cause = value >>> 0;
    else if (pa === 0x8000_1200 || pa === 0x8000_1204) {
      if (pa === 0x8000_1200) this.vaenable = value & 1;
      else this.pdaddr = value >>> 0;
      this.#instructions.clear();
      this.#data.clear();
    }
  }
}

const inWindow = (address: number) => address >= 0x8000_0000 && address < 0x8000_2000;
