import { readFileSync, realpathSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { UsageError } from './errors.ts';
import type { DiskArgument } from './values.ts';

/**
 * Takes the images that are to be written for this process alone, until it ends or `dispose` is called: a file `IMAGE.lock` with its
 * number stands beside each. One that a process left behind which is no more counts for nothing.
 * @throws KSEG_USAGE when another process has one, or an image that is written stands in two drives
 */
export function lockImages(disks: readonly DiskArgument[]): { dispose(): void } {
  refuseSharing(disks);
  const locks: string[] = [];
  const dispose = () => {
    for (const lock of locks.splice(0)) unlinkSync(lock);
    process.off('exit', dispose);
  };
  process.on('exit', dispose);
  for (const { file, write } of disks) if (write) locks.push(lock(file));
  return { dispose };
}

/** Two drives on one file are two systems' writes in one: told by device and inode, whatever the file is called. */
function refuseSharing(disks: readonly DiskArgument[]): void {
  const seen = new Map<string, DiskArgument>();
  for (const disk of disks) {
    const { dev, ino } = statSync(disk.file, { bigint: true });
    const same = seen.get(`${dev}:${ino}`);
    if (same !== undefined && (same.write || disk.write))
      throw new UsageError(`${disk.file} is in drive ${same.drive} already, and one of the two would write to it`);
    seen.set(`${dev}:${ino}`, disk);
  }
}

function lock(file: string): string {
  const path = `${realpathSync(file)}.lock`;
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
