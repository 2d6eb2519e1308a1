import { closeSync, existsSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { isTold, UsageError } from './errors.ts';

/** A file's bytes. @throws what `fs.readFileSync` throws, and always with the path: Node leaves it out when the path is a folder */
export const read = (path: string): Uint8Array => naming(path, () => readFileSync(path));

/** What `work` gives; an error it throws names `path`. */
export function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) Object.assign(error, { path });
    throw error;
  }
}

/** What `work` gives; a fault that it finds in the file says which file. */
export function blaming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // What the command itself has found names the file already.
    if (isTold(error) && !(error instanceof UsageError))
      throw new UsageError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Finds out now rather than at the end of a long run. @throws what `fs.openSync` throws when the file could not be written */
export function checkWritable(path: string): void {
  const old = existsSync(path);
  closeSync(openSync(path, 'a'));
  if (!old) unlinkSync(path);
}
