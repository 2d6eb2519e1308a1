/** An IPv4 address as an unsigned number. */
export type Address = number;

export const address = (dotted: string): Address =>
  dotted.split('.').reduce((value, part) => value * 256 + Number(part), 0);

export const ETHER = { IPV4: 0x0800, ARP: 0x0806 } as const;
export const PROTOCOL = { ICMP: 1, TCP: 6, UDP: 17 } as const;

/** The Internet checksum (RFC 1071) of `bytes`, begun with `seed`. */
export function checksum(bytes: Uint8Array, seed = 0): number {
  let sum = seed;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export interface Ipv4Packet {
  readonly source: Address;
  readonly target: Address;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** RFC 791. Fragments and damaged packets are dropped. */
export function parseIpv4(bytes: Uint8Array): Ipv4Packet | undefined {
  const header = (bytes[0]! & 0xf) * 4;
  if (bytes.length < 20 || bytes[0]! >>> 4 !== 4 || header < 20 || header > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(2);
  if (length < header || length > bytes.length || view.getUint16(6) & 0x3fff) return undefined;
  if (checksum(bytes.subarray(0, header)) !== 0) return undefined;
  return {
    source: view.getUint32(12),
    target: view.getUint32(16),
    protocol: bytes[9]!,
    payload: bytes.subarray(header, length),
  };
}

export function ipv4(source: Address, target: Address, protocol: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x45;
  view.setUint16(2, bytes.length);
  view.setUint16(6, 0x4000);
  bytes[8] = 64;
  bytes[9] = protocol;
  view.setUint32(12, source);
  view.setUint32(16, target);
  view.setUint16(10, checksum(bytes.subarray(0, 20)));
  bytes.set(payload, 20);
  return bytes;
}

/** What the pseudo-header adds to the checksum of UDP and TCP. */
const pseudoHeader = (source: Address, target: Address, protocol: number, length: number): number =>
  (source >>> 16) + (source & 0xffff) + (target >>> 16) + (target & 0xffff) + protocol + length;

export interface Datagram {
  readonly sourcePort: number;
  readonly targetPort: number;
  readonly payload: Uint8Array;
}

/** RFC 768. */
export const udp = {
  parse(bytes: Uint8Array): Datagram | undefined {
    if (bytes.length < 8) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint16(4);
    if (length < 8 || length > bytes.length) return undefined;
    return { sourcePort: view.getUint16(0), targetPort: view.getUint16(2), payload: bytes.slice(8, length) };
  },
  build(source: Address, target: Address, sourcePort: number, targetPort: number, payload: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(8 + payload.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, sourcePort);
    view.setUint16(2, targetPort);
    view.setUint16(4, bytes.length);
    bytes.set(payload, 8);
    view.setUint16(6, checksum(bytes, pseudoHeader(source, target, PROTOCOL.UDP, bytes.length)) || 0xffff);
    return bytes;
  },
};

export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;

export interface Segment {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  readonly payload: Uint8Array;
  /** Largest segment the other end takes; only with SYN. */
  readonly mss?: number;
}

/** RFC 9293. */
export const tcp = {
  parse(bytes: Uint8Array): (Segment & { sourcePort: number; targetPort: number }) | undefined {
    if (bytes.length < 20) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = (bytes[12]! >>> 4) * 4;
    if (header < 20 || header > bytes.length) return undefined;
    let mss = 536;
    for (let at = 20; at < header && bytes[at] !== 0; ) {
      if (bytes[at] === 1) at++;
      else {
        if (bytes[at] === 2 && at + 4 <= header) mss = view.getUint16(at + 2);
        at += Math.max(2, bytes[at + 1] ?? 2);
      }
    }
    return {
      sourcePort: view.getUint16(0),
      targetPort: view.getUint16(2),
      sequence: view.getUint32(4),
      acknowledgement: view.getUint32(8),
      flags: bytes[13]! & 0x3f,
      window: view.getUint16(14),
      payload: bytes.slice(header),
      mss,
    };
  },
  build(source: Address, target: Address, sourcePort: number, targetPort: number, segment: Segment): Uint8Array {
    const { sequence, acknowledgement, flags, window, payload, mss } = segment;
    const header = mss === undefined ? 20 : 24;
    const bytes = new Uint8Array(header + payload.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, sourcePort);
    view.setUint16(2, targetPort);
    view.setUint32(4, sequence);
    view.setUint32(8, acknowledgement);
    bytes[12] = (header / 4) << 4;
    bytes[13] = flags;
    view.setUint16(14, window);
    if (mss !== undefined) view.setUint32(20, 0x0204_0000 | mss);
    bytes.set(payload, header);
    view.setUint16(16, checksum(bytes, pseudoHeader(source, target, PROTOCOL.TCP, bytes.length)));
    return bytes;
  },
};
