const BUCKET_BITS = 8;

/**
 * Finds the lowest TLB entry that matches, in time that does not grow with the TLB: one hash probe for each *kind* of entry
 * present (a tuple-space search).
 *
 * An entry matches a probe (virtual page bits and ASID in one word) when the two agree in the bits the entry cares for:
 * its `care` mask, which leaves out the bits below its page size and, for a global entry, the ASID. Entries with the same
 * care mask are one kind; the guest's page sizes and global bit make the kinds, so there are rarely more than two or three.
 * The ASID is part of the probe: changing it costs nothing.
 */
export class TlbIndex {
  private readonly tags: Int32Array;
  private readonly cares: Int32Array;
  /** Buckets and chains hold entry numbers + 1; 0 ends a chain. A chain is in ascending order: its first match is its lowest. */
  private readonly heads = new Uint8Array(1 << BUCKET_BITS);
  private readonly nexts: Uint8Array;
  private readonly kinds: Int32Array;
  private readonly population: Uint8Array;
  private kindCount = 0;

  constructor(entries: number) {
    this.tags = new Int32Array(entries);
    this.cares = new Int32Array(entries);
    this.nexts = new Uint8Array(entries);
    this.kinds = new Int32Array(entries);
    this.population = new Uint8Array(entries);
    for (let i = 0; i < entries; i++) this.insert(i);
  }

  /** Replaces what entry `i` matches: probes that agree with `tag` in the bits of `care`. */
  set(i: number, tag: number, care: number): void {
    this.remove(i);
    this.tags[i] = tag & care;
    this.cares[i] = care;
    this.insert(i);
  }

  /** The lowest entry that matches `probe`, or -1. */
  find(probe: number): number {
    const { tags, cares, heads, nexts, kinds, kindCount } = this;
    let lowest = 256;
    for (let k = 0; k < kindCount; k++) {
      let at = heads[bucketOf(probe & kinds[k]!)]!;
      while (at !== 0 && ((probe ^ tags[at - 1]!) & cares[at - 1]!) !== 0) at = nexts[at - 1]!;
      if (at !== 0 && at < lowest) lowest = at;
    }
    return lowest === 256 ? -1 : lowest - 1;
  }

  /** Whether an entry other than `i` could match a probe that (`tag`, `care`) matches too. Scans: for the duplicate policy. */
  overlaps(i: number, tag: number, care: number): boolean {
    return this.tags.some((other, j) => j !== i && ((other ^ tag) & this.cares[j]! & care) === 0);
  }

  private insert(i: number): void {
    const care = this.cares[i]!;
    let k = 0;
    while (k < this.kindCount && this.kinds[k] !== care) k++;
    if (k === this.kindCount) {
      this.kinds[k] = care;
      this.population[k] = 0;
      this.kindCount++;
    }
    this.population[k]!++;

    const bucket = bucketOf(this.tags[i]!);
    let previous = 0;
    let at = this.heads[bucket]!;
    while (at !== 0 && at <= i) {
      previous = at;
      at = this.nexts[at - 1]!;
    }
    this.nexts[i] = at;
    this.link(bucket, previous, i + 1);
  }

  private remove(i: number): void {
    const care = this.cares[i]!;
    const k = this.kinds.indexOf(care);
    if (--this.population[k]! === 0) {
      this.kindCount--;
      this.kinds[k] = this.kinds[this.kindCount]!;
      this.population[k] = this.population[this.kindCount]!;
    }

    const bucket = bucketOf(this.tags[i]!);
    let previous = 0;
    let at = this.heads[bucket]!;
    while (at !== 0 && at !== i + 1) {
      previous = at;
      at = this.nexts[at - 1]!;
    }
    this.link(bucket, previous, this.nexts[i]!);
  }

  private link(bucket: number, previous: number, to: number): void {
    if (previous === 0) this.heads[bucket] = to;
    else this.nexts[previous - 1] = to;
  }
}

/** Fibonacci hashing: the high bits of a product with 2^32 / golden ratio. */
function bucketOf(tag: number): number {
  return Math.imul(tag, 0x9e3779b1) >>> (32 - BUCKET_BITS);
}
