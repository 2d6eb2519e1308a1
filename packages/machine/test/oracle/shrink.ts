// From a failing program to a small one that still fails, by replacing ever smaller runs of its parts with nothing.
import type { Program } from './program.ts';

/** Candidates at a time: one start of QEMU judges them all. */
export type Judge = (candidates: readonly Program[]) => Promise<boolean[]>;

/** One part of a program that can be made plain: an instruction a NOP, a register 0, a user a kernel program with nothing in its TLB. */
type Cut = (program: Program) => Program;

const NOP = 0;
/** Registers that keep accesses in the data window. */
const POINTERS = new Set([24, 28, 29, 30]);

function cuts(program: Program): Cut[] {
  const without = (key: 'gprs' | 'fprs' | 'dsp' | 'data' | 'code', index: number): Cut => {
    return (p) => ({ ...p, [key]: p[key].map((value, i) => (i === index ? NOP : value)) });
  };
  const each = (key: 'gprs' | 'fprs' | 'dsp' | 'data' | 'code'): Cut[] =>
    program[key].flatMap((value, i) => (value === NOP || (key === 'gprs' && POINTERS.has(i)) ? [] : [without(key, i)]));
  const plain = (change: Partial<Program>): Cut => {
    return (p) => ({ ...p, ...change });
  };
  return [
    ...each('code'),
    ...each('gprs'),
    ...each('fprs'),
    ...each('dsp'),
    ...each('data'),
    ...program.tlb.map(
      (entry): Cut =>
        (p) => ({ ...p, tlb: p.tlb.filter((other) => other !== entry) }),
    ),
    ...(program.hi !== 0 ? [plain({ hi: 0 })] : []),
    ...(program.lo !== 0 ? [plain({ lo: 0 })] : []),
    ...(program.fcsr !== 0 ? [plain({ fcsr: 0 })] : []),
    ...bitsOf(program.status).map(
      (bit): Cut =>
        (p) => ({ ...p, status: (p.status & ~bit) >>> 0 }),
    ),
    ...Object.keys(program.cp0).map(
      (name): Cut =>
        (p) => ({ ...p, cp0: { ...p.cp0, [name]: KEPT.has(name) ? p.cp0[name]! : 0 } }),
    ),
  ];
}

const bitsOf = (word: number) =>
  Array.from({ length: 32 }, (_, i) => (1 << i) >>> 0).filter((bit) => (word & bit) !== 0);

/** What the runtime needs as it is. */
const KEPT = new Set(['ebase', 'errorepc', 'epc', 'config']);

/** Shrinks `program`, which fails, as far as single cuts go; the result still fails. */
export async function shrink(program: Program, judge: Judge): Promise<Program> {
  let best = program;
  for (let size = 256; size >= 1; ) {
    const list = cuts(best);
    const groups: Cut[][] = [];
    for (let i = 0; i < list.length; i += size) groups.push(list.slice(i, i + size));
    const candidates = groups.map((group) => group.reduce((p, cut) => cut(p), best));
    const fails = candidates.length === 0 ? [] : await judge(candidates);
    const useful = groups.filter((_, i) => fails[i]);
    if (useful.length === 0 || candidates.every((candidate) => same(candidate, best))) {
      size >>= 2;
      continue;
    }
    // All useful cuts at once, if that still fails; else the first.
    const together = useful.flat().reduce((p, cut) => cut(p), best);
    const [all] = useful.length > 1 ? await judge([together]) : [true];
    const next = all ? together : candidates[fails.indexOf(true)]!;
    if (same(next, best)) size >>= 2;
    best = next;
  }
  return best;
}

const same = (a: Program, b: Program): boolean => JSON.stringify(a) === JSON.stringify(b);
