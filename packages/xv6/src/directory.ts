import { Xv6Error } from './errors.ts';
import { ENTRY_SIZE, NAME_SIZE, TYPE } from './format.ts';
import type { Inode, Volume } from './volume.ts';

/** A name in a directory. */
export interface Entry {
  readonly inode: number;
  readonly name: string;
  /** Where the entry stands in the directory, bytes. */
  readonly offset: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A name as the disk holds it. @throws Xv6Error `KSEG_XV6_NAME` */
export function encodeName(name: string): Uint8Array {
  const bytes = encoder.encode(name);
  if (bytes.length === 0 || name.includes('/') || name.includes('\0'))
    throw new Xv6Error('KSEG_XV6_NAME', `"${name}" cannot be a file's name`, { name });
  if (bytes.length > NAME_SIZE) {
    const message = `name too long: "${name}" has ${bytes.length} bytes, ${NAME_SIZE} fit`;
    throw new Xv6Error('KSEG_XV6_NAME', message, { name, length: bytes.length, limit: NAME_SIZE });
  }
  return bytes;
}

/** A name up to its first NUL. */
export function decodeName(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The entries of a directory that are in use. */
export function readEntries(volume: Volume, directory: Inode): Entry[] {
  const bytes = volume.readAt(directory, 0, directory.size);
  const view = new DataView(bytes.buffer);
  const little = volume.geometry.endian === 'little';
  const entries: Entry[] = [];
  for (let offset = 0; offset + ENTRY_SIZE <= bytes.length; offset += ENTRY_SIZE) {
    const inode = view.getUint16(offset, little);
    if (inode === 0) continue;
    entries.push({ inode, name: decodeName(bytes.subarray(offset + 2, offset + ENTRY_SIZE)), offset });
  }
  return entries;
}

/** Writes an entry into the first free place of a directory. */
export function addEntry(volume: Volume, directory: Inode, name: string, inode: number): void {
  const used = new Set(readEntries(volume, directory).map(({ offset }) => offset));
  let offset = 0;
  while (used.has(offset)) offset += ENTRY_SIZE;
  writeEntry(volume, directory, offset, name, inode);
}

export function writeEntry(volume: Volume, directory: Inode, offset: number, name: string, inode: number): void {
  const bytes = new Uint8Array(ENTRY_SIZE);
  new DataView(bytes.buffer).setUint16(0, inode, volume.geometry.endian === 'little');
  if (inode !== 0) bytes.set(encodeName(name), 2);
  volume.writeAt(directory, offset, bytes);
}

/** Follows a path from the root. */
export function lookUp(volume: Volume, path: string): Inode {
  let inode = volume.inode(1);
  let walked = '';
  for (const name of splitPath(path)) {
    if (inode.type !== TYPE.DIRECTORY)
      throw new Xv6Error('KSEG_XV6_NOT_DIRECTORY', `${walked || '/'} is not a directory`, { path });
    const entry = readEntries(volume, inode).find((one) => one.name === name);
    if (entry === undefined) throw new Xv6Error('KSEG_XV6_NOT_FOUND', `${path}: no such file or directory`, { path });
    inode = volume.inode(entry.inode);
    walked += `/${name}`;
  }
  return inode;
}

/** The parts of a path; slashes at either end and doubled ones do not matter. */
export function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
