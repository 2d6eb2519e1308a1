// Batches of random programs through both machines.
import type { Endian } from '@kseg/bus';
import type { ModelName } from '@kseg/cpu';
import { Generator } from './generate.ts';
import { TlbGenerator } from './generate-tlb.ts';
import { imageOf, resultOf } from './image.ts';
import { runBatch } from './kseg.ts';
import * as L from './layout.ts';
import type { Program } from './program.ts';
import { runOnQemu } from './qemu.ts';
import { Random } from './random.ts';
import { shrink } from './shrink.ts';
import { type Traits, traitsOf } from './traits.ts';

/** One place where the machines disagree. */
interface Difference {
  readonly what: string;
  readonly kseg: number;
  readonly qemu: number;
}

export interface Failure {
  /** Number of the program in its batch. */
  readonly index: number;
  readonly program: Program;
  readonly differences: readonly Difference[];
}

export interface BatchReport {
  readonly programs: number;
  /** Programs that would not end, and were not compared. */
  readonly endless: number;
  readonly exceptions: number;
  readonly failures: readonly Failure[];
}

/** What a program left on each machine. */
export interface Pair {
  readonly index: number;
  readonly kseg: Uint32Array;
  readonly qemu: Uint32Array;
}

/** Runs a batch on both; programs that do not end are missing. `failures` names those on which QEMU breaks down. */
async function runPair(programs: readonly Program[], endian: Endian, traits: Traits) {
  const options = { endian, cpu: traits.cpu, ram: L.RAM };
  const ours = runBatch(imageOf(programs, endian, traits, 'kseg'), programs.length, options);
  const failures: Failure[] = [];
  // What is not worth another run.
  const skipped = new Set(ours.endless);
  for (;;) {
    const runnable = programs.map((program, i) => (skipped.has(i) ? { ...program, code: [] } : program));
    const { ram, failure } = await runOnQemu(imageOf(runnable, endian, traits, 'qemu'), options);
    if (failure === undefined) {
      const pairs = programs.flatMap((_, index): Pair[] =>
        skipped.has(index) ? [] : [{ index, kseg: resultOf(index, ours.ram), qemu: resultOf(index, ram) }],
      );
      return { pairs, failures, endless: ours.endless.length };
    }
    const index = programs.length - ram[(L.SCRATCH + L.scratch.left) / 4]!;
    if (skipped.has(index)) throw new Error(`${failure}, in program ${index}, which is empty: the runtime is broken`);
    skipped.add(index);
    failures.push({ index, program: programs[index]!, differences: [{ what: failure, kseg: 0, qemu: 1 }] });
  }
}

/** What programs leave on both machines. */
export const runBoth = async (programs: readonly Program[], endian: Endian, traits: Traits): Promise<readonly Pair[]> =>
  (await runPair(programs, endian, traits)).pairs;

/**
 * Runs one batch and compares. A difference counts when it comes again: QEMU's timer changes Cause in a thread of its own, and now and then
 * a bit that the guest writes at the same moment is lost.
 */
async function runPrograms(programs: readonly Program[], endian: Endian, traits: Traits): Promise<BatchReport> {
  const report = await compareOnce(programs, endian, traits);
  if (report.failures.length === 0) return report;
  const again = new Set((await compareOnce(programs, endian, traits)).failures.map(({ index }) => index));
  return { ...report, failures: report.failures.filter(({ index }) => again.has(index)) };
}

async function compareOnce(programs: readonly Program[], endian: Endian, traits: Traits): Promise<BatchReport> {
  const { pairs, failures, endless } = await runPair(programs, endian, traits);
  let exceptions = 0;
  for (const { index, kseg, qemu } of pairs) {
    exceptions += kseg[L.result('exceptions') / 4]!;
    const found = differences(kseg, qemu, programs[index]!);
    if (found.length > 0) failures.push({ index, program: programs[index]!, differences: found });
  }
  return { programs: programs.length - endless, endless, exceptions, failures };
}

/** Where two results differ, but for what DEVIATIONS.md explains. */
function differences(kseg: Uint32Array, qemu: Uint32Array, { timer, compareTlb }: Program): Difference[] {
  const found: Difference[] = [];
  for (let i = 0; i < kseg.length; i++)
    if (kseg[i] !== qemu[i]) found.push({ what: L.resultWords[i]!, kseg: kseg[i]!, qemu: qemu[i]! });
  if (found.length === 0) return found;
  const ignored = unpredictable(kseg);
  // QEMU's SDBBP clears Cause.BD (DEVIATIONS.md).
  const debugged = kseg[L.result('debug') / 4] !== 0;
  return found.filter(
    ({ what, kseg: a, qemu: b }) =>
      !ignored(what) &&
      !(timer !== 0 && TIMED.has(what)) &&
      // TLBR reads an ASID (DEVIATIONS.md).
      !(compareTlb && what === 'cp0.tcstatus' && ((a ^ b) & ~0xff) === 0) &&
      !(debugged && what.endsWith('.cause') && (a ^ b) >>> 0 === CAUSE_BD),
  );
}

/** What tells when the timer interrupted a program last. */
const TIMED = new Set(['cp0.cause', 'cp0.epc', 'cp0.compare']);

/**
 * EntryHi.VPN2 and Context.BadVPN2 behind an address error are UNPREDICTABLE (MIPS32 PRA vol. III, table 9.1): QEMU changes them when the
 * segment is forbidden, we do not. They are compared up to the first.
 */
function unpredictable(result: Uint32Array): (what: string) => boolean {
  const count = result[L.result('exceptions') / 4]!;
  // The log keeps the last ones only: behind more, it no longer tells which was first.
  if (count > L.LOG_ENTRIES) return (what) => /\.(context|entryhi)$/.test(what);
  const codes = Array.from({ length: count }, (_, i) => (result[L.result(`exception${i}.cause`) / 4]! >>> 2) & 31);
  const first = codes.findIndex((code) => code === ADDRESS_LOAD || code === ADDRESS_STORE);
  if (first < 0) return () => false;
  return (what) => {
    const [, number, rest] = /^exception(\d+)\.(.*)$/.exec(what) ?? [];
    if (number === undefined) return what === 'cp0.context' || what === 'cp0.entryhi';
    return Number(number) >= first && (rest === 'context' || rest === 'entryhi');
  };
}

const CAUSE_BD = 0x8000_0000;
const ADDRESS_LOAD = 4;
const ADDRESS_STORE = 5;

export interface FuzzOptions {
  readonly cpu: ModelName;
  readonly endian: Endian;
  readonly seed: number;
  readonly programs?: number;
  /** What the programs are about: anything, or the TLB. */
  readonly kind?: 'any' | 'tlb';
}

/** One batch of new programs, and how often it used rows of the core's table, by name. The same seed gives the same programs. */
export async function fuzzBatch({
  cpu,
  endian,
  seed,
  programs = L.BATCH,
  kind = 'any',
}: FuzzOptions): Promise<BatchReport & { readonly used: ReadonlyMap<string, number> }> {
  const traits = traitsOf(cpu);
  const generator = new (kind === 'tlb' ? TlbGenerator : Generator)(traits, new Random(seed));
  const made = Array.from({ length: programs }, (_, slot) => generator.program(slot));
  return { ...(await runPrograms(made, endian, traits)), used: generator.used };
}

/** A smaller program on which the machines still disagree about the same kind of thing first. */
export async function shrinkFailure(
  { program, differences, ...rest }: Failure,
  endian: Endian,
  traits: Traits,
): Promise<Failure> {
  const kind = kindOf(differences[0]!.what);
  const failing = async (candidates: readonly Program[]) =>
    (await runPrograms(candidates, endian, traits)).failures.filter(
      (failure) => kindOf(failure.differences[0]!.what) === kind,
    );
  // All candidates run at the same place, one after another.
  const small = await shrink(program, async (candidates) => {
    const failed = new Set((await failing(candidates)).map(({ index }) => index));
    return candidates.map((_, i) => failed.has(i));
  });
  const [failure] = await failing([small]);
  return failure ?? { program, differences, ...rest };
}

const kindOf = (what: string): string => what.replace(/\d+/g, '');
