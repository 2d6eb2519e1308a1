import {
  type Device,
  type IrqLine,
  type RegisterSpec,
  type Scheduler,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { type AtaDrive, STATUS, type TaskFile } from './ata-drive.ts';
import { DeviceError } from './errors.ts';
import { copyState } from './state.ts';

/** Offsets 0-7 are the command block (0x1f0 on a PC), 8 the control block (0x3f6). */
export const ataRegisters: readonly RegisterSpec[] = [
  {
    name: 'DATA',
    offset: 0,
    width: 2,
    access: 'rw',
    reset: 0,
    description: 'data port; a 32-bit access moves two words',
  },
  { name: 'ERROR', offset: 1, width: 1, access: 'r', description: 'error; 1 after a reset' },
  { name: 'FEATURES', offset: 1, width: 1, access: 'w', description: 'features' },
  { name: 'COUNT', offset: 2, width: 1, access: 'rw', description: 'sector count; two bytes deep for 48-bit commands' },
  { name: 'LBA_LOW', offset: 3, width: 1, access: 'rw', description: 'LBA 7:0 (then 31:24), or sector' },
  { name: 'LBA_MID', offset: 4, width: 1, access: 'rw', description: 'LBA 15:8 (then 39:32), or cylinder low' },
  { name: 'LBA_HIGH', offset: 5, width: 1, access: 'rw', description: 'LBA 23:16 (then 47:40), or cylinder high' },
  {
    name: 'DEVICE',
    offset: 6,
    width: 1,
    access: 'rw',
    description: '6 LBA, 4 drive, 3:0 LBA 27:24 or head; bits 7 and 5 read 1',
  },
  {
    name: 'STATUS',
    offset: 7,
    width: 1,
    access: 'r',
    description: '7 BSY, 6 DRDY, 4 DSC, 3 DRQ, 0 ERR; reading answers the interrupt; 0 for an absent drive',
  },
  { name: 'COMMAND', offset: 7, width: 1, access: 'w', description: 'starts a command' },
  { name: 'ALT_STATUS', offset: 8, width: 1, access: 'r', description: 'status without answering the interrupt' },
  { name: 'CONTROL', offset: 8, width: 1, access: 'w', description: '7 HOB (read the older bytes), 2 SRST, 1 nIEN' },
];

/** A bus master that moves a channel's DMA data, such as a PIIX4's. */
export interface AtaBusMaster {
  /** Moves bytes between `bytes` and memory; returns how many, 0 while it is not started. */
  transfer(direction: 'in' | 'out', bytes: Uint8Array): number;
  /** INTRQ, before nIEN: a bus master latches it. */
  interrupt(level: boolean): void;
}

export interface AtaChannelOptions {
  readonly scheduler: Scheduler;
  readonly irq?: IrqLine | undefined;
  /** Drive 0 and drive 1. */
  readonly drives?: readonly [(AtaDrive | undefined)?, (AtaDrive | undefined)?];
  /** Seconds of virtual time from a command, or from the last word of a block, until the next is ready (default 20 µs). */
  readonly latency?: number | undefined;
}

const NIEN = 2;
const SRST = 4;
const HOB = 0x80;

const blankFile = (): TaskFile => ({
  features: 0,
  count: 1,
  low: 1,
  mid: 0xff,
  high: 0xff,
  device: 0,
  error: 0,
  status: 0,
  interrupt: false,
});

function checkDrives(drives: readonly unknown[]): void {
  const fault = (why: string) => new DeviceError('KSEG_DEVICES_DRIVES', `an ATA channel has ${why}`);
  if (drives.length > 2) throw fault(`two drives, and ${drives.length} were given: put the others on another channel`);
  for (const [unit, drive] of drives.entries())
    if (drive !== undefined && typeof (drive as Partial<AtaDrive> | null)?.attach !== 'function')
      throw fault(`drives, and drive ${unit} is none: give new AtaDisk({ store }) or new AtapiCdrom({ store })`);
}

/** One byte of a two-byte register. */
const half = (register: number, older: boolean): number => (older ? register >>> 8 : register & 0xff);

/**
 * An ATA channel with up to two drives. Both hear every register write. An absent drive's registers read back what was written, as
 * programs see behind a lone master, but its status is 0 and it ignores commands; a channel without drives reads as 0.
 */
export class AtaChannel implements Device {
  readonly registers = ataRegisters;
  readonly #scheduler: Scheduler;
  readonly #irq: IrqLine;
  readonly #drives: readonly (AtaDrive | undefined)[];
  readonly #files = [blankFile(), blankFile()] as const;
  /** In ticks. */
  readonly #latency: number;
  #selected: 0 | 1 = 0;
  #control = 0;
  #busMaster: AtaBusMaster | undefined;

  /** @throws KSEG_DEVICES_DRIVES for more than two, or what is no drive */
  constructor({ scheduler, irq = unconnected, drives = [], latency = 20e-6 }: AtaChannelOptions) {
    checkDrives(drives);
    this.#scheduler = scheduler;
    this.#irq = irq;
    this.#drives = [drives[0], drives[1]];
    this.#latency = Math.round(latency * scheduler.hz);
    const channel = this;
    for (const [unit, drive] of this.#drives.entries())
      drive?.attach({
        file: this.#files[unit]!,
        get hasDma() {
          return channel.#busMaster !== undefined;
        },
        work: () => scheduler.at(scheduler.now + this.#latency, `ready${unit}`),
        store: (action, done) => this.#store(action, done),
        settle: () => this.#settle(),
        dma: (direction, bytes) => this.#busMaster?.transfer(direction, bytes) ?? 0,
      });
    scheduler.handle((key) => this.#drives[key === 'ready0' ? 0 : 1]?.ready());
    this.#resetDrives();
  }

  /** Gives the channel DMA. Call `pumpDma` when the bus master has been started. */
  attachBusMaster(busMaster: AtaBusMaster): void {
    this.#busMaster = busMaster;
  }

  pumpDma(): void {
    for (const drive of this.#drives) drive?.pumpDma();
  }

  /** Drive 0 and drive 1. */
  get drives(): readonly (AtaDrive | undefined)[] {
    return this.#drives;
  }

  read(offset: number, width: Width): number {
    const drive = this.#drives[this.#selected];
    if (offset === 0) {
      if (drive === undefined) return 0;
      if (width === 1) return drive.readData() & 0xff;
      const low = drive.readData();
      return width === 4 ? (low | (drive.readData() << 16)) >>> 0 : low;
    }
    const value = this.peek(offset);
    if (offset === 7) {
      this.#files[this.#selected].interrupt = false;
      this.#settle();
    }
    return value;
  }

  peek(offset: number, width: Width = 1): number {
    const drive = this.#drives[this.#selected];
    if (this.#drives[0] === undefined && this.#drives[1] === undefined) return 0;
    const file = this.#files[this.#selected];
    const older = (this.#control & HOB) !== 0;
    switch (offset) {
      case 0:
        return drive === undefined ? 0 : width === 1 ? drive.peekData() & 0xff : drive.peekData();
      case 1:
        return drive === undefined ? 0 : file.error;
      case 2:
        return half(file.count, older);
      case 3:
        return half(file.low, older);
      case 4:
        return half(file.mid, older);
      case 5:
        return half(file.high, older);
      case 6:
        return file.device | 0xa0;
      case 7:
      case 8:
        return drive === undefined ? 0 : file.status;
      default:
        return 0xff;
    }
  }

  write(offset: number, width: Width, value: number): void {
    if (offset === 0) {
      const drive = this.#drives[this.#selected];
      drive?.writeData(value & 0xffff);
      if (width === 4) drive?.writeData(value >>> 16);
      return;
    }
    value &= 0xff;
    // A write to the command block ends the reading of older bytes.
    if (offset < 7) this.#control &= ~HOB;
    if (offset === 7) this.#command(value);
    else if (offset === 8) this.#setControl(value);
    else for (const [unit, file] of this.#files.entries()) writeRegister(file, offset, value, unit);
    if (offset === 6) {
      this.#selected = value & 0x10 ? 1 : 0;
      this.#settle();
    }
  }

  reset(): void {
    this.#control = 0;
    this.#resetDrives();
    this.#settle();
  }

  get identity(): string {
    return this.#drives.map((drive) => drive?.identity ?? 'none').join('+');
  }

  save(): State {
    return {
      selected: this.#selected,
      control: this.#control,
      files: this.#files.map(copyState),
      drives: this.#drives.map((drive) => drive?.save() ?? null),
    };
  }

  load(state: State): void {
    const { selected, control, files, drives } = state as {
      selected: 0 | 1;
      control: number;
      files: readonly TaskFile[];
      drives: readonly State[];
    };
    this.#selected = selected;
    this.#control = control;
    for (const [unit, file] of this.#files.entries()) {
      Object.assign(file, files[unit]);
      if (drives[unit] != null) this.#drives[unit]?.load(drives[unit]);
    }
  }

  #command(command: number) {
    // EXECUTE DEVICE DIAGNOSTIC is for both drives, and drive 0 answers.
    if (command === 0x90) {
      this.#resetDrives();
      this.#files[0].interrupt = true;
      return this.#settle();
    }
    const file = this.#files[this.#selected];
    const drive = this.#drives[this.#selected];
    const deviceReset = command === 0x08;
    if (drive === undefined || (!deviceReset && file.status & (STATUS.BSY | STATUS.DRQ))) return;
    file.interrupt = false;
    file.error = 0;
    this.#settle();
    drive.execute(command);
  }

  #setControl(value: number): void {
    const released = this.#control & ~value & SRST;
    this.#control = value;
    if (value & SRST) {
      for (const [unit, file] of this.#files.entries()) {
        this.#scheduler.cancel(`ready${unit}`);
        if (this.#drives[unit] !== undefined) file.status = STATUS.BSY;
      }
    } else if (released) this.#resetDrives();
    this.#settle();
  }

  #resetDrives(): void {
    this.#selected = 0;
    for (const [unit, file] of this.#files.entries()) {
      this.#scheduler.cancel(`ready${unit}`);
      Object.assign(file, blankFile(), { device: unit << 4 });
      this.#drives[unit]?.reset();
    }
  }

  #store(action: () => void | Promise<void>, done: (success: boolean) => void) {
    let pending: void | Promise<void>;
    try {
      pending = action();
    } catch {
      return done(false);
    }
    if (pending === undefined) return done(true);
    const hold = this.#scheduler.hold();
    const settle = (success: boolean) => {
      hold.dispose();
      done(success);
    };
    pending.then(
      () => settle(true),
      () => settle(false),
    );
  }

  #settle(): void {
    const level = this.#files[this.#selected].interrupt;
    this.#busMaster?.interrupt(level);
    this.#irq.set(level && !(this.#control & NIEN));
  }
}

function writeRegister(file: TaskFile, offset: number, value: number, unit: number): void {
  switch (offset) {
    case 1:
      file.features = ((file.features << 8) | value) & 0xffff;
      break;
    case 2:
      file.count = ((file.count << 8) | value) & 0xffff;
      break;
    case 3:
      file.low = ((file.low << 8) | value) & 0xffff;
      break;
    case 4:
      file.mid = ((file.mid << 8) | value) & 0xffff;
      break;
    case 5:
      file.high = ((file.high << 8) | value) & 0xffff;
      break;
    case 6:
      file.device = (value & 0xef) | (unit << 4);
      break;
  }
}
