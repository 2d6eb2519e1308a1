import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asm } from '@kseg/asm';
import { type Ethernet, EthernetHub } from '@kseg/devices';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defineBoard, rom } from '../board.ts';
import { createMachine, type Machine } from '../machine.ts';
import { nodeClock } from './clock.ts';
import { capture, userNetwork } from './network.ts';

const [TCP, UDP] = [6, 17];
const [FIN, SYN, ACK] = [1, 2, 16];
const GUEST_PORT = 4000;

/** A machine that only lets time pass, and beside it on the cable a card whose frames the test writes. */
let machine: Machine;
let hub: EthernetHub;
let card: Ethernet;
let folder: string;
/** IP payloads that have come to the card. */
let received: Uint8Array[];
let network: { dispose(): void };

beforeEach(() => {
  const { bytes } = asm`1: b 1b`.flat({ origin: 0xbfc0_0000, endian: 'little' });
  machine = createMachine(
    defineBoard({
      name: 'cable',
      cpu: '24Kc',
      endian: 'little',
      clock: 1_000_000,
      parts: [rom('rom', 0x1fc0_0000, 0x1000, bytes)],
    }),
  );
  hub = new EthernetHub();
  card = hub.connect(machine.timeline.port('card'));
  received = [];
  card.onReceive((frame) => {
    const length = (frame[16]! << 8) | frame[17]!;
    received.push(frame.slice(34, 14 + length));
  });
  network = userNetwork(machine, hub);
  folder = mkdtempSync(join(tmpdir(), 'kseg-network-'));
});
afterEach(() => {
  network.dispose();
  rmSync(folder, { recursive: true });
});

/** Runs until `condition` holds, 10 s at most. */
async function runUntil(condition: () => boolean): Promise<void> {
  for (const start = nodeClock.now(); !condition() && nodeClock.now() - start < 10_000; await nodeClock.yield())
    machine.run(1000);
  expect(condition()).toBe(true);
}

const word = (value: number) => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
const half = (value: number) => [value >>> 8, value & 0xff];

/** Sends an IP packet from 10.0.2.15 to the gateway. */
function send(protocol: number, payload: readonly number[]): void {
  const header = [0x45, 0, ...half(20 + payload.length), 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2];
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (header[i]! << 8) | header[i + 1]!;
  sum = (sum & 0xffff) + (sum >>> 16);
  header.splice(10, 2, ...half(~sum & 0xffff));
  const ethernet = [0x52, 0x55, 10, 0, 2, 2, 0x52, 0x54, 0, 0, 0, 1, 8, 0];
  card.send(Uint8Array.from([...ethernet, ...header, ...payload]));
}
const sendTcp = (port: number, flags: number, sequence: number, acknowledgement: number, text = '') =>
  send(TCP, [
    ...[...half(GUEST_PORT), ...half(port), ...word(sequence), ...word(acknowledgement)],
    ...[0x50, flags, 0xff, 0xff, 0, 0, 0, 0],
    ...new TextEncoder().encode(text),
  ]);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

it('lets a guest fetch a page from a server on the loopback of the host, and takes it down', async () => {
  const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const path = join(folder, 'net.pcap');
  const tap = capture(hub, path);

  sendTcp(port, SYN, 0, 0);
  await runUntil(() => received.length > 0);
  expect(received[0]![13]).toBe(SYN | ACK);
  const first = (new DataView(received[0]!.buffer).getUint32(4) + 1) >>> 0;
  sendTcp(port, ACK, 1, first, 'GET /kseg HTTP/1.0\r\n\r\n');
  const page = () =>
    received
      .slice(1)
      .map((segment) => text(segment.subarray(20)))
      .join('');
  await runUntil(() => received.some((segment) => (segment[13]! & FIN) !== 0));
  expect(page()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*you asked for \/kseg$/);

  tap.dispose();
  tap.dispose();
  const frames = readFileSync(path);
  expect([...frames.subarray(0, 4)]).toEqual([0xd4, 0xc3, 0xb2, 0xa1]);
  expect(frames.includes('GET /kseg')).toBe(true);
  expect(frames.includes('you asked for /kseg')).toBe(true);
  server.close();
});

it('carries datagrams and their answers', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('message', (bytes, { port, address }) => server.send(`echo of ${bytes}`, port, address));
  send(UDP, [...half(GUEST_PORT), ...half(server.address().port), ...half(8 + 3), 0, 0, ...Buffer.from('abc')]);
  await runUntil(() => received.length > 0);
  expect(text(received[0]!.subarray(8))).toBe('echo of abc');
  server.close();
});

it('resets a connection to a port where nobody listens', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  sendTcp(port, SYN, 0, 0);
  await runUntil(() => received.length > 0);
  expect(received[0]![13]! & 4).toBe(4);
});

it('says which event of the host should wake a runner that sleeps', async () => {
  network.dispose();
  const server = createServer((_, response) => response.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const other = createMachine(machine.board);
  const cable = new EthernetHub();
  machine = other;
  card = cable.connect(other.timeline.port('card'));
  let woken = 0;
  network = userNetwork(other, cable, { wake: () => woken++ });
  sendTcp(port, SYN, 0, 0);
  await runUntil(() => woken === 1);
  server.close();
});
