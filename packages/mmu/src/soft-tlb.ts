import { MmuError } from './errors.ts';
import { ANY_ASID, KERNEL, USER } from './translation.ts';

export { ANY_ASID };

/** Entries of a table: one for each 4 KB page of the virtual space. */
const PAGES = 1 << 20;
const TABLE_BYTES = 4 * PAGES;
/** Tables of one ASID slot, in this order: kernel read, kernel write, user read, user write. */
const TABLES_PER_SLOT = 4;

/** How much fits in the list of what a slot's tables hold; when it is full the slot is emptied, which is always allowed. */
const DEFAULT_FILL_LIMIT = 1 << 15;

export interface SoftTlbOptions {
  /** ASIDs whose translations are kept side by side. Default 8. */
  readonly slots?: number;
  /**
   * Bytes from one table to the next. 4 MB by default. With 16 MB the 12 MB behind each table stay zero for ever, and
   * code may index with the address rotated right by 10: the low bits of a misaligned address then lead into that tail, a miss.
   */
  readonly stride?: number;
  /** Pages a slot may hold before it starts afresh. Default 32768. */
  readonly fillLimit?: number;
}

/** Where everything is, in words of the host's memory: for generated code that fills and clears the tables itself. */
export interface SoftTlbLayout {
  readonly slots: number;
  /** The empty table; the slots' tables follow it, each `stride` words behind the last: kernel read, kernel write, user read, user write. */
  readonly tables: number;
  readonly stride: number;
  /** The slot of the current ASID, and a number that goes up with each choice of one. */
  readonly current: number;
  readonly uses: number;
  /** For each slot: its ASID (ANY_ASID for a free one), `uses` when it was chosen last, and how many words its list has. */
  readonly asids: number;
  readonly lastUse: number;
  readonly counts: number;
  /** For each slot: bit n is set when a table of mode n may hold something. */
  readonly modes: number;
  /** Each slot's list, `fillLimit` long, of the words of its tables that have been filled. A word may be cleared and stay in its list. */
  readonly lists: number;
  readonly fillLimit: number;
}

/**
 * Flat tables from virtual page to host address, for code that cannot afford a `lookup` on each load and store.
 *
 * A table has an Int32 for each 4 KB page: `hostByteAddress - virtualAddress` (of the page's start, modulo 2^32), or 0 for
 * a miss, so that the hot path is
 *
 *     const e = mem32[readBase + (va >>> 12)];     // readBase: softTlb.readBase(mode), kept in a local
 *     if (e === 0) slow(va); else byte = mem8[(e + va) | 0];
 *
 * There is a table for reads and one for writes, for kernel and for user mode, and that for each of a few ASIDs: an
 * EntryHi write swaps the bases and flushes nothing. Supervisor and ERL accesses are rare: their base is a table that stays
 * empty, so they always take the slow path. Everything here may be forgotten at any time, and none of it belongs in a
 * snapshot. A page whose host address equals its virtual one cannot be told from a miss and stays on the slow path; RAM
 * that does not start at a multiple of 4096 in the host's memory never meets that.
 *
 * The host fills a table after a `lookup` that said MAPPED to plain memory (an MMU with `smallPages` must do without), and
 * lets `mmu.onChange` clear what a TLB write takes away. It does not fill the write table for a page that holds translated code.
 */
export class SoftTlb {
  /** Bytes to reserve for `options`. Pages that are never touched cost only address space. */
  static bytes({ slots = 8, stride = TABLE_BYTES, fillLimit = DEFAULT_FILL_LIMIT }: SoftTlbOptions = {}): number {
    return stride * (slots * TABLES_PER_SLOT + 1) + 4 * (2 + slots * (4 + fillLimit));
  }

  readonly layout: SoftTlbLayout;
  private readonly mem32: Int32Array;
  private readonly slots: number;
  private readonly strideWords: number;
  /** Word index of the empty table; the slots' tables follow it. */
  private readonly emptyBase: number;
  // Parts of the host's memory, as `layout` tells.
  private readonly choice: Int32Array;
  private readonly asids: Int32Array;
  private readonly lastUse: Int32Array;
  private readonly filledCount: Int32Array;
  private readonly modes: Int32Array;
  /** Word indices of the filled entries, by slot. May name an entry that was cleared since, or name one twice. */
  private readonly filled: Int32Array[];

  /**
   * The `SoftTlb.bytes(options)` from `byteOffset` on, a multiple of 4, are its own and must be zero.
   * @throws KSEG_MMU_OPTION when they do not lie in the buffer, or an option is too small
   */
  constructor(buffer: ArrayBufferLike, byteOffset: number, options: SoftTlbOptions = {}) {
    const { slots = 8, stride = TABLE_BYTES, fillLimit = DEFAULT_FILL_LIMIT } = options;
    checkAtLeast('slots', slots, 1, 1);
    checkAtLeast('stride', stride, TABLE_BYTES, 4);
    checkAtLeast('fillLimit', fillLimit, 1, 1);
    checkAtLeast('byteOffset', byteOffset, 0, 4);
    checkAtLeast('the length of the buffer', buffer.byteLength, byteOffset + SoftTlb.bytes(options), 4);
    this.mem32 = new Int32Array(buffer);
    this.slots = slots;
    this.strideWords = stride >>> 2;
    this.emptyBase = byteOffset >>> 2;
    const current = this.emptyBase + this.strideWords * (slots * TABLES_PER_SLOT + 1);
    const asids = current + 2;
    const lists = asids + 4 * slots;
    this.layout = {
      slots,
      tables: this.emptyBase,
      stride: this.strideWords,
      current,
      uses: current + 1,
      asids,
      lastUse: asids + slots,
      counts: asids + 2 * slots,
      modes: asids + 3 * slots,
      lists,
      fillLimit,
    };
    const part = (from: number, words: number) => this.mem32.subarray(from, from + words);
    this.choice = part(current, 2);
    this.asids = part(asids, slots).fill(ANY_ASID);
    this.lastUse = part(asids + slots, slots);
    this.filledCount = part(asids + 2 * slots, slots);
    this.modes = part(asids + 3 * slots, slots);
    this.filled = Array.from({ length: slots }, (_, slot) => part(lists + slot * fillLimit, fillLimit));
    // Slot 0 is in use, for ASID 0.
    this.asids[0] = 0;
    this.lastUse[0] = ++this.choice[1]!;
  }

  /** The ASID that was made the current one. */
  get asid(): number {
    return this.asids[this.current]!;
  }

  private get current(): number {
    return this.choice[0]!;
  }

  /** Word index of the current ASID's read table for `mode` (KERNEL, USER; the empty table for any other). Changes with `setAsid`. */
  readBase(mode: number): number {
    return this.base(mode, 0);
  }

  /** As `readBase`, of the write table. */
  writeBase(mode: number): number {
    return this.base(mode, 1);
  }

  /** Makes `asid` the current one. The least recently used slot makes room for one that has none. */
  setAsid(asid: number): void {
    if (this.asids[this.current] === asid) return;
    let slot = this.asids.indexOf(asid);
    if (slot < 0) {
      slot = this.lastUse.indexOf(Math.min(...this.lastUse));
      this.clearSlot(slot);
      this.asids[slot] = asid;
    }
    this.choice[0] = slot;
    this.lastUse[slot] = ++this.choice[1]!;
  }

  /** Enters the page of `va` in the current ASID's read table: it lies at byte `hostByteBase` of the host's memory. */
  fillRead(mode: number, va: number, hostByteBase: number): void {
    this.fill(mode, 0, va, hostByteBase);
  }

  /** As `fillRead`, for stores: the page must be dirty, and hold no translated code. */
  fillWrite(mode: number, va: number, hostByteBase: number): void {
    this.fill(mode, 1, va, hostByteBase);
  }

  /** Forgets the page of `va`, in the slot of `asid` or, for a global entry (ANY_ASID), in every slot. */
  clearPage(va: number, asid: number = ANY_ASID): void {
    this.clearRange(va, 1, asid);
  }

  /** Forgets the pages of the `size` bytes from `va` on, in the slots that `asid` matches. An `Mmu`'s `onChange` listener. */
  clearRange(va: number, size: number, asid: number = ANY_ASID): void {
    const first = va >>> 12;
    const end = Math.min(Math.ceil(((va >>> 0) + size) / 0x1000), PAGES);
    for (let slot = 0; slot < this.slots; slot++) {
      if (asid !== ANY_ASID && this.asids[slot] !== asid) continue;
      if (end - first <= this.filledCount[slot]!) this.clearSlotPages(slot, first, end);
      else this.clearSlotList(slot, first, end);
    }
  }

  /** Forgets write entries that lead to the 4 KB of host memory at `hostByteBase`: they hold translated code from now on. */
  clearPhysicalPage(hostByteBase: number): void {
    for (let slot = 0; slot < this.slots; slot++) {
      const base = this.slotBase(slot);
      const list = this.filled[slot]!;
      for (let i = 0; i < this.filledCount[slot]!; i++) {
        const word = list[i]!;
        // A few subtractions are sooner done than a division, of which there would be one for every page in use.
        let page = word - base;
        let isWrite = false;
        for (; page >= this.strideWords; page -= this.strideWords) isWrite = !isWrite;
        if (isWrite && this.mem32[word] === ((hostByteBase - (page << 12)) | 0)) this.mem32[word] = 0;
      }
    }
  }

  /** Forgets everything. */
  clearAll(): void {
    for (let slot = 0; slot < this.slots; slot++) this.clearSlot(slot);
  }

  private slotBase(slot: number): number {
    return this.emptyBase + this.strideWords * (1 + slot * TABLES_PER_SLOT);
  }

  private base(mode: number, write: number): number {
    if (mode !== KERNEL && mode !== USER) return this.emptyBase;
    // KERNEL is 0 and USER is 2: the mode's own code times the stride, and writes behind reads.
    return this.slotBase(this.current) + this.strideWords * (mode + write);
  }

  private fill(mode: number, write: number, va: number, hostByteBase: number): void {
    const base = this.base(mode, write);
    if (base === this.emptyBase) return;
    const slot = this.current;
    this.modes[slot]! |= 1 << mode;
    const word = base + (va >>> 12);
    if (this.mem32[word] === 0) {
      if (this.filledCount[slot] === this.filled[slot]!.length) this.clearSlot(slot);
      this.filled[slot]![this.filledCount[slot]!++] = word;
    }
    this.mem32[word] = (hostByteBase - (va & ~0xfff)) | 0;
  }

  private clearSlotPages(slot: number, first: number, end: number): void {
    const base = this.slotBase(slot);
    for (let page = first; page < end; page++) {
      for (let table = 0, word = base + page; table < TABLES_PER_SLOT; table++, word += this.strideWords) {
        // Written only when it must be: the host's page behind a word never written stays unallocated.
        if (this.mem32[word] !== 0) this.mem32[word] = 0;
      }
    }
  }

  /** For a range larger than what is filled. */
  private clearSlotList(slot: number, first: number, end: number): void {
    const list = this.filled[slot]!;
    for (let i = 0; i < this.filledCount[slot]!; i++) {
      const page = (list[i]! - this.emptyBase) % this.strideWords;
      if (page >= first && page < end) this.mem32[list[i]!] = 0;
    }
  }

  private clearSlot(slot: number): void {
    const list = this.filled[slot]!;
    for (let i = 0; i < this.filledCount[slot]!; i++) this.mem32[list[i]!] = 0;
    this.filledCount[slot] = 0;
    this.modes[slot] = 0;
  }
}

function checkAtLeast(what: string, value: number, least: number, multiple: number): void {
  if (Number.isInteger(value) && value >= least && value % multiple === 0) return;
  throw new MmuError(
    'KSEG_MMU_OPTION',
    `${what} must be a multiple of ${multiple} from ${least} on, not ${value}`,
    value,
  );
}
