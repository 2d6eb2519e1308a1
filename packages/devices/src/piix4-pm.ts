import {
  type Device,
  type IrqLine,
  type RegisterSpec,
  type Scheduler,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { DerivedClock } from './derived-clock.ts';
import { type PciBus, PciConfigSpace } from './pci.ts';
import { copyState } from './state.ts';

/** The power management block, where configuration register 0x40 says. */
export const piix4PmRegisters: readonly RegisterSpec[] = [
  { name: 'PMSTS', offset: 0x00, width: 2, access: 'rw', reset: 0, description: '0 timer overflow (1 clears)' },
  { name: 'PMEN', offset: 0x02, width: 2, access: 'rw', reset: 0, description: '0 timer interrupt enable' },
  {
    name: 'PMCNTRL',
    offset: 0x04,
    width: 2,
    access: 'rw',
    reset: 0,
    description: '13 SUS_EN with type (12:10) 0 powers off, 0 SCI enable',
  },
  { name: 'PMTMR', offset: 0x08, width: 4, access: 'r', description: '24-bit timer at 3.579545 MHz' },
  {
    name: 'GPSTS',
    offset: 0x0c,
    width: 2,
    access: 'r',
    reset: 0,
    description: 'general purpose status; nothing is wired',
  },
];

/** The SMBus host controller, where configuration register 0x90 says. */
export const piix4SmbusRegisters: readonly RegisterSpec[] = [
  { name: 'SMBHSTSTS', offset: 0x0, width: 1, access: 'rw', reset: 0, description: '1 done, 2 no answer (1 clears)' },
  {
    name: 'SMBHSTCNT',
    offset: 0x2,
    width: 1,
    access: 'rw',
    reset: 0,
    description: '6 start, 4:2 protocol: quick, byte, byte data, word data, block',
  },
  { name: 'SMBHSTCMD', offset: 0x3, width: 1, access: 'rw', reset: 0, description: 'command: the EEPROM’s address' },
  { name: 'SMBHSTADD', offset: 0x4, width: 1, access: 'rw', reset: 0, description: '7:1 device, 0 read' },
  { name: 'SMBHSTDAT0', offset: 0x5, width: 1, access: 'rw', reset: 0, description: 'data, low byte or block count' },
  { name: 'SMBHSTDAT1', offset: 0x6, width: 1, access: 'rw', reset: 0, description: 'data, high byte' },
  {
    name: 'SMBBLKDAT',
    offset: 0x7,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'block data, one byte after another',
  },
];

const PM_TIMER_HZ = 3_579_545;

type PmState = {
  status: number;
  enable: number;
  control: number;
  /** Overflow of the timer (bit 23 toggling) up to this tick is in `status`. */
  seen: number;
};

type SmbusState = {
  status: number;
  control: number;
  command: number;
  address: number;
  data0: number;
  data1: number;
  block: Uint8Array;
  blockAt: number;
  /** Where a device's next unaddressed byte comes from. */
  pointer: number;
};

const initialPm = (): PmState => ({ status: 0, enable: 0, control: 0, seen: 0 });
const initialSmbus = (): SmbusState => ({
  status: 0,
  control: 0,
  command: 0,
  address: 0,
  data0: 0,
  data1: 0,
  block: new Uint8Array(32),
  blockAt: 0,
  pointer: 0,
});

const OVERFLOW = 1;
const SCI_ENABLE = 1;
const SUSPEND = 0x2000;
const SUSPEND_TYPE = 0x1c00;
const OVERFLOW_TICKS = 0x80_0000;
const DONE = 2;
const NO_ANSWER = 4;

/** The SMBus host controller with serial EEPROMs on it. Transfers are done at once. */
class Smbus implements Device {
  readonly registers = piix4SmbusRegisters;
  #s = initialSmbus();

  constructor(private readonly eeproms: ReadonlyMap<number, Uint8Array>) {}

  read(offset: number, _width: Width): number {
    const value = this.peek(offset);
    const s = this.#s;
    if (offset === 2) s.blockAt = 0;
    if (offset === 7) s.blockAt = (s.blockAt + 1) & 31;
    return value;
  }

  peek(offset: number, _width?: Width): number {
    const s = this.#s;
    const values = [s.status, 0, s.control, s.command, s.address, s.data0, s.data1, s.block[s.blockAt]!];
    return values[offset] ?? 0;
  }

  write(offset: number, _width: Width, value: number): void {
    const s = this.#s;
    value &= 0xff;
    switch (offset) {
      case 0:
        s.status &= ~value;
        s.blockAt = 0;
        break;
      case 2:
        s.control = value & ~0x40;
        if (value & 0x40) this.#transfer();
        break;
      case 3:
        s.command = value;
        break;
      case 4:
        s.address = value;
        break;
      case 5:
        s.data0 = value;
        break;
      case 6:
        s.data1 = value;
        break;
      case 7:
        s.block[s.blockAt] = value;
        s.blockAt = (s.blockAt + 1) & 31;
        break;
    }
  }

  reset(): void {
    this.#s = initialSmbus();
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as SmbusState);
  }

  /** EEPROMs are write-protected: a write only sets the address to read from. */
  #transfer(): void {
    const s = this.#s;
    const eeprom = this.eeproms.get(s.address >>> 1);
    if (eeprom === undefined) {
      s.status |= NO_ANSWER;
      return;
    }
    const next = () => eeprom[s.pointer++ & 0xff]!;
    const protocol = (s.control >>> 2) & 7;
    const isRead = (s.address & 1) !== 0;
    if (protocol > 0 && (protocol > 1 || !isRead)) s.pointer = s.command;
    if (isRead) {
      if (protocol === 1 || protocol === 2) s.data0 = next();
      else if (protocol === 3) {
        s.data0 = next();
        s.data1 = next();
      } else if (protocol === 5) {
        s.data0 = 32;
        for (let i = 0; i < 32; i++) s.block[i] = next();
        s.blockAt = 0;
      }
    }
    s.pointer &= 0xff;
    s.status |= DONE;
  }
}

export interface Piix4PmOptions {
  readonly pci: PciBus;
  readonly slot: number;
  readonly scheduler: Scheduler;
  /** The system control interrupt: ISA line 9. */
  readonly irq?: IrqLine | undefined;
  readonly onPowerOff?: (() => void) | undefined;
  /** Serial EEPROMs of 256 bytes by SMBus address: the memory module's presence detect is at 0x50. */
  readonly eeproms?: ReadonlyMap<number, Uint8Array> | undefined;
}

/** Function 3 of a PIIX4: power management and the SMBus. */
export class Piix4Pm implements Device {
  readonly registers = piix4PmRegisters;
  readonly config: PciConfigSpace;
  readonly smbus: Device;
  readonly #scheduler: Scheduler;
  readonly #clock: DerivedClock;
  readonly #irq: IrqLine;
  readonly #onPowerOff: () => void;
  #s = initialPm();

  constructor({ pci, slot, scheduler, irq = unconnected, onPowerOff = () => {}, eeproms = new Map() }: Piix4PmOptions) {
    this.#scheduler = scheduler;
    this.#clock = new DerivedClock(scheduler, PM_TIMER_HZ);
    this.#irq = irq;
    this.#onPowerOff = onPowerOff;
    const smbus = new Smbus(eeproms);
    this.smbus = smbus;
    this.config = new PciConfigSpace({
      name: 'piix4-pm',
      vendor: 0x8086,
      device: 0x7113,
      revision: 0x03,
      classCode: 0x06_8000,
      status: 0x0280,
      subsystem: [0x1af4, 0x1100],
      interruptPin: 1,
      registers: [
        {
          name: 'PMBA',
          offset: 0x40,
          width: 4,
          access: 'rw',
          reset: 1,
          writable: 0xffc0,
          description: 'base of the power management block',
        },
        {
          name: 'DEVRES_5C',
          offset: 0x5c,
          width: 4,
          access: 'rw',
          reset: 0x9000_0000,
          description: 'device resources (storage)',
        },
        {
          name: 'DEVRES_60',
          offset: 0x60,
          width: 4,
          access: 'rw',
          reset: 0x6000_0000,
          description: 'device resources (storage)',
        },
        {
          name: 'DEVRES_64',
          offset: 0x64,
          width: 4,
          access: 'rw',
          reset: 0x9800_0000,
          description: 'device resources (storage)',
        },
        {
          name: 'PMREGMISC',
          offset: 0x80,
          width: 1,
          access: 'rw',
          reset: 0,
          writable: 0x01,
          description: '0 opens the power management block',
        },
        {
          name: 'SMBBA',
          offset: 0x90,
          width: 4,
          access: 'rw',
          reset: 0x1101,
          writable: 0xfff0,
          description: 'base of the SMBus block',
        },
        {
          name: 'SMBHSTCFG',
          offset: 0xd2,
          width: 1,
          access: 'rw',
          reset: 0x09,
          description: '0 opens the SMBus block, 3:1 interrupt',
        },
        { name: 'SMBREV', offset: 0xd6, width: 1, access: 'r', reset: 0, description: 'SMBus revision' },
      ],
      windows: (config) => [
        ...(config.read(0x80, 1) & 1
          ? [{ space: 'io', base: config.read(0x40, 4) & 0xffc0, size: 64, device: this } as const]
          : []),
        ...(config.read(0xd2, 1) & 1
          ? [{ space: 'io', base: config.read(0x90, 4) & 0xfff0, size: 16, device: smbus, width: 1 } as const]
          : []),
      ],
    });
    pci.plug(slot, 3, this.config);
    scheduler.handle(() => this.#settle());
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
    this.#advance();
    switch (offset & -width) {
      case 0:
        s.status &= ~value;
        if (width === 4) s.enable = (value >>> 16) & 0x0521;
        break;
      case 2:
        s.enable = value & 0x0521;
        break;
      case 4:
        s.control = value & (SCI_ENABLE | SUSPEND_TYPE | 2);
        // Type 0 is soft off. The other types suspend to RAM and the like: nothing here sleeps.
        if (value & SUSPEND && (value & SUSPEND_TYPE) === 0) this.#onPowerOff();
        break;
    }
    this.#settle();
  }

  reset(): void {
    this.#s = { ...initialPm(), seen: this.#clock.ticks };
    this.smbus.reset();
    this.config.reset();
    this.#settle();
  }

  save(): State {
    return { config: this.config.save(), pm: copyState(this.#s), smbus: this.smbus.save() };
  }

  load(state: State): void {
    const { config, pm, smbus } = state as { config: State; pm: PmState; smbus: State };
    this.config.load(config);
    this.#s = copyState(pm);
    this.smbus.load(smbus);
  }

  #byte(offset: number): number {
    const { status, enable, control, seen } = this.#s;
    const part = (value: number, first: number) => (value >>> (8 * (offset - first))) & 0xff;
    if (offset < 2) {
      const overflown = Math.floor(this.#clock.ticks / OVERFLOW_TICKS) > Math.floor(seen / OVERFLOW_TICKS);
      return part(status | (overflown ? OVERFLOW : 0), 0);
    }
    if (offset < 4) return part(enable, 2);
    if (offset < 6) return part(control, 4);
    if (offset >= 8 && offset < 12) return part(this.#clock.ticks % 0x100_0000, 8);
    return 0;
  }

  #advance(): void {
    const s = this.#s;
    if (this.#byte(0) & OVERFLOW) s.status |= OVERFLOW;
    s.seen = this.#clock.ticks;
  }

  #settle(): void {
    this.#advance();
    const { status, enable, control } = this.#s;
    this.#irq.set((control & SCI_ENABLE) !== 0 && (status & enable & OVERFLOW) !== 0);
    if (enable & ~status & OVERFLOW) {
      const next = (Math.floor(this.#clock.ticks / OVERFLOW_TICKS) + 1) * OVERFLOW_TICKS;
      this.#scheduler.at(this.#clock.timeOf(next), 'overflow');
    } else this.#scheduler.cancel('overflow');
  }
}
