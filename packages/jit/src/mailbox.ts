// Words through which the translator's WebAssembly and JavaScript tell each other things.

/** Places of the words. */
export const MAIL = {
  /** What to do when a region has ended with all its callers: 0 when an access found nothing, else GO_ON from PC, or STOP. */
  resume: 0,
  /** Not 0: leave everything to JavaScript. */
  handsOff: 1,
  /** Bits of the TLB entries that have been written here. */
  written: 2,
  /** Exceptions taken here, by code, and TLB refills among them. */
  exceptions: 4,
  refills: 36,
  /** Address (31:8) and ASID of the last refill exception taken here, if no entry has been written since. Never one of page 0, ASID 0. */
  missed: 37,
  /** Not 0: there are exceptions to count. */
  raised: 38,
  /** Where in the code cache, in bytes of the arena, the instruction is that has stopped the interpreter; 0 when it went as far as it may. */
  stopped: 40,
  /** Taken branches until the engine is told of one; 0 when PC is where that goes. */
  samples: 41,
} as const;
export const MAIL_WORDS = 42;
export const GO_ON = 1;
export const STOP = 2;
