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
  /** Why the interpreter has stopped: ENDED, SAMPLED or LEFT. */
  stopped: 40,
  /** Where in the code cache, in bytes of the arena: of the instruction that it has left, or before where it goes on. */
  at: 41,
  /** Taken branches until the engine is told of one. */
  samples: 42,
  /** Not 0: there is a function for everyday system instructions in the interpreter's table. */
  quick: 43,
} as const;
export const MAIL_WORDS = 44;
export const GO_ON = 1;
export const STOP = 2;

/** It went as far as it may. */
export const ENDED = 0;
/** The engine is to be told that a taken branch goes to PC. */
export const SAMPLED = 1;
/** It has left an instruction. */
export const LEFT = 2;
