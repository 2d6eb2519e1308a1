/** Stable codes of {@link GdbError}. */
export type GdbErrorCode = 'KSEG_GDB_CORE' | 'KSEG_GDB_LISTEN';

/** What a debugger cannot be put on, or where it cannot be waited for. `data` says which things are meant. */
export class GdbError extends Error {
  override readonly name = 'GdbError';
  constructor(
    readonly code: GdbErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
