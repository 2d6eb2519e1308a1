/** An error the host can act on: `code` is stable, `data` says which things are meant. Never raised by what a guest does. */
export class GaiaError extends Error {
  override readonly name = 'KsegError';
  constructor(
    readonly code: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
