import { type IrqLine, type Scheduler, type State, Timeline, Wire } from '@kseg/bus';

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
  readonly note = (name: string) => (value?: unknown) => void this.log.push([name, value ?? null]);

  level(name: string): boolean {
    return this.wires.get(name)!.level;
  }

  save(): State {
    return { timeline: this.timeline.save(), wires: [...this.wires.values()].map((wire) => wire.save()) };
  }

  load(state: State): void {
    const { timeline, wires } = state as { timeline: State; wires: State[] };
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
