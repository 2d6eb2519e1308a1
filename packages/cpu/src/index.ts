export { Cpu, type CpuOptions, type CpuStatistics } from './cpu.ts';
export { CpuError, type CpuErrorCode } from './errors.ts';
export { type ExceptionKind, exceptionNames } from './exception-codes.ts';
export { type CpuModel, findModel, type ModelName, models } from './models.ts';
export { rehearse } from './rehearse.ts';
export type { StopReason } from './stop-reason.ts';
