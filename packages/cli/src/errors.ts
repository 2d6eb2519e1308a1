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

const isSystemError = (error: Error): error is SystemError => {
  const { code, syscall } = error as Partial<SystemError>;
  return typeof syscall === 'string' && typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
};

/** What to print and how to exit for anything thrown: what the user gave is answered with one line, a fault of ours with the whole story. */
export function explain(error: unknown): { text: string; status: number } {
  if (!(error instanceof Error)) return { text: String(error), status: status.bug };
  if (isSystemError(error)) {
    const { code, errno = 0, path, syscall } = error;
    const cause = causes[code] ?? getSystemErrorMap().get(errno)?.[1] ?? code;
    return { text: `${path === undefined ? syscall : path || '""'}: ${cause}`, status: status.badInput };
  }
  // A library's message may go on with a whole memory map: `kseg boards` prints that to who wants it.
  if (String((error as { code?: unknown }).code).startsWith('KSEG_'))
    return { text: error.message.split('\n')[0]!, status: status.badInput };
  return {
    text: `this is a fault of kseg's own, please report it\n${error.stack ?? error.message}`,
    status: status.bug,
  };
}
