/** Bad host input. `code` is stable, `data` says what was wrong; class identity is not part of the contract. */
export class CpuError extends Error {
  override readonly name = 'CpuError';
  constructor(
    readonly code: 'KSEG_CPU_MODEL' | 'KSEG_CPU_STATE' | 'KSEG_CPU_IRQ' | 'KSEG_CPU_REGISTER' | 'KSEG_CPU_BUDGET',
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
