import { decodeName } from './directory.ts';
import type { Xv6Error } from './errors.ts';
import { DIRECT, detectStoreGeometry, ENTRY_SIZE, type Geometry, ROOT, TYPE } from './format.ts';
import { readLog, replayLog } from './log.ts';
import { type ImageStore, overlayStore } from './store.ts';
import { type Inode, Volume } from './volume.ts';

/** The invariants of an xv6 file system, by the name under which `check` reports that one does not hold. */
export const INVARIANTS = {
  superblock: 'block 1 holds a superblock that fits a known layout and the image',
  'log-header': 'the log holds no more blocks than fit, and none outside inodes, bitmap and data',
  'root-missing': 'inode 1 is a directory',
  'inode-type': 'an inode is free, a directory, a file or a device',
  'inode-size': 'a file is no longer than its blocks can be, a directory a whole number of entries',
  'inode-links': 'a link count is not negative',
  'block-range': 'an inode uses blocks of the data area only',
  'block-missing': 'every part of a file has its block',
  'block-shared': 'a block belongs to one inode, once',
  'block-free': 'a block in use is marked used',
  'block-leaked': 'a block marked used is in use',
  'metadata-free': 'the blocks before the data area are marked used',
  'dot-wrong': "a directory starts with . for itself and .. for its parent; the root's parent is the root",
  'entry-range': 'an entry names an inode that exists',
  'entry-dangling': 'an entry names an inode in use',
  'entry-name': 'an entry has a name, without a slash',
  'entry-duplicate': 'a name occurs once in a directory',
  'directory-linked': 'a directory has one name',
  'link-count': 'a link count says how many names there are (for a directory: one and its subdirectories)',
  'inode-lost': 'an inode in use has a name',
  'inode-orphan': 'an inode in use has a name (this one has no links: it was open when it was removed)',
} as const;

export type CheckCode = keyof typeof INVARIANTS;

/** One invariant that does not hold. */
export interface CheckProblem {
  readonly code: CheckCode;
  readonly message: string;
  /**
   * `warning` for what xv6 itself leaves behind when the power goes (an orphan wastes its blocks and does no harm);
   * everything else is an `error`.
   */
  readonly severity: 'error' | 'warning';
  readonly inode?: number;
  readonly block?: number;
  /** What a count should be. */
  readonly expected?: number;
}

/**
 * Checks every invariant of an image and names what does not hold. Never throws for what is in the image and never
 * changes it; a committed log is taken as finished, since the kernel would finish it.
 */
export function check(store: ImageStore): CheckProblem[] {
  let geometry: Geometry;
  try {
    geometry = detectStoreGeometry(store);
  } catch (error) {
    return [{ code: 'superblock', message: (error as Xv6Error).message, severity: 'error', block: 1 }];
  }
  return new Checker(overlayStore(store), geometry).run();
}

type Where = Pick<CheckProblem, 'inode' | 'block' | 'expected'>;

const USE_NONE = 0;

class Checker {
  private readonly problems: CheckProblem[] = [];
  private readonly volume: Volume;
  /** For each data block the inode that uses it. */
  private readonly user: Uint32Array;
  /** Names of each inode, `.` and `..` not counted. */
  private readonly names: Uint32Array;
  private readonly subdirectories: Uint32Array;
  private readonly inodes: (Inode | undefined)[] = [];

  constructor(
    private readonly store: ImageStore,
    private readonly geometry: Geometry,
  ) {
    this.volume = new Volume(store, geometry);
    this.user = new Uint32Array(geometry.dataEnd - geometry.dataStart);
    this.names = new Uint32Array(geometry.inodes);
    this.subdirectories = new Uint32Array(geometry.inodes);
  }

  run(): CheckProblem[] {
    const log = readLog(this.store, this.geometry);
    if (log.fault !== undefined)
      this.add('log-header', `the log's header ${log.fault}`, { block: this.geometry.logStart });
    else replayLog(this.store, this.geometry);
    for (let number = 1; number < this.geometry.inodes; number++) this.inode(this.volume.inode(number));
    this.tree();
    this.links();
    this.bitmap();
    return this.problems;
  }

  private add(code: CheckCode, message: string, where: Where = {}) {
    const severity = code === 'inode-orphan' ? 'warning' : 'error';
    this.problems.push({ code, message, severity, ...where });
  }

  /** Type, size and blocks of one inode. */
  private inode(inode: Inode) {
    const { number, type, size, links } = inode;
    if (type === TYPE.FREE) return;
    if (type < 0 || type > TYPE.DEVICE) {
      this.add('inode-type', `inode ${number} has type ${type}`, { inode: number });
      return;
    }
    this.inodes[number] = inode;
    if (links < 0) this.add('inode-links', `inode ${number} has ${links} links`, { inode: number });
    const { blockSize, maxFileBlocks } = this.geometry;
    const limit = maxFileBlocks * blockSize;
    if (size > limit || (type === TYPE.DIRECTORY && size % ENTRY_SIZE !== 0))
      this.add('inode-size', `inode ${number} is ${size} bytes long`, { inode: number });
    const needed = Math.ceil(Math.min(size, limit) / blockSize);
    // mkfs rounds the root's size up by a block that the kernel allocates when it first looks there.
    const required = type === TYPE.DEVICE ? 0 : type === TYPE.DIRECTORY ? Math.max(needed - 1, 0) : needed;
    this.blocks(inode, required);
  }

  private blocks(inode: Inode, required: number) {
    let missing = 0;
    for (let index = 0; index < DIRECT; index++) {
      const block = inode.addresses[index]!;
      if (block !== 0) this.use(inode, block);
      else if (index < required) missing++;
    }
    const indirect = inode.addresses[DIRECT]!;
    if (indirect !== 0 && this.use(inode, indirect)) {
      const bytes = this.store.read(indirect);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const little = this.geometry.endian === 'little';
      for (let index = DIRECT; index < this.geometry.maxFileBlocks; index++) {
        const block = view.getUint32((index - DIRECT) * 4, little);
        if (block !== 0) this.use(inode, block);
        else if (index < required) missing++;
      }
    } else missing += Math.max(required - DIRECT, 0);
    if (missing > 0)
      this.add('block-missing', `inode ${inode.number} lacks ${missing} of its blocks`, { inode: inode.number });
  }

  /** Notes that an inode uses a block; false when it cannot. */
  private use({ number }: Inode, block: number): boolean {
    const { dataStart, dataEnd } = this.geometry;
    if (block < dataStart || block >= dataEnd) {
      this.add('block-range', `inode ${number} uses block ${block}, outside the data area`, { inode: number, block });
      return false;
    }
    const before = this.user[block - dataStart]!;
    if (before !== USE_NONE) {
      const who = before === number ? `inode ${number} twice` : `inodes ${before} and ${number}`;
      this.add('block-shared', `block ${block} is used by ${who}`, { inode: number, block });
      return false;
    }
    this.user[block - dataStart] = number;
    return true;
  }

  /** Walks the directories from the root, each once. */
  private tree() {
    if (this.inodes[ROOT]?.type !== TYPE.DIRECTORY) {
      this.add('root-missing', 'there is no root directory', { inode: ROOT });
      return;
    }
    const waiting: { number: number; parent: number }[] = [{ number: ROOT, parent: ROOT }];
    const seen = new Set([ROOT]);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const child of this.directory(this.inodes[next.number]!, next.parent)) {
        this.subdirectories[next.number]!++;
        if (seen.has(child)) {
          this.add('directory-linked', `directory ${child} has more than one name`, { inode: child });
          continue;
        }
        seen.add(child);
        waiting.push({ number: child, parent: next.number });
      }
    }
  }

  /** Checks a directory's entries; returns the directories among them. */
  private directory(inode: Inode, parent: number): number[] {
    const { number } = inode;
    const bytes = this.contentOf(inode);
    const view = new DataView(bytes.buffer);
    const little = this.geometry.endian === 'little';
    const names = new Set<string>();
    const children: number[] = [];
    for (let at = 0; at + ENTRY_SIZE <= bytes.length; at += ENTRY_SIZE) {
      const target = view.getUint16(at, little);
      const name = decodeName(bytes.subarray(at + 2, at + ENTRY_SIZE));
      if (at < 2 * ENTRY_SIZE) {
        const [wanted, self] = at === 0 ? ['.', number] : ['..', parent];
        if (name !== wanted || target !== self)
          this.add('dot-wrong', `directory ${number} has ${name} ${target} instead of ${wanted} ${self}`, {
            inode: number,
          });
        if (name === wanted) continue;
      }
      if (target === 0) continue;
      const child = this.entry(inode, name, target, names);
      if (child !== undefined) children.push(child);
    }
    if (bytes.length < 2 * ENTRY_SIZE)
      this.add('dot-wrong', `directory ${number} is too short for . and ..`, { inode: number });
    return children;
  }

  private entry({ number }: Inode, name: string, target: number, names: Set<string>): number | undefined {
    const where = { inode: number };
    if (name === '' || name.includes('/')) this.add('entry-name', `directory ${number} has an entry "${name}"`, where);
    if (names.has(name) || name === '.' || name === '..')
      this.add('entry-duplicate', `directory ${number} has ${name} more than once`, where);
    names.add(name);
    if (target >= this.geometry.inodes) {
      this.add('entry-range', `${name} in directory ${number} is inode ${target} of ${this.geometry.inodes}`, where);
      return undefined;
    }
    this.names[target]!++;
    const inode = this.inodes[target];
    if (inode === undefined) {
      this.add('entry-dangling', `${name} in directory ${number} is inode ${target}, which is not in use`, where);
      return undefined;
    }
    return inode.type === TYPE.DIRECTORY ? target : undefined;
  }

  /** A directory's bytes as far as its blocks are good. */
  private contentOf(inode: Inode): Uint8Array {
    const { blockSize, maxFileBlocks, dataStart, dataEnd } = this.geometry;
    const size = Math.min(inode.size, maxFileBlocks * blockSize);
    const out = new Uint8Array(size);
    const little = this.geometry.endian === 'little';
    const isGood = (block: number) => block >= dataStart && block < dataEnd;
    const indirect = inode.addresses[DIRECT]!;
    const table = isGood(indirect) ? this.store.read(indirect) : undefined;
    for (let index = 0; index * blockSize < size; index++) {
      let block = index < DIRECT ? inode.addresses[index]! : 0;
      if (index >= DIRECT && table !== undefined)
        block = new DataView(table.buffer, table.byteOffset).getUint32((index - DIRECT) * 4, little);
      if (!isGood(block)) continue;
      out.set(this.store.read(block).subarray(0, Math.min(blockSize, size - index * blockSize)), index * blockSize);
    }
    return out;
  }

  private links() {
    for (const inode of this.inodes) {
      if (inode === undefined) continue;
      const { number, links, type } = inode;
      const names = this.names[number]! + (number === ROOT ? 1 : 0);
      if (names === 0) {
        const orphan = links === 0 && type !== TYPE.DIRECTORY;
        this.add(orphan ? 'inode-orphan' : 'inode-lost', `inode ${number} is in use and has no name`, {
          inode: number,
        });
        continue;
      }
      const wanted = type === TYPE.DIRECTORY ? 1 + this.subdirectories[number]! : names;
      if (links !== wanted)
        this.add('link-count', `inode ${number} has ${links} links and should have ${wanted}`, {
          inode: number,
          expected: wanted,
        });
    }
  }

  private bitmap() {
    const { dataStart, dataEnd } = this.geometry;
    for (let block = 0; block < dataStart; block++) {
      if (!this.volume.isUsed(block))
        this.add('metadata-free', `block ${block} belongs to the file system and is marked free`, { block });
    }
    for (let block = dataStart; block < dataEnd; block++) {
      const user = this.user[block - dataStart]!;
      const used = this.volume.isUsed(block);
      if (used && user === USE_NONE)
        this.add('block-leaked', `block ${block} is marked used, nothing uses it`, { block });
      if (!used && user !== USE_NONE)
        this.add('block-free', `block ${block} of inode ${user} is marked free`, { inode: user, block });
    }
  }
}
