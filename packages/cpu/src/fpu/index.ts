export { DONE, execute, RESERVED, TRAPPED } from './execute.ts';
export * from './fcsr.ts';
export { Fpu } from './fpu.ts';
export { FCSR_WORD, FPU_STATE_WORDS, type FpuOptions, SoftFpu, singleWord } from './soft-fpu.ts';
