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

/** Names of the codes, for statistics and traces; index = code. Codes without a name are not raised. */
export const exceptionNames: readonly (string | undefined)[] = [
  'interrupt',
  'tlbModified',
  'tlbLoad',
  'tlbStore',
  'addressLoad',
  'addressStore',
  'busFetch',
  'busData',
  'syscall',
  'breakpoint',
  'reserved',
  'unusable',
  'overflow',
  'trap',
  undefined,
  'floatingPoint',
  ...new Array<undefined>(7).fill(undefined),
  'watch',
  'machineCheck',
  'thread',
  'dspDisabled',
];
