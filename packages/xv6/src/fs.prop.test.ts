import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from './check.ts';
import type { LayoutName } from './format.ts';
import { type Stat, Xv6Fs } from './fs.ts';
import { REPAIRABLE, repair } from './repair.ts';
import { bytesStore } from './store.ts';

/** Milliseconds: long counts take their time on a busy machine. */
const PATIENCE = 120_000 + 200 * Number(process.env['KSEG_PROP_RUNS'] ?? 0);

const NAMES = ['a', 'b', 'c', 'fourteen-chars'];

/** What a file system should be, as plainly as possible: a tree of nodes, files shared between their names. */
type Node =
  | { type: 'file'; bytes: Uint8Array }
  | { type: 'device'; major: number; minor: number }
  | { type: 'directory'; names: Map<string, Node> };

class Model {
  readonly root: Node = { type: 'directory', names: new Map() };

  find(path: string[]): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of path) node = node?.type === 'directory' ? node.names.get(name) : undefined;
    return node;
  }

  parent(path: string[]): Map<string, Node> | undefined {
    const node = this.find(path.slice(0, -1));
    return node?.type === 'directory' ? node.names : undefined;
  }
}

/** Does one operation on both; returns whether the model allowed it. */
type Operation = (model: Model, fs: Xv6Fs) => boolean;

const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const content = fc
  .record({ size: fc.oneof(fc.nat(700), fc.nat(9000)), seed: fc.nat(255) })
  .map(({ size, seed }) => Uint8Array.from({ length: size }, (_, i) => i * 7 + seed));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(path, content).map(([to, bytes]) => (model: Model, fs: Xv6Fs) => {
    const names = model.parent(to);
    const node = names?.get(to.at(-1)!);
    const allowed = names !== undefined && (node === undefined || node.type === 'file');
    fs.write(to.join('/'), bytes);
    if (allowed && node?.type === 'file') node.bytes = bytes;
    else if (allowed) names.set(to.at(-1)!, { type: 'file', bytes });
    return allowed;
  }),
  fc.tuple(path, content).map(([to, bytes]) => (model: Model, fs: Xv6Fs) => {
    const node = model.find(to);
    const allowed = node?.type === 'file' && node.bytes.length + bytes.length < 71_680;
    fs.append(to.join('/'), bytes);
    if (allowed && node.type === 'file') node.bytes = joined(node.bytes, bytes);
    return allowed;
  }),
  fc.tuple(path, fc.nat(9000)).map(([to, size]) => (model: Model, fs: Xv6Fs) => {
    const node = model.find(to);
    fs.truncate(to.join('/'), size);
    if (node?.type !== 'file') return false;
    const bytes = new Uint8Array(size);
    bytes.set(node.bytes.subarray(0, size));
    node.bytes = bytes;
    return true;
  }),
  fc.tuple(path, path).map(([from, to]) => (model: Model, fs: Xv6Fs) => {
    const node = model.find(from);
    const names = model.parent(to);
    fs.link(from.join('/'), to.join('/'));
    const allowed = node !== undefined && node.type !== 'directory' && names !== undefined && !names.has(to.at(-1)!);
    if (allowed) names.set(to.at(-1)!, node);
    return allowed;
  }),
  path.map((to) => (model: Model, fs: Xv6Fs) => {
    const node = model.find(to);
    fs.unlink(to.join('/'));
    const allowed = node !== undefined && (node.type !== 'directory' || node.names.size === 0);
    if (allowed) model.parent(to)!.delete(to.at(-1)!);
    return allowed;
  }),
  path.map((to) => (model: Model, fs: Xv6Fs) => {
    const names = model.parent(to);
    fs.mkdir(to.join('/'));
    const allowed = names !== undefined && !names.has(to.at(-1)!);
    if (allowed) names.set(to.at(-1)!, { type: 'directory', names: new Map() });
    return allowed;
  }),
  fc.tuple(path, fc.nat(9), fc.nat(9)).map(([to, major, minor]) => (model: Model, fs: Xv6Fs) => {
    const names = model.parent(to);
    fs.mknod(to.join('/'), major, minor);
    const allowed = names !== undefined && !names.has(to.at(-1)!);
    if (allowed) names.set(to.at(-1)!, { type: 'device', major, minor });
    return allowed;
  }),
);

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The model's tree, as `extract` gives it, sorted by path. */
function flatten(node: Node, prefix = ''): { path: string; node: Node }[] {
  if (node.type !== 'directory') return [];
  return [...node.names].flatMap(([name, child]) => [
    { path: prefix + name, node: child },
    ...flatten(child, `${prefix}${name}/`),
  ]);
}

const SCARCE = /KSEG_XV6_(NO_SPACE|NO_INODES|FILE_TOO_LARGE)/;

function codeOf(error: unknown): string {
  const { code } = error as { code?: string };
  if (code === undefined) throw error;
  return code;
}

describe('an xv6 file system', () => {
  it.each<LayoutName>(['classic', 'x86', 'riscv'])(
    'in the %s layout does what a plain tree does',
    (layout) => {
      fc.assert(
        fc.property(
          fc.array(operation, { maxLength: 30, size: 'max' }),
          fc.constantFrom('little', 'big'),
          (operations, endian) => {
            const model = new Model();
            const fs = Xv6Fs.make({ layout, endian: endian as 'little' | 'big', size: 300, inodes: 40, log: 10 });
            const empty = fs.free();
            for (const one of operations) {
              const before = fs.free();
              try {
                expect(one(model, fs)).toBe(true);
              } catch (error) {
                const code = codeOf(error);
                // Room runs out in the middle of a write: what is there stays sound, and the model cannot follow.
                if (SCARCE.test(code)) {
                  expect(fs.check()).toEqual([]);
                  return;
                }
                expect(code).toMatch(/^KSEG_XV6_/);
                expect(fs.free()).toEqual(before);
              }
              expect(fs.check()).toEqual([]);
            }
            const again = Xv6Fs.open(fs.bytes());
            expect(again.check()).toEqual([]);
            const entries = [...again.extract()].sort((a, b) => (a.path < b.path ? -1 : 1));
            const wanted = flatten(model.root)
              .sort((a, b) => (a.path < b.path ? -1 : 1))
              .map(({ path: at, node }) =>
                node.type === 'file'
                  ? { path: at, type: node.type, bytes: node.bytes }
                  : node.type === 'device'
                    ? { path: at, type: node.type, major: node.major, minor: node.minor }
                    : { path: at, type: node.type },
              );
            expect(entries).toEqual(wanted);
            for (const { path: at } of [...entries].reverse()) fs.unlink(at);
            expect(fs.check()).toEqual([]);
            // The root may have grown; its directory keeps its blocks.
            expect(fs.free().inodes).toBe(empty.inodes);
          },
        ),
      );
    },
    PATIENCE,
  );

  it(
    'stays sound when room runs out at any point',
    () => {
      fc.assert(
        fc.property(fc.array(operation, { minLength: 10, maxLength: 60, size: 'max' }), (operations) => {
          const fs = Xv6Fs.make({ size: 80, inodes: 12, log: 4 });
          for (const one of operations) {
            try {
              one(new Model(), fs);
            } catch (error) {
              expect(codeOf(error)).toMatch(/^KSEG_XV6_/);
            }
          }
          expect(fs.check()).toEqual([]);
        }),
      );
    },
    PATIENCE,
  );
});

/** A small image with everything in it: directories, links, a device, a file long enough for an indirect block. */
function sample(layout: LayoutName): Uint8Array {
  const fs = Xv6Fs.make({ layout, size: 200, inodes: 32, log: 6 });
  fs.mkdir('d');
  fs.mkdir('d/e');
  fs.write('d/e/long', new Uint8Array(13 * 1024).fill(5));
  fs.write('d/short', new Uint8Array(10).fill(6));
  fs.link('d/short', 'again');
  fs.mknod('console', 1, 1);
  return fs.bytes();
}

/**
 * An independent judgement of soundness, by counting: every file reads, every block of the data area is referred to
 * exactly as often as the bitmap says, every inode has as many names as links.
 */
function isSound(image: Uint8Array): boolean {
  let fs: Xv6Fs;
  try {
    fs = Xv6Fs.open(image.slice());
  } catch {
    return false;
  }
  const { blockSize, inodeStart, inodes, dataStart, dataEnd, bitmapStart } = fs.geometry;
  const bytes = fs.bytes();
  const view = new DataView(bytes.buffer);
  const references = new Map<number, number>();
  const refer = (block: number) => {
    if (block !== 0) references.set(block, (references.get(block) ?? 0) + 1);
  };
  const links = new Map<number, number>();
  for (let number = 1; number < inodes; number++) {
    const at = inodeStart * blockSize + number * 64;
    if (view.getInt16(at, true) === 0) continue;
    links.set(number, view.getInt16(at + 6, true));
    for (let i = 0; i < 13; i++) refer(view.getUint32(at + 12 + i * 4, true));
    const indirect = view.getUint32(at + 60, true);
    if (indirect >= dataEnd) return false;
    if (indirect !== 0)
      for (let i = 0; i < blockSize / 4; i++) refer(view.getUint32(indirect * blockSize + i * 4, true));
  }
  const used = (block: number) => ((bytes[bitmapStart * blockSize + (block >> 3)]! >> (block & 7)) & 1) === 1;
  for (let block = 0; block < dataStart; block++) if (!used(block)) return false;
  for (let block = dataStart; block < dataEnd; block++) if (used(block) !== (references.get(block) === 1)) return false;
  if ([...references.keys()].some((block) => block < dataStart || block >= dataEnd)) return false;

  const named = new Map<number, number>([[1, 1]]);
  const count = (inode: number) => named.set(inode, (named.get(inode) ?? 0) + 1);
  try {
    const visit = (at: string, self: number, parent: number, depth: number) => {
      const entries = fs.list(at);
      if (depth > 32 || entries[0]?.name !== '.' || entries[0].inode !== self) throw new Error('no .');
      if (entries[1]?.name !== '..' || entries[1].inode !== parent) throw new Error('no ..');
      const names = entries.map(({ name }) => name);
      if (new Set(names).size < names.length || names.some((name) => name === '' || name.includes('/')))
        throw new Error('names');
      for (const entry of entries.slice(2)) visitEntry(`${at}/${entry.name}`, entry, self, depth);
    };
    const visitEntry = (at: string, { type, inode, size }: Stat, parent: number, depth: number) => {
      if (type === 'directory') {
        count(parent);
        if (named.has(inode) && named.get(inode)! > 0) throw new Error('directory twice');
        count(inode);
        visit(at, inode, parent, depth + 1);
      } else {
        count(inode);
        if (type === 'file' && fs.read(at).length !== size) throw new Error('short');
      }
    };
    visit('', 1, 1, 0);
  } catch {
    return false;
  }
  return [...links].every(([inode, wanted]) => named.get(inode) === wanted) && links.size === named.size;
}

describe('check', () => {
  const change = fc.record({
    where: fc.oneof(fc.nat(), fc.nat(64 * 32)),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255)),
  });

  it.each<LayoutName>(['classic', 'x86', 'riscv'])(
    'names a fault of a corrupted %s image or there is none',
    (layout) => {
      const clean = sample(layout);
      const { inodeStart, blockSize } = Xv6Fs.open(clean).geometry;
      expect(isSound(clean)).toBe(true);
      let faults = 0;
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), (changes, inInodes) => {
          const image = clean.slice();
          for (const { where, value } of changes) {
            // Half of the changes go where they hurt: inodes, bitmap, the first directories.
            const at = inInodes ? inodeStart * blockSize + (where % (8 * blockSize)) : where % image.length;
            image[at] = value;
          }
          const before = image.slice();
          const problems = check(bytesStore(image, blockSize));
          expect(Buffer.compare(image, before)).toBe(0);
          if (problems.length > 0) faults++;
          else expect(isSound(image)).toBe(true);
          // Whatever is wrong, reading says so with a code and ends.
          readEverything(image);
        }),
      );
      expect(faults).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    'repair leaves nothing of what it can mend, and loses no file',
    () => {
      const clean = sample('classic');
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
          const image = clean.slice();
          const { inodeStart, blockSize } = Xv6Fs.open(clean).geometry;
          for (const { where, value } of changes) image[inodeStart * blockSize + (where % (7 * blockSize))] = value;
          const before = check(bytesStore(image, blockSize)).map(({ code }) => code);
          const after = repair(bytesStore(image, blockSize)).map(({ code }) => code);
          if (before.every((code) => MENDABLE.has(code))) expect(after).toEqual([]);
          expect(repair(bytesStore(image, blockSize)).map(({ code }) => code)).toEqual(after);
        }),
      );
    },
    PATIENCE,
  );
});

const MENDABLE = new Set<string>(REPAIRABLE);

function readEverything(image: Uint8Array) {
  try {
    for (const entry of Xv6Fs.open(image, { readOnly: true }).extract()) expect(entry.path).not.toBe('');
  } catch (error) {
    expect(codeOf(error)).toMatch(/^KSEG_XV6_/);
  }
}
