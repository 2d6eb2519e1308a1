// How fast `lookup` is, beside a straight scan of the TLB. Run on the build: node packages/mmu/bench/translate.bench.mjs
//
// hits: kuseg addresses that the TLB maps, for 16 and 64 entries and for 1 and 8 live ASIDs (the ASID changes every 1000
// accesses); mixed: 5 % of the accesses miss and are served by TLBWR, as a refill handler does. Millions per second of processor time.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_WIRED,
  LOAD,
  MAPPED,
  Mips32Mmu,
  REFILL,
  USER,
} from '../dist/index.js';

/** A TLB without any index, the comparison: every lookup scans. */
class LinearMmu {
  asid = 0;
  pa = 0;
  constructor(entries) {
    this.entries = entries;
    this.hi = new Int32Array(entries);
    this.global = new Uint8Array(entries);
    this.lo = new Int32Array(2 * entries);
  }
  lookup(va, access, mode) {
    va |= 0;
    if (va < 0) {
      if (mode === USER) return 4;
      if (va >>> 29 < 6) {
        this.pa = va & 0x1fffffff;
        return MAPPED;
      }
    }
    for (let i = 0; i < this.entries; i++) {
      const difference = (va ^ this.hi[i]) & ~0x1fff;
      if (difference === 0 && (this.global[i] !== 0 || (this.hi[i] & 0xff) === this.asid)) {
        const lo = this.lo[2 * i + ((va >>> 12) & 1)];
        if ((lo & 2) === 0) return 2;
        if ((lo & 4) === 0 && access === 1) return 3;
        this.pa = ((lo << 6) & ~0xfff) | (va & 0xfff);
        return MAPPED;
      }
    }
    return REFILL;
  }
  setAsid(asid) {
    this.asid = asid;
  }
  write(i, hi, lo) {
    this.hi[i] = hi;
    this.lo[2 * i] = this.lo[2 * i + 1] = lo;
  }
  refill(hi, lo) {
    this.write(this.entries - 1, hi, lo);
  }
}

class OurMmu extends Mips32Mmu {
  constructor(entries) {
    super({ entries });
    // Random has only the last entry to choose, so that the rest of a trace keeps hitting.
    this.writeCp0(CP0_WIRED, entries - 1);
  }
  setAsid(asid) {
    this.writeCp0(CP0_ENTRY_HI, asid);
  }
  write(i, hi, lo) {
    this.writeCp0(CP0_INDEX, i);
    this.writeCp0(CP0_ENTRY_HI, hi);
    this.writeCp0(CP0_ENTRY_LO0, lo);
    this.writeCp0(CP0_ENTRY_LO1, lo);
    this.tlbwi();
  }
  refill(hi, lo) {
    this.writeCp0(CP0_ENTRY_HI, hi);
    this.writeCp0(CP0_ENTRY_LO0, lo);
    this.writeCp0(CP0_ENTRY_LO1, lo);
    this.tlbwr();
  }
}

const TRACE = 1 << 12;

/** A pseudo-random sequence below `n`, the same in each run. */
function* sequence(n) {
  for (let seed = 1; ; ) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield (seed >>> 8) % n;
  }
}

/** Fills the TLB with pairs of `asids` address spaces and returns, for each ASID, a trace of addresses that hit. */
function prepare(mmu, entries, asids) {
  const pairs = entries / asids;
  for (let i = 0; i < entries; i++)
    mmu.write(i, (0x400000 + Math.floor(i / asids) * 0x2000) | (i % asids), (i << 6) | 0x1e);
  const draw = sequence(pairs * 0x2000);
  return Int32Array.from({ length: TRACE }, () => 0x400000 + draw.next().value);
}

/** Translations per second of processor time (other processes do not count) in millions, the best of nine after a warm-up. */
function best(run) {
  let top = 0;
  for (let round = 0; round < 10; round++) {
    const start = process.cpuUsage();
    const count = run();
    const { user, system } = process.cpuUsage(start);
    if (round > 0) top = Math.max(top, count / (user + system));
  }
  return top;
}

function hits(mmu, entries, asids) {
  const trace = prepare(mmu, entries, asids);
  let sum = 0;
  const rate = best(() => {
    const blocks = 5_000;
    let at = 0;
    for (let block = 0; block < blocks; block++) {
      if (asids > 1) mmu.setAsid(block % asids);
      for (let i = 0; i < 1000; i++) {
        at = (at + 1) & (TRACE - 1);
        if (mmu.lookup(trace[at], LOAD, USER) !== MAPPED) throw new Error('the trace was to hit');
        sum = (sum + mmu.pa) | 0;
      }
    }
    return blocks * 1000;
  });
  return [rate, sum];
}

/** Every 20th access goes to a page not in the TLB and is refilled. */
function mixed(mmu, entries) {
  const trace = prepare(mmu, entries, 1);
  let sum = 0;
  const rate = best(() => {
    const blocks = 100_000;
    let at = 0;
    let fresh = 0;
    for (let block = 0; block < blocks; block++) {
      const va = 0x1000_0000 + (fresh = (fresh + 1) & 0xffff) * 0x2000;
      if (mmu.lookup(va, LOAD, USER) !== REFILL) throw new Error('the page was to miss');
      mmu.refill(va, 0x1e);
      for (let i = 0; i < 19; i++) {
        at = (at + 1) & (TRACE - 1);
        sum = (sum + mmu.lookup(((trace[at] & 0xffff) % ((entries - 1) * 0x2000)) + 0x400000, LOAD, USER)) | 0;
      }
    }
    return blocks * 20;
  });
  return [rate, sum];
}

const SUBJECTS = { ours: OurMmu, scan: LinearMmu };
const CASES = {
  '16 entries, 1 ASID': (mmu) => hits(mmu(16), 16, 1),
  '16 entries, 8 ASIDs': (mmu) => hits(mmu(16), 16, 8),
  '64 entries, 1 ASID': (mmu) => hits(mmu(64), 64, 1),
  '64 entries, 8 ASIDs': (mmu) => hits(mmu(64), 64, 8),
  '16 entries, 5 % refills': (mmu) => mixed(mmu(16), 16),
  '64 entries, 5 % refills': (mmu) => mixed(mmu(64), 64),
};

const [subject, name] = process.argv.slice(2);
if (subject !== undefined) {
  console.log(CASES[name]((entries) => new SUBJECTS[subject](entries))[0]);
} else {
  // A process for each figure: what the engine learnt in one case must not slow down the next.
  for (const each of Object.keys(CASES)) {
    const rates = Object.keys(SUBJECTS).map((who) => {
      const rate = Number(
        execFileSync(process.execPath, [fileURLToPath(import.meta.url), who, each], { encoding: 'utf8' }),
      );
      return `${who} ${rate.toFixed(1).padStart(6)} M/s`;
    });
    console.log(`${each.padEnd(24)} ${rates.join('   ')}`);
  }
}
