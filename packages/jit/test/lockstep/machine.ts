// One of the machines that run in lock step: a core with RAM, a device that records what it sees, and lines that interrupt.
import {
  Arena,
  type Device,
  type Endian,
  Memory,
  PhysicalMap,
  type Scheduler,
  Timeline,
  type Width,
  withWaitStates,
} from '@kseg/bus';
import { Cpu, type ModelName, type StopReason } from '@kseg/cpu';
import type { Engine } from '@kseg/cpu/engine';
import { Mips32Mmu } from '@kseg/mmu';
import { Translator, type TranslatorOptions } from '../../src/index.ts';
import { kernel } from './kernel.ts';
import * as L from './layout.ts';
import { homes, type Program } from './program.ts';

/** Everything is worth translating here, and few taken branches go by unseen. */
const EAGER: TranslatorOptions = { threshold: 24, pause: Number.POSITIVE_INFINITY, breath: 0 };
const SAMPLE_INTERVAL = 4;

/** Sums up accesses and their times; reads as a number that goes up; a write to one register lowers the interrupt line. */
class Recorder implements Device {
  accesses = 0;
  sum = 0;
  constructor(
    private readonly timeline: Timeline,
    private readonly acknowledge: () => void,
  ) {}
  read(offset: number, width: Width): number {
    this.#record(offset, width);
    return this.accesses;
  }
  write(offset: number, width: Width, value: number): void {
    this.#record(offset, width ^ value);
    if (offset === L.ACKNOWLEDGE) this.acknowledge();
  }
  reset(): void {
    this.accesses = 0;
    this.sum = 0;
  }
  save(): null {
    return null;
  }
  load(): void {}
  #record(offset: number, what: number): void {
    this.accesses++;
    this.sum = (Math.imul(this.sum, 31) + Math.imul(offset, 0x9e37_79b1) + what + this.timeline.now) | 0;
  }
}

export class LockstepMachine {
  readonly cpu: Cpu;
  readonly ram: Memory;
  readonly timeline = new Timeline(1e8);
  readonly device: Recorder;
  readonly translator: Translator | undefined;
  /** Instructions that retired while the translator was in charge. */
  entered = 0;
  readonly #line;
  readonly #lineTimer: Scheduler;
  #linePeriod = 0;
  #level = false;

  constructor(
    model: ModelName,
    readonly endian: Endian,
    engine: 'interpreter' | 'translator',
    options: TranslatorOptions = {},
  ) {
    this.translator = engine === 'translator' ? new Translator({ ...EAGER, ...options }) : undefined;
    const arena = new Arena([
      ...Cpu.regions(),
      ...(this.translator === undefined ? [] : Translator.regions(L.RAM_BYTES)),
      { name: 'ram', bytes: L.RAM_BYTES },
    ]);
    const map = new PhysicalMap(endian);
    this.ram = new Memory(arena, 'ram', endian);
    map.add({ kind: 'ram', name: 'ram', base: 0, size: L.RAM_BYTES, memory: this.ram });
    this.cpu = new Cpu({
      model,
      endian,
      arena,
      map,
      timeline: this.timeline,
      ...(this.translator === undefined ? {} : { engine: (core) => this.#counted(this.translator!.engine(core)) }),
    });
    this.#line = this.cpu.irq(2);
    this.device = new Recorder(this.timeline, () => this.#set(false));
    const slow = withWaitStates(this.device, this.timeline, L.SLOW_TICKS);
    map.add({ kind: 'device', name: 'device', base: L.DEVICE, size: L.SLOW, device: this.device });
    map.add({ kind: 'device', name: 'slow', base: L.DEVICE + L.SLOW, size: L.PAGE - L.SLOW, device: slow });
    this.#lineTimer = this.timeline.port('line');
    this.#lineTimer.handle((_, time) => {
      this.#set(true);
      if (this.#linePeriod < Number.POSITIVE_INFINITY) this.#lineTimer.at(time + this.#linePeriod, 'raise');
    });
  }

  /** Instructions that were executed as WebAssembly, less those that it handed back. */
  get translated(): number {
    const { leaves = 0, rare = 0 } = this.translator?.statistics ?? {};
    return this.entered - leaves - rare;
  }

  /** From a cold start to a program's first instruction. */
  start(program: Program): void {
    const { cpu, ram, timeline, device } = this;
    ram.fill(0);
    timeline.reset();
    cpu.reset();
    device.reset();
    this.#set(false);
    for (const [address, words] of kernel) this.#put(address, words);
    const start = homes[program.home].segment + L.CODE;
    this.#put(L.RESTART, [
      start,
      program.home === 'user' ? ~0 : ~0x10,
      Math.max(program.period, 40),
      L.KSEG0 + this.codeAddress(program, program.patch),
    ]);
    this.#put(L.PAGE_TABLE, program.pageTable);
    this.#put(L.DATA, program.data);
    for (let page = 0; page < 4; page++) {
      const [from, to] = [page * 1024, (page + 1) * 1024];
      this.#put(program.frames[0][page]! * L.PAGE, program.code.slice(from, to));
      this.#put(program.frames[1][page]! * L.PAGE, program.otherCode.slice(from, to));
    }
    program.gprs.forEach((value, i) => {
      cpu.setGpr(i, value);
    });
    const { mmu } = cpu;
    if (mmu instanceof Mips32Mmu) {
      for (let i = 0; i < mmu.entries; i++)
        mmu.setEntry(i, {
          va: (0x8000_0000 + i * 0x2000) >>> 0,
          asid: 0,
          global: false,
          pageMask: 0,
          even: NONE,
          odd: NONE,
        });
      program.tlb.forEach(([asid, pair], i) => {
        mmu.setEntry(i, { va: pair * 0x2000, asid, global: false, pageMask: 0, ...this.#pair(program, asid, pair) });
      });
    }
    cpu.writeCp0(13, 1 << 23);
    if (cpu.model.release > 1) cpu.writeCp0(7, 15);
    // Interrupts of the timer, the line and software; in user mode from the start where it is the home.
    cpu.writeCp0(12, 0x8700 | program.status | (program.home === 'user' ? 0x10 : 0));
    if (program.period > 0) cpu.writeCp0(11, cpu.readCp0(9) + program.period);
    this.#linePeriod = program.linePeriod;
    if (program.linePeriod > 0) this.#lineTimer.at(program.linePeriod, 'raise');
    cpu.pc = start;
  }

  /** Raises the interrupt line once, at this time. */
  raiseAt(time: number): void {
    this.#linePeriod = Number.POSITIVE_INFINITY;
    this.#lineTimer.at(time, 'raise');
  }

  /** Has regions made for the words of code at these indices, as they are mapped now. */
  translate(program: Program, indices: readonly number[]): void {
    const base = homes[program.home].segment + L.CODE;
    for (const index of indices) this.translator?.translate(base + 4 * index);
  }

  /** Runs so many instructions, or until nothing will wake the guest any more. */
  run(budget: number): StopReason['kind'] {
    const { cpu, timeline } = this;
    const end = timeline.progress + budget;
    for (;;) {
      const { kind } = cpu.run(Math.max(0, end - timeline.progress));
      if (kind !== 'waiting') return kind;
      if (!this.wakesBefore(end)) return kind;
      cpu.skipTo(timeline.deadline);
    }
  }

  /** Whether something happens before that time, by the timeline's `progress`. */
  wakesBefore(end: number): boolean {
    const { timeline } = this;
    return timeline.deadline - timeline.stalled < end;
  }

  /** As a device that writes to memory does. */
  poke(program: Program, index: number): void {
    const address = this.codeAddress(program, index);
    this.ram.write(address, 4, this.ram.read(address, 4) ^ 1);
  }

  /** Interprets until the returned object is disposed, for one of two reasons: a trace, or a breakpoint (where nobody comes). */
  interpretOnly(trace: boolean): { dispose(): void } {
    return trace ? this.cpu.trace(() => {}) : this.cpu.addBreakpoint(2);
  }

  /** Physical address of a word of code in even address spaces. */
  codeAddress(program: Program, index: number): number {
    return program.frames[0][index >>> 10]! * L.PAGE + 4 * (index & 1023);
  }

  #pair(program: Program, asid: number, pair: number) {
    const lo = (odd: number) => {
      const word = program.pageTable[64 * asid + 2 * pair + odd]!;
      return { pa: ((word >>> 6) << 12) >>> 0, cca: 3, dirty: (word & 4) !== 0, valid: (word & 2) !== 0 };
    };
    return { even: lo(0), odd: lo(1) };
  }

  #set(level: boolean): void {
    if (level === this.#level) return;
    this.#level = level;
    this.#line.set(level);
  }

  #put(address: number, words: readonly number[]): void {
    words.forEach((word, i) => {
      this.ram.write(address + 4 * i, 4, word);
    });
  }

  #counted(engine: Engine): Engine {
    const { timeline } = this;
    return {
      enter: () => {
        const before = timeline.progress;
        const did = engine.enter();
        this.entered += timeline.progress - before;
        return did;
      },
      interpret: () => engine.interpret?.(),
      sample: (target) => Math.min(engine.sample(target), SAMPLE_INTERVAL),
      dropPage: (page) => engine.dropPage(page),
    };
  }
}

const NONE = { pa: 0, cca: 3, dirty: false, valid: false };
