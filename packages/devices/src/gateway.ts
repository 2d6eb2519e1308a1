import type { Scheduler } from '@kseg/bus';
import type { Ethernet } from './ethernet.ts';
import type { HostSockets } from './host-sockets.ts';
import { type Address, address, ETHER, ipv4, PROTOCOL, parseIpv4, tcp, udp } from './packets.ts';
import { TcpFlow } from './tcp-flow.ts';

export interface GatewayOptions {
  readonly ethernet: Ethernet;
  readonly scheduler: Scheduler;
  readonly sockets?: HostSockets | undefined;
}

const MAC = Uint8Array.of(0x52, 0x55, 10, 0, 2, 2);
const GATEWAY: Address = address('10.0.2.2');
const NAME_SERVER: Address = address('10.0.2.3');
const FIRST_GUEST = 15;
const BROADCAST: Address = address('255.255.255.255');
/** How long a lease lasts, in seconds. */
const LEASE = 86_400;
/** Seconds after which unacknowledged TCP data is sent again. */
const RETRANSMIT = 0.2;

/**
 * A router that needs no rights on the host: 10.0.2.0/24 with itself at 10.0.2.2 (which is also the host's loopback) and a name server
 * at 10.0.2.3. It answers ARP, DHCP and pings to itself, and carries TCP, UDP and name queries over the host's sockets as far as it is
 * given any. What comes from the host comes when it comes: a run with host traffic does not repeat exactly.
 */
export class Gateway {
  readonly #ethernet: Ethernet;
  readonly #scheduler: Scheduler;
  readonly #sockets: HostSockets;
  /** Hardware addresses of the guests by their IP address, and their leases. */
  readonly #neighbours = new Map<number, Uint8Array>();
  readonly #leases = new Map<string, number>();
  readonly #flows = new Map<string, TcpFlow>();
  readonly #subscription: { dispose(): void };

  constructor({ ethernet, scheduler, sockets = {} }: GatewayOptions) {
    this.#ethernet = ethernet;
    this.#scheduler = scheduler;
    this.#sockets = sockets;
    this.#subscription = ethernet.onReceive((frame) => this.#receive(frame));
    scheduler.handle(() => {
      for (const flow of this.#flows.values()) flow.resend();
      this.#schedule();
    });
  }

  /** Breaks every connection. */
  dispose(): void {
    this.#subscription.dispose();
    this.#scheduler.cancel('resend');
    for (const flow of this.#flows.values()) flow.abort();
    this.#flows.clear();
  }

  #receive(frame: Uint8Array): void {
    if (frame.length < 14) return;
    const type = (frame[12]! << 8) | frame[13]!;
    const payload = frame.subarray(14);
    if (type === ETHER.ARP) this.#arp(payload);
    else if (type === ETHER.IPV4) this.#ip(payload, frame.slice(6, 12));
  }

  #frame(to: Uint8Array, type: number, payload: Uint8Array): void {
    const frame = new Uint8Array(14 + payload.length);
    frame.set(to);
    frame.set(MAC, 6);
    frame[12] = type >>> 8;
    frame[13] = type & 0xff;
    frame.set(payload, 14);
    this.#ethernet.send(frame);
  }

  /** RFC 826. Every address of the network that is no guest's is the gateway's. */
  #arp(request: Uint8Array): void {
    if (request.length < 28 || request[7] !== 1) return;
    const view = new DataView(request.buffer, request.byteOffset);
    const target = view.getUint32(24);
    this.#neighbours.set(view.getUint32(14), request.slice(8, 14));
    if (target !== GATEWAY && target !== NAME_SERVER) return;
    const reply = request.slice(0, 28);
    reply[7] = 2;
    reply.set(MAC, 8);
    reply.set(request.subarray(24, 28), 14);
    reply.set(request.subarray(8, 18), 18);
    this.#frame(request.subarray(8, 14), ETHER.ARP, reply);
  }

  #ip(bytes: Uint8Array, mac: Uint8Array): void {
    const packet = parseIpv4(bytes);
    if (packet === undefined) return;
    const { source, target, protocol, payload } = packet;
    if (source !== 0) this.#neighbours.set(source, mac);
    if (protocol === PROTOCOL.ICMP) this.#icmp(source, target, payload);
    else if (protocol === PROTOCOL.UDP) this.#udp(source, target, payload, mac);
    else if (protocol === PROTOCOL.TCP) this.#tcp(source, target, payload);
  }

  #send(source: Address, target: Address, protocol: number, payload: Uint8Array): void {
    const mac = this.#neighbours.get(target);
    if (mac !== undefined) this.#frame(mac, ETHER.IPV4, ipv4(source, target, protocol, payload));
  }

  /** Echo, of the gateway's own addresses only: pinging the world needs rights. */
  #icmp(source: Address, target: Address, request: Uint8Array): void {
    if (request[0] !== 8 || (target !== GATEWAY && target !== NAME_SERVER)) return;
    const reply = request.slice();
    reply[0] = 0;
    // The type went from 8 to 0: the checksum (RFC 1624) grows by 0x0800.
    const sum = ((reply[2]! << 8) | reply[3]!) + 0x0800;
    const folded = (sum & 0xffff) + (sum >>> 16);
    reply[2] = folded >>> 8;
    reply[3] = folded & 0xff;
    this.#send(target, source, PROTOCOL.ICMP, reply);
  }

  #udp(source: Address, target: Address, bytes: Uint8Array, mac: Uint8Array): void {
    const datagram = udp.parse(bytes);
    if (datagram === undefined) return;
    const { sourcePort, targetPort, payload } = datagram;
    const reply = (answer: Uint8Array) =>
      this.#send(target, source, PROTOCOL.UDP, udp.build(target, source, targetPort, sourcePort, answer));
    if (targetPort === 67) this.#dhcp(payload, mac);
    else if (target === NAME_SERVER && targetPort === 53) void this.#name(payload, reply);
    else if (target !== BROADCAST) this.#sockets.datagram?.(hostOf(target), targetPort, payload, reply);
  }

  /** RFC 2131: every card gets an address, always the same one. */
  #dhcp(request: Uint8Array, mac: Uint8Array): void {
    if (request[0] !== 1 || request.length < 240) return;
    const kind = option(request, 53)?.[0];
    if (kind !== 1 && kind !== 3) return;
    const card = mac.join(':');
    let last = this.#leases.get(card);
    if (last === undefined) {
      last = FIRST_GUEST + this.#leases.size;
      this.#leases.set(card, last);
    }
    const guest = ((GATEWAY & 0xffff_ff00) | last) >>> 0;
    this.#neighbours.set(guest, mac);
    const reply = new Uint8Array(300);
    const view = new DataView(reply.buffer);
    reply.set(request.subarray(0, 240));
    reply[0] = 2;
    view.setUint32(16, guest);
    view.setUint32(20, GATEWAY);
    const long = (value: number) => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
    const options: readonly (readonly [number, readonly number[]])[] = [
      [53, [kind === 1 ? 2 : 5]],
      [54, long(GATEWAY)],
      [51, long(LEASE)],
      [1, long(0xffff_ff00)],
      [3, long(GATEWAY)],
      [6, long(NAME_SERVER)],
    ];
    reply.set([...options.flatMap(([code, value]) => [code, value.length, ...value]), 255], 240);
    const datagram = udp.build(GATEWAY, BROADCAST, 67, 68, reply);
    this.#frame(new Uint8Array(6).fill(0xff), ETHER.IPV4, ipv4(GATEWAY, BROADCAST, PROTOCOL.UDP, datagram));
  }

  /** RFC 1035: one question for IPv4 addresses, answered by the host's resolver. */
  async #name(query: Uint8Array, reply: (answer: Uint8Array) => void): Promise<void> {
    const labels: string[] = [];
    let at = 12;
    while (query[at]) {
      labels.push(String.fromCharCode(...query.subarray(at + 1, at + 1 + query[at]!)));
      at += 1 + query[at]!;
    }
    const end = at + 5;
    if (end > query.length) return;
    const isAddress = query[at + 1] === 0 && query[at + 2] === 1;
    const addresses = isAddress
      ? await (this.#sockets.resolve?.(labels.join('.')) ?? Promise.resolve([])).catch(() => [])
      : [];
    const answers = addresses.flatMap((text) => [
      0xc0,
      12,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      4,
      ...text.split('.').map(Number),
    ]);
    const header = [
      query[0]!,
      query[1]!,
      0x81,
      isAddress && addresses.length === 0 ? 0x83 : 0x80,
      0,
      1,
      0,
      addresses.length,
      0,
      0,
      0,
      0,
    ];
    reply(Uint8Array.from([...header, ...query.subarray(12, end), ...answers]));
  }

  #tcp(source: Address, target: Address, bytes: Uint8Array): void {
    const segment = tcp.parse(bytes);
    if (segment === undefined) return;
    const key = `${source}:${segment.sourcePort}-${target}:${segment.targetPort}`;
    let flow = this.#flows.get(key);
    if (flow === undefined) {
      flow = new TcpFlow(
        (reply) =>
          this.#send(
            target,
            source,
            PROTOCOL.TCP,
            tcp.build(target, source, segment.targetPort, segment.sourcePort, reply),
          ),
        (events) => this.#sockets.connect?.(hostOf(target), segment.targetPort, events),
        () => {
          this.#flows.delete(key);
          this.#schedule();
        },
      );
      this.#flows.set(key, flow);
    }
    flow.receive(segment);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#flows.size === 0) this.#scheduler.cancel('resend');
    else if (this.#scheduler.due('resend') === undefined)
      this.#scheduler.at(this.#scheduler.now + RETRANSMIT * this.#scheduler.hz, 'resend');
  }
}

/** The gateway's address is the host's loopback. */
const hostOf = (target: Address): string =>
  target === GATEWAY
    ? '127.0.0.1'
    : [target >>> 24, (target >>> 16) & 0xff, (target >>> 8) & 0xff, target & 0xff].join('.');

/** An option of a DHCP message. */
function option(message: Uint8Array, wanted: number): Uint8Array | undefined {
  for (let at = 240; at < message.length && message[at] !== 255; ) {
    if (message[at] === 0) at++;
    else {
      const length = message[at + 1] ?? 0;
      if (message[at] === wanted) return message.subarray(at + 2, at + 2 + length);
      at += 2 + length;
    }
  }
  return undefined;
}
