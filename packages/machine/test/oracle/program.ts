// A program as the differential tests know it: what the machine holds before, and the words it executes.
import * as L from './layout.ts';

export interface TlbEntry {
  readonly hi: number;
  readonly lo0: number;
  readonly lo1: number;
  readonly mask: number;
}

export interface Program {
  /** Its place in memory, which its addresses depend on. Several programs of a batch may share one. */
  readonly slot: number;
  /** General registers; $26 and $27 start as 0. */
  readonly gprs: readonly number[];
  readonly hi: number;
  readonly lo: number;
  readonly status: number;
  /** By name of `initialCp0`; absent ones are 0, but for those that have a sensible value of their own. */
  readonly cp0: Readonly<Record<string, number>>;
  readonly fcsr: number;
  /** Words of the FPU's registers, 64 of them. */
  readonly fprs: readonly number[];
  /** AC1 to AC3, high words first, and DSPControl. */
  readonly dsp: readonly number[];
  /** Entered by ERET into the mode that `status` names, at its user address. */
  readonly user: boolean;
  /** TLB entries that it finds; the others match nothing. */
  readonly tlb: readonly TlbEntry[];
  /** Counts between two interrupts of the timer, which come between any two instructions and leave no trace; 0 for none. */
  readonly timer: number;
  /** Whether the TLB is compared. */
  readonly compareTlb: boolean;
  readonly data: readonly number[];
  readonly code: readonly number[];
}

const KSEG0 = L.KSEG0;

export const codeAt = (slot: number): number => L.CODE + slot * L.CODE_BYTES;
export const dataAt = (slot: number): number => L.DATA + slot * L.DATA_BYTES;
export const resultAt = (slot: number): number => L.RESULT + slot * L.RESULT_BYTES;

/** Virtual address of a program's first instruction, and of its data window. */
export const codeAddress = (slot: number, user: boolean): number =>
  user ? L.USER + (codeAt(slot) & 0xfff) : KSEG0 + codeAt(slot);
export const dataAddress = (slot: number, user: boolean): number =>
  user ? L.USER + 0x1000 + (dataAt(slot) & 0xfff) : KSEG0 + dataAt(slot);

/** Counts, of 6 ns each. */
const QEMU_TIMER = 10_000;

/** The words of a program's record; it is the batch's program number `index`, and waits in the stores if it shares its place. */
export function recordOf(program: Program, index: number, shared: boolean, machine: 'kseg' | 'qemu'): Uint32Array {
  const words = new Uint32Array(L.RECORD_BYTES / 4);
  const set = (name: string, value: number) => {
    words[L.record(name) / 4] = value;
  };
  const { slot, user } = program;
  words.set(program.gprs);
  set('hi', program.hi);
  set('lo', program.lo);
  set('entry', codeAddress(slot, user));
  set('codeStart', codeAddress(slot, user));
  set('codeBytes', program.code.length * 4);
  set('result', KSEG0 + resultAt(index));
  set('place', KSEG0 + codeAt(slot));
  set('codeSource', shared ? KSEG0 + L.CODE_STORE + index * L.CODE_BYTES : 0);
  set('data', KSEG0 + dataAt(slot));
  set('dataSource', KSEG0 + L.DATA_STORE + index * L.DATA_BYTES);
  set('status', program.status);
  // By ERET, nothing comes between Status and the first instruction.
  set('flags', (user || program.timer !== 0 ? L.flags.eret : 0) | (program.compareTlb ? L.flags.tlb : 0));
  for (const [name] of L.initialCp0) set(name, program.cp0[name] ?? 0);
  // QEMU's time is the host's: interrupts as frequent as ours would leave it none for the program.
  set('timer', program.timer !== 0 && machine === 'qemu' ? QEMU_TIMER : program.timer);
  set('fcsr', program.fcsr);
  words.set(program.dsp, L.record('ac1.hi') / 4);
  words.set(program.fprs, L.record('f0.0') / 4);
  set('tlbCount', program.tlb.length);
  for (const [i, { hi, lo0, lo1, mask }] of program.tlb.entries())
    words.set([hi, lo0, lo1, mask], L.record('tlb0.hi') / 4 + 4 * i);
  return words;
}
