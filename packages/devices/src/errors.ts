/** Stable codes of {@link DeviceError}. */
export type DeviceErrorCode = 'KSEG_DEVICES_DRIVES' | 'KSEG_DEVICES_SECTORS';

/** What a device cannot be made with. `data` says which things are meant. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  constructor(
    readonly code: DeviceErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
