import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { AtaChannel } from './ata-channel.ts';
import { AtapiCdrom } from './atapi-cdrom.ts';
import { MemoryBlocks } from './block-store.ts';

const [DATA, ERROR, REASON, MID, HIGH, DEVICE, STATUS] = [0, 1, 2, 4, 5, 6, 7];
const BLOCK = 2048;
const disc = new Uint8Array(40 * BLOCK).map((_, i) => (i >>> 11) + i * 5);

function make(content?: Uint8Array) {
  const bench = new Bench();
  const drive = new AtapiCdrom(content === undefined ? {} : { store: new MemoryBlocks(content) });
  const channel = new AtaChannel({ scheduler: bench.port(), irq: bench.line('irq'), drives: [drive] });
  const out = (register: number, value: number) => channel.write(register, register === 0 ? 2 : 1, value);
  const inp = (register: number) => channel.read(register, register === 0 ? 2 : 1);
  const ready = () => bench.advance(HZ / 50_000);
  /** Sends a packet and takes the answer; the pieces' sizes tell how it was cut. */
  const packet = (bytes: number[], limit = 0xfffe) => {
    out(1, 0);
    out(MID, limit & 0xff);
    out(HIGH, limit >>> 8);
    out(DEVICE, 0);
    out(STATUS, 0xa0);
    expect([inp(STATUS) & 0x88, inp(REASON)]).toEqual([0x08, 1]);
    const full = [...bytes, ...new Array(12 - bytes.length).fill(0)];
    for (let i = 0; i < 12; i += 2) out(DATA, full[i]! | (full[i + 1]! << 8));
    const answer: number[] = [];
    const pieces: number[] = [];
    for (;;) {
      ready();
      expect(bench.level('irq')).toBe(true);
      const status = inp(STATUS);
      if (!(status & 8)) return { answer, pieces, status, error: inp(ERROR), reason: inp(REASON) };
      expect(inp(REASON)).toBe(2);
      const size = inp(MID) | (inp(HIGH) << 8);
      pieces.push(size);
      for (let i = 0; i < size; i += 2) {
        const word = inp(DATA);
        answer.push(word & 0xff, word >>> 8);
      }
    }
  };
  return { bench, channel, out, inp, ready, packet };
}

describe('AtapiCdrom', () => {
  it('shows itself by its signature and identifies itself as a packet device', () => {
    const { out, inp, ready } = make(disc);
    expect([inp(MID), inp(HIGH)]).toEqual([0x14, 0xeb]);
    out(STATUS, 0xec);
    expect([inp(STATUS), inp(ERROR), inp(MID), inp(HIGH)]).toEqual([0x51, 4, 0x14, 0xeb]);
    out(STATUS, 0xa1);
    ready();
    expect(inp(STATUS)).toBe(0x58);
    expect(inp(DATA)).toBe(0x85c0);
    for (let i = 1; i < 256; i++) inp(DATA);
    expect(inp(STATUS)).toBe(0x50);
  });

  it('reads blocks in pieces no larger than asked for', () => {
    const { packet } = make(disc);
    const { answer, pieces, status, reason } = packet([0x28, 0, 0, 0, 0, 3, 0, 0, 20], 0x1000);
    expect(answer).toEqual([...disc.subarray(3 * BLOCK, 23 * BLOCK)]);
    expect(Math.max(...pieces)).toBe(0x1000);
    expect([status, reason]).toEqual([0x50, 3]);
  });

  it('tells its capacity and its table of contents', () => {
    const { packet } = make(disc);
    expect(packet([0x25]).answer).toEqual([0, 0, 0, 39, 0, 0, 8, 0]);
    const toc = packet([0x43, 0, 0, 0, 0, 0, 0, 0, 100]).answer;
    expect(toc).toEqual([0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 0, 40]);
    const msf = packet([0x43, 2, 0, 0, 0, 0, 0, 0, 100]).answer;
    expect(msf.slice(8, 12)).toEqual([0, 0, 2, 0]);
    expect(packet([0x12, 0, 0, 0, 8]).answer.slice(0, 2)).toEqual([0x05, 0x80]);
  });

  it('says what went wrong when asked for sense', () => {
    const { packet } = make(disc);
    const failed = packet([0x28, 0, 0, 0, 0, 39, 0, 0, 2]);
    expect([failed.status, failed.error >>> 4, failed.reason]).toEqual([0x51, 5, 3]);
    const { answer } = packet([0x03, 0, 0, 0, 18]);
    expect([answer[2], answer[12]]).toEqual([5, 0x21]);
    expect(packet([0xff]).error >>> 4).toBe(5);
    expect(packet([0x00]).status).toBe(0x50);
    expect(packet([0x03, 0, 0, 0, 18]).answer[2]).toBe(0);
  });

  it('stands empty without a disc', () => {
    const { packet } = make();
    expect(packet([0x00]).error >>> 4).toBe(2);
    expect(packet([0x03, 0, 0, 0, 18]).answer[12]).toBe(0x3a);
    expect(packet([0x28, 0, 0, 0, 0, 0, 0, 0, 1]).status).toBe(0x51);
  });

  it('moves blocks by DMA, with one interrupt', () => {
    const { bench, channel, out, inp, ready } = make(disc);
    const memory: number[] = [];
    channel.attachBusMaster({
      transfer(_, bytes) {
        memory.push(...bytes);
        return bytes.length;
      },
      interrupt() {},
    });
    out(1, 1);
    out(STATUS, 0xa0);
    for (const word of [0x28, 0, 0, 0, 0x20, 0]) out(DATA, word);
    for (let i = 0; i < 3; i++) {
      expect(bench.level('irq')).toBe(i === 2);
      if (i < 2) ready();
    }
    expect([inp(STATUS), inp(REASON)]).toEqual([0x50, 3]);
    expect(memory).toEqual([...disc.subarray(0, 32 * BLOCK)]);
  });
});
