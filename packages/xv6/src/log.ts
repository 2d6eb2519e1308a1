import type { Geometry } from './format.ts';
import type { ImageStore } from './store.ts';

/** What a log's header says: which blocks wait to be copied to their places. */
export interface LogHeader {
  /** Destinations, in log order. Empty when nothing was committed. */
  readonly blocks: readonly number[];
  /** Why the header cannot be right; undefined for a good one. */
  readonly fault: string | undefined;
}

/** Reads the log's header {n, block[n]}. */
export function readLog(store: ImageStore, geometry: Geometry): LogHeader {
  const bytes = store.read(geometry.logStart);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = geometry.endian === 'little';
  const count = view.getUint32(0, little);
  const room = Math.min(geometry.log - 1, geometry.blockSize / 4 - 1);
  if (count > room) return { blocks: [], fault: `says ${count} blocks, ${room} fit` };
  const blocks = Array.from({ length: count }, (_, i) => view.getUint32(4 + i * 4, little));
  const wrong = blocks.find((block) => !isLoggable(block, geometry));
  if (wrong !== undefined) return { blocks: [], fault: `would overwrite block ${wrong}` };
  return { blocks, fault: undefined };
}

/** The log may rewrite inodes, bitmap and data, not the superblock nor itself. */
function isLoggable(block: number, { size, logStart, log }: Geometry): boolean {
  return block >= 2 && block < size && (block < logStart || block >= logStart + log);
}

/**
 * Finishes a transaction that was committed and not yet installed, as xv6 does when it boots: copies the log's blocks to
 * their places and clears the header. Returns how many blocks there were.
 */
export function replayLog(store: ImageStore, geometry: Geometry): number {
  const { blocks } = readLog(store, geometry);
  blocks.forEach((block, i) => {
    store.write(block, store.read(geometry.logStart + 1 + i));
  });
  if (blocks.length > 0) clearLog(store, geometry);
  return blocks.length;
}

/** Sets the header's count to 0; the rest of the block stays, as xv6 leaves it. */
export function clearLog(store: ImageStore, geometry: Geometry): void {
  store.write(geometry.logStart, new Uint8Array(store.read(geometry.logStart)).fill(0, 0, 4));
}
