/** Stable codes of {@link JitError}. */
export type JitErrorCode = 'KSEG_JIT_ARENA' | 'KSEG_JIT_OPTION';

/** A host that put a translator where it cannot work, or asked it for what makes no sense. */
export class JitError extends Error {
  override readonly name = 'JitError';
  constructor(
    readonly code: JitErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
