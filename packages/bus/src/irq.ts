import type { State } from './device.ts';
import { BusSetupError } from './errors.ts';

/** The end of an interrupt line that a device holds: a level, not an event. */
export interface IrqLine {
  set(level: boolean): void;
}

/** A line nobody listens to. */
export const unconnected: IrqLine = { set() {} };

/**
 * One interrupt wire from its drivers to one input. A second driver is refused unless the board declares the wire `wiredOr`; then the
 * wire is high while any driver holds it high.
 */
export class Wire {
  readonly #drivers: string[] = [];
  readonly #levels: boolean[] = [];
  #level = false;

  constructor(
    readonly name: string,
    private readonly sink: (level: boolean) => void,
    private readonly options: { readonly wiredOr?: boolean } = {},
  ) {}

  get level(): boolean {
    return this.#level;
  }

  get drivers(): readonly string[] {
    return this.#drivers;
  }

  /** @throws KSEG_BUS_IRQ_DRIVEN_TWICE when the wire already has a driver and is not `wiredOr` */
  connect(driver: string): IrqLine {
    const first = this.#drivers[0];
    if (first !== undefined && !this.options.wiredOr)
      throw new BusSetupError(
        'KSEG_BUS_IRQ_DRIVEN_TWICE',
        `interrupt line "${this.name}" is driven by "${first}" and by "${driver}": give each its own line, or declare the line wiredOr`,
        { line: this.name, a: first, b: driver },
      );
    const index = this.#drivers.push(driver) - 1;
    this.#levels.push(false);
    return {
      set: (level) => {
        if (this.#levels[index] === level) return;
        this.#levels[index] = level;
        this.#settle();
      },
    };
  }

  save(): State {
    return [...this.#levels];
  }

  /** Restores the drivers' levels without telling the sink, whose own state is restored beside it. */
  load(state: State): void {
    const levels = state as readonly boolean[];
    for (let i = 0; i < this.#levels.length; i++) this.#levels[i] = levels[i] === true;
    this.#level = this.#levels.includes(true);
  }

  #settle(): void {
    const level = this.#levels.includes(true);
    if (level === this.#level) return;
    this.#level = level;
    this.sink(level);
  }
}
