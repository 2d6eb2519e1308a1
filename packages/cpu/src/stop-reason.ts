/** Why `run` or `step` came back. Times are ticks of the timeline. */
export type StopReason =
  /** The budget is used up. */
  | { readonly kind: 'budget' }
  /** The next instruction has a breakpoint; it has not been executed. */
  | { readonly kind: 'breakpoint'; readonly address: number }
  /** The instruction at PC would touch watched data; it has not been executed. */
  | { readonly kind: 'watchpoint'; readonly address: number; readonly access: 'load' | 'store' }
  /**
   * WAIT: nothing ends it before `deadline`, the time of the next event that could (Infinity: nothing ever will, unless the outside does
   * something).
   * The host sleeps as its pacing asks, and then skips to the deadline with `skipTo`.
   */
  | { readonly kind: 'waiting'; readonly deadline: number }
  /** A device waits for the host and holds virtual time. */
  | { readonly kind: 'held' }
  /** `halt` was called: only a reset goes on. */
  | { readonly kind: 'halted' }
  /** Every exception handler faults on its first instruction: nothing will ever retire again without a reset. */
  | { readonly kind: 'stuck'; readonly address: number }
  /** `requestStop` was called. */
  | { readonly kind: 'requested' };
