import { type Dma, type IrqLine, type Scheduler, type State, Timeline, Wire } from '@kseg/bus';
import type { Ethernet } from '../src/ethernet.ts';

export const HZ = 100_000_000;

/** What a board gives a device, with everything the device does recorded. */
export class Bench {
  readonly timeline = new Timeline(HZ);
  readonly wires = new Map<string, Wire>();
  readonly log: unknown[] = [];
  readonly port = (name = 'device'): Scheduler => this.timeline.port(name);
  readonly line = (name: string): IrqLine => {
    const wire = new Wire(name, (level) => this.log.push([name, level]));
    this.wires.set(name, wire);
    return wire.connect('device');
  };
  /** 4 KB of memory that repeats through the whole address space. */
  readonly memory = new Uint8Array(0x1000);
  readonly dma: Dma = {
    read: (address, length) => Uint8Array.from({ length }, (_, i) => this.memory[(address + i) & 0xfff]!),
    write: (address, bytes) => {
      for (const [i, byte] of bytes.entries()) this.memory[(address + i) & 0xfff] = byte;
    },
  };
  readonly ethernet: Ethernet = {
    send: (frame) => void this.log.push(['frame', [...frame]]),
    onReceive: () => ({ dispose() {} }),
  };
  readonly note = (name: string) => (value?: unknown) =>
    void this.log.push([
      name,
      value === undefined ? null : JSON.stringify(value, (k, v) => (k === 'device' ? undefined : v)),
    ]);

  level(name: string): boolean {
    return this.wires.get(name)!.level;
  }

  save(): State {
    return {
      timeline: this.timeline.save(),
      wires: [...this.wires.values()].map((wire) => wire.save()),
      memory: this.memory.slice(),
    };
  }

  load(state: State): void {
    const { timeline, wires, memory } = state as { timeline: State; wires: State[]; memory: Uint8Array };
    this.memory.set(memory);
    this.timeline.load(timeline);
    for (const [index, wire] of [...this.wires.values()].entries()) wire.load(wires[index]!);
  }

  advance(ticks: number): void {
    const end = this.timeline.now + ticks;
    while (this.timeline.deadline <= end) {
      this.timeline.now = Math.max(this.timeline.now, this.timeline.deadline);
      this.timeline.fire();
    }
    this.timeline.now = end;
  }
}
