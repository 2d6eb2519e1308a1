import { Arena, Memory, PhysicalMap, type Scheduler, Timeline } from '@kseg/bus';
import { GaiaRegisters, type GaiaRegistersOptions } from '@kseg/devices';
import { GaiaCpu, type GaiaCpuOptions } from '../src/index.ts';

type Options = Omit<GaiaCpuOptions, 'arena' | 'map' | 'timeline' | 'control'> &
  Pick<GaiaRegistersOptions, 'timerPeriod' | 'transmit'>;

/** A core with its memories and special registers, and nothing else. */
export class Rig {
  readonly timeline = new Timeline(96_392_500);
  readonly sram: Memory;
  readonly rom: Memory;
  readonly registers: GaiaRegisters;
  readonly cpu: GaiaCpu;
  readonly sent: number[] = [];
  /** Events of the world outside. */
  readonly outside: Scheduler = this.timeline.port('outside');

  constructor(options: Options = {}) {
    const arena = new Arena([...GaiaCpu.regions(), { name: 'sram', bytes: 4 << 20 }, { name: 'rom', bytes: 4096 }]);
    this.sram = new Memory(arena, 'sram', 'little');
    this.rom = new Memory(arena, 'rom', 'little');
    const map = new PhysicalMap('little');
    map.add({ kind: 'ram', name: 'sram', base: 0, size: 4 << 20, memory: this.sram });
    map.add({ kind: 'rom', name: 'rom', base: 0x8000_0000, size: 4096, memory: this.rom });
    this.registers = new GaiaRegisters({
      scheduler: this.timeline.port('registers'),
      sink: (byte) => this.sent.push(byte),
      ...(options.timerPeriod === undefined ? {} : { timerPeriod: options.timerPeriod }),
      ...(options.transmit === undefined ? {} : { transmit: options.transmit }),
    });
    map.add({ kind: 'device', name: 'registers', base: 0x8000_1000, size: 4096, device: this.registers });
    this.cpu = new GaiaCpu({ ...options, arena, map, timeline: this.timeline, control: this.registers });
  }

  /** Stores words and points PC at the first. */
  program(words: readonly number[], at = 0x2000): this {
    for (const [i, word] of words.entries()) this.sram.write(at + 4 * i, 4, word >>> 0);
    this.cpu.pc = at;
    return this;
  }

  /** Runs to tick `time`, letting time pass where the guest waits; false when the guest has halted before. */
  runTo(time: number): boolean {
    while (this.timeline.now < time) {
      const stop = this.cpu.run(time - this.timeline.now);
      if (stop.kind === 'halted') return false;
      if (stop.kind === 'waiting') this.cpu.skipTo(time);
    }
    return true;
  }
}
