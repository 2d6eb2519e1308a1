import { type Device, type IrqLine, type RegisterSpec, type State, unconnected, type Width } from '@kseg/bus';
import { type PciBus, PciConfigSpace } from './pci.ts';

/** The bridge's one port of its own, 0xcf9. */
export const piix4IsaRegisters: readonly RegisterSpec[] = [
  {
    name: 'RESET_CONTROL',
    offset: 0,
    width: 1,
    access: 'rw',
    reset: 0,
    description: '2 resets the board when it goes from 0 to 1, 1 kind of reset (storage)',
  },
];

export interface Piix4IsaOptions {
  readonly pci: PciBus;
  readonly slot: number;
  /** The inputs of the interrupt controllers, by ISA line. */
  readonly irqs?: readonly IrqLine[] | undefined;
  readonly onReset?: (() => void) | undefined;
}

const RESET_CONTROL = 0xcf9;
const PIRQ_ROUTE = 0x60;
const ROUTE_OFF = 0x80;

const storage = (name: string, offset: number, width: 1 | 2 | 4, reset: number, description: string) =>
  ({ name, offset, width, access: 'rw', reset, description }) as const;

/**
 * Function 0 of Intel's 82371AB (PIIX4): the ISA bridge. It routes the four PCI interrupt lines to ISA lines and has the reset control
 * register at port 0xcf9, which it puts into the I/O space itself.
 */
export class Piix4Isa implements Device {
  readonly registers = piix4IsaRegisters;
  readonly config: PciConfigSpace;
  readonly #pci: PciBus;
  readonly #irqs: readonly IrqLine[];
  readonly #onReset: () => void;
  /** Levels of the ISA lines that PCI lines are routed to. */
  #driven = 0;
  #resetControl = 0;

  constructor({ pci, slot, irqs = [], onReset = () => {} }: Piix4IsaOptions) {
    this.#pci = pci;
    this.#irqs = irqs;
    this.#onReset = onReset;
    this.config = new PciConfigSpace({
      name: 'piix4-isa',
      vendor: 0x8086,
      device: 0x7110,
      classCode: 0x06_0100,
      multifunction: true,
      command: 0x0007,
      status: 0x0200,
      subsystem: [0x1af4, 0x1100],
      registers: [
        storage('IORT', 0x4c, 1, 0x4d, 'I/O recovery (storage)'),
        storage('XBCS', 0x4e, 2, 0x0003, 'X-bus chip selects (storage)'),
        ...['A', 'B', 'C', 'D'].map((line, i) =>
          storage(
            `PIRQ_${line}`,
            PIRQ_ROUTE + i,
            1,
            i < 2 ? 0x0a : 0x0b,
            `ISA line of PCI interrupt ${line}; bit 7 turns it off`,
          ),
        ),
        storage('SERIRQ', 0x64, 1, 0x00, 'serial interrupts (storage)'),
        storage('TOM', 0x69, 1, 0x02, 'top of memory (storage)'),
        storage('MSTAT', 0x6a, 2, 0x0000, 'miscellaneous status (storage)'),
        storage('MBIRQ', 0x70, 1, 0x80, 'motherboard interrupt (storage)'),
        storage('MBDMA0', 0x76, 1, 0x0c, 'motherboard DMA (storage)'),
        storage('MBDMA1', 0x77, 1, 0x0c, 'motherboard DMA (storage)'),
        storage('PCSC', 0x78, 2, 0x0002, 'programmable chip select (storage)'),
        storage('APICBASE', 0x80, 1, 0x00, 'I/O APIC base (storage)'),
        storage('DLC', 0x82, 1, 0x00, 'deterministic latency (storage)'),
        storage('DMA_CONFIG', 0x90, 2, 0x0000, 'distributed DMA (storage)'),
        storage('SMI_CONTROL', 0xa0, 1, 0x08, 'SMI control (storage)'),
        storage('FAST_OFF', 0xa8, 1, 0x0f, 'fast-off timer (storage)'),
        storage('GENCFG', 0xb0, 4, 0x0000_0000, 'general configuration (storage)'),
        storage('RTCCFG', 0xcb, 1, 0x00, 'real-time clock configuration (storage)'),
      ],
      onChange: () => this.#route(),
    });
    pci.plug(slot, 0, this.config);
    pci.io.add({ kind: 'device', name: 'reset-control', base: RESET_CONTROL, size: 1, device: this, width: 1 });
    pci.onInterrupt(() => this.#route());
  }

  read(_offset: number, _width: Width): number {
    return this.#resetControl;
  }

  peek(_offset: number, _width?: Width): number {
    return this.#resetControl;
  }

  write(_offset: number, _width: Width, value: number): void {
    const pulsed = value & ~this.#resetControl & 4;
    this.#resetControl = value & 2;
    if (pulsed) this.#onReset();
  }

  reset(): void {
    this.#resetControl = 0;
    this.config.reset();
  }

  save(): State {
    return { config: this.config.save(), driven: this.#driven, resetControl: this.#resetControl };
  }

  load(state: State): void {
    const { config, driven, resetControl } = state as { config: State; driven: number; resetControl: number };
    // The lines' levels are restored beside this: loading the routes must not move them.
    this.#driven = -1;
    this.config.load(config);
    this.#driven = driven;
    this.#resetControl = resetControl;
  }

  /** ISA lines follow the OR of the PCI lines routed to them. */
  #route(): void {
    if (this.#driven < 0) return;
    let driven = 0;
    for (let line = 0; line < 4; line++) {
      const route = this.config.read(PIRQ_ROUTE + line, 1);
      if (!(route & ROUTE_OFF) && route < 16 && this.#pci.interrupt(line)) driven |= 1 << route;
    }
    const changed = driven ^ this.#driven;
    this.#driven = driven;
    for (let irq = 0; irq < 16; irq++)
      if (changed & (1 << irq)) (this.#irqs[irq] ?? unconnected).set((driven & (1 << irq)) !== 0);
  }
}
