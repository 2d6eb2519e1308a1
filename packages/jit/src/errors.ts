/** Stable codes of {@link JitError}. */
export type JitErrorCode = 'KSEG_JIT_ARENA';

/** A host that put a translator where it cannot work. */
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
