/** Stable codes of {@link MachineError}. */
export type MachineErrorCode =
  | 'KSEG_MACHINE_ALIAS'
  | 'KSEG_MACHINE_BOARD'
  | 'KSEG_MACHINE_BOARD_OPTION'
  | 'KSEG_MACHINE_BRIDGE'
  | 'KSEG_MACHINE_COMMAND_LINE'
  | 'KSEG_MACHINE_DISK_KIND'
  | 'KSEG_MACHINE_DISK_SIZE'
  | 'KSEG_MACHINE_DUPLICATE_NAME'
  | 'KSEG_MACHINE_ENGINE'
  | 'KSEG_MACHINE_FLASH_SIZE'
  | 'KSEG_MACHINE_GAIA_IMAGE'
  | 'KSEG_MACHINE_HELD'
  | 'KSEG_MACHINE_IMAGES'
  | 'KSEG_MACHINE_IRQ_UNCONNECTED'
  | 'KSEG_MACHINE_IRQ_UNDRIVEN'
  | 'KSEG_MACHINE_KERNEL'
  | 'KSEG_MACHINE_KERNEL_OUTSIDE_RAM'
  | 'KSEG_MACHINE_NOT_MEMORY'
  | 'KSEG_MACHINE_NO_BOOT'
  | 'KSEG_MACHINE_OVERLAY'
  | 'KSEG_MACHINE_RAM_SIZE'
  | 'KSEG_MACHINE_RESET_VECTOR'
  | 'KSEG_MACHINE_ROM_SIZE'
  | 'KSEG_MACHINE_SNAPSHOT_BOARD'
  | 'KSEG_MACHINE_SNAPSHOT_FORMAT'
  | 'KSEG_MACHINE_UNKNOWN_PART';

/** A board that cannot be composed, or what a machine cannot do as it is. `data` says which things are meant. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  constructor(
    readonly code: MachineErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether somebody has told already, in kseg's way, what is wrong. */
const isTold = (error: unknown): boolean =>
  String((error as { readonly code?: unknown } | null | undefined)?.code).startsWith('KSEG_');

/** What `work`, which others wrote, gives; what it throws that has no code of kseg's is told as `code`, with it as the cause. */
export function telling<T>(
  code: MachineErrorCode,
  what: string,
  data: Readonly<Record<string, unknown>>,
  work: () => T,
): T {
  try {
    return work();
  } catch (error) {
    if (isTold(error)) throw error;
    throw new MachineError(code, `${what} threw: ${wordsOf(error)}`, data, { cause: error });
  }
}

/** What anything thrown says. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
