import { Timeline } from '@kseg/bus';
import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { crc32, type Ethernet, EthernetHub, padded } from './ethernet.ts';
import { Gateway } from './gateway.ts';
import { Ne2000 } from './ne2000.ts';
import { pcapHeader, pcapRecord } from './pcap.ts';
import { PciBus } from './pci.ts';
import { Pcnet } from './pcnet.ts';

const MAC_A = Uint8Array.of(0x52, 0x54, 0, 0, 0, 0x0a);
const MAC_B = Uint8Array.of(0x52, 0x54, 0, 0, 0, 0x0b);

function frame(to: Uint8Array, from: Uint8Array, length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length).map((_, i) => (i * seed + (i >>> 8)) & 0xff);
  bytes.set(to);
  bytes.set(from, 6);
  return bytes;
}

/** A medium that keeps what is sent and hands in what it is told to. */
function wire() {
  const sent: Uint8Array[] = [];
  let deliver: (frame: Uint8Array) => void = () => {};
  const ethernet: Ethernet = {
    send: (bytes) => void sent.push(bytes),
    onReceive(listener) {
      deliver = listener;
      return { dispose() {} };
    },
  };
  return { ethernet, sent, deliver: (bytes: Uint8Array) => deliver(bytes) };
}

/** A driver for the NE2000 as small as it can be: ring from page 0x46 to 0x80, 16-bit remote DMA. */
class Ne2000Driver {
  constructor(readonly card: Ne2000) {
    for (const [register, value] of [
      [0x00, 0x21],
      [0x0e, 0x49],
      [0x0c, 0x04],
      [0x01, 0x46],
      [0x02, 0x80],
      [0x03, 0x46],
      [0x07, 0xff],
      [0x0f, 0x7f],
      [0x00, 0x61],
      [0x07, 0x46],
      [0x00, 0x22],
    ] as const)
      this.out(register, value);
  }

  out(register: number, value: number): void {
    this.card.write(register, 1, value);
  }

  inp(register: number): number {
    return this.card.read(register, 1);
  }

  #remote(address: number, length: number, command: number): void {
    for (const [register, value] of [
      [0x08, address & 0xff],
      [0x09, address >>> 8],
      [0x0a, length & 0xff],
      [0x0b, length >>> 8],
      [0x00, command],
    ] as const)
      this.out(register, value);
  }

  load(address: number, length: number): Uint8Array {
    const even = (length + 1) & ~1;
    const bytes = new Uint8Array(even);
    this.#remote(address, even, 0x0a);
    for (let i = 0; i < even; i += 2) {
      const word = this.card.read(0x10, 2);
      bytes[i] = word & 0xff;
      bytes[i + 1] = word >>> 8;
    }
    return bytes.subarray(0, length);
  }

  send(bytes: Uint8Array): void {
    const even = (bytes.length + 1) & ~1;
    this.#remote(0x4000, even, 0x12);
    for (let i = 0; i < even; i += 2) this.card.write(0x10, 2, (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
    this.out(0x04, 0x40);
    this.out(0x05, bytes.length & 0xff);
    this.out(0x06, bytes.length >>> 8);
    this.out(0x00, 0x26);
  }

  /** Takes the frames out of the ring. */
  receive(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (;;) {
      this.out(0x00, 0x62);
      const current = this.inp(0x07);
      this.out(0x00, 0x22);
      const boundary = this.inp(0x03);
      // BNRY is the next page to read here: the ring is empty when the card is there too.
      if (boundary === current) return frames;
      const header = this.load(boundary * 256, 4);
      frames.push(this.load(boundary * 256 + 4, (header[2]! | (header[3]! << 8)) - 4));
      this.out(0x03, header[1]!);
    }
  }
}

describe('Ne2000', () => {
  it('shows its address in the PROM, every byte twice, and the marks of an NE2000', () => {
    const driver = new Ne2000Driver(new Ne2000({ mac: MAC_A }));
    const prom = driver.load(0, 32);
    expect([...prom.subarray(0, 12)]).toEqual([...MAC_A].flatMap((byte) => [byte, byte]));
    expect([prom[28], prom[30]]).toEqual([0x57, 0x57]);
    driver.out(0x00, 0x22);
    expect([driver.inp(0x0a), driver.inp(0x0b)]).toEqual([0x50, 0x43]);
  });

  it('reads all ones between its registers and the reset port on page 1 too', () => {
    const card = new Ne2000({ mac: MAC_A });
    card.write(0, 1, 0x40);
    expect([card.read(0x18, 1), card.peek(0x1e, 1)]).toEqual([0xff, 0xff]);
  });

  it('sends what lies at the transmit page and says so', () => {
    const bench = new Bench();
    const { ethernet, sent } = wire();
    const driver = new Ne2000Driver(new Ne2000({ mac: MAC_A, ethernet, irq: bench.line('irq') }));
    const bytes = frame(MAC_B, MAC_A, 333, 7);
    driver.send(bytes);
    expect(sent).toEqual([bytes]);
    expect(driver.inp(0x07) & 0x42).toBe(0x42);
    expect(bench.level('irq')).toBe(true);
    driver.out(0x07, 0x7f);
    expect(bench.level('irq')).toBe(false);
    expect(driver.inp(0x00) & 4).toBe(0);
  });

  it('wraps frames round the ring and drops what has no room, saying so', () => {
    const { ethernet, deliver } = wire();
    const driver = new Ne2000Driver(new Ne2000({ mac: MAC_A, ethernet }));
    let seed = 0;
    for (let round = 0; round < 20; round++) {
      const frames = [60, 1514, 777, 1514, 61].map((length) => frame(MAC_A, MAC_B, length, ++seed));
      for (const bytes of frames) deliver(bytes);
      expect(driver.receive()).toEqual(frames);
    }
    driver.out(0x07, 0xff);
    for (let i = 0; i < 20; i++) deliver(frame(MAC_A, MAC_B, 1514, i));
    expect(driver.inp(0x07) & 0x10).toBe(0x10);
    expect(driver.receive().length).toBe(9);
  });

  it('filters by address', () => {
    const { ethernet, deliver } = wire();
    const card = new Ne2000({ mac: MAC_A, ethernet });
    const driver = new Ne2000Driver(card);
    const group = Uint8Array.of(0x01, 0, 0x5e, 0, 0, 1);
    const everybody = new Uint8Array(6).fill(0xff);
    const accepted = (to: Uint8Array) => {
      deliver(frame(to, MAC_B, 60, 3));
      return driver.receive().length;
    };
    expect([accepted(MAC_A), accepted(MAC_B), accepted(everybody), accepted(group)]).toEqual([1, 0, 1, 0]);
    driver.out(0x0c, 0x0c);
    expect(accepted(group)).toBe(0);
    driver.out(0x00, 0x62);
    for (let i = 8; i < 16; i++) driver.out(i, 0xff);
    driver.out(0x00, 0x22);
    expect(accepted(group)).toBe(1);
    driver.out(0x0c, 0x10);
    expect(accepted(MAC_B)).toBe(1);
    driver.out(0x00, 0x21);
    expect(accepted(MAC_A)).toBe(0);
  });
});

/** A PCnet on a bench with a driver that uses 32-bit structures: 4 receive and 4 transmit descriptors. */
function pcnet(ethernet: Ethernet, style = 2) {
  const bench = new Bench();
  const pci = new PciBus();
  let level = false;
  pci.onInterrupt((_, high) => {
    level = high;
  });
  const memory = new Uint8Array(0x8000);
  const dma = {
    read: (address: number, length: number) => memory.slice(address, address + length),
    write: (address: number, bytes: Uint8Array) => memory.set(bytes, address),
  };
  const card = new Pcnet({ pci, slot: 11, dma, mac: MAC_A, ethernet });
  const view = new DataView(memory.buffer);
  const rdp = (register: number, value?: number) => {
    card.write(0x12, 2, register);
    if (value !== undefined) card.write(0x10, 2, value);
    return card.read(0x10, 2);
  };
  const [RX, TX] = [0x100, 0x200];
  const start = (mode = 0) => {
    card.read(0x14, 2);
    card.write(0x12, 2, 20);
    card.write(0x16, 2, style);
    view.setUint16(0, mode, true);
    memory[2] = memory[3] = 2 << 4;
    memory.set(MAC_A, 4);
    view.setUint32(20, RX, true);
    view.setUint32(24, TX, true);
    for (let i = 0; i < 4; i++) {
      view.setUint32(RX + 16 * i + (style === 3 ? 8 : 0), 0x1000 + 0x400 * i, true);
      view.setUint32(RX + 16 * i + 4, 0x8000_f000 | (-0x400 & 0xfff), true);
      view.setUint32(TX + 16 * i + 4, 0, true);
    }
    rdp(1, 0);
    rdp(2, 0);
    rdp(0, 0x0001);
    expect(rdp(0)).toBe(0x0181);
    rdp(0, 0x0042);
  };
  let next = 0;
  const queue = (bytes: Uint8Array, flags = 0x8300_f000) => {
    const at = TX + 16 * next;
    memory.set(bytes, 0x4000 + 0x800 * next);
    view.setUint32(at + (style === 3 ? 8 : 0), 0x4000 + 0x800 * next, true);
    view.setUint32(at + 4, (flags | (-bytes.length & 0xfff)) >>> 0, true);
    next = (next + 1) & 3;
  };
  const rxStatus = (i: number) => view.getUint32(RX + 16 * i + 4, true);
  const rxLength = (i: number) => view.getUint32(RX + 16 * i + (style === 3 ? 0 : 8), true) & 0xfff;
  return { bench, pci, card, rdp, start, queue, view, memory, rxStatus, rxLength, irq: () => level };
}

describe('Pcnet', () => {
  it('passes the probes: stopped after reset, register address holds 88, chip identification', () => {
    const { card, rdp } = pcnet(wire().ethernet);
    expect([...Array.from({ length: 6 }, (_, i) => card.read(i, 1))]).toEqual([...MAC_A]);
    card.read(0x14, 2);
    expect(rdp(0)).toBe(4);
    card.write(0x12, 2, 88);
    expect(card.read(0x12, 2)).toBe(88);
    expect([rdp(88), rdp(89)]).toEqual([0x1003, 0x0262]);
    expect([rdp(12), rdp(13), rdp(14)]).toEqual([0x5452, 0, 0x0a00]);
    card.write(0x12, 2, 4);
    expect(card.read(0x16, 2) & 0x8000).toBe(0x8000); // link
  });

  it('goes into 32-bit mode by a 32-bit write to RDP and leaves it at reset', () => {
    const { card } = pcnet(wire().ethernet);
    card.write(0x10, 4, 4);
    card.write(0x14, 4, 89);
    expect(card.read(0x14, 4)).toBe(89);
    expect(card.read(0x10, 4)).toBe(0x0262);
    expect(card.read(0x18, 4)).toBe(0);
    card.write(0x12, 2, 88);
    expect(card.read(0x10, 2)).toBe(0x1003);
  });

  it.each([2, 3])('sends frames of one and of several buffers (software style %i)', (style) => {
    const { ethernet, sent } = wire();
    const { start, queue, rdp, view, irq } = pcnet(ethernet, style);
    start();
    expect(rdp(0)).toBe(0x01f3);
    expect(irq()).toBe(true);
    rdp(0, 0x0140);
    expect(irq()).toBe(false);
    const whole = frame(MAC_B, MAC_A, 600, 5);
    queue(whole.subarray(0, 100), 0x8200_f000);
    queue(whole.subarray(100), 0x8100_f000);
    queue(whole);
    rdp(0, 0x0048);
    expect(sent).toEqual([whole, whole]);
    expect(rdp(0)).toBe(0x02f3);
    expect(irq()).toBe(true);
    expect([0, 1, 2].map((i) => view.getUint32(0x204 + 16 * i, true) >>> 31)).toEqual([0, 0, 0]);
  });

  it('receives into buffers of the ring, with FCS, and counts what it misses', () => {
    const { ethernet, deliver } = wire();
    const { start, rdp, memory, rxStatus, rxLength, irq } = pcnet(ethernet);
    start();
    rdp(0, 0x0140);
    deliver(frame(MAC_B, MAC_A, 60, 1));
    expect(irq()).toBe(false);
    const short = frame(MAC_A, MAC_B, 42, 3);
    deliver(short);
    expect(rxStatus(0) >>> 16).toBe(0x0300);
    expect(rxLength(0)).toBe(64);
    expect(memory.subarray(0x1000, 0x103c)).toEqual(padded(short));
    // With its FCS, a frame leaves the well-known residue.
    expect(crc32(memory.subarray(0x1000, 0x1040))).toBe(0xdebb20e3);
    expect(irq()).toBe(true);
    rdp(0, 0x0440);
    expect(irq()).toBe(false);
    const long = frame(MAC_A, MAC_B, 1514, 9);
    deliver(long);
    expect([rxStatus(1) >>> 16, rxStatus(2) >>> 16]).toEqual([0x0200, 0x0100]);
    expect(rxLength(2)).toBe(1518);
    expect(memory.subarray(0x1400, 0x1c00).subarray(0, 1514)).toEqual(long);
    deliver(long);
    expect(rxStatus(3) >>> 16).toBe(0x4600);
    deliver(short);
    expect(rdp(112)).toBe(1);
    expect(rdp(0) & 0x9000).toBe(0x9000);
  });

  it('loops back when asked to, and hears its groups', () => {
    const { ethernet, sent, deliver } = wire();
    const { start, queue, rdp, rxStatus } = pcnet(ethernet);
    start(0x0004);
    queue(frame(MAC_A, MAC_A, 100, 1));
    rdp(0, 0x0048);
    expect(sent).toEqual([]);
    expect(rxStatus(0) >>> 16).toBe(0x0300);
    const group = Uint8Array.of(0x01, 0, 0x5e, 0, 0, 1);
    deliver(frame(group, MAC_B, 60, 1));
    expect(rxStatus(1) >>> 31).toBe(1);
    const hash = crc32(group) >>> 26;
    rdp(8 + (hash >>> 4), 1 << (hash & 15));
    deliver(frame(group, MAC_B, 60, 1));
    expect(rxStatus(1) >>> 16).toBe(0x0300);
  });

  it('does not run for ever over a ring it cannot write to', () => {
    const pci = new PciBus();
    const { ethernet, sent } = wire();
    const dma = { read: (_: number, length: number) => new Uint8Array(length).fill(0xff), write() {} };
    const card = new Pcnet({ pci, slot: 11, dma, mac: MAC_A, ethernet });
    card.write(0x10, 2, 3);
    expect(sent.length).toBeLessThanOrEqual(512);
  });
});

describe('EthernetHub', () => {
  it('carries frames between machines after its latency, and keeps them in a snapshot', () => {
    const [a, b] = [new Timeline(HZ), new Timeline(HZ / 2)];
    const hub = new EthernetHub({ latency: 1e-3 });
    const left = hub.connect(a.port('net'));
    const right = hub.connect(b.port('net'));
    const got: [number, number][] = [];
    right.onReceive((bytes) => got.push([b.now, bytes[0]!]));
    a.now = HZ;
    left.send(Uint8Array.of(1));
    left.send(Uint8Array.of(2));
    b.now = HZ / 2;
    b.fire();
    expect(got).toEqual([]);
    const other = new EthernetHub().connect(new Timeline(HZ / 2).port('net'));
    other.load(right.save());
    expect(other.save()).toEqual(right.save());
    // The latency of 1 ms, and between the frames 84 bytes' time at 100 Mbit/s.
    expect(b.deadline).toBe(50_050_000);
    for (let i = 0; i < 2; i++) {
      b.now = b.deadline;
      b.fire();
    }
    expect(got).toEqual([
      [50_050_000, 1],
      [50_050_336, 2],
    ]);
    expect(a.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it('brings a gateway’s answer at once where the hub has no latency', () => {
    const timeline = new Timeline(HZ);
    const hub = new EthernetHub({ latency: 0 });
    const card = hub.connect(timeline.port('card'));
    new Gateway({ ethernet: hub.connect(timeline.port('cable')), scheduler: timeline.port('gateway') });
    const got: number[] = [];
    card.onReceive(() => got.push(timeline.now));
    const question = frame(new Uint8Array(6).fill(0xff), MAC_A, 42, 0);
    question.set([8, 6, 0, 1, 8, 0, 6, 4, 0, 1, ...MAC_A, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2], 12);
    timeline.now = 1234;
    card.send(question);
    while (timeline.deadline <= timeline.now) timeline.fire();
    expect(got).toEqual([1234]);
  });

  it('loses nothing between two kinds of cards that keep up', () => {
    const hub = new EthernetHub({ latency: 1e-6 });
    const [a, b] = [new Bench(), new Bench()];
    const ne2000 = new Ne2000Driver(new Ne2000({ mac: MAC_B, ethernet: hub.connect(b.port('net')) }));
    const amd = pcnet(hub.connect(a.port('net')));
    amd.start();
    const tally = (frames: Uint8Array[]) => frames.map((bytes) => crc32(bytes));
    const [sent, received]: [number[], number[]] = [[], []];
    for (let i = 0; i < 1000; i++) {
      const bytes = frame(MAC_B, MAC_A, 60 + ((i * 97) % 1455), i + 1);
      sent.push(...tally([bytes]));
      amd.queue(bytes);
      amd.rdp(0, 0x0048);
      b.advance(HZ / 1000);
      a.advance(HZ / 1000);
      received.push(...tally(ne2000.receive()));
    }
    expect(received).toEqual(sent);
  });

  it('shows its traffic to a capture', () => {
    const hub = new EthernetHub();
    const seen: number[] = [];
    const subscription = hub.onFrame((bytes, seconds) => seen.push(bytes.length, seconds));
    const timeline = new Timeline(HZ);
    const port = hub.connect(timeline.port('net'));
    timeline.now = HZ / 4;
    port.send(new Uint8Array(60));
    subscription.dispose();
    port.send(new Uint8Array(60));
    expect(seen).toEqual([60, 0.25]);
    const view = new DataView(pcapHeader().buffer);
    expect([view.getUint32(0, true), view.getUint32(20, true)]).toEqual([0xa1b2c3d4, 1]);
    const record = new DataView(pcapRecord(new Uint8Array(60), 3.25).buffer);
    expect([0, 4, 8, 12].map((at) => record.getUint32(at, true))).toEqual([3, 250_000, 60, 60]);
  });
});
