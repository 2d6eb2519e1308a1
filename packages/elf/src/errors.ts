/** Stable codes of {@link ElfError}. */
export type ElfErrorCode =
  | 'KSEG_ELF_NOT_ELF'
  | 'KSEG_ELF_TRUNCATED'
  | 'KSEG_ELF_CLASS'
  | 'KSEG_ELF_MACHINE'
  | 'KSEG_ELF_ENDIAN'
  | 'KSEG_ELF_TYPE'
  | 'KSEG_ELF_MALFORMED'
  | 'KSEG_ELF_RANGE';

/** A file that is not the ELF it should be. Tell errors apart by `code`; `data` holds the figures. */
export class ElfError extends Error {
  override readonly name = 'ElfError';
  constructor(
    readonly code: ElfErrorCode,
    message: string,
    readonly data: Readonly<Record<string, number | string>> = {},
  ) {
    super(message);
  }
}
