/** Stable codes of {@link GaiaError}. */
export type GaiaErrorCode =
  | 'KSEG_GAIA_BUDGET'
  | 'KSEG_GAIA_MAP'
  | 'KSEG_GAIA_OPTIONS'
  | 'KSEG_GAIA_REGISTER'
  | 'KSEG_GAIA_STATE';

/** Bad host input. `data` says what was wrong. */
export class GaiaError extends Error {
  override readonly name = 'GaiaError';
  constructor(
    readonly code: GaiaErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
