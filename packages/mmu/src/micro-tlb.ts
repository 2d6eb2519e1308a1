import { ANY_ASID } from './translation.ts';

const LINES = 512;
const PAGE = 0xfff;
/** Set in every tag, so that an empty line (0) matches nothing. */
const PRESENT = 0x100;

/**
 * The answers given last, by page and ASID: a direct-mapped cache in front of `TlbIndex`, as cores have micro-TLBs in front
 * of theirs. It holds valid pages (a larger one as the 4 KB pieces that were used; none where there are smaller ones) and is invisible:
 * every change of an entry clears what it could answer wrongly. The ASID is part of the tag, so changing it clears nothing.
 */
export class MicroTlb {
  /**
   * A line is four words: the tag; the physical address of the 4 KB piece, with the flags of the page in the low bits; the
   * bits of the virtual address that the page passes through; one unused. One array, so that a hit touches one host cache line.
   */
  readonly words = new Int32Array(LINES << 2);

  /** The first word of the line that holds the page of `va` for `asid`, or -1. */
  find(va: number, asid: number): number {
    const line = lineOf(va, asid);
    return this.words[line] === ((va & ~PAGE) | PRESENT | asid) ? line : -1;
  }

  fill(va: number, asid: number, page: number, through: number): void {
    const line = lineOf(va, asid);
    this.words[line] = (va & ~PAGE) | PRESENT | asid;
    this.words[line + 1] = page;
    this.words[line + 2] = through;
  }

  clear(): void {
    this.words.fill(0);
  }

  /** Forgets the `size` bytes from `va` on, for `asid` or for ANY_ASID. */
  clearRange(va: number, size: number, asid: number): void {
    if (asid === ANY_ASID || size > 16 * (PAGE + 1)) {
      this.clear();
    } else {
      for (let offset = 0; offset < size; offset += PAGE + 1) this.words[lineOf(va + offset, asid)] = 0;
    }
  }
}

/** Neighbouring pages, the same page in several address spaces and the usual bases of segments fall on different lines. */
function lineOf(va: number, asid: number): number {
  return (((va >>> 12) ^ (va >>> 21) ^ (asid << 4)) & (LINES - 1)) << 2;
}
