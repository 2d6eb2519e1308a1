import {
  CP0_BAD_VADDR,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  INVALID,
  MODIFIED,
  REFILL,
} from '@kseg/mmu';
import { PAGE, RAM, Simulator } from './simulator.ts';

/** For each page that there is, by its number, what EntryLo gets: the frame's address shifted right by 6, and flags. */
type PageTable = Map<number, number>;

const DIRTY = 4;
/** C = 3 (cached), D and V. */
const WRITABLE = (3 << 3) | DIRTY | 2;

/** An operating system on a page: memory appears where it is touched, and a child shares its parent's until one of them writes. */
export class Kernel {
  readonly simulator = new Simulator((fault) => this.#handle(fault));
  readonly faults = { refill: 0, invalid: 0, modified: 0 };
  /** By ASID. */
  readonly #tables = new Map<number, PageTable>();
  #nextFrame = 0;

  /** Makes a process and returns its ASID. */
  spawn(table: PageTable = new Map()): number {
    const asid = this.#tables.size + 1;
    this.#tables.set(asid, table);
    return asid;
  }

  /** Makes a copy of the running process. */
  fork(): number {
    for (const [page, entryLo] of this.#table) this.#map(page, entryLo & ~DIRTY);
    return this.spawn(new Map(this.#table));
  }

  /** What a core does at its exception vectors. BadVAddr and EntryHi say where the fault was. */
  #handle(fault: number): void {
    const va = this.simulator.mmu.readCp0(CP0_BAD_VADDR);
    const page = Math.floor(va / PAGE);
    switch (fault) {
      case REFILL: // The TLB gets what the page table says, be it that there is nothing.
        this.faults.refill++;
        this.#writeEntryLo(page);
        this.simulator.mmu.tlbwr();
        break;
      case INVALID: // Nothing is there: now there is.
        this.faults.invalid++;
        this.#map(page, (this.#newFrame() >>> 6) | WRITABLE);
        break;
      case MODIFIED: // A store to a page that is shared: the process gets a copy.
        this.faults.modified++;
        this.#map(page, (this.#copyOf((this.#table.get(page)! >>> 6) * PAGE) >>> 6) | WRITABLE);
        break;
      default:
        throw new Error(`process ${this.simulator.asid} has no business at 0x${va.toString(16)}`);
    }
  }

  /** Enters a page into the running process's table, and into the TLB where that has it. */
  #map(page: number, entryLo: number): void {
    const { mmu, asid } = this.simulator;
    this.#table.set(page, entryLo);
    mmu.writeCp0(CP0_ENTRY_HI, page * PAGE + asid);
    mmu.tlbp();
    if (mmu.readCp0(CP0_INDEX) >= 2 ** 31) return; // not found
    this.#writeEntryLo(page);
    mmu.tlbwi();
  }

  /** An entry of the TLB maps two pages. */
  #writeEntryLo(page: number): void {
    const { mmu } = this.simulator;
    mmu.writeCp0(CP0_ENTRY_LO0, this.#table.get(page & ~1) ?? 0);
    mmu.writeCp0(CP0_ENTRY_LO1, this.#table.get(page | 1) ?? 0);
  }

  get #table(): PageTable {
    return this.#tables.get(this.simulator.asid)!;
  }

  #newFrame(): number {
    const frame = this.#nextFrame;
    if (frame === RAM) throw new Error('out of memory');
    this.#nextFrame += PAGE;
    return frame;
  }

  #copyOf(frame: number): number {
    const copy = this.#newFrame();
    this.simulator.ram.copyWithin(copy, frame, frame + PAGE);
    return copy;
  }
}
