import {
  checkBytes,
  type Device,
  type IrqLine,
  type RegisterSpec,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { crc32, type Ethernet, isBroadcast, isMulticast, padded } from './ethernet.ts';
import { copyState } from './state.ts';

const row = (
  offset: number,
  name: string,
  access: 'r' | 'w' | 'rw',
  description: string,
  reset?: number,
): RegisterSpec => ({ name, offset, width: 1, access, description, ...(reset === undefined ? {} : { reset }) });

/** Register page 0, and what all pages share. Page 1 has PAR0-5 (1-6), CURR (7) and MAR0-7 (8-15); page 2 reads PSTART (1) and PSTOP (2). */
export const ne2000Registers: readonly RegisterSpec[] = [
  row(0x00, 'CR', 'rw', '0 STOP, 1 START, 2 transmit, 5:3 remote DMA (read, write, abort), 7:6 page', 0x21),
  row(0x01, 'PSTART', 'w', 'first page of the receive ring'),
  row(0x02, 'PSTOP', 'w', 'page after the receive ring'),
  row(0x03, 'BNRY', 'rw', 'last page the program has taken'),
  row(0x04, 'TSR', 'r', 'transmit status', 0),
  row(0x04, 'TPSR', 'w', 'page of the frame to send'),
  row(0x05, 'TBCR0', 'w', 'bytes to send, low'),
  row(0x06, 'TBCR1', 'w', 'bytes to send, high'),
  row(0x07, 'ISR', 'rw', '0 received, 1 sent, 4 overflow, 6 remote DMA done, 7 reset; 1 clears', 0x80),
  row(0x08, 'CRDA0', 'r', 'remote address, low'),
  row(0x08, 'RSAR0', 'w', 'remote start address, low'),
  row(0x09, 'CRDA1', 'r', 'remote address, high'),
  row(0x09, 'RSAR1', 'w', 'remote start address, high'),
  row(0x0a, 'ID0', 'r', 'RTL8029 identification', 0x50),
  row(0x0a, 'RBCR0', 'w', 'remote byte count, low'),
  row(0x0b, 'ID1', 'r', 'RTL8029 identification', 0x43),
  row(0x0b, 'RBCR1', 'w', 'remote byte count, high'),
  row(0x0c, 'RSR', 'r', 'receive status', 0),
  row(0x0c, 'RCR', 'w', '2 broadcast, 3 multicast, 4 promiscuous'),
  row(0x0d, 'TCR', 'w', 'transmit configuration (ignored)'),
  row(0x0e, 'DCR', 'w', 'bit 0: the data port moves 16 bits'),
  row(0x0f, 'IMR', 'w', 'interrupt mask'),
  { name: 'DATA', offset: 0x10, width: 2, access: 'rw', description: 'remote DMA; 32-bit accesses too' },
  row(0x1f, 'RESET', 'rw', 'reading resets the card'),
];

/** Page 1 of the registers. */
const PAR = 1;
const CURR = 7;
const MAR = 8;

const STOP = 0x01;
const TRANSMIT = 0x04;
const REMOTE = 0x18;

const RECEIVED = 0x01;
const SENT = 0x02;
const OVERFLOW = 0x10;
const REMOTE_DONE = 0x40;
const RESET = 0x80;

/** Packet RAM: 32 KB from 0x4000. Below lies the PROM with the address. */
const RAM_START = 0x4000;
const RAM_END = 0xc000;
const PROM_SIZE = 32;
/** Room a frame of full size and its header take. */
const FULL_FRAME = 1518;

type Ne2000State = {
  command: number;
  start: number;
  stop: number;
  boundary: number;
  current: number;
  transmitStatus: number;
  transmitPage: number;
  transmitCount: number;
  interrupts: number;
  mask: number;
  remoteAddress: number;
  remoteCount: number;
  receiveStatus: number;
  receiveConfig: number;
  dataConfig: number;
  physical: Uint8Array;
  multicast: Uint8Array;
  ram: Uint8Array;
};

const initial = (): Ne2000State => ({
  command: 0x21,
  start: 0,
  stop: 0,
  boundary: 0,
  current: 0,
  transmitStatus: 0,
  transmitPage: 0,
  transmitCount: 0,
  interrupts: RESET,
  mask: 0,
  remoteAddress: 0,
  remoteCount: 0,
  receiveStatus: 0,
  receiveConfig: 0,
  dataConfig: 0,
  physical: new Uint8Array(6),
  multicast: new Uint8Array(8),
  ram: new Uint8Array(RAM_END - RAM_START),
});

export interface Ne2000Options {
  /** Six bytes. */
  readonly mac: Uint8Array;
  readonly irq?: IrqLine | undefined;
  readonly ethernet?: Ethernet | undefined;
}

/**
 * Novell's NE2000 around a DP8390 (National's data sheet), with the RTL8029's identification. Frames leave at once; the receive ring
 * drops what has no room. Map it with `width: 4`, the data port takes all widths.
 */
export class Ne2000 implements Device {
  readonly registers = ne2000Registers;
  readonly #irq: IrqLine;
  readonly #ethernet: Ethernet | undefined;
  readonly #mac: Uint8Array;
  readonly #prom = new Uint8Array(PROM_SIZE);
  #s = initial();

  constructor({ mac, irq = unconnected, ethernet }: Ne2000Options) {
    checkBytes(mac, 'mac');
    this.#irq = irq;
    this.#ethernet = ethernet;
    this.#mac = mac.slice(0, 6);
    for (let i = 0; i < 6; i++) this.#prom[2 * i] = this.#prom[2 * i + 1] = mac[i] ?? 0;
    this.#prom.fill(0x57, 28);
    ethernet?.onReceive((frame) => this.receive(frame));
  }

  /** A frame from the wire. Returns whether it was stored. */
  receive(frame: Uint8Array): boolean {
    const s = this.#s;
    if (s.command & STOP || s.stop <= s.start || frame.length > FULL_FRAME || !this.#wanted(frame)) return false;
    const data = padded(frame);
    const ring = (s.stop - s.start) * 256;
    const used = (s.current - s.boundary) * 256;
    const free = s.current < s.boundary ? -used : ring - used;
    if (free < FULL_FRAME) {
      s.interrupts |= OVERFLOW;
      this.#settle();
      return false;
    }
    const length = data.length + 4;
    let next = s.current + Math.ceil((length + 4) / 256);
    if (next >= s.stop) next -= s.stop - s.start;
    s.receiveStatus = isMulticast(data) ? 0x21 : 0x01;
    let at = s.current * 256;
    for (const byte of [s.receiveStatus, next, length & 0xff, length >>> 8]) this.#store(at++, byte);
    for (const byte of data) {
      if (at === s.stop * 256) at = s.start * 256;
      this.#store(at++, byte);
    }
    s.current = next & 0xff;
    s.interrupts |= RECEIVED;
    this.#settle();
    return true;
  }

  read(offset: number, width: Width): number {
    if (offset >= 0x10 && offset < 0x18) return this.#dataRead(width);
    if (offset === 0x1f) this.reset();
    return this.peek(offset, width);
  }

  peek(offset: number, width: Width): number {
    const s = this.#s;
    if (offset >= 0x10 && offset < 0x18) {
      const size = this.#dataWidth(width);
      let value = 0;
      for (let i = 0; i < size; i++) value |= this.#load(s.remoteAddress + i) << (8 * i);
      return mask(value, width);
    }
    if (offset === 0x1f) return 0;
    if (offset > 0x1f) return mask(-1, width);
    if (offset === 0) return s.command;
    switch (s.command >>> 6) {
      case 0:
        return this.#pageZero(offset);
      case 1:
        if (offset > 0xf) return mask(-1, width);
        return offset < CURR ? s.physical[offset - PAR]! : offset === CURR ? s.current : s.multicast[offset - MAR]!;
      case 2:
        return offset === 1 ? s.start : offset === 2 ? s.stop : 0;
      default:
        // CONFIG0, CONFIG2 and CONFIG3 of an RTL8029: full duplex, 10BaseT.
        return offset === 5 || offset === 6 ? 0x40 : 0;
    }
  }

  write(offset: number, width: Width, value: number): void {
    const s = this.#s;
    if (offset >= 0x10) {
      if (offset < 0x18) this.#dataWrite(width, value);
      return;
    }
    value &= 0xff;
    if (offset === 0) this.#command(value);
    else if (s.command >>> 6 === 0) this.#writePageZero(offset, value);
    else if (s.command >>> 6 === 1) {
      if (offset < CURR) s.physical[offset - PAR] = value;
      else if (offset === CURR) s.current = value;
      else s.multicast[offset - MAR] = value;
    }
    this.#settle();
  }

  /** The packet RAM keeps its content. */
  reset(): void {
    this.#s = { ...initial(), ram: this.#s.ram };
    this.#settle();
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as Ne2000State);
  }

  #settle(): void {
    const { interrupts, mask } = this.#s;
    this.#irq.set((interrupts & mask & 0x7f) !== 0);
  }

  #wanted(frame: Uint8Array): boolean {
    const { receiveConfig, multicast } = this.#s;
    if (receiveConfig & 0x10) return true;
    if (isBroadcast(frame)) return (receiveConfig & 0x04) !== 0;
    if (!isMulticast(frame)) return this.#mac.every((byte, i) => byte === frame[i]);
    if (!(receiveConfig & 0x08)) return false;
    // The hash is the CRC's top six bits, most significant bit first.
    const crc = crc32(frame.subarray(0, 6));
    let hash = 0;
    for (let i = 0; i < 6; i++) hash = (hash << 1) | ((crc >>> i) & 1);
    return (multicast[hash >>> 3]! & (1 << (hash & 7))) !== 0;
  }

  #load(address: number): number {
    if (address < PROM_SIZE) return this.#prom[address]!;
    return address >= RAM_START && address < RAM_END ? this.#s.ram[address - RAM_START]! : 0xff;
  }

  #store(address: number, byte: number): void {
    if (address >= RAM_START && address < RAM_END) this.#s.ram[address - RAM_START] = byte;
  }

  /** Bytes the data port moves: 32-bit accesses as they are, others as DCR says. */
  #dataWidth(width: Width): Width {
    return width === 4 ? 4 : this.#s.dataConfig & 1 ? 2 : 1;
  }

  #dataRead(width: Width): number {
    const value = this.peek(0x10, width);
    this.#remoteAdvance(this.#dataWidth(width));
    return value;
  }

  #dataWrite(width: Width, value: number): void {
    const s = this.#s;
    if (s.remoteCount === 0) return;
    const size = this.#dataWidth(width);
    for (let i = 0; i < size; i++) this.#store(s.remoteAddress + i, (value >>> (8 * i)) & 0xff);
    this.#remoteAdvance(size);
  }

  #remoteAdvance(bytes: number): void {
    const s = this.#s;
    s.remoteAddress = (s.remoteAddress + bytes) & 0xffff;
    if (s.remoteAddress === s.stop * 256) s.remoteAddress = s.start * 256;
    if (s.remoteCount <= bytes) {
      s.remoteCount = 0;
      s.interrupts |= REMOTE_DONE;
    } else s.remoteCount -= bytes;
    this.#settle();
  }

  #command(value: number): void {
    const s = this.#s;
    s.command = value;
    if (value & STOP) return;
    s.interrupts &= ~RESET;
    if (value & REMOTE && s.remoteCount === 0) s.interrupts |= REMOTE_DONE;
    if (!(value & TRANSMIT)) return;
    const from = s.transmitPage * 256;
    const frame = Uint8Array.from({ length: Math.min(s.transmitCount, 2048) }, (_, i) => this.#load(from + i));
    if (frame.length > 0) this.#ethernet?.send(frame);
    s.transmitStatus = 0x01;
    s.interrupts |= SENT;
    s.command &= ~TRANSMIT;
  }

  #pageZero(offset: number): number {
    const s = this.#s;
    switch (offset) {
      case 3:
        return s.boundary;
      case 4:
        return s.transmitStatus;
      case 7:
        return s.interrupts;
      case 8:
        return s.remoteAddress & 0xff;
      case 9:
        return s.remoteAddress >>> 8;
      case 0xa:
        return 0x50;
      case 0xb:
        return 0x43;
      case 0xc:
        return s.receiveStatus;
      default:
        return 0;
    }
  }

  #writePageZero(offset: number, value: number): void {
    const s = this.#s;
    const low = (word: number) => (word & 0xff00) | value;
    const high = (word: number) => (word & 0x00ff) | (value << 8);
    switch (offset) {
      case 1:
        s.start = value;
        break;
      case 2:
        s.stop = value;
        break;
      case 3:
        s.boundary = value;
        break;
      case 4:
        s.transmitPage = value;
        break;
      case 5:
        s.transmitCount = low(s.transmitCount);
        break;
      case 6:
        s.transmitCount = high(s.transmitCount);
        break;
      case 7:
        s.interrupts &= ~(value & 0x7f);
        break;
      case 8:
        s.remoteAddress = low(s.remoteAddress);
        break;
      case 9:
        s.remoteAddress = high(s.remoteAddress);
        break;
      case 0xa:
        s.remoteCount = low(s.remoteCount);
        break;
      case 0xb:
        s.remoteCount = high(s.remoteCount);
        break;
      case 0xc:
        s.receiveConfig = value;
        break;
      case 0xe:
        s.dataConfig = value;
        break;
      case 0xf:
        s.mask = value;
        break;
    }
  }
}

const mask = (value: number, width: Width): number =>
  width === 4 ? value >>> 0 : width === 2 ? value & 0xffff : value & 0xff;
