import { checkBytes, type State } from '@kseg/bus';
import { MachineError } from './errors.ts';

/**
 * A machine at one instant: architectural state only (no caches, soft TLBs or budgets), so it does not depend on the engine that ran.
 * `board` names what it can be loaded into.
 */
export interface Snapshot {
  readonly format: 'kseg-snapshot';
  readonly version: 1;
  readonly board: string;
  readonly state: State;
}

const MAGIC = 'KSEGSNAP';
const VERSION = 1;
/** Bytes before the JSON header: magic, two lengths, 16 bytes of checksum. */
const PREFIX = 32;

/** An object with its keys sorted: equal states are equal bytes, whoever put them together. */
const inOrder = (value: unknown): unknown =>
  value === null || typeof value !== 'object' || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

/** A snapshot as bytes: magic, lengths and a checksum, a JSON header, then the byte arrays that the header refers to. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const blobs: Uint8Array[] = [];
  let size = 0;
  // The holder's own value: a Buffer would have been made JSON of by then.
  const json = JSON.stringify(snapshot, function (this: Record<string, unknown>, key, made) {
    const value = this[key];
    if (!(value instanceof Uint8Array)) return inOrder(made);
    blobs.push(value);
    size += value.length;
    return { $bytes: [size - value.length, value.length] };
  });
  const header = new TextEncoder().encode(json);
  const bytes = new Uint8Array(PREFIX + header.length + size);
  bytes.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, header.length, true);
  view.setUint32(12, size, true);
  bytes.set(header, PREFIX);
  let at = PREFIX + header.length;
  for (const blob of blobs) {
    bytes.set(blob, at);
    at += blob.length;
  }
  for (const [i, word] of digest(bytes.subarray(PREFIX)).entries()) view.setUint32(16 + i * 4, word, true);
  return bytes;
}

const fault = (why: string) =>
  new MachineError('KSEG_MACHINE_SNAPSHOT_FORMAT', `this is not a snapshot that can be loaded: ${why}`);

/** Looks again at what the type promises. @throws KSEG_MACHINE_SNAPSHOT_FORMAT */
export function checkSnapshot(value: unknown): asserts value is Snapshot {
  if (ArrayBuffer.isView(value)) throw fault('it is bytes; give what decodeSnapshot() makes of them');
  const { format, version, board, state } = (value ?? {}) as Partial<Record<keyof Snapshot, unknown>>;
  if (format !== 'kseg-snapshot') throw fault('it is not what a machine saved');
  if (version !== VERSION) throw fault(`its version is ${String(version)}; this kseg reads version ${VERSION}`);
  if (typeof board !== 'string' || state === undefined) throw fault('it names no board or has no state');
}

/** @throws KSEG_MACHINE_SNAPSHOT_FORMAT when the bytes are no snapshot, cut short, or of a later version; KSEG_BUS_BYTES */
export function decodeSnapshot(file: Uint8Array): Snapshot {
  checkBytes(file, 'a snapshot');
  // Node's Buffer is a Uint8Array whose `slice` does not copy: see it as what it is.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < PREFIX || new TextDecoder().decode(bytes.subarray(0, 8)) !== MAGIC)
    throw fault('it does not start with a snapshot header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(8, true);
  const size = view.getUint32(12, true);
  if (bytes.length !== PREFIX + headerLength + size)
    throw fault(`it has ${bytes.length} bytes where its header promises ${PREFIX + headerLength + size}`);
  if (digest(bytes.subarray(PREFIX)).some((word, i) => word !== view.getUint32(16 + i * 4, true)))
    throw fault('its contents are damaged');
  let snapshot: unknown;
  try {
    const header = new TextDecoder().decode(bytes.subarray(PREFIX, PREFIX + headerLength));
    snapshot = JSON.parse(header, (_key, value) => {
      const span = value?.$bytes as readonly [number, number] | undefined;
      return span === undefined
        ? value
        : bytes.slice(PREFIX + headerLength + span[0], PREFIX + headerLength + span[0] + span[1]);
    });
  } catch {
    throw fault('its header is damaged');
  }
  checkSnapshot(snapshot);
  return snapshot;
}

/**
 * 128 bits over a snapshot, as 32 hexadecimal digits: equal machines give equal digits. Not cryptographic: it tells two runs apart, it
 * does not defend against anybody.
 */
export function hashSnapshot(snapshot: Snapshot): string {
  return digest(encodeSnapshot(snapshot).subarray(PREFIX))
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
}

/** Four words over some bytes, unsigned. */
function digest(bytes: Uint8Array): number[] {
  const lanes = new Uint32Array([0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f]);
  const padded = new Uint8Array(Math.ceil(bytes.length / 16) * 16);
  padded.set(bytes);
  const words = new Uint32Array(padded.buffer);
  for (let i = 0; i < words.length; i++) {
    const lane = i & 3;
    const mixed = Math.imul(lanes[lane]! ^ words[i]!, 0x85ebca6b);
    lanes[lane] = Math.imul((mixed << 13) | (mixed >>> 19), 0xc2b2ae35) + lanes[(lane + 1) & 3]!;
  }
  return [...lanes].map((lane) => {
    let h = lane ^ bytes.length;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  });
}

/** Pages of `bytes` that are not all zero: their numbers, and their contents one after another. */
export function packPages(bytes: Uint8Array): State {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  const pages: number[] = [];
  for (let page = 0; page << 10 < words.length; page++) {
    const end = Math.min((page + 1) << 10, words.length);
    for (let i = page << 10; i < end; i++)
      if (words[i] !== 0) {
        pages.push(page);
        break;
      }
  }
  const data = new Uint8Array(pages.length * 4096);
  for (const [i, page] of pages.entries()) data.set(bytes.subarray(page * 4096, (page + 1) * 4096), i * 4096);
  return { pages, data };
}

/** The inverse of `packPages`. @throws KSEG_MACHINE_SNAPSHOT_FORMAT when the state is none of so many bytes */
export function unpackPages(state: State, bytes: Uint8Array): void {
  const { pages, data } = state as { pages: readonly number[]; data: Uint8Array };
  if (data.length !== pages.length * 4096 || pages.some((page) => bytes[page * 4096] === undefined))
    throw fault(`${data.length} bytes are not ${pages.length} pages of a memory of ${bytes.length}`);
  bytes.fill(0);
  for (const [i, page] of pages.entries()) bytes.set(data.subarray(i * 4096, (i + 1) * 4096), page * 4096);
}
