// Random words executed as code: whatever they do, nothing throws, nothing hangs and nothing grows. The host takes the place of the
// exception handlers: behind every exception it goes on some words further, so that there is no end to it.
import { Arena, type ArenaRequest, type Endian, Memory, PhysicalMap, Timeline } from '@kseg/bus';
import type { Row } from '@kseg/isa';
import type { EngineFactory } from '../src/engine.ts';
import { Cpu, type ModelName, models } from '../src/index.ts';

/** Random words at a time, in a window that execution is brought back to. */
const BLOCK_WORDS = 4096;
const WINDOW = 0x1_0000;
const BLOCKS = 4;
/** The upper halves of the window's addresses in kseg0 and, mapped, in useg. */
const KERNEL_WINDOW = 0x8001_0000;
const USER_WINDOW = 0x0041_0000;
/** Instructions without an exception after which execution goes on elsewhere: what loops is left behind. */
const STRETCH = 64;
export const RAM_BYTES = 1 << 20;
/** The core starts from its reset, with other TLB contents, once in so many blocks. */
const RESET_TURNS = 16;
/** All of RAM is filled anew once in so many. */
const RAM_TURNS = 256;

const ROM = 0xbfc0_0000;
const DEVICE = 0x1000_0000;
const TLBWI = 0x4200_0002;
const EXL = 2;

// CP0 registers.
const [INDEX, ENTRY_LO0, ENTRY_LO1, PAGE_MASK, BAD_VADDR, ENTRY_HI, STATUS] = [0, 2, 3, 5, 8, 10, 12];
const PAGE_MASKS = [0, 0, 0x6000, 0x1_e000, 0x1fff_e000];

/** The fastest of the small generators of good repute (sfc32). */
class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;
  constructor(seed: number) {
    this.#a = seed | 0;
    for (let i = 0; i < 16; i++) this.word();
  }

  word(): number {
    const t = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t;
  }

  below(n: number): number {
    return (this.word() >>> 0) % n;
  }
}

/** Modes that blocks start in: kernel, user, supervisor, kernel with all on, user with all on, error level. */
const STATUSES = [0, 0x10, 0x08, 0x3500_ff01, 0x3500_ff11, 0x0040_0004, 0x2400_0000, 0x1400_0010];
const R3000_STATUSES = [0, 2, 0xf000_ff01, 0xf000_ff03];

export interface RandomWordsOptions {
  readonly model: ModelName;
  readonly endian: Endian;
  readonly seed: number;
  /** What executes besides the interpreter, and what that needs in the arena. */
  readonly engine?: { readonly engine: EngineFactory; readonly regions: readonly ArenaRequest[] };
}

export class RandomWords {
  /** Random words that were executed, whether they retired or took an exception. */
  words = 0;
  exceptions = 0;
  readonly cpu: Cpu;
  readonly #ram: Memory;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #isR3000: boolean;
  /** Of the TLB. */
  readonly #entries: number;
  readonly #little: boolean;
  /** The identifying bits and the free bits of each instruction. */
  readonly #rows: readonly (readonly [match: number, free: number])[];
  readonly #block = new DataView(new ArrayBuffer(4 * BLOCK_WORDS));
  #turn = 0;

  constructor({ model, endian, seed, engine }: RandomWordsOptions) {
    const memories = [
      { name: 'ram', bytes: RAM_BYTES },
      { name: 'rom', bytes: 0x1000 },
    ];
    const arena = new Arena([...Cpu.regions(), ...(engine?.regions ?? []), ...memories]);
    const map = new PhysicalMap(endian);
    const rom = new Memory(arena, 'rom', endian);
    const { mmu } = models[model];
    this.#timeline = new Timeline(1e8);
    this.#ram = new Memory(arena, 'ram', endian);
    this.#little = endian === 'little';
    this.#isR3000 = mmu.kind === 'r3000';
    this.#entries = mmu.kind === 'r3000' ? 64 : mmu.kind === 'fixed' ? 0 : mmu.entries;
    this.#random = new Random(seed);
    map.add({ name: 'ram', base: 0, size: RAM_BYTES, kind: 'ram', memory: this.#ram });
    map.add({ name: 'rom', base: 0x1fc0_0000, size: 0x1000, kind: 'rom', memory: rom });
    // Where the fixed mapping puts the user's window.
    map.add({ name: 'fixed', base: 0x4040_0000, size: RAM_BYTES, kind: 'ram', memory: this.#ram });
    const device = { read: (offset: number) => offset, write() {}, reset() {}, save: () => null, load() {} };
    map.add({ name: 'device', base: DEVICE, size: 0x1000, kind: 'device', device });
    this.cpu = new Cpu({ model, endian, arena, map, timeline: this.#timeline, engine: engine?.engine });
    const isa: readonly Row[] = models[model].isa;
    this.#rows = isa.filter(({ aliasOf }) => aliasOf === undefined).map(({ match, mask }) => [match, ~mask] as const);
    rom.write(0, 4, TLBWI);
    this.cpu.onException((kind, pc) => {
      this.exceptions++;
      // An interrupt is no word, nor is a fetch that faults.
      const isFetch = kind === 'busFetch' || (pc === this.cpu.readCp0(BAD_VADDR) && /^address|^tlb/.test(kind));
      if (kind !== 'interrupt' && !isFetch) this.words++;
      this.cpu.requestStop();
    });
  }

  /** Fills a block with random words and executes about as many. @throws what the core throws, which is nothing */
  step(): void {
    const { cpu } = this;
    const random = this.#random;
    const turn = this.#turn++;
    if (turn % RAM_TURNS === 0) this.#fillRam();
    const at = (turn % BLOCKS) * 4 * BLOCK_WORDS;
    this.#fillBlock(WINDOW + at);
    if (turn % RESET_TURNS === 0) {
      this.#timeline.reset();
      cpu.reset();
      this.#fillTlb();
    }
    const statuses = this.#isR3000 ? R3000_STATUSES : STATUSES;
    const status = statuses[random.below(statuses.length)]!;
    const isUser = this.#isR3000 ? (status & 2) !== 0 : (status & EXL) === 0 && (status & 0x18) !== 0;
    const window = (isUser ? USER_WINDOW : KERNEL_WINDOW) + at;
    for (let i = 1; i < 32; i++) cpu.setGpr(i, this.#value());
    cpu.writeCp0(STATUS, status);
    // Behind an exception, and what loops, execution goes on behind as many words as were executed.
    for (let word = 0; word < BLOCK_WORDS; ) {
      const { now } = this.#timeline;
      const { words } = this;
      cpu.pc = window + 4 * word;
      const stop = cpu.run(STRETCH);
      const ran = this.#timeline.now - now;
      if (ran > STRETCH) throw new Error(`${ran} instructions of ${STRETCH}`);
      this.words += ran;
      word += Math.max(1, this.words - words);
      // Some stay in the handlers' mode.
      if (stop.kind !== 'requested' || random.below(8) !== 0) cpu.writeCp0(STATUS, status);
    }
    if (cpu.gpr(0) !== 0) throw new Error('$0 is not 0');
  }

  /** Registers, time and memory, to compare. */
  state(): { readonly now: number; readonly words: Uint8Array; readonly ram: Int32Array } {
    const { words } = this.cpu.save() as { words: Uint8Array };
    return { now: this.#timeline.now, words, ram: this.#ram.words };
  }

  /** Pointers into the window, near ends of segments, to the device, or anything. */
  #value(): number {
    const random = this.#random;
    const word = random.word();
    switch (random.below(8)) {
      case 0:
      case 1:
      case 2:
        return (KERNEL_WINDOW + (word & 0xffff)) >>> 0;
      case 3:
        return (USER_WINDOW + (word & 0xfffc)) >>> 0;
      case 4:
        return ((word << 29) + ((word >>> 8) & 0xf) - 8) >>> 0;
      case 5:
        return word & 0xff;
      case 6:
        return (0xa000_0000 + DEVICE + (word & 0xfff)) >>> 0;
      default:
        return word >>> 0;
    }
  }

  /** Any words and words of the core's table by turns. */
  #fillBlock(at: number): void {
    const random = this.#random;
    const rows = this.#rows;
    for (let i = 0; i < 4 * BLOCK_WORDS; i += 8) {
      this.#block.setInt32(i, random.word(), this.#little);
      const [match, free] = rows[random.below(rows.length)]!;
      this.#block.setInt32(i + 4, match | (random.word() & free), this.#little);
    }
    this.#ram.writeBytes(at, new Uint8Array(this.#block.buffer));
  }

  #fillRam(): void {
    for (let at = 0; at < RAM_BYTES; at += 4 * BLOCK_WORDS) this.#fillBlock(at);
  }

  /** The user's window, and any entries of any size for any pages. */
  #fillTlb(): void {
    const random = this.#random;
    const some = (mask: number) => random.word() & (random.below(4) === 0 ? -1 : mask);
    for (let entry = 0; entry < this.#entries; entry++) {
      const isWindow = entry < (this.#isR3000 ? 16 : 1);
      if (this.#isR3000) {
        const page = entry << 12;
        if (isWindow) this.#write(entry << 8, (USER_WINDOW + page) | 0, (WINDOW + page) | 0x700);
        else this.#write(entry << 8, random.word(), some(0xf_ff00));
      } else if (isWindow) this.#write(entry, USER_WINDOW & ~0x1ffff, 0x1f, (WINDOW >>> 6) | 0x1f, 0x1_e000);
      else this.#write(entry, random.word(), some(0x3fff), some(0x3fff), PAGE_MASKS[random.below(PAGE_MASKS.length)]!);
    }
  }

  #write(index: number, hi: number, lo0: number, lo1 = 0, mask = 0): void {
    const { cpu } = this;
    cpu.writeCp0(INDEX, index);
    cpu.writeCp0(ENTRY_HI, hi);
    cpu.writeCp0(ENTRY_LO0, lo0);
    cpu.writeCp0(ENTRY_LO1, lo1);
    cpu.writeCp0(PAGE_MASK, mask);
    cpu.pc = ROM;
    cpu.step();
  }
}
