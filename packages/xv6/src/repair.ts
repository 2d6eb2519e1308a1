import { type CheckProblem, check } from './check.ts';
import { readEntries, writeEntry } from './directory.ts';
import { DIRECT, detectStoreGeometry, TYPE } from './format.ts';
import { clearLog, replayLog } from './log.ts';
import type { ImageStore } from './store.ts';
import { Volume } from './volume.ts';

/** Codes {@link repair} mends: nothing of a file's content is lost by it. */
export const REPAIRABLE = [
  'log-header',
  'entry-dangling',
  'entry-range',
  'link-count',
  'inode-orphan',
  'block-leaked',
  'block-free',
  'metadata-free',
] as const;

/**
 * Mends an image in place: finishes or drops the log, removes entries that lead nowhere, corrects link counts, frees
 * orphans, and sets the bitmap to what is in use. Leaves alone what only a person can decide (blocks shared by two
 * files, lost files, wrong types). Returns what is still wrong.
 */
export function repair(store: ImageStore): CheckProblem[] {
  const found = check(store);
  if (found.some(({ code }) => code === 'superblock')) return found;
  const geometry = detectStoreGeometry(store);
  const volume = new Volume(store, geometry);
  if (found.some(({ code }) => code === 'log-header')) clearLog(store, geometry);
  else replayLog(store, geometry);

  dropEntries(volume, found);
  // Entries that went change counts; each later step goes by what is wrong after the one before.
  for (const { code, inode, expected } of check(store)) {
    if (code === 'link-count' && inode !== undefined) volume.put({ ...volume.inode(inode), links: expected! });
    if (code === 'inode-orphan' && inode !== undefined) freeInode(volume, inode);
  }
  for (const { code, block } of check(store)) {
    if (block === undefined) continue;
    if (code === 'block-leaked') volume.mark(block, false);
    if (code === 'block-free' || code === 'metadata-free') volume.mark(block, true);
  }
  return check(store);
}

function dropEntries(volume: Volume, found: readonly CheckProblem[]) {
  // A directory whose blocks are in doubt is left as it is.
  const doubtful = new Set(
    found
      .filter(({ code }) => code === 'block-range' || code === 'inode-size' || code === 'block-shared')
      .map(({ inode }) => inode),
  );
  const wrong = found.filter(({ code }) => code === 'entry-dangling' || code === 'entry-range');
  for (const number of new Set(wrong.map(({ inode }) => inode!))) {
    if (doubtful.has(number)) continue;
    const directory = volume.inode(number);
    for (const { inode, offset } of readEntries(volume, directory)) {
      if (inode >= volume.geometry.inodes || volume.inode(inode).type === TYPE.FREE)
        writeEntry(volume, directory, offset, '', 0);
    }
  }
}

/** The blocks follow when the bitmap is set to what is in use. */
function freeInode(volume: Volume, number: number) {
  const addresses = new Array<number>(DIRECT + 1).fill(0);
  volume.put({ number, type: TYPE.FREE, major: 0, minor: 0, links: 0, size: 0, addresses });
}
