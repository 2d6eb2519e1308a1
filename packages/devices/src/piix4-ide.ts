import type { Device, Dma, RegisterSpec, State, Width } from '@kseg/bus';
import type { AtaChannel } from './ata-channel.ts';
import { type PciBus, PciConfigSpace } from './pci.ts';
import { copyState } from './state.ts';

const channelRegisters = (prefix: string, base: number): RegisterSpec[] => [
  {
    name: `${prefix}_COMMAND`,
    offset: base,
    width: 1,
    access: 'rw',
    reset: 0,
    description: '0 start, 3 direction (1 = into memory)',
  },
  {
    name: `${prefix}_STATUS`,
    offset: base + 2,
    width: 1,
    access: 'rw',
    reset: 0,
    description: '0 active, 1 error, 2 interrupt (1 clears), 6:5 drive is DMA capable (storage)',
  },
  {
    name: `${prefix}_PRD`,
    offset: base + 4,
    width: 4,
    access: 'rw',
    reset: 0,
    description: 'physical address of the region descriptor table',
  },
];

/** The bus master's registers, behind base address register 4. */
export const busMasterRegisters: readonly RegisterSpec[] = [
  ...channelRegisters('PRIMARY', 0),
  ...channelRegisters('SECONDARY', 8),
];

type EngineState = {
  command: number;
  status: number;
  table: number;
  /** Next descriptor, and what is left of the present one. */
  next: number;
  address: number;
  left: number;
  /** The present descriptor is the table's last. */
  last: boolean;
  interrupt: boolean;
};

const START = 1;
const ACTIVE = 1;
const INTERRUPT = 4;

const initial = (): EngineState => ({
  command: 0,
  status: 0,
  table: 0,
  next: 0,
  address: 0,
  left: 0,
  last: false,
  interrupt: false,
});

/** One channel's bus master ("Programming Interface for Bus Master IDE Controller", revision 1.0). */
class Engine {
  s = initial();

  constructor(
    private readonly dma: Dma,
    private readonly channel: AtaChannel,
  ) {
    channel.attachBusMaster({
      transfer: (direction, bytes) => this.#transfer(direction, bytes),
      interrupt: (level) => {
        if (level && !this.s.interrupt) this.s.status |= INTERRUPT;
        this.s.interrupt = level;
      },
    });
  }

  readByte(offset: number): number {
    const { command, status, table } = this.s;
    if (offset === 0) return command;
    if (offset === 2) return status;
    return offset < 4 ? 0 : (table >>> (8 * (offset - 4))) & 0xff;
  }

  writeByte(offset: number, value: number): void {
    const { s } = this;
    if (offset === 0) this.#command(value & 9);
    else if (offset === 2) s.status = (s.status & ACTIVE) | (value & 0x60) | (s.status & ~value & 6);
    else if (offset >= 4) {
      const shift = 8 * (offset - 4);
      s.table = ((s.table & ~(0xff << shift)) | (value << shift)) & ~3;
    }
  }

  #command(command: number): void {
    const { s } = this;
    const started = command & ~s.command & START;
    s.command = command;
    if (started) {
      s.status |= ACTIVE;
      s.next = s.table >>> 0;
      s.left = 0;
      s.last = false;
      this.channel.pumpDma();
    } else if (!(command & START)) s.status &= ~ACTIVE;
  }

  /** Moves what is left of the present region descriptor at most. */
  #transfer(direction: 'in' | 'out', bytes: Uint8Array): number {
    const { s } = this;
    if (!(s.status & ACTIVE) || !(s.command & START)) return 0;
    if (s.left === 0 && !this.#nextRegion()) return 0;
    const run = Math.min(bytes.length, s.left);
    if (direction === 'in') this.dma.write(s.address, bytes.subarray(0, run));
    else bytes.set(this.dma.read(s.address, run));
    s.address = (s.address + run) >>> 0;
    s.left -= run;
    if (s.left === 0 && s.last) s.status &= ~ACTIVE;
    return run;
  }

  #nextRegion(): boolean {
    const { s } = this;
    if (s.last) return false;
    const [a, b, c, d, e, f, , h] = this.dma.read(s.next, 8) as unknown as number[];
    s.address = ((a! & 0xfe) | (b! << 8) | (c! << 16) | (d! << 24)) >>> 0;
    s.left = (e! & 0xfe) | (f! << 8) || 0x1_0000;
    s.last = (h! & 0x80) !== 0;
    s.next = (s.next + 8) >>> 0;
    return true;
  }
}

export interface Piix4IdeOptions {
  readonly pci: PciBus;
  readonly slot: number;
  readonly dma: Dma;
  /** The primary and secondary channel, which sit at their legacy ports. */
  readonly channels: readonly [AtaChannel, AtaChannel];
}

/** Function 1 of a PIIX4: the IDE interface, here its configuration and its bus master. The channels are devices of their own. */
export class Piix4Ide implements Device {
  readonly registers = busMasterRegisters;
  readonly config: PciConfigSpace;
  readonly #engines: readonly [Engine, Engine];

  constructor({ pci, slot, dma, channels }: Piix4IdeOptions) {
    this.#engines = [new Engine(dma, channels[0]), new Engine(dma, channels[1])];
    const storage = (name: string, offset: number, width: 1 | 2 | 4, description: string) =>
      ({ name, offset, width, access: 'rw', reset: 0, description }) as const;
    this.config = new PciConfigSpace({
      name: 'piix4-ide',
      vendor: 0x8086,
      device: 0x7111,
      classCode: 0x01_0180,
      status: 0x0280,
      subsystem: [0x1af4, 0x1100],
      bars: [{ index: 4, space: 'io', size: 16, device: this }],
      registers: [
        storage('IDETIM_PRIMARY', 0x40, 2, 'timing; bit 15 enables the channel (storage: both always answer)'),
        storage('IDETIM_SECONDARY', 0x42, 2, 'timing (storage)'),
        storage('SIDETIM', 0x44, 1, 'slave timing (storage)'),
        storage('UDMACTL', 0x48, 1, 'Ultra DMA enables (storage)'),
        storage('UDMATIM', 0x4a, 2, 'Ultra DMA timing (storage)'),
      ],
    });
    pci.plug(slot, 1, this.config);
  }

  read(offset: number, width: Width): number {
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.#engine(offset + i).readByte((offset + i) & 7) << (8 * i);
    return value >>> 0;
  }

  peek(offset: number, width: Width): number {
    return this.read(offset, width);
  }

  write(offset: number, width: Width, value: number): void {
    for (let i = 0; i < width; i++) this.#engine(offset + i).writeByte((offset + i) & 7, (value >>> (8 * i)) & 0xff);
  }

  reset(): void {
    for (const engine of this.#engines) engine.s = { ...initial(), interrupt: engine.s.interrupt };
    this.config.reset();
  }

  save(): State {
    return { config: this.config.save(), engines: this.#engines.map(({ s }) => copyState(s)) };
  }

  load(state: State): void {
    const { config, engines } = state as { config: State; engines: readonly EngineState[] };
    this.config.load(config);
    for (const [index, engine] of this.#engines.entries()) engine.s = copyState(engines[index]!);
  }

  #engine(offset: number): Engine {
    return this.#engines[offset & 8 ? 1 : 0];
  }
}
