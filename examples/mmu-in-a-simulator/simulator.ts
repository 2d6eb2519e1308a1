import { CP0_ENTRY_HI, LOAD, MAPPED, Mips32Mmu, STORE, USER } from '@kseg/mmu';
import { SoftTlb } from '@kseg/mmu/soft-tlb';

export const PAGE = 4096;
/** Bytes of physical memory, from address 0 on. */
export const RAM = 256 * PAGE;

/** A memory, the MMU in front of it, and a cache of translations. The programs that run on it are calls of `load` and `store`. */
export class Simulator {
  readonly mmu = new Mips32Mmu({ entries: 16, random: 'architectural' });
  readonly counts = { cached: 0, lookups: 0 };
  // The tables of the cache lie behind the RAM, in one buffer.
  readonly #buffer = new ArrayBuffer(RAM + SoftTlb.bytes({ slots: 4 }));
  readonly #cache = new SoftTlb(this.#buffer, RAM, { slots: 4 });
  readonly #words = new Int32Array(this.#buffer);
  readonly ram = new Uint8Array(this.#buffer, 0, RAM);

  /** `exception` is told of a fault (REFILL, INVALID, MODIFIED, ADDRESS_ERROR). When it returns, the access is tried again. */
  constructor(readonly exception: (fault: number) => void) {
    // What a write to the TLB takes away, the cache must forget.
    this.mmu.onChange((va, size, asid) => this.#cache.clearRange(va, size, asid));
  }

  load(va: number): number {
    return this.#words[this.#physical(va, LOAD) >>> 2]!;
  }

  store(va: number, word: number): void {
    this.#words[this.#physical(va, STORE) >>> 2] = word;
  }

  get asid(): number {
    return this.mmu.readCp0(CP0_ENTRY_HI) & 0xff;
  }

  /** Both the TLB and the cache hold several address spaces side by side: to change from one to another flushes nothing. */
  set asid(asid: number) {
    this.mmu.writeCp0(CP0_ENTRY_HI, asid);
    this.#cache.setAsid(asid);
  }

  #physical(va: number, access: number): number {
    const { mmu, counts } = this;
    const cache = this.#cache;
    const table = access === STORE ? cache.writeBase(USER) : cache.readBase(USER);
    const distance = this.#words[table + (va >>> 12)]!;
    if (distance !== 0) {
      counts.cached++;
      return (va + distance) >>> 0;
    }
    for (;;) {
      counts.lookups++;
      const result = mmu.lookup(va, access, USER);
      if (result === MAPPED) break;
      mmu.recordFault(va, result); // BadVAddr, Context and EntryHi, which the handler reads
      this.exception(result);
    }
    const { pa } = mmu;
    if (access === STORE) cache.fillWrite(USER, va, pa - (pa % PAGE));
    else cache.fillRead(USER, va, pa - (pa % PAGE));
    return pa;
  }
}
