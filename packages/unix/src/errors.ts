/** Stable codes of {@link UnixError}. */
export type UnixErrorCode = 'KSEG_UNIX_OPTION';

/** What our Unix cannot be had with: `data` says which option, and what it was. */
export class UnixError extends Error {
  override readonly name = 'UnixError';
  constructor(
    readonly code: UnixErrorCode,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** Looks again at what the types promise, since plain JavaScript has none. @throws KSEG_UNIX_OPTION */
export function checkOption(option: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return;
  const given = typeof value === 'string' ? `"${value}"` : String(value);
  throw new UnixError(
    'KSEG_UNIX_OPTION',
    `${option} is ${given}: give ${choices.map((choice) => `"${choice}"`).join(' or ')}`,
    {
      option,
      value,
    },
  );
}
