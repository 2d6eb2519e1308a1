import { existsSync, readFileSync, realpathSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './errors.ts';
import type { RunArguments } from './run-arguments.ts';

/** A file that a run uses, and what for: `use` stands in the error when two uses get in each other's way. */
interface Claim {
  readonly file: string;
  readonly use: string;
  readonly write: boolean;
}

interface Lock {
  dispose(): void;
}

/**
 * Takes the files that a run writes, as `lockFile` does.
 * @throws KSEG_CLI_USAGE when another process has one, or a file that is written has two uses
 */
export function lockImages({ disk: disks, flash }: Pick<RunArguments, 'disk' | 'flash'>): Lock {
  const claims: Claim[] = disks.flatMap(({ drive, file, changes }) => [
    { file, use: `drive ${drive}`, write: changes === 'file' },
    ...(typeof changes === 'object' ? [{ file: changes.overlay, use: `drive ${drive}`, write: true }] : []),
  ]);
  if (flash !== undefined) claims.push({ file: flash, use: 'the flash chip', write: true });
  refuseSharing(claims);
  const locks = claims.filter(({ write }) => write).map(({ file }) => lockFile(file));
  return {
    dispose() {
      for (const lock of locks) lock.dispose();
    },
  };
}

/**
 * Takes a file that is to be written for this process alone, until it ends or the lock is disposed of: a file `FILE.lock` with its number
 * stands beside. One that a process left behind which is no more counts for nothing.
 * @throws KSEG_CLI_USAGE when another process has it
 */
export function lockFile(file: string): Lock {
  const path = makeLock(file);
  const dispose = () => {
    unlinkSync(path);
    process.off('exit', dispose);
  };
  process.on('exit', dispose);
  return { dispose };
}

/** What `work` gives, which writes a file that is this process's alone meanwhile. @throws KSEG_CLI_USAGE when another process has it */
export function locked<T>(file: string, work: () => T): T {
  const lock = lockFile(file);
  try {
    return work();
  } finally {
    lock.dispose();
  }
}

/** Replaces a file's content, or makes the file, unless another process writes it. @throws KSEG_CLI_USAGE, and what `fs.writeFileSync` throws */
export const replaceFile = (file: string, bytes: Uint8Array | string): void =>
  locked(file, () => writeFileSync(file, bytes));

/** Two drives on one file are two systems' writes in one: told by device and inode, whatever the file is called. */
function refuseSharing(claims: readonly Claim[]): void {
  const seen = new Map<string, Claim>();
  for (const claim of claims) {
    const stat = statSync(claim.file, { bigint: true, throwIfNoEntry: false });
    const key = stat === undefined ? resolve(claim.file) : `${stat.dev}:${stat.ino}`;
    const same = seen.get(key);
    if (same !== undefined && (same.write || claim.write))
      throw new UsageError(`${claim.file} is in ${same.use} already, and one of the two would write to it`);
    seen.set(key, claim);
  }
}

function makeLock(file: string): string {
  const path = `${existsSync(file) ? realpathSync(file) : resolve(file)}.lock`;
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileSync(path, 'utf8'));
    if (holder === 0 || isAlive(holder))
      throw new UsageError(
        `${file} is being written by process ${holder || '(starting)'}; if that is no kseg, remove ${path}`,
      );
    unlinkSync(path);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
