import type { Device, IrqLine, RegisterSpec, Scheduler, State, Width } from '@kseg/bus';
import { DerivedClock } from './derived-clock.ts';
import { type PciBus, PciConfigSpace } from './pci.ts';
import { copyState } from './state.ts';

export const uhciRegisters: readonly RegisterSpec[] = [
  {
    name: 'USBCMD',
    offset: 0x00,
    width: 2,
    access: 'rw',
    reset: 0,
    description: '0 run, 1 host controller reset, 2 global reset, 6 configured, 7 64-byte packets',
  },
  { name: 'USBSTS', offset: 0x02, width: 2, access: 'rw', reset: 0x20, description: '5 halted; others are never set' },
  {
    name: 'USBINTR',
    offset: 0x04,
    width: 2,
    access: 'rw',
    reset: 0,
    description: 'interrupt enables (storage: nothing interrupts)',
  },
  {
    name: 'FRNUM',
    offset: 0x06,
    width: 2,
    access: 'rw',
    reset: 0,
    description: 'frame number, one a millisecond while running',
  },
  {
    name: 'FRBASEADD',
    offset: 0x08,
    width: 4,
    access: 'rw',
    reset: 0,
    description: 'frame list (storage: no frame is read)',
  },
  { name: 'SOFMOD', offset: 0x0c, width: 1, access: 'rw', reset: 0x40, description: 'frame length (storage)' },
  {
    name: 'PORTSC1',
    offset: 0x10,
    width: 2,
    access: 'rw',
    reset: 0x80,
    description: 'port 1: nothing attached; 9 reset, 12 suspend are storage',
  },
  { name: 'PORTSC2', offset: 0x12, width: 2, access: 'rw', reset: 0x80, description: 'port 2: nothing attached' },
];

type UhciState = {
  command: number;
  interrupts: number;
  /** Frame number at the millisecond `origin` while running, the frame number itself while halted. */
  frame: number;
  origin: number;
  base: number;
  sofMod: number;
  ports: number[];
};

const RUN = 1;
const RESETS = 6;
const HALTED = 0x20;
const PORT_STORAGE = 0x1200;

const initial = (): UhciState => ({
  command: 0,
  interrupts: 0,
  frame: 0,
  origin: 0,
  base: 0,
  sofMod: 0x40,
  ports: [0, 0],
});

export interface Piix4UsbOptions {
  readonly pci: PciBus;
  readonly slot: number;
  readonly scheduler: Scheduler;
}

/** Function 2 of a PIIX4: a UHCI whose two ports are empty. It counts frames; it has nobody to carry transfers to. */
export class Piix4Usb implements Device {
  readonly registers = uhciRegisters;
  readonly config: PciConfigSpace;
  /** The interrupt pin's end. With nothing attached it never moves. */
  readonly irq: IrqLine;
  readonly #clock: DerivedClock;
  #s = initial();

  constructor({ pci, slot, scheduler }: Piix4UsbOptions) {
    this.#clock = new DerivedClock(scheduler, 1000);
    this.config = new PciConfigSpace({
      name: 'piix4-usb',
      vendor: 0x8086,
      device: 0x7112,
      revision: 0x01,
      classCode: 0x0c_0300,
      status: 0x0280,
      subsystem: [0x1af4, 0x1100],
      interruptPin: 4,
      bars: [{ index: 4, space: 'io', size: 32, device: this }],
      registers: [
        { name: 'SBRN', offset: 0x60, width: 1, access: 'r', reset: 0x10, description: 'USB revision 1.0' },
        {
          name: 'LEGSUP',
          offset: 0xc0,
          width: 2,
          access: 'rw',
          reset: 0x2000,
          writable: 0x20bf,
          clearable: 0x8f00,
          description: 'legacy support',
        },
      ],
    });
    this.irq = pci.plug(slot, 2, this.config);
  }

  read(offset: number, width: Width): number {
    return this.peek(offset, width);
  }

  peek(offset: number, width: Width): number {
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.#byte(offset + i) << (8 * i);
    return value >>> 0;
  }

  write(offset: number, width: Width, value: number): void {
    const s = this.#s;
    switch (offset & 0x1f & -width) {
      case 0x00:
        this.#command(value & 0xff);
        break;
      case 0x04:
        s.interrupts = value & 0xf;
        break;
      case 0x06:
        if (!(s.command & RUN)) s.frame = value & 0x7ff;
        break;
      case 0x08:
        s.base = (value & 0xffff_f000) >>> 0;
        break;
      case 0x0c:
        s.sofMod = value & 0x7f;
        break;
      case 0x10:
        s.ports[0] = value & PORT_STORAGE;
        if (width === 4) s.ports[1] = (value >>> 16) & PORT_STORAGE;
        break;
      case 0x12:
        s.ports[1] = value & PORT_STORAGE;
        break;
    }
  }

  reset(): void {
    this.#s = initial();
    this.config.reset();
  }

  save(): State {
    return { config: this.config.save(), uhci: copyState(this.#s) };
  }

  load(state: State): void {
    const { config, uhci } = state as { config: State; uhci: UhciState };
    this.config.load(config);
    this.#s = copyState(uhci);
  }

  get #frame(): number {
    const { command, frame, origin } = this.#s;
    return command & RUN ? (frame + this.#clock.ticks - origin) % 0x800 : frame;
  }

  #byte(offset: number): number {
    const s = this.#s;
    const at = offset & 0x1f;
    const half = (value: number) => (at & 1 ? value >>> 8 : value & 0xff);
    switch (at & 0x1e) {
      case 0x00:
        return half(s.command);
      case 0x02:
        return half(s.command & RUN ? 0 : HALTED);
      case 0x04:
        return half(s.interrupts);
      case 0x06:
        return half(this.#frame);
      case 0x08:
      case 0x0a:
        return (s.base >>> (8 * (at & 3))) & 0xff;
      case 0x0c:
        return at & 1 ? 0 : s.sofMod;
      case 0x10:
      case 0x12:
        return half(s.ports[(at >>> 1) & 1]! | 0x80);
      default:
        return 0;
    }
  }

  #command(value: number): void {
    const s = this.#s;
    if (value & RESETS) {
      // A controller reset ends by itself; a global reset lasts while its bit is set.
      this.#s = { ...initial(), command: value & 4 };
      return;
    }
    s.frame = this.#frame;
    s.origin = this.#clock.ticks;
    s.command = value;
  }
}
