/** Link type of Ethernet frames. */
const LINKTYPE_ETHERNET = 1;
const SNAPSHOT_LENGTH = 0x4_0000;

/** The head of a capture file in pcap format, little-endian, with microseconds. */
export function pcapHeader(): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  view.setUint32(0, 0xa1b2_c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAPSHOT_LENGTH, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  return new Uint8Array(view.buffer);
}

/** One frame of a capture file, seen at `seconds` of virtual time. */
export function pcapRecord(frame: Uint8Array, seconds: number): Uint8Array {
  const bytes = new Uint8Array(16 + frame.length);
  const view = new DataView(bytes.buffer);
  const microseconds = Math.round(seconds * 1e6);
  view.setUint32(0, Math.floor(microseconds / 1e6), true);
  view.setUint32(4, microseconds % 1e6, true);
  view.setUint32(8, frame.length, true);
  view.setUint32(12, frame.length, true);
  bytes.set(frame, 16);
  return bytes;
}
