import {
  checkBytes,
  type Device,
  type Dma,
  type IrqLine,
  type RegisterSpec,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { crc32, type Ethernet, isBroadcast, isMulticast, padded } from './ethernet.ts';
import { type PciBus, PciConfigSpace } from './pci.ts';
import { copyState } from './state.ts';

/** In 16-bit mode, as after reset. A 32-bit write to RDP switches to 32-bit mode: RDP 0x10, RAP 0x14, RESET 0x18, BDP 0x1c. */
export const pcnetRegisters: readonly RegisterSpec[] = [
  ...Array.from(
    { length: 16 },
    (_, i): RegisterSpec => ({
      name: `APROM${i}`,
      offset: i,
      width: 1,
      access: 'rw',
      description:
        i < 6 ? `byte ${i} of the address` : i > 13 ? '0x57' : i === 12 || i === 13 ? 'checksum' : 'address PROM',
    }),
  ),
  {
    name: 'RDP',
    offset: 0x10,
    width: 2,
    access: 'rw',
    reset: 0x0004,
    description: 'the control and status register that RAP names',
  },
  { name: 'RAP', offset: 0x12, width: 2, access: 'rw', reset: 0, description: 'register address, bits 6:0' },
  { name: 'RESET', offset: 0x14, width: 2, access: 'rw', description: 'reading resets the controller' },
  {
    name: 'BDP',
    offset: 0x16,
    width: 2,
    access: 'rw',
    reset: 0x0005,
    description: 'the bus configuration register that RAP names',
  },
];

const csr = (offset: number, name: string, reset: number, description: string): RegisterSpec => ({
  name,
  offset,
  width: 2,
  access: 'rw',
  reset,
  description,
});

/** Control and status registers that do something; `offset` is the number. The others are storage. */
export const pcnetCsrs: readonly RegisterSpec[] = [
  csr(
    0,
    'CSR0',
    0x0004,
    '0 INIT, 1 STRT, 2 STOP, 3 TDMD, 4 TXON, 5 RXON, 6 INEA, 7 INTR, 8 IDON, 9 TINT, 10 RINT, 12 MISS, 15 ERR',
  ),
  csr(1, 'CSR1', 0, 'initialisation block, bits 15:0'),
  csr(2, 'CSR2', 0, 'initialisation block, bits 31:16'),
  csr(3, 'CSR3', 0, 'interrupt masks'),
  csr(4, 'CSR4', 0x0115, '11 pad what is sent, others storage'),
  csr(5, 'CSR5', 0, '0 suspend, 14 transmit interrupts only where a descriptor asks, 15 none'),
  csr(8, 'CSR8', 0, 'multicast filter, 8 to 11'),
  csr(12, 'CSR12', 0, 'address, 12 to 14'),
  csr(
    15,
    'CSR15',
    0,
    'mode: 0 no receiver, 1 no transmitter, 2 loopback, 13 no own address, 14 no broadcast, 15 promiscuous',
  ),
  csr(24, 'CSR24', 0, 'receive ring, with 25'),
  csr(30, 'CSR30', 0, 'transmit ring, with 31'),
  csr(76, 'CSR76', 0, 'receive ring length, two’s complement'),
  csr(78, 'CSR78', 0, 'transmit ring length, two’s complement'),
  csr(88, 'CSR88', 0x1003, 'chip identification, 79C970A'),
  csr(89, 'CSR89', 0x0262, 'chip identification, upper part'),
  csr(112, 'CSR112', 0, 'frames missed'),
];

const INIT = 0x0001;
const START = 0x0002;
const STOP = 0x0004;
const DEMAND = 0x0008;
const TRANSMITTER_ON = 0x0010;
const RECEIVER_ON = 0x0020;
const ENABLE = 0x0040;
const INTERRUPT = 0x0080;
const INIT_DONE = 0x0100;
const SENT = 0x0200;
const RECEIVED = 0x0400;
const MISSED = 0x1000;
const ERROR = 0x8000;
/** Causes in CSR0 that a written 1 clears, and those among them that CSR3 can mask. */
const CAUSES = 0x7f00;
const MASKABLE = 0x5f00;
const ERRORS = 0x7800;

const LOOPBACK = 0x0004;
const PROMISCUOUS = 0x8000;
const NO_BROADCAST = 0x4000;
const NO_PHYSICAL = 0x2000;

const OWN = 0x8000_0000;
const DESCRIPTOR_ERROR = 0x4000_0000;
const BUFFER_ERROR = 0x0400_0000;
const FIRST = 0x0200_0000;
const LAST = 0x0100_0000;
/** LTINT of a transmit descriptor. */
const WANTS_INTERRUPT = 0x1000_0000;

const MODE_BCR = 18;
const DWIO = 0x80;
const STYLE_BCR = 20;
/** LED registers show link (bit 6) at bit 15. */
const LEDS = [4, 5, 6, 7];
const BCR_RESET: readonly (readonly [number, number])[] = [
  [0, 0x0005],
  [1, 0x0005],
  [2, 0x0002],
  [4, 0x00c0],
  [5, 0x0084],
  [6, 0x0088],
  [7, 0x0090],
  [18, 0x9001],
  [19, 0x0002],
  [20, 0x0200],
  [22, 0xff06],
];

type PcnetState = {
  rap: number;
  csr: number[];
  bcr: number[];
  aprom: Uint8Array;
  rxBase: number;
  rxLength: number;
  rxIndex: number;
  txBase: number;
  txLength: number;
  txIndex: number;
};

/** A descriptor, whatever its style in memory. `control` has the status in its upper half, the two's complement of the size below. */
interface Descriptor {
  readonly address: number;
  readonly buffer: number;
  readonly size: number;
  control: number;
  /** Bytes of the frame, written with the last descriptor of one that was received. */
  length: number;
}

export interface PcnetOptions {
  readonly pci: PciBus;
  readonly slot: number;
  readonly dma: Dma;
  /** Six bytes. */
  readonly mac: Uint8Array;
  readonly ethernet?: Ethernet | undefined;
}

/**
 * AMD's PCnet-PCI II (Am79C970A data sheet). It sends on demand (TDMD), at once; the polling of the transmit ring without a demand, the
 * general purpose PROM interface and magic packets are not there.
 */
export class Pcnet implements Device {
  readonly registers = pcnetRegisters;
  readonly csrs = pcnetCsrs;
  readonly config: PciConfigSpace;
  readonly #irq: IrqLine;
  readonly #dma: Dma;
  readonly #mac: Uint8Array;
  readonly #ethernet: Ethernet | undefined;
  #s: PcnetState;

  constructor({ pci, slot, dma, mac, ethernet }: PcnetOptions) {
    checkBytes(mac, 'mac');
    this.#dma = dma;
    this.#mac = mac.slice(0, 6);
    this.#ethernet = ethernet;
    this.config = new PciConfigSpace({
      name: 'pcnet',
      vendor: 0x1022,
      device: 0x2000,
      revision: 0x10,
      classCode: 0x02_0000,
      status: 0x0280,
      interruptPin: 1,
      bars: [
        { index: 0, space: 'io', size: 32, device: this },
        { index: 1, space: 'memory', size: 32, device: this },
      ],
      registers: [
        { name: 'MIN_GNT', offset: 0x3e, width: 1, access: 'r', reset: 0x06, description: 'minimum grant' },
        { name: 'MAX_LAT', offset: 0x3f, width: 1, access: 'r', reset: 0xff, description: 'maximum latency' },
      ],
    });
    this.#irq = pci.plug(slot, 0, this.config) ?? unconnected;
    this.#s = this.#initial();
    ethernet?.onReceive((frame) => this.receive(frame));
  }

  /** A frame from the wire. Returns whether it was stored. */
  receive(frame: Uint8Array): boolean {
    const s = this.#s;
    if (!(s.csr[0]! & RECEIVER_ON) || s.csr[5]! & 1 || !this.#wanted(frame)) return false;
    const data = padded(frame);
    const received = new Uint8Array(data.length + 4);
    received.set(data);
    const fcs = ~crc32(data);
    for (let i = 0; i < 4; i++) received[data.length + i] = (fcs >>> (8 * i)) & 0xff;
    let at = 0;
    for (let flags = FIRST; at < received.length; flags = 0) {
      const descriptor = this.#descriptor(s.rxBase, s.rxIndex);
      if (!(descriptor.control & OWN) || s.rxLength === 0) {
        if (flags === FIRST) {
          s.csr[0]! |= MISSED;
          s.csr[112] = (s.csr[112]! + 1) & 0xffff;
        }
        break;
      }
      const run = Math.min(descriptor.size, received.length - at);
      this.#dma.write(descriptor.buffer, received.subarray(at, at + run));
      at += run;
      s.rxIndex = (s.rxIndex + 1) % s.rxLength;
      let status = flags;
      if (at === received.length) status |= LAST;
      // The frame goes on and there is nowhere to put it.
      else if (!(this.#descriptor(s.rxBase, s.rxIndex).control & OWN)) status |= DESCRIPTOR_ERROR | BUFFER_ERROR;
      descriptor.control = status | (descriptor.control & 0xffff);
      descriptor.length = at === received.length ? received.length : 0;
      this.#put(descriptor, true);
      s.csr[0]! |= RECEIVED;
    }
    this.#settle();
    return at === received.length;
  }

  read(offset: number, width: Width): number {
    const at = offset & 0x1f;
    if (at >= 0x10 && this.#register(at) === 2) {
      this.#softReset();
      return 0;
    }
    return this.peek(offset, width);
  }

  peek(offset: number, width: Width): number {
    const s = this.#s;
    const at = offset & 0x1f;
    let value = 0;
    if (at < 0x10) {
      for (let i = 0; i < width; i++) value |= (s.aprom[at + i] ?? 0) << (8 * i);
      return value >>> 0;
    }
    switch (this.#register(at)) {
      case 0:
        value = this.#csr(s.rap);
        break;
      case 1:
        value = s.rap;
        break;
      case 3:
        value = this.#bcr(s.rap);
        break;
    }
    return width === 1 ? value & 0xff : value;
  }

  write(offset: number, width: Width, value: number): void {
    const s = this.#s;
    const at = offset & 0x1f;
    if (at < 0x10) {
      if (s.bcr[2]! & 0x0100)
        for (let i = 0; i < width; i++) if (at + i < 16) s.aprom[at + i] = (value >>> (8 * i)) & 0xff;
      return;
    }
    if (at === 0x10 && width === 4) s.bcr[MODE_BCR]! |= DWIO;
    switch (this.#register(at)) {
      case 0:
        this.#csrWrite(s.rap, value & 0xffff);
        break;
      case 1:
        s.rap = value & 0x7f;
        break;
      case 3:
        this.#bcrWrite(s.rap, value & 0xffff);
        break;
    }
    this.#settle();
  }

  reset(): void {
    this.#s = this.#initial();
    this.config.reset();
    this.#settle();
  }

  save(): State {
    return { config: this.config.save(), pcnet: copyState(this.#s) };
  }

  load(state: State): void {
    const { config, pcnet } = state as { config: State; pcnet: PcnetState };
    this.config.load(config);
    this.#s = copyState(pcnet);
  }

  #initial(): PcnetState {
    const s: PcnetState = {
      rap: 0,
      csr: new Array(128).fill(0),
      bcr: new Array(32).fill(0),
      aprom: new Uint8Array(16),
      rxBase: 0,
      rxLength: 0,
      rxIndex: 0,
      txBase: 0,
      txLength: 0,
      txIndex: 0,
    };
    for (const [number, value] of BCR_RESET) s.bcr[number] = value;
    s.aprom.set(this.#mac);
    s.aprom[14] = s.aprom[15] = 0x57;
    const sum = s.aprom.reduce((total, byte) => total + byte, 0);
    s.aprom[12] = sum & 0xff;
    s.aprom[13] = sum >>> 8;
    this.#resetCsrs(s);
    return s;
  }

  #resetCsrs(s: PcnetState): void {
    s.csr.fill(0);
    for (const { offset, reset } of pcnetCsrs) s.csr[offset] = reset ?? 0;
    for (let i = 0; i < 3; i++) s.csr[12 + i] = s.aprom[2 * i]! | (s.aprom[2 * i + 1]! << 8);
    s.rap = s.rxBase = s.rxLength = s.rxIndex = s.txBase = s.txLength = s.txIndex = 0;
  }

  #softReset(): void {
    this.#resetCsrs(this.#s);
    this.#s.bcr[MODE_BCR]! &= ~DWIO;
    this.#settle();
  }

  /** 0 RDP, 1 RAP, 2 RESET, 3 BDP, at the spacing of the present mode. */
  #register(at: number): number {
    return ((at - 0x10) >>> (this.#s.bcr[MODE_BCR]! & DWIO ? 2 : 1)) & (this.#s.bcr[MODE_BCR]! & DWIO ? 3 : 7);
  }

  #csr(number: number): number {
    const s = this.#s;
    switch (number) {
      case 0:
        return this.#status;
      case 24:
        return s.rxBase & 0xffff;
      case 25:
        return s.rxBase >>> 16;
      case 30:
        return s.txBase & 0xffff;
      case 31:
        return s.txBase >>> 16;
      case 58:
        return s.bcr[STYLE_BCR]!;
      case 76:
        return -s.rxLength & 0xffff;
      case 78:
        return -s.txLength & 0xffff;
      default:
        return s.csr[number]!;
    }
  }

  /** CSR0 with its summary bits. */
  get #status(): number {
    const { csr } = this.#s;
    return csr[0]! | (csr[0]! & ERRORS ? ERROR : 0) | (csr[0]! & ~csr[3]! & MASKABLE ? INTERRUPT : 0);
  }

  #settle(): void {
    const status = this.#status;
    this.#irq.set((status & INTERRUPT) !== 0 && (status & ENABLE) !== 0);
  }

  #csrWrite(number: number, value: number): void {
    const s = this.#s;
    const low = (word: number) => ((word & 0xffff_0000) | value) >>> 0;
    const high = (word: number) => ((word & 0xffff) | (value << 16)) >>> 0;
    const length = -value & 0xffff;
    switch (number) {
      case 0:
        this.#control(value);
        break;
      case 4:
        // Status bits that a written 1 clears are never set.
        s.csr[4] = value & ~0x026a;
        break;
      case 24:
        s.rxBase = low(s.rxBase);
        break;
      case 25:
        s.rxBase = high(s.rxBase);
        break;
      case 30:
        s.txBase = low(s.txBase);
        break;
      case 31:
        s.txBase = high(s.txBase);
        break;
      case 58:
        this.#bcrWrite(STYLE_BCR, value);
        break;
      case 76:
        s.rxLength = length;
        s.rxIndex = 0;
        break;
      case 78:
        s.txLength = length;
        s.txIndex = 0;
        break;
      case 88:
      case 89:
      case 112:
        break;
      default:
        s.csr[number] = value;
    }
  }

  #control(value: number): void {
    const { csr } = this.#s;
    csr[0] = (csr[0]! & ~(value & CAUSES) & ~ENABLE) | (value & ENABLE);
    if (value & STOP) {
      csr[0] = STOP;
      return;
    }
    if (value & INIT && !(csr[0]! & INIT)) this.#initialise();
    if (value & START && !(csr[0]! & START)) {
      csr[0] = (csr[0]! & ~STOP) | START;
      if (!(csr[15]! & 2)) csr[0]! |= TRANSMITTER_ON;
      if (!(csr[15]! & 1)) csr[0]! |= RECEIVER_ON;
      this.#transmit();
    } else if (value & DEMAND) this.#transmit();
  }

  #bcr(number: number): number {
    const value = this.#s.bcr[number] ?? 0;
    return LEDS.includes(number) && value & 0x40 ? value | 0x8000 : value;
  }

  #bcrWrite(number: number, value: number): void {
    const { bcr } = this.#s;
    if (number === STYLE_BCR) {
      const style = value & 0xff;
      // Bit 8: structures of 32 bits; bit 9: of a PCnet.
      bcr[STYLE_BCR] = style | (style === 1 ? 0x0100 : style === 2 || style === 3 ? 0x0300 : 0x0200);
    } else if (LEDS.includes(number)) bcr[number] = value & 0x7fff;
    else if (number < 32 && number > 1) bcr[number] = value;
  }

  get #style(): number {
    return this.#s.bcr[STYLE_BCR]! & 0xff;
  }

  /** Structures of 32 bits. */
  get #wide(): boolean {
    return (this.#s.bcr[STYLE_BCR]! & 0x0100) !== 0;
  }

  /** Reads the initialisation block. */
  #initialise(): void {
    const s = this.#s;
    const { csr } = s;
    const block = this.#dma.read((csr[1]! | (csr[2]! << 16)) >>> 0, this.#wide ? 28 : 24);
    const view = new DataView(block.buffer, block.byteOffset);
    const half = (at: number) => view.getUint16(at, true);
    const [address, filter, rings] = this.#wide ? [4, 12, 20] : [2, 8, 16];
    csr[15] = half(0);
    for (let i = 0; i < 3; i++) csr[12 + i] = half(address + 2 * i);
    for (let i = 0; i < 4; i++) csr[8 + i] = half(filter + 2 * i);
    const rx = view.getUint32(rings, true);
    const tx = view.getUint32(rings + 4, true);
    if (this.#wide) {
      s.rxLength = 1 << Math.min(9, block[2]! >>> 4);
      s.txLength = 1 << Math.min(9, block[3]! >>> 4);
      s.rxBase = rx & ~(this.#descriptorSize - 1);
      s.txBase = tx & ~(this.#descriptorSize - 1);
    } else {
      s.rxLength = 1 << (rx >>> 29);
      s.txLength = 1 << (tx >>> 29);
      s.rxBase = rx & 0xff_fff8;
      s.txBase = tx & 0xff_fff8;
    }
    s.rxBase >>>= 0;
    s.txBase >>>= 0;
    s.rxIndex = s.txIndex = 0;
    csr[0] = (csr[0]! & ~STOP) | INIT | INIT_DONE;
  }

  get #descriptorSize(): number {
    return this.#style === 0 ? 8 : 16;
  }

  #descriptor(base: number, index: number): Descriptor {
    const address = (base + index * this.#descriptorSize) >>> 0;
    const bytes = this.#dma.read(address, this.#descriptorSize);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const word = (at: number) => view.getUint32(at, true);
    let buffer: number;
    let control: number;
    if (this.#style === 0) {
      buffer = word(0) & 0xff_ffff;
      control = (word(0) & 0xff00_0000) | view.getUint16(4, true);
    } else {
      // Style 3 has the buffer's address last, style 2 first.
      buffer = word(this.#style === 3 ? 8 : 0);
      control = word(4);
    }
    return { address, buffer, size: 4096 - (control & 0xfff), control, length: 0 };
  }

  /** Writes the status back, and with a receive descriptor the length; the status, with OWN, last. */
  #put({ address, control, length }: Descriptor, receive: boolean): void {
    const bytes = (value: number, count: number) =>
      Uint8Array.from({ length: count }, (_, i) => (value >>> (8 * i)) & 0xff);
    if (this.#style === 0) {
      if (receive) this.#dma.write(address + 6, bytes(length, 2));
      this.#dma.write(address + 3, bytes(control >>> 24, 1));
      return;
    }
    if (receive) this.#dma.write(address + (this.#style === 3 ? 0 : 8), bytes(length, 4));
    this.#dma.write(address + 6, bytes(control >>> 16, 2));
  }

  /** Sends what the ring holds. A ring that cannot be written to is gone through once. */
  #transmit(): void {
    const s = this.#s;
    if (!(s.csr[0]! & TRANSMITTER_ON) || s.csr[5]! & 1) return;
    let frame: Uint8Array[] = [];
    for (let left = s.txLength; left > 0; left--) {
      const descriptor = this.#descriptor(s.txBase, s.txIndex);
      if (!(descriptor.control & OWN)) break;
      if (descriptor.control & FIRST) frame = [];
      frame.push(this.#dma.read(descriptor.buffer, descriptor.size));
      const last = (descriptor.control & LAST) !== 0;
      if (last) {
        this.#send(frame);
        frame = [];
      }
      descriptor.control &= ~(OWN | DESCRIPTOR_ERROR);
      this.#put(descriptor, false);
      s.txIndex = (s.txIndex + 1) % s.txLength;
      const onRequest = (s.csr[5]! & 0x4000) !== 0;
      if (last && !(s.csr[5]! & 0x8000) && (!onRequest || descriptor.control & WANTS_INTERRUPT)) s.csr[0]! |= SENT;
    }
  }

  #send(parts: readonly Uint8Array[]): void {
    const frame = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      frame.set(part, at);
      at += part.length;
    }
    const { csr } = this.#s;
    const whole = csr[4]! & 0x0800 ? padded(frame) : frame;
    if (csr[15]! & LOOPBACK) this.receive(whole);
    else this.#ethernet?.send(whole);
  }

  #wanted(frame: Uint8Array): boolean {
    const { csr } = this.#s;
    const mode = csr[15]!;
    if (mode & PROMISCUOUS) return true;
    if (isBroadcast(frame)) return !(mode & NO_BROADCAST);
    if (isMulticast(frame)) {
      const hash = crc32(frame.subarray(0, 6)) >>> 26;
      return (csr[8 + (hash >>> 4)]! & (1 << (hash & 15))) !== 0;
    }
    if (mode & NO_PHYSICAL) return false;
    return [0, 1, 2].every((i) => csr[12 + i] === ((frame[2 * i] ?? 0) | ((frame[2 * i + 1] ?? 0) << 8)));
  }
}
