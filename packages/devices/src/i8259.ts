import { type Device, type IrqLine, type RegisterSpec, type State, unconnected, type Width } from '@kseg/bus';
import { copyState } from './state.ts';

/** Offsets 0-1 are the master's ports (0x20 on a PC), 2-3 the slave's (0xa0), 4-5 the edge/level registers (0x4d0). */
export const i8259Registers: readonly RegisterSpec[] = [
  {
    name: 'MASTER_CMD',
    offset: 0,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'write ICW1, OCW2, OCW3; read IRR, ISR or the poll word',
  },
  {
    name: 'MASTER_DATA',
    offset: 1,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'ICW2 to ICW4, then the mask (OCW1)',
  },
  { name: 'SLAVE_CMD', offset: 2, width: 1, access: 'rw', reset: 0, description: 'as the master, for IRQ 8 to 15' },
  { name: 'SLAVE_DATA', offset: 3, width: 1, access: 'rw', reset: 0, description: 'as the master, for IRQ 8 to 15' },
  {
    name: 'ELCR1',
    offset: 4,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'level-triggered lines 3 to 7 (bits 0 to 2 stay 0)',
  },
  {
    name: 'ELCR2',
    offset: 5,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'level-triggered lines 9 to 12, 14, 15 (bits 0 and 5 stay 0)',
  },
];

type ChipState = {
  /** Input levels. */
  lines: number;
  /** Edges seen and not yet acknowledged. */
  edges: number;
  imr: number;
  isr: number;
  elcr: number;
  /** ICW1.LTIM: every line is level-triggered. */
  allLevel: boolean;
  /** ICW2: vector of line 0. */
  base: number;
  /** Line of highest priority. */
  first: number;
  /** Which initialisation word comes next on the data port (2 to 4); 0 in operation. */
  expect: number;
  /** ICW1.SNGL and ICW1.IC4. */
  single: boolean;
  wantsIcw4: boolean;
  autoEoi: boolean;
  rotateOnAutoEoi: boolean;
  fullyNested: boolean;
  specialMask: boolean;
  readIsr: boolean;
  poll: boolean;
};

const initial = (): ChipState => ({
  lines: 0,
  edges: 0,
  imr: 0,
  isr: 0,
  elcr: 0,
  allLevel: false,
  base: 0,
  first: 0,
  expect: 0,
  single: false,
  wantsIcw4: false,
  autoEoi: false,
  rotateOnAutoEoi: false,
  fullyNested: false,
  specialMask: false,
  readIsr: false,
  poll: false,
});

/** One 8259A (Intel data sheet 231468). */
class I8259 {
  s = initial();

  constructor(
    private readonly output: IrqLine,
    /** The line a slave sits on; 0 for none. */
    private readonly cascade: number,
    private readonly elcrMask: number,
  ) {}

  /** Keeps what is outside the chip: the levels of its inputs. */
  reset(): void {
    this.s = { ...initial(), lines: this.s.lines };
    this.#settle();
  }

  setLine(line: number, level: boolean): void {
    const bit = 1 << line;
    const { s } = this;
    if (level) {
      if (!(s.lines & bit)) s.edges |= bit;
      s.lines |= bit;
    } else {
      // An input must stay high until it is acknowledged: a request that goes away is withdrawn.
      s.lines &= ~bit;
      s.edges &= ~bit;
    }
    this.#settle();
  }

  /** The line to serve next, or -1. */
  pending(): number {
    const { s } = this;
    const request = this.#highest(this.#requests & ~s.imr);
    if (request < 0) return -1;
    let busy = s.isr;
    if (s.specialMask) busy &= ~s.imr;
    if (s.fullyNested) busy &= ~this.cascade;
    const inService = this.#highest(busy);
    return inService < 0 || this.#rank(request) < this.#rank(inService) ? request : -1;
  }

  /** The CPU has taken `line`. The output drops for a moment, so that a cascaded input sees every request as an edge. */
  acknowledge(line: number): void {
    const { s } = this;
    s.edges &= ~(1 << line);
    if (!s.autoEoi) s.isr |= 1 << line;
    else if (s.rotateOnAutoEoi) s.first = (line + 1) & 7;
    this.output.set(false);
    this.#settle();
  }

  /** Command port read: the poll word (which acknowledges), else IRR or ISR. */
  readCommand(): number {
    if (!this.s.poll) return this.peekCommand();
    const word = this.peekCommand();
    this.s.poll = false;
    if (word & 0x80) this.acknowledge(word & 7);
    return word;
  }

  peekCommand(): number {
    const { s } = this;
    if (!s.poll) return s.readIsr ? s.isr : this.#requests;
    const line = this.pending();
    return line < 0 ? 0 : 0x80 | line;
  }

  /** Data port read: the mask; after a poll command it too gives the poll word. */
  readData(): number {
    return this.s.poll ? this.readCommand() : this.s.imr;
  }

  peekData(): number {
    return this.s.poll ? this.peekCommand() : this.s.imr;
  }

  writeCommand(value: number): void {
    if (value & 0x10) this.#initialise(value);
    else if (value & 0x08) this.#ocw3(value);
    else this.#ocw2(value >>> 5, value & 7);
    this.#settle();
  }

  writeData(value: number): void {
    const { s } = this;
    switch (s.expect) {
      case 2:
        s.base = value & 0xf8;
        s.expect = s.single ? (s.wantsIcw4 ? 4 : 0) : 3;
        break;
      case 3:
        // The cascade wiring is the board's, not the program's.
        s.expect = s.wantsIcw4 ? 4 : 0;
        break;
      case 4:
        s.autoEoi = (value & 2) !== 0;
        s.fullyNested = (value & 0x10) !== 0;
        s.expect = 0;
        break;
      default:
        s.imr = value;
    }
    this.#settle();
  }

  writeElcr(value: number): void {
    this.s.elcr = value & this.elcrMask;
    this.#settle();
  }

  get #requests(): number {
    const { lines, edges, elcr, allLevel } = this.s;
    const level = allLevel ? 0xff : elcr;
    return (lines & level) | (edges & ~level);
  }

  #initialise(icw1: number): void {
    const { lines, elcr, base } = this.s;
    // The edge sense circuit is reset: an input that is already high must fall and rise again.
    this.s = {
      ...initial(),
      lines,
      elcr,
      base,
      expect: 2,
      allLevel: (icw1 & 8) !== 0,
      single: (icw1 & 2) !== 0,
      wantsIcw4: (icw1 & 1) !== 0,
    };
  }

  #ocw3(value: number): void {
    const { s } = this;
    if (value & 0x40) s.specialMask = (value & 0x20) !== 0;
    if (value & 4) s.poll = true;
    else if (value & 2) s.readIsr = (value & 1) !== 0;
  }

  #ocw2(command: number, level: number): void {
    const { s } = this;
    switch (command) {
      case 0: // rotate in automatic EOI mode, off
      case 4: // and on
        s.rotateOnAutoEoi = command === 4;
        break;
      case 1: // non-specific EOI
      case 5: {
        // and rotate
        const line = this.#highest(s.specialMask ? s.isr & ~s.imr : s.isr);
        if (line < 0) break;
        s.isr &= ~(1 << line);
        if (command === 5) s.first = (line + 1) & 7;
        break;
      }
      case 3: // specific EOI
      case 7: // and rotate
        s.isr &= ~(1 << level);
        if (command === 7) s.first = (level + 1) & 7;
        break;
      case 6: // set priority: `level` becomes the lowest
        s.first = (level + 1) & 7;
        break;
    }
  }

  #rank(line: number): number {
    return (line - this.s.first) & 7;
  }

  #highest(lines: number): number {
    for (let i = 0; i < 8; i++) {
      const line = (this.s.first + i) & 7;
      if (lines & (1 << line)) return line;
    }
    return -1;
  }

  #settle(): void {
    this.output.set(this.pending() >= 0);
  }
}

export interface I8259PairOptions {
  /** The master's INT output. */
  readonly irq?: IrqLine | undefined;
}

/**
 * The PC's two cascaded 8259A interrupt controllers with the PIIX edge/level registers. The CPU learns the line by the poll command, or
 * a bridge calls `acknowledge` for its interrupt acknowledge cycle. Byte-wide: map it with `width: 1`.
 */
export class I8259Pair implements Device {
  readonly registers = i8259Registers;
  /** IRQ 0 to 15; line 2 is taken by the slave and goes nowhere. */
  readonly inputs: readonly IrqLine[];
  readonly #master: I8259;
  readonly #slave: I8259;

  constructor({ irq = unconnected }: I8259PairOptions = {}) {
    this.#master = new I8259(irq, 1 << 2, 0xf8);
    this.#slave = new I8259({ set: (level) => this.#master.setLine(2, level) }, 0, 0xde);
    this.inputs = Array.from({ length: 16 }, (_, line): IrqLine => {
      if (line === 2) return unconnected;
      const chip = line < 8 ? this.#master : this.#slave;
      return { set: (level) => chip.setLine(line & 7, level) };
    });
  }

  /** The interrupt acknowledge cycle: takes the pending line of highest priority and returns its vector; line 7 or 15 when it has gone. */
  acknowledge(): number {
    const line = this.#master.pending();
    if (line < 0) return this.#master.s.base + 7;
    this.#master.acknowledge(line);
    if (line !== 2) return this.#master.s.base + line;
    const slaveLine = this.#slave.pending();
    if (slaveLine < 0) return this.#slave.s.base + 7;
    this.#slave.acknowledge(slaveLine);
    return this.#slave.s.base + slaveLine;
  }

  read(offset: number, _width: Width): number {
    const chip = this.#chip(offset);
    if (offset > 3) return this.peek(offset);
    return offset & 1 ? chip.readData() : chip.readCommand();
  }

  peek(offset: number, _width?: Width): number {
    const chip = this.#chip(offset);
    if (offset > 5) return 0xff;
    if (offset > 3) return chip.s.elcr;
    return offset & 1 ? chip.peekData() : chip.peekCommand();
  }

  write(offset: number, _width: Width, value: number): void {
    const chip = this.#chip(offset);
    value &= 0xff;
    if (offset > 5) return;
    if (offset > 3) chip.writeElcr(value);
    else if (offset & 1) chip.writeData(value);
    else chip.writeCommand(value);
  }

  reset(): void {
    this.#slave.reset();
    this.#master.reset();
  }

  save(): State {
    return { master: copyState(this.#master.s), slave: copyState(this.#slave.s) };
  }

  load(state: State): void {
    const { master, slave } = copyState(state as { master: ChipState; slave: ChipState });
    this.#master.s = master;
    this.#slave.s = slave;
  }

  #chip(offset: number): I8259 {
    return (offset < 4 ? offset & 2 : offset & 1) ? this.#slave : this.#master;
  }
}
