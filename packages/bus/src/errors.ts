/** Stable codes of {@link BusSetupError}. */
export type BusSetupErrorCode =
  | 'KSEG_BUS_ARENA_REGION'
  | 'KSEG_BUS_ARENA_SIZE'
  | 'KSEG_BUS_BYTES'
  | 'KSEG_BUS_CLOCK'
  | 'KSEG_BUS_DUPLICATE_NAME'
  | 'KSEG_BUS_IRQ_DRIVEN_TWICE'
  | 'KSEG_BUS_MEMORY_RANGE'
  | 'KSEG_BUS_MEMORY_SIZE'
  | 'KSEG_BUS_OVERLAP'
  | 'KSEG_BUS_REGION'
  | 'KSEG_BUS_TIME';

/** What cannot be put together, or is not there: `data` says which things clash. A bus error, which is a guest’s exception, is something else. */
export class BusSetupError extends Error {
  override readonly name = 'BusSetupError';
  constructor(
    readonly code: BusSetupErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** `0x` and eight hexadecimal digits. */
export const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
