import { type CheckProblem, check } from './check.ts';
import { addEntry, encodeName, lookUp, readEntries, splitPath, writeEntry } from './directory.ts';
import { Xv6Error } from './errors.ts';
import {
  detectGeometry,
  detectStoreGeometry,
  ENTRY_SIZE,
  encodeSuperblock,
  type Geometry,
  type GeometryOptions,
  planGeometry,
  ROOT,
  TYPE,
} from './format.ts';
import { replayLog } from './log.ts';
import { repair } from './repair.ts';
import { bytesStore, type ImageStore, overlayStore } from './store.ts';
import { type Inode, Volume } from './volume.ts';

/** What a name in a file system stands for. */
export interface Stat {
  readonly inode: number;
  readonly type: 'directory' | 'file' | 'device';
  readonly links: number;
  /** Bytes. */
  readonly size: number;
  readonly major: number;
  readonly minor: number;
}

export interface DirectoryEntry extends Stat {
  readonly name: string;
}

/** One thing of a tree, with its path from the root: what `walk` and `extract` give and `import` takes. */
export interface TreeEntry {
  /** Without a leading slash, for instance `bin/sh`. */
  readonly path: string;
  readonly type: Stat['type'];
  /** A file's content. */
  readonly bytes?: Uint8Array;
  readonly major?: number;
  readonly minor?: number;
}

export interface MakeOptions extends GeometryOptions {
  /** What to put in, as `import` takes it. */
  readonly entries?: Iterable<TreeEntry> | undefined;
  /** Where to put it; by default new memory. It must read as zeros. */
  readonly store?: ImageStore | undefined;
  /**
   * Classic layout: mark the log's blocks used, so that a kernel that allocates by the bitmap alone never hands them
   * out. The original mkfs does not, hence the default: false.
   */
  readonly reserveLog?: boolean | undefined;
}

export interface OpenOptions {
  /** Keep every change, the log's replay included, in memory: the store or bytes stay as they are. */
  readonly readOnly?: boolean | undefined;
}

const TYPE_NAMES: Readonly<Record<number, Stat['type']>> = {
  [TYPE.DIRECTORY]: 'directory',
  [TYPE.FILE]: 'file',
  [TYPE.DEVICE]: 'device',
};

const MOST_LINKS = 0x7fff;

/**
 * An xv6 file system: made, opened, read and changed in an image, without a kernel.
 *
 * Paths start at the root; `/bin/sh` and `bin/sh` are the same. All methods throw an Xv6Error whose `code` tells what
 * went wrong (`KSEG_XV6_NOT_FOUND`, `KSEG_XV6_NO_SPACE`, …); a damaged image gives `KSEG_XV6_CORRUPT`, never a loop.
 */
export class Xv6Fs {
  private constructor(
    private readonly volume: Volume,
    private readonly memory: Uint8Array | undefined,
  ) {}

  /** Where everything would go in a file system made with these options. @throws Xv6Error `KSEG_XV6_PARAMETER` */
  static plan(options: GeometryOptions = {}): Geometry {
    return planGeometry(options);
  }

  /** Makes an empty file system, or one with `entries` in it, block for block as xv6's mkfs lays it out. */
  static make(options: MakeOptions = {}): Xv6Fs {
    const geometry = planGeometry(options);
    const { blockSize, size, dataStart, logStart, log } = geometry;
    const memory = options.store === undefined ? new Uint8Array(size * blockSize) : undefined;
    const store = options.store ?? bytesStore(memory!, blockSize);
    if (store.blockSize !== blockSize || store.blocks < size) {
      const message = `the store has ${store.blocks} blocks of ${store.blockSize} bytes, ${size} of ${blockSize} are needed`;
      throw new Xv6Error('KSEG_XV6_PARAMETER', message);
    }
    store.write(1, encodeSuperblock(geometry));
    const volume = new Volume(store, geometry);
    volume.markRange(0, dataStart);
    if (options.reserveLog && logStart >= dataStart) volume.markRange(logStart, logStart + log);
    const fs = new Xv6Fs(volume, memory);
    const root = volume.allocateInode(TYPE.DIRECTORY);
    addEntry(volume, root, '.', ROOT);
    addEntry(volume, root, '..', ROOT);
    fs.import(options.entries ?? []);
    fs.roundRoot();
    return fs;
  }

  /**
   * Opens an image. Layout and byte order are told from the superblock; a committed transaction in the log is finished
   * first. Changes go to the bytes or store given, unless `readOnly`.
   *
   * @throws Xv6Error `KSEG_XV6_IMAGE` when there is no file system of a known layout
   */
  static open(image: Uint8Array | ImageStore, options: OpenOptions = {}): Xv6Fs {
    const inMemory = image instanceof Uint8Array;
    const geometry = inMemory ? detectGeometry(image, image.length) : detectStoreGeometry(image);
    const given = inMemory ? bytesStore(image, geometry.blockSize) : image;
    const store = options.readOnly ? overlayStore(given) : given;
    if (store.blockSize !== geometry.blockSize) {
      const message = `this layout has blocks of ${geometry.blockSize} bytes; open the store with that block size`;
      throw new Xv6Error('KSEG_XV6_PARAMETER', message, { blockSize: geometry.blockSize });
    }
    replayLog(store, geometry);
    return new Xv6Fs(new Volume(store, geometry), inMemory && !options.readOnly ? image : undefined);
  }

  get geometry(): Geometry {
    return this.volume.geometry;
  }

  /** The whole image. For a store this makes a copy as large as the image. */
  bytes(): Uint8Array {
    if (this.memory !== undefined) return this.memory;
    const { size, blockSize } = this.geometry;
    const out = new Uint8Array(size * blockSize);
    for (let block = 0; block < size; block++) out.set(this.volume.store.read(block), block * blockSize);
    return out;
  }

  /** Free data blocks and inodes. */
  free(): { blocks: number; inodes: number } {
    return { blocks: this.volume.freeBlocks(), inodes: this.volume.freeInodes() };
  }

  stat(path: string): Stat {
    return this.statOf(lookUp(this.volume, path));
  }

  exists(path: string): boolean {
    try {
      lookUp(this.volume, path);
      return true;
    } catch (error) {
      if (/NOT_FOUND|NOT_DIRECTORY/.test((error as Xv6Error).code ?? '')) return false;
      throw error;
    }
  }

  /** A directory's entries in disk order, `.` and `..` included. */
  list(path = '/'): DirectoryEntry[] {
    const directory = this.directory(path);
    return readEntries(this.volume, directory).map(({ name, inode }) => ({
      name,
      ...this.statOf(this.volume.inode(inode)),
    }));
  }

  /** A file's content, or `length` bytes of it from `offset`. */
  read(path: string, offset = 0, length = Number.POSITIVE_INFINITY): Uint8Array {
    return this.volume.readAt(this.file(path), offset, length);
  }

  /** Replaces a file's content; the file is made when it does not exist. */
  write(path: string, bytes: Uint8Array): void {
    const inode = this.exists(path) ? this.file(path) : this.create(path, TYPE.FILE);
    this.volume.shrink(inode, 0);
    this.volume.writeAt(inode, 0, bytes);
  }

  /** Writes into a file at `offset`; it grows as needed, a gap reads as zeros. */
  writeAt(path: string, offset: number, bytes: Uint8Array): void {
    this.volume.writeAt(this.file(path), offset, bytes);
  }

  append(path: string, bytes: Uint8Array): void {
    const inode = this.file(path);
    this.volume.writeAt(inode, inode.size, bytes);
  }

  /** Cuts or extends (with zeros) a file to `size` bytes. */
  truncate(path: string, size = 0): void {
    const inode = this.file(path);
    if (size < inode.size) this.volume.shrink(inode, size);
    else this.volume.writeAt(inode, size, new Uint8Array(0));
  }

  mkdir(path: string): void {
    const parent = this.parentOf(path);
    this.checkLinks(parent, path);
    const inode = this.create(path, TYPE.DIRECTORY);
    try {
      addEntry(this.volume, inode, '.', inode.number);
      addEntry(this.volume, inode, '..', parent.number);
    } catch (error) {
      this.discard(path, inode);
      throw error;
    }
    const grown = this.volume.inode(parent.number);
    grown.links++;
    this.volume.put(grown);
  }

  /** Makes a device node. */
  mknod(path: string, major: number, minor: number): void {
    for (const value of [major, minor])
      if (!Number.isInteger(value) || value < -0x8000 || value > 0x7fff)
        throw new Xv6Error('KSEG_XV6_PARAMETER', `device number ${value} does not fit 16 bits`);
    this.create(path, TYPE.DEVICE, major, minor);
  }

  /** Gives a file a second name. */
  link(from: string, to: string): void {
    const inode = lookUp(this.volume, from);
    if (inode.type === TYPE.DIRECTORY) throw new Xv6Error('KSEG_XV6_IS_DIRECTORY', `${from} is a directory`);
    this.checkLinks(inode, from);
    const { parent, name } = this.place(to);
    addEntry(this.volume, parent, name, inode.number);
    inode.links++;
    this.volume.put(inode);
  }

  /** Takes a name away, and what it stands for with its last name. A directory must be empty. */
  unlink(path: string): void {
    const parts = splitPath(path);
    const name = parts.pop();
    if (name === undefined || name === '.' || name === '..')
      throw new Xv6Error('KSEG_XV6_PARAMETER', `${path || '/'} cannot be removed`);
    const parent = this.directory(parts.join('/'));
    const entry = readEntries(this.volume, parent).find((one) => one.name === name);
    if (entry === undefined) throw new Xv6Error('KSEG_XV6_NOT_FOUND', `${path}: no such file or directory`, { path });
    const inode = this.volume.inode(entry.inode);
    const isDirectory = inode.type === TYPE.DIRECTORY;
    if (isDirectory && readEntries(this.volume, inode).some((one) => one.name !== '.' && one.name !== '..'))
      throw new Xv6Error('KSEG_XV6_NOT_EMPTY', `${path}: the directory is not empty`, { path });
    writeEntry(this.volume, parent, entry.offset, '', 0);
    if (isDirectory) {
      parent.links--;
      this.volume.put(parent);
    }
    inode.links--;
    if (inode.links > 0) this.volume.put(inode);
    else this.release(inode);
  }

  /** Every file, directory and device below `path`, parents before children, without contents. */
  *walk(path = '/'): Generator<DirectoryEntry & { path: string }> {
    const stack: { path: string; inode: number }[] = [];
    const start = this.directory(path);
    const seen = new Set<number>();
    stack.push({ path: splitPath(path).join('/'), inode: start.number });
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      // A damaged image may have a directory below itself.
      if (seen.has(next.inode)) throw new Xv6Error('KSEG_XV6_CORRUPT', `directory ${next.path} contains itself`);
      seen.add(next.inode);
      const directories: { path: string; inode: number }[] = [];
      for (const { name, inode } of readEntries(this.volume, this.volume.inode(next.inode))) {
        if (name === '.' || name === '..') continue;
        // No kernel makes such names; a caller that trusts them would write outside its folder.
        if (name === '' || name.includes('/'))
          throw new Xv6Error('KSEG_XV6_CORRUPT', `directory /${next.path} has an entry called "${name}"`, { inode });
        const stat = this.statOf(this.volume.inode(inode));
        const child = next.path === '' ? name : `${next.path}/${name}`;
        if (stat.type === 'directory') directories.push({ path: child, inode });
        yield { name, path: child, ...stat };
      }
      stack.push(...directories.reverse());
    }
  }

  /** {@link walk} with the files' contents, ready for `import` or to be written to a host folder. */
  *extract(path = '/'): Generator<TreeEntry> {
    for (const entry of this.walk(path)) {
      const { major, minor, type } = entry;
      if (type === 'device') yield { path: entry.path, type, major, minor };
      else if (type === 'directory') yield { path: entry.path, type };
      else {
        const inode = this.volume.inode(entry.inode);
        yield { path: entry.path, type, bytes: this.volume.readAt(inode, 0, inode.size) };
      }
    }
  }

  /**
   * Puts a tree in: missing directories are made, files replaced.
   * @throws Xv6Error whose message begins with the entry's path, which `data` has, too: `KSEG_XV6_FILE_TOO_LARGE` for what no image of
   * this layout takes, `KSEG_XV6_NO_SPACE` and `KSEG_XV6_NO_INODES` for what a larger one would
   */
  import(entries: Iterable<TreeEntry>): void {
    for (const entry of entries) {
      try {
        this.add(entry);
      } catch (error) {
        if (!(error instanceof Xv6Error)) throw error;
        const { code, message, data } = error;
        const { path, bytes } = entry;
        const what =
          code === 'KSEG_XV6_NO_SPACE' && bytes !== undefined ? `${path}: ${bytes.length} bytes do not fit` : path;
        throw new Xv6Error(code, message.startsWith(path) ? message : `${what}: ${message}`, { ...data, path });
      }
    }
  }

  /** Everything that is wrong with the image; see `check`. */
  check(): CheckProblem[] {
    return check(this.volume.store);
  }

  /** Mends what can be mended without losing a file's content; returns what is still wrong. */
  repair(): CheckProblem[] {
    return repair(this.volume.store);
  }

  private add({ path, type, bytes, major = 0, minor = 0 }: TreeEntry): void {
    const parts = splitPath(path);
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      if (!this.exists(parent)) this.mkdir(parent);
    }
    if (type === 'file') this.write(path, bytes ?? new Uint8Array(0));
    else if (type === 'device') this.mknod(path, major, minor);
    else if (!this.exists(path)) this.mkdir(path);
  }

  private statOf({ number, type, links, size, major, minor }: Inode): Stat {
    const name = TYPE_NAMES[type];
    if (name === undefined)
      throw new Xv6Error('KSEG_XV6_CORRUPT', `inode ${number} has type ${type}`, { inode: number });
    return { inode: number, type: name, links, size, major, minor };
  }

  private directory(path: string): Inode {
    const inode = lookUp(this.volume, path);
    if (inode.type !== TYPE.DIRECTORY)
      throw new Xv6Error('KSEG_XV6_NOT_DIRECTORY', `${path} is not a directory`, { path });
    return inode;
  }

  private file(path: string): Inode {
    const inode = lookUp(this.volume, path);
    if (inode.type === TYPE.DIRECTORY) throw new Xv6Error('KSEG_XV6_IS_DIRECTORY', `${path} is a directory`, { path });
    if (inode.type === TYPE.DEVICE) throw new Xv6Error('KSEG_XV6_PARAMETER', `${path} is a device`, { path });
    return inode;
  }

  private parentOf(path: string): Inode {
    return this.directory(splitPath(path).slice(0, -1).join('/'));
  }

  /** Where a new name goes; it must not be taken. */
  private place(path: string): { parent: Inode; name: string } {
    const name = splitPath(path).at(-1);
    if (name === undefined) throw new Xv6Error('KSEG_XV6_EXISTS', '/ exists', { path });
    encodeName(name);
    const parent = this.parentOf(path);
    if (readEntries(this.volume, parent).some((entry) => entry.name === name))
      throw new Xv6Error('KSEG_XV6_EXISTS', `${path} exists`, { path });
    return { parent, name };
  }

  private create(path: string, type: number, major = 0, minor = 0): Inode {
    const { parent, name } = this.place(path);
    const inode = this.volume.allocateInode(type, major, minor);
    try {
      addEntry(this.volume, parent, name, inode.number);
    } catch (error) {
      this.release(inode);
      throw error;
    }
    return inode;
  }

  private discard(path: string, inode: Inode) {
    const parent = this.parentOf(path);
    const entry = readEntries(this.volume, parent).find((one) => one.inode === inode.number);
    if (entry !== undefined) writeEntry(this.volume, parent, entry.offset, '', 0);
    this.release(inode);
  }

  private release(inode: Inode) {
    this.volume.shrink(inode, 0);
    inode.type = TYPE.FREE;
    inode.links = 0;
    this.volume.put(inode);
  }

  private checkLinks(inode: Inode, path: string) {
    if (inode.links >= MOST_LINKS)
      throw new Xv6Error('KSEG_XV6_TOO_MANY_LINKS', `${path} has ${inode.links} links, the most there can be`);
  }

  /** mkfs rounds the root directory's size up to whole blocks. */
  private roundRoot() {
    const root = this.volume.inode(ROOT);
    const { blockSize } = this.geometry;
    const size = Math.ceil(root.size / blockSize) * blockSize;
    if (size > root.size) this.volume.writeAt(root, size - ENTRY_SIZE, new Uint8Array(ENTRY_SIZE));
  }
}
