import { getSystemErrorMap } from 'node:util';

/** Bad input that the command itself found: one clear line, status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'KSEG_CLI_USAGE';
  readonly data = {};
}

/** Exit statuses, as `kseg --help` lists them. */
export const status = { ok: 0, bug: 1, badInput: 2, limit: 3 } as const;

/** What the system's own words say less clearly. */
const causes: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it exists already',
  ENOSPC: 'the disk is full',
};

/** What a call to the system may leave in an error. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly errno?: number;
  readonly path?: string;
}

/** Whether an error is one of kseg's packages'. */
export const isTold = (error: unknown): error is Error & { readonly code: string } =>
  String((error as { readonly code?: unknown } | null | undefined)?.code).startsWith('KSEG_');

export const isSystemError = (error: Error): error is SystemError => {
  const { code, syscall } = error as Partial<SystemError>;
  return typeof syscall === 'string' && typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
};

/** What to print and how to exit for anything thrown: what the user gave is answered with one line, code that he gave with its stack, a fault of ours with the whole story. */
export function explain(error: unknown): { text: string; status: number } {
  if (!(error instanceof Error)) return { text: String(error), status: status.bug };
  if (isSystemError(error)) {
    const { code, errno = 0, path, syscall } = error;
    const cause = causes[code] ?? getSystemErrorMap().get(errno)?.[1] ?? code;
    return { text: `${path === undefined ? syscall : path || '""'}: ${cause}`, status: status.badInput };
  }
  if (isTold(error)) {
    // A library's message may go on with a whole memory map: `kseg boards` prints that to who wants it.
    const line = error.message.split('\n')[0]!;
    const { cause } = error;
    // A mistake in code of the user's own: the place is half of what he needs.
    const place = error instanceof UsageError && cause instanceof Error && !isTold(cause) ? `\n${cause.stack}` : '';
    return { text: line + place, status: status.badInput };
  }
  return {
    text: `this is a fault of kseg's own, please report it\n${error.stack ?? error.message}`,
    status: status.bug,
  };
}
