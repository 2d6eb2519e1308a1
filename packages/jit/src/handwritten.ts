// What the hand-written functions of the dispatcher's module have in common.
import { state as S } from '@kseg/cpu/engine';
import { STATE_TLB } from '@kseg/mmu';
import type { SoftTlbLayout } from '@kseg/mmu/soft-tlb';
import { type Code, Expressions } from './expressions.ts';
import { type FunctionBody, W } from './wasm.ts';

/** Where things are, in bytes of the arena unless told otherwise, and what the core is. */
export interface SystemOptions {
  readonly state: number;
  readonly softTlb: SoftTlbLayout;
  /** Entries of the TLB; 0 without one. */
  readonly entries: number;
  /** Bits of Status that MTC0 writes. */
  readonly statusMask: number;
  /** Cause.TI is there. */
  readonly release2: boolean;
  readonly ram: number;
  readonly ramSize: number;
  /** One byte for each 4 KB of main memory: not 0 where there is code. */
  readonly codePages: number;
  readonly mailbox: number;
}

/** Indices in the module of the functions that others call, and of the import that carries out whatever instruction. */
export interface Indices {
  readonly setMode: number;
  readonly raise: number;
  readonly findEntry: number;
  readonly enter: number;
  readonly translate: number;
  readonly clear: number;
  readonly writeEntry: number;
  readonly physical: number;
  readonly quick: number;
  readonly javascript: number;
}

/** The part of EntryHi, and of a TLB entry's tag, that is the ASID. */
export const ASID = 0xff;

/** State word of a word of the MMU's. */
export const mmu = (word: number): number => S.MMU_STATE + word;

/** Byte address of the TLB. */
export const tlbAt = ({ state }: SystemOptions): number => state + 4 * mmu(STATE_TLB);

/** Words to write `body` with. */
export function vocabulary({ state, mailbox, softTlb }: SystemOptions, body: FunctionBody) {
  const x = new Expressions(body);
  const zero = x.const(0);
  return {
    x,
    zero,
    word: (place: number) => x.load(zero, state + 4 * place),
    setWord: (place: number, value: Code) => x.store(zero, state + 4 * place, value),
    mail: (place: number) => x.load(zero, mailbox + 4 * place),
    setMail: (place: number, value: Code) => x.store(zero, mailbox + 4 * place, value),
    /** Word `place` of the soft TLB's layout. */
    soft: (place: number) => x.load(zero, 4 * place),
    /** The soft TLB's read table of a mode, by 4 times the number of the slot; that for writes comes behind it. */
    tablesOf: (slot: Code, mode: Code): Code =>
      x.add(x.op(W.i32Mul, x.add(x.add(slot, mode), x.const(1)), x.const(softTlb.stride)), x.const(softTlb.tables)),
  };
}
