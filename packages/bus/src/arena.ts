import { BusSetupError } from './errors.ts';

/** What one user of the arena asks for. */
export interface ArenaRequest {
  readonly name: string;
  /** Size in bytes. */
  readonly bytes: number;
}

/** Where it landed. */
export interface ArenaRegion extends ArenaRequest {
  readonly byteOffset: number;
}

const PAGE = 0x1_0000;

/**
 * Every region starts 64 bytes after a 4 KB boundary. A soft-TLB entry is `host page - virtual page`, with 0 for a miss; the skew makes
 * sure that no true entry is 0, and keeps cache lines whole.
 */
const SKEW = 64;

/**
 * The one block of memory of a machine: CPU state, soft-TLB tables and guest RAM side by side, so that an interpreter and translated
 * code read and write the same bytes. It never grows: views stay valid for the machine's life.
 *
 * Backed by a `WebAssembly.Memory` (untouched pages cost nothing); by a plain `ArrayBuffer` on hosts that have no WebAssembly.
 */
export class Arena {
  readonly memory: WebAssembly.Memory | undefined;
  readonly buffer: ArrayBuffer;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly #regions = new Map<string, ArenaRegion>();

  /**
   * @throws KSEG_BUS_ARENA_SIZE when the regions need more than the 4 GB that a 32-bit memory can hold, or a size is no whole number;
   * KSEG_BUS_DUPLICATE_NAME
   */
  constructor(requests: readonly ArenaRequest[]) {
    let end = 0;
    for (const { name, bytes } of requests) {
      if (!Number.isInteger(bytes) || bytes < 0)
        throw new BusSetupError(
          'KSEG_BUS_ARENA_SIZE',
          `region "${name}" has a size of ${bytes} bytes: give a whole number`,
          {
            name,
            bytes,
          },
        );
      if (this.#regions.has(name))
        throw new BusSetupError(
          'KSEG_BUS_DUPLICATE_NAME',
          `two regions of the arena are called "${name}": give each its own name`,
          { name },
        );
      const byteOffset = (Math.ceil(end / 4096) * 4096 || 4096) + SKEW;
      this.#regions.set(name, { name, bytes, byteOffset });
      end = byteOffset + bytes;
    }
    const pages = Math.ceil(end / PAGE);
    if (pages > 0x1_0000)
      throw new BusSetupError('KSEG_BUS_ARENA_SIZE', `a machine holds at most 4 GB; its regions need ${end} bytes`, {
        bytes: end,
      });
    this.memory =
      typeof WebAssembly === 'undefined' ? undefined : new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.buffer = this.memory?.buffer ?? new ArrayBuffer(pages * PAGE);
    this.u8 = new Uint8Array(this.buffer);
    this.u16 = new Uint16Array(this.buffer);
    this.i32 = new Int32Array(this.buffer);
    this.f64 = new Float64Array(this.buffer);
  }

  /** @throws KSEG_BUS_ARENA_REGION when nobody asked for a region of that name */
  region(name: string): ArenaRegion {
    const region = this.#regions.get(name);
    if (region === undefined)
      throw new BusSetupError(
        'KSEG_BUS_ARENA_REGION',
        `the arena has no region "${name}"; it has ${[...this.#regions.keys()].join(', ')}`,
        { name },
      );
    return region;
  }
}
