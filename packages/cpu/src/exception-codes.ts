// Cause.ExcCode (MIPS32 PRA vol. III, table 9.32).

export const INTERRUPT = 0;
export const TLB_MODIFIED = 1;
export const TLB_LOAD = 2;
export const TLB_STORE = 3;
export const ADDRESS_LOAD = 4;
export const ADDRESS_STORE = 5;
export const BUS_FETCH = 6;
export const BUS_DATA = 7;
export const SYSCALL = 8;
export const BREAKPOINT = 9;
export const RESERVED = 10;
export const UNUSABLE = 11;
export const OVERFLOW = 12;
export const TRAP = 13;
export const FLOATING_POINT = 15;
export const WATCH = 23;
export const MACHINE_CHECK = 24;
export const THREAD = 25;
export const DSP_DISABLED = 26;

const names = {
  [INTERRUPT]: 'interrupt',
  [TLB_MODIFIED]: 'tlbModified',
  [TLB_LOAD]: 'tlbLoad',
  [TLB_STORE]: 'tlbStore',
  [ADDRESS_LOAD]: 'addressLoad',
  [ADDRESS_STORE]: 'addressStore',
  [BUS_FETCH]: 'busFetch',
  [BUS_DATA]: 'busData',
  [SYSCALL]: 'syscall',
  [BREAKPOINT]: 'breakpoint',
  [RESERVED]: 'reserved',
  [UNUSABLE]: 'unusable',
  [OVERFLOW]: 'overflow',
  [TRAP]: 'trap',
  [FLOATING_POINT]: 'floatingPoint',
  [WATCH]: 'watch',
  [MACHINE_CHECK]: 'machineCheck',
  [THREAD]: 'thread',
  [DSP_DISABLED]: 'dspDisabled',
} as const;

/** An exception by name, for statistics and traces. */
export type ExceptionKind = (typeof names)[keyof typeof names];

/** The names by code. Codes without one are not raised. */
export const exceptionNames: Readonly<Record<number, ExceptionKind>> = names;
