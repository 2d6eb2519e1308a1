/** Stable codes of {@link CpuError}. */
export type CpuErrorCode =
  | 'KSEG_CPU_BUDGET'
  | 'KSEG_CPU_IRQ'
  | 'KSEG_CPU_MODEL'
  | 'KSEG_CPU_REGISTER'
  | 'KSEG_CPU_STATE';

/** Bad host input. `data` says what was wrong. */
export class CpuError extends Error {
  override readonly name = 'CpuError';
  constructor(
    readonly code: CpuErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
