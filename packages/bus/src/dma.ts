import type { PhysicalMap } from './physical-map.ts';

/** A bus master's way to guest memory: bytes in the guest's order. What it overwrites is dropped from every code cache. */
export interface Dma {
  /** Bytes nothing answers for read as 0. */
  read(address: number, length: number): Uint8Array;
  /** Bytes that fall on anything but RAM are dropped. */
  write(address: number, bytes: Uint8Array): void;
}

/** DMA over a physical map. Only memory answers: a device cannot be the other end. */
export function dmaPort(map: PhysicalMap): Dma {
  const runs = function* (address: number, length: number) {
    for (let done = 0; done < length; ) {
      const at = (address + done) >>> 0;
      const run = Math.min(length - done, 4096 - (at & 4095));
      yield { done, run, target: map.memoryAt(at) };
      done += run;
    }
  };
  return {
    read(address, length) {
      const bytes = new Uint8Array(length);
      for (const { done, run, target } of runs(address, length))
        if (target) bytes.set(target.memory.readBytes(target.offset, run), done);
      return bytes;
    },
    write(address, bytes) {
      for (const { done, run, target } of runs(address, bytes.length))
        if (target?.writable) target.memory.writeBytes(target.offset, bytes.subarray(done, done + run));
    },
  };
}
