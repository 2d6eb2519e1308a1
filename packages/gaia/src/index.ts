export { bootRom } from './boot-rom.ts';
export type { GaiaControl } from './control.ts';
export { GaiaError, type GaiaErrorCode } from './errors.ts';
export { type GaiaFpu, signStage } from './fpu.ts';
export { ieeeFpu } from './fpu-ieee.ts';
export { rtlFpu } from './fpu-rtl.ts';
export { GaiaCpu, type GaiaCpuOptions } from './gaia-cpu.ts';
export type { GaiaStop } from './stop-reason.ts';
