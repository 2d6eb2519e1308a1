import type { Device, RegisterSpec, State, Width } from '@kseg/bus';

export const r4kPowerRegisters: readonly RegisterSpec[] = [
  { name: 'RESET', offset: 0, width: 4, access: 'rw', reset: 0, description: 'writing 42 resets the board; reads 0' },
  {
    name: 'POWER',
    offset: 4,
    width: 4,
    access: 'rw',
    reset: 0,
    description: 'writing 42 powers the board off; reads 0',
  },
];

export interface R4kPowerOptions {
  readonly onReset?: (() => void) | undefined;
  readonly onPowerOff?: (() => void) | undefined;
}

const MAGIC = 42;

/** The reset and power-off register of the `mips` board ("mips-qemu" at 0x1fbf0000). Any width will do. */
export class R4kPower implements Device {
  readonly registers = r4kPowerRegisters;
  readonly #onReset: () => void;
  readonly #onPowerOff: () => void;

  constructor({ onReset = () => {}, onPowerOff = () => {} }: R4kPowerOptions = {}) {
    this.#onReset = onReset;
    this.#onPowerOff = onPowerOff;
  }

  read(_offset: number, _width: Width): number {
    return 0;
  }

  peek(_offset: number, _width?: Width): number {
    return 0;
  }

  write(offset: number, _width: Width, value: number): void {
    if (value !== MAGIC) return;
    if (offset === 0) this.#onReset();
    else if (offset === 4) this.#onPowerOff();
  }

  reset(): void {}

  save(): State {
    return null;
  }

  load(_state: State): void {}
}
