import { MmuError } from './errors.ts';

/** What an access does. Alignment is not asked here: it is checked before translation, by the core. */
export type Access = 'load' | 'store' | 'fetch';
export type Mode = 'kernel' | 'supervisor' | 'user';

/**
 * The part of Status that translation depends on: `mode` is KSU. As in the architecture (MIPS32 PRA vol. III, "Operating
 * modes") EXL or ERL make it kernel mode whatever KSU says, and ERL besides turns kuseg into an unmapped, uncached window.
 */
export interface Context {
  readonly mode: Mode;
  readonly exl?: boolean;
  readonly erl?: boolean;
}

/**
 * What becomes of an access: a physical address with its cacheability attribute (the C field: 2 uncached, 3 cached …), or
 * the fault. `refill`: no TLB entry matches; `invalid`: one does, with V=0; `modified`: a store to V=1, D=0.
 */
export type Translation =
  | { readonly kind: 'mapped'; readonly pa: number; readonly cca: number }
  | { readonly kind: 'refill' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'modified' }
  | { readonly kind: 'addressError' };

// The hot form's numbers. Results of `lookup`:
export const MAPPED = 0;
export const REFILL = 1;
export const INVALID = 2;
export const MODIFIED = 3;
export const ADDRESS_ERROR = 4;

// Accesses:
export const LOAD = 0;
export const STORE = 1;
export const FETCH = 2;

// Modes: Status.KSU's own encoding, and a fourth for Status.ERL = 1 (kernel mode with kuseg unmapped).
export const KERNEL = 0;
export const SUPERVISOR = 1;
export const USER = 2;
export const ERROR_LEVEL = 3;

/** In place of an ASID: a change that concerns them all, as that of a global entry does. */
export const ANY_ASID = -1;

/** Told that translations of the `size` bytes from `va` on may have changed, for `asid` or for ANY_ASID. */
export type ChangeListener = (va: number, size: number, asid: number) => void;

/** Ends a subscription. */
export interface Disposable {
  dispose(): void;
}

const ACCESS_CODES: Record<Access, number> = { load: LOAD, store: STORE, fetch: FETCH };
const MODE_CODES: Record<Mode, number> = { kernel: KERNEL, supervisor: SUPERVISOR, user: USER };
const RESULT_CODES: Record<Translation['kind'], number> = {
  mapped: MAPPED,
  refill: REFILL,
  invalid: INVALID,
  modified: MODIFIED,
  addressError: ADDRESS_ERROR,
};

/** The hot form's number of an access. */
export function accessCode(access: Access): number {
  const code = ACCESS_CODES[access];
  if (typeof code === 'number') return code;
  throw new MmuError('KSEG_MMU_OPTION', `an access is 'load', 'store' or 'fetch', not ${access}`, access);
}

/** The hot form's number of the mode that a context runs in. */
export function modeCode(context: Context): number {
  const code = MODE_CODES[context?.mode];
  if (typeof code === 'number') return context.erl ? ERROR_LEVEL : context.exl ? KERNEL : code;
  throw new MmuError(
    'KSEG_MMU_OPTION',
    `a context is { mode: 'kernel', 'supervisor' or 'user' } with exl and erl if they are set, not ${JSON.stringify(context)}`,
    context,
  );
}

/** The hot form's number of what a translation came to. */
export function resultCode(kind: Translation['kind']): number {
  return RESULT_CODES[kind];
}

/** Everything a model keeps, as plain numbers that JSON can carry. `model` and the length are checked on load. */
export interface MmuState {
  readonly version: 1;
  readonly model: string;
  readonly words: readonly number[];
  /** The states of the stages, of a model that is made of others. */
  readonly stages?: readonly MmuState[];
}

/** What every model here can do, with a TLB or without. */
export interface Mmu {
  /** The model's name, such as `mips32`. */
  readonly model: string;
  /**
   * Translates `va` (unsigned 32-bit) without changing anything.
   * @throws KSEG_MMU_ADDRESS when `va` is not an unsigned 32-bit integer. Nothing a guest does throws.
   */
  translate(va: number, access: Access, context: Context): Translation;
  /**
   * The hot form of `translate`: takes and returns the numbers above and allocates nothing. After MAPPED, `pa`, `cca` and
   * `pageMask` hold the rest of the answer until the next lookup.
   */
  lookup(va: number, access: number, mode: number): number;
  /** Physical address of the last lookup that returned MAPPED, unsigned. */
  readonly pa: number;
  /** Cacheability attribute of the last lookup that returned MAPPED. */
  readonly cca: number;
  /** Of the last MAPPED lookup: the bits of the virtual address that pass to the physical one unchanged; page size - 1. */
  readonly pageMask: number;
  /**
   * Calls `listener` whenever translations change other than by the registers that a caller writes itself (the ASID, K0):
   * on TLB writes, for the old entry and for the new one, and on `load`, `reset` and `rebuild`. For caches of translations.
   */
  onChange(listener: ChangeListener): Disposable;
  save(): MmuState;
  /** @throws KSEG_MMU_STATE when the state is of another model or size. */
  load(state: MmuState): void;
}

/** A model with a TLB and the CP0 registers that serve it. */
export interface TlbMmu extends Mmu {
  /** Number of TLB entries. */
  readonly entries: number;
  /** Cold reset. */
  reset(): void;
  /** MFC0 of a register of the MMU, unsigned; 0 for one it does not have. Reading Random moves it on. */
  readCp0(register: number, select?: number): number;
  /** MTC0: bits that are not writable keep their value. Never throws. */
  writeCp0(register: number, value: number, select?: number): void;
  /** TLBP: Index = the entry that EntryHi matches, or its P bit set. */
  tlbp(): void;
  /** TLBR: the entry at Index into EntryHi, EntryLo and PageMask. */
  tlbr(): void;
  /** TLBWI: writes the entry at Index. False: not written, the core takes a machine check (duplicates: 'machineCheck'). */
  tlbwi(): boolean;
  /** TLBWR: writes the entry at Random, and moves Random on. False as for `tlbwi`. */
  tlbwr(): boolean;
  /**
   * What a fault on `va` leaves in BadVAddr and, unless it is an address error, in Context and EntryHi. `result` is what `lookup`
   * returned: REFILL, INVALID, MODIFIED or ADDRESS_ERROR; `resultCode(kind)` where it was `translate` that was asked.
   */
  recordFault(va: number, result: number): void;
}

/** The pure answer for the code that `mmu.lookup` just returned; of a fault in two stages, without the stage. */
export function toTranslation(mmu: Mmu, code: number): Translation {
  return code === MAPPED ? { kind: 'mapped', pa: mmu.pa, cca: mmu.cca } : FAULTS[code & 7]!;
}

const FAULTS: Readonly<Record<number, Translation>> = {
  [REFILL]: { kind: 'refill' },
  [INVALID]: { kind: 'invalid' },
  [MODIFIED]: { kind: 'modified' },
  [ADDRESS_ERROR]: { kind: 'addressError' },
};
