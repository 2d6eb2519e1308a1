/** Bad input that the command itself found: one clear line, status 2. */
export class UsageError extends Error {
  readonly code = 'KSEG_USAGE';
}

/** Exit statuses, as `kseg --help` lists them. */
export const status = { ok: 0, bug: 1, badInput: 2, limit: 3 } as const;

const causes: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it exists already',
  ENOSPC: 'the disk is full',
};

/** What to print and how to exit for anything thrown: what the user gave is answered with one line, a fault of ours with the whole story. */
export function explain(error: unknown): { text: string; status: number } {
  if (!(error instanceof Error)) return { text: String(error), status: status.bug };
  const { code, path } = error as { code?: unknown; path?: unknown };
  if (typeof code === 'string' && code.startsWith('KSEG_')) return { text: error.message, status: status.badInput };
  if (typeof code === 'string' && typeof path === 'string' && code in causes)
    return { text: `${path}: ${causes[code]}`, status: status.badInput };
  return {
    text: `this is a fault of kseg's own, please report it\n${error.stack ?? error.message}`,
    status: status.bug,
  };
}
