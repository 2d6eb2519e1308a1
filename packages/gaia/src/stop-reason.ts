import type { GaiaProblem } from '@kseg/mmu';

/** Why `run` or `step` came back. */
export type GaiaStop =
  /** The budget is used up. */
  | { readonly kind: 'budget' }
  /** The instruction at PC branches to itself (`halt` is one): until `deadline`, a tick of the timeline, no interrupt can come. */
  | { readonly kind: 'waiting'; readonly deadline: number }
  /** The guest has gone back to the boot ROM, or branches to itself with interrupts disabled: only a reset goes on. */
  | { readonly kind: 'halted' }
  /** A device waits for the host and holds virtual time. */
  | { readonly kind: 'held' }
  /** `requestStop` was called. */
  | { readonly kind: 'requested' }
  /** In strict mode: the instruction at PC relies on what the hardware does not check. It has not been executed. */
  | { readonly kind: 'problem'; readonly problems: readonly GaiaProblem[]; readonly address: number };
