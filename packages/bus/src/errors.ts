/** An error the host can act on: `code` is stable, `data` says which things clash. Never raised by what a guest does. */
export class BusError extends Error {
  override readonly name = 'KsegError';
  constructor(
    readonly code: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** `0x` and eight hexadecimal digits. */
export const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
