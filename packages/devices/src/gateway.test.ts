import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { type Ethernet, EthernetHub } from './ethernet.ts';
import { Gateway } from './gateway.ts';
import type { HostConnectionEvents, HostSockets } from './host-sockets.ts';
import { address, checksum, ETHER, ipv4, PROTOCOL, parseIpv4, type Segment, TCP_FLAG, tcp, udp } from './packets.ts';

const { FIN, SYN, RST, ACK } = TCP_FLAG;
const GUEST = address('10.0.2.15');
const GATEWAY = address('10.0.2.2');
const NAME_SERVER = address('10.0.2.3');
const MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
const EVERYBODY = new Uint8Array(6).fill(0xff);

function ethernetFrame(to: Uint8Array, type: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.from([...to, ...MAC, type >>> 8, type & 0xff, ...payload]);
}

/** A guest and a gateway on one hub; `frames` are those that reached the guest. */
function make(sockets: HostSockets = {}) {
  const bench = new Bench();
  const hub = new EthernetHub({ latency: 1e-6, bandwidth: 1e11 });
  const guest: Ethernet = hub.connect(bench.port('guest'));
  const gateway = new Gateway({ ethernet: hub.connect(bench.port('wire')), scheduler: bench.port('gateway'), sockets });
  const frames: Uint8Array[] = [];
  guest.onReceive((frame) => frames.push(frame));
  const settle = () => {
    bench.advance(HZ / 10_000);
    return frames.splice(0);
  };
  const packets = () =>
    settle()
      .filter((frame) => ((frame[12]! << 8) | frame[13]!) === ETHER.IPV4)
      .map((frame) => parseIpv4(frame.subarray(14))!);
  const send = (target: number, protocol: number, payload: Uint8Array) =>
    guest.send(ethernetFrame(EVERYBODY, ETHER.IPV4, ipv4(GUEST, target, protocol, payload)));
  const datagram = (target: number, port: number, payload: Uint8Array) =>
    send(target, PROTOCOL.UDP, udp.build(GUEST, target, 4000, port, payload));
  return { bench, guest, gateway, settle, packets, send, datagram };
}

/** The guest's end of a TCP connection, by hand. */
function client(sockets: HostSockets, host = GATEWAY) {
  const net = make(sockets);
  const say = (segment: Partial<Segment>) =>
    net.send(
      host,
      PROTOCOL.TCP,
      tcp.build(GUEST, host, 5000, 80, {
        sequence: 0,
        acknowledgement: 0,
        flags: ACK,
        window: 0xffff,
        payload: new Uint8Array(0),
        ...segment,
      }),
    );
  const hear = () =>
    net.packets().map(({ source, target, payload }) => {
      // The checksum over segment and pseudo-header is right.
      const pseudo = (source >>> 16) + (source & 0xffff) + (target >>> 16) + (target & 0xffff) + 6 + payload.length;
      expect(checksum(payload, pseudo)).toBe(0);
      return tcp.parse(payload)!;
    });
  return { ...net, say, hear };
}

/** A host that notes what it is asked and hands out the far end. */
function farEnd() {
  const log: unknown[] = [];
  let events!: HostConnectionEvents;
  const sockets: HostSockets = {
    connect(host, port, given) {
      log.push(['connect', host, port]);
      events = given;
      return {
        write: (bytes) => log.push(['write', new TextDecoder().decode(bytes)]),
        end: () => log.push(['end']),
        destroy: () => log.push(['destroy']),
      };
    },
  };
  return { log, sockets, events: () => events };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('Gateway', () => {
  it('answers ARP for itself and its name server only', () => {
    const { guest, settle } = make();
    const ask = (target: number) => {
      const request = new Uint8Array(28);
      request.set([0, 1, 8, 0, 6, 4, 0, 1, ...MAC, 10, 0, 2, 15]);
      new DataView(request.buffer).setUint32(24, target);
      guest.send(ethernetFrame(EVERYBODY, ETHER.ARP, request));
      return settle();
    };
    const [reply] = ask(GATEWAY);
    expect([...reply!.subarray(0, 6)]).toEqual([...MAC]);
    expect([...reply!.subarray(20, 32)]).toEqual([0, 2, 0x52, 0x55, 10, 0, 2, 2, 10, 0, 2, 2]);
    expect(ask(NAME_SERVER)).toHaveLength(1);
    expect(ask(address('10.0.2.16'))).toEqual([]);
  });

  it('leases an address by DHCP, the same one again', () => {
    const { guest, settle } = make();
    const ask = (kind: number) => {
      const message = new Uint8Array(244);
      message.set([1, 1, 6, 0, 1, 2, 3, 4]);
      message.set(MAC, 28);
      message.set([99, 130, 83, 99, 53, 1, kind, 255], 236);
      const packet = ipv4(0, 0xffff_ffff, PROTOCOL.UDP, udp.build(0, 0xffff_ffff, 68, 67, message));
      guest.send(ethernetFrame(EVERYBODY, ETHER.IPV4, packet));
      return udp.parse(parseIpv4(settle()[0]!.subarray(14))!.payload)!;
    };
    for (const [kind, answer] of [
      [1, 2],
      [3, 5],
    ] as const) {
      const { sourcePort, targetPort, payload } = ask(kind);
      expect([sourcePort, targetPort]).toEqual([67, 68]);
      expect([...payload.subarray(16, 20)]).toEqual([10, 0, 2, 15]);
      expect([...payload.subarray(240, 243)]).toEqual([53, 1, answer]);
    }
  });

  it('answers pings to itself', () => {
    const { send, packets } = make();
    const echo = Uint8Array.of(8, 0, 0, 0, 1, 2, 3, 4, 9, 9);
    const sum = checksum(echo);
    echo.set([sum >>> 8, sum & 0xff], 2);
    send(GATEWAY, PROTOCOL.ICMP, echo);
    const [reply] = packets();
    expect(reply).toMatchObject({ source: GATEWAY, target: GUEST, protocol: PROTOCOL.ICMP });
    expect(reply!.payload[0]).toBe(0);
    expect(checksum(reply!.payload)).toBe(0);
    send(address('8.8.8.8'), PROTOCOL.ICMP, echo);
    expect(packets()).toEqual([]);
  });

  it('resolves names as the host does', async () => {
    const { datagram, packets } = make({ resolve: async (name) => (name === 'a.test' ? ['1.2.3.4', '5.6.7.8'] : []) });
    const query = (name: string) =>
      Uint8Array.of(
        7,
        7,
        1,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        ...name.split('.').flatMap((l) => [l.length, ...bytes(l)]),
        0,
        0,
        1,
        0,
        1,
      );
    datagram(NAME_SERVER, 53, query('a.test'));
    packets();
    await Promise.resolve();
    await new Promise((done) => setTimeout(done));
    const answer = udp.parse(packets()[0]!.payload)!.payload;
    expect([...answer.subarray(0, 8)]).toEqual([7, 7, 0x81, 0x80, 0, 1, 0, 2]);
    expect([...answer.subarray(-4)]).toEqual([5, 6, 7, 8]);
    datagram(NAME_SERVER, 53, query('b.test'));
    packets();
    await new Promise((done) => setTimeout(done));
    expect(udp.parse(packets()[0]!.payload)!.payload[3]).toBe(0x83);
  });

  it('carries datagrams, and nothing without sockets', () => {
    const asked: unknown[] = [];
    const { datagram, packets } = make({
      datagram(host, port, payload, reply) {
        asked.push([host, port, ...payload]);
        reply(Uint8Array.of(42));
      },
    });
    datagram(GATEWAY, 9, Uint8Array.of(1, 2));
    const [packet] = packets();
    expect(asked).toEqual([['127.0.0.1', 9, 1, 2]]);
    expect(udp.parse(packet!.payload)).toEqual({ sourcePort: 9, targetPort: 4000, payload: Uint8Array.of(42) });
    const closed = make();
    closed.datagram(GATEWAY, 9, Uint8Array.of(1));
    expect(closed.packets()).toEqual([]);
  });

  it('opens a TCP connection, carries both ways, and closes it', () => {
    const { log, sockets, events } = farEnd();
    const { say, hear } = client(sockets, address('1.2.3.4'));
    say({ flags: SYN, sequence: 999 });
    expect(hear()).toEqual([]);
    expect(log).toEqual([['connect', '1.2.3.4', 80]]);
    events().open();
    expect(hear()).toMatchObject([{ flags: SYN | ACK, sequence: 0, acknowledgement: 1000 }]);
    say({ sequence: 1000, acknowledgement: 1 });
    say({ sequence: 1000, acknowledgement: 1, payload: bytes('GET') });
    expect(hear()).toMatchObject([{ flags: ACK, acknowledgement: 1003 }]);
    // Sent again with more behind it: only the new part is passed on. A gap is not.
    say({ sequence: 1000, acknowledgement: 1, payload: bytes('GET /') });
    say({ sequence: 1010, acknowledgement: 1, payload: bytes('lost') });
    expect(hear().map(({ acknowledgement }) => acknowledgement)).toEqual([1005, 1005]);
    expect(log.slice(1)).toEqual([
      ['write', 'GET'],
      ['write', ' /'],
    ]);
    events().data(bytes('page'));
    events().end();
    expect(hear()).toMatchObject([
      { sequence: 1, payload: bytes('page') },
      { sequence: 5, flags: FIN | ACK },
    ]);
    say({ sequence: 1005, acknowledgement: 6, flags: ACK | FIN });
    expect(hear()).toMatchObject([{ flags: ACK, sequence: 6, acknowledgement: 1006 }]);
    expect(log.at(-1)).toEqual(['end']);
    // Nothing is left of it: a late segment is refused.
    say({ sequence: 1006, acknowledgement: 6 });
    expect(hear()).toMatchObject([{ flags: RST | ACK }]);
  });

  it('keeps to the window and sends again what is not acknowledged', () => {
    const { sockets, events } = farEnd();
    const { say, hear, bench } = client(sockets);
    say({ flags: SYN, sequence: 0, mss: 1460 });
    hear();
    events().open();
    hear();
    say({ sequence: 1, acknowledgement: 1, window: 2000 });
    const data = new Uint8Array(5000).map((_, i) => i * 3);
    events().data(data);
    const sizes = () => hear().map(({ sequence, payload }) => [sequence, payload.length]);
    expect(sizes()).toEqual([
      [1, 1460],
      [1461, 540],
    ]);
    say({ sequence: 1, acknowledgement: 1461, window: 2000 });
    expect(sizes()).toEqual([[2001, 1460]]);
    bench.advance(HZ / 2);
    expect(sizes().slice(0, 2)).toEqual([
      [1461, 1460],
      [2921, 540],
    ]);
    // Three acknowledgements that ask for the same byte bring it at once.
    for (let i = 0; i < 3; i++) say({ sequence: 1, acknowledgement: 1461, window: 2000 });
    expect(sizes().slice(0, 1)).toEqual([[1461, 1460]]);
    say({ sequence: 1, acknowledgement: 3461, window: 0xffff });
    expect(sizes()).toEqual([
      [3461, 1460],
      [4921, 80],
    ]);
  });

  it('resets what cannot be connected', () => {
    const refused = client({});
    refused.say({ flags: SYN, sequence: 7 });
    expect(refused.hear()).toMatchObject([{ flags: RST | ACK, acknowledgement: 8 }]);
    const { sockets, events } = farEnd();
    const failing = client(sockets);
    failing.say({ flags: SYN, sequence: 7 });
    failing.hear();
    events().error();
    expect(failing.hear()).toMatchObject([{ flags: RST | ACK, acknowledgement: 8 }]);
    expect(failing.bench.timeline.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it('survives any frame', () => {
    const { guest, settle } = make();
    let seed = 1;
    const random = () => (seed = (seed * 48_271) % 0x7fff_ffff) & 0xff;
    for (let i = 0; i < 2000; i++) {
      const frame = new Uint8Array(random() % 90).map(random);
      if (random() & 1)
        frame.set([8, random() & 1 ? 6 : 0].slice(0, Math.max(0, frame.length - 12)), Math.min(12, frame.length));
      guest.send(frame);
      const inner = new Uint8Array(random() % 60).map(random);
      const protocol = [PROTOCOL.ICMP, PROTOCOL.TCP, PROTOCOL.UDP][random() % 3]!;
      if (protocol === PROTOCOL.UDP && inner.length > 8) inner.set([0, random() & 1 ? 53 : 67, 0, inner.length], 2);
      guest.send(
        ethernetFrame(EVERYBODY, ETHER.IPV4, ipv4(GUEST, random() & 1 ? GATEWAY : NAME_SERVER, protocol, inner)),
      );
    }
    expect(settle().length).toBeGreaterThan(0);
  });
});
