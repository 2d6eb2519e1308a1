import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { unixFiles } from '@kseg/unix';
import { type TreeEntry, Xv6Fs } from '@kseg/xv6';
import { fileStore } from '@kseg/xv6/node';
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { read } from '../files.ts';
import { locked, replaceFile } from '../image-locks.ts';
import { openImage } from '../images.ts';
import { count } from '../values.ts';

interface MkfsArguments {
  unix?: boolean;
  endian: 'little' | 'big';
  layout: 'classic' | 'x86' | 'riscv';
  blocks?: number;
  inodes?: number;
  log?: number;
}

/** `kseg mkfs`, `fsck`, `ls`, `cat`, `extract`: xv6 file systems in image files. */
export function fileSystemCommands(program: Command): void {
  program
    .command('mkfs')
    .description('make an xv6 file system in an image file')
    .argument('<image>', 'file to make; an old one is replaced')
    .argument('[files...]', 'files and folders to put into its root')
    .option('--unix', 'put in the programs of the Unix that comes with kseg')
    .addOption(
      new Option('--endian <order>', 'byte order of those programs').choices(['little', 'big']).default('little'),
    )
    .addOption(
      new Option('--layout <name>', 'whose mkfs to follow').choices(['classic', 'x86', 'riscv']).default('classic'),
    )
    .option('--blocks <n>', 'size of the image in blocks (default: 1024 in the classic layout, else 1000)', count)
    .option('--inodes <n>', 'how many files it can hold (default: 200)', count)
    .option('--log <n>', 'blocks of the log (default: 30)', count)
    .addHelpText('after', '\nExample:\n  kseg mkfs fs.img --unix README.md && kseg run --disk fs.img,write')
    .action(mkfs);

  program
    .command('fsck')
    .description('check every invariant of an xv6 file system')
    .argument('<image>', 'image file, or a kernel with an embedded file system')
    .option('--repair', 'mend what can be mended without losing a file')
    .addHelpText(
      'after',
      '\nStatus 0 when there are no errors (warnings are what a power cut may leave), 2 otherwise.\n\nExample:\n  kseg fsck fs.img',
    )
    .action((image: string, { repair }: { repair?: boolean }) =>
      using(image, { write: repair === true }, (fs) => fsck(image, fs, repair === true)),
    );

  program
    .command('ls')
    .description('list a folder of an xv6 file system')
    .argument('<image>', 'image file, or a kernel with an embedded file system')
    .argument('[path]', 'folder or file in it', '/')
    .addHelpText('after', '\nExample:\n  kseg ls fs.img /bin')
    .action((image: string, path: string) =>
      using(image, {}, (fs) => {
        const stat = fs.stat(path);
        const entries = stat.type === 'directory' ? fs.list(path) : [{ ...stat, name: path }];
        for (const { type, inode, links, size, name } of entries)
          console.log(
            `${type.padEnd(9)} ${String(inode).padStart(5)} ${String(links).padStart(3)} ${String(size).padStart(8)}  ${name}`,
          );
      }),
    );

  program
    .command('cat')
    .description('print a file of an xv6 file system')
    .argument('<image>', 'image file, or a kernel with an embedded file system')
    .argument('<path>', 'file in it')
    .addHelpText('after', '\nExample:\n  kseg cat fs.img README')
    .action((image: string, path: string) => using(image, {}, (fs) => process.stdout.write(fs.read(path))));

  program
    .command('extract')
    .description('copy the files of an xv6 file system to a folder')
    .argument('<image>', 'image file, or a kernel with an embedded file system')
    .argument('[folder]', 'where to put them; made when it does not exist', '.')
    .addHelpText('after', '\nExample:\n  kseg extract fs.img files')
    .action((image: string, folder: string) => using(image, {}, (fs) => extract(fs, folder)));
}

function using(image: string, options: { write?: boolean }, work: (fs: Xv6Fs) => void): void {
  const { fs, close } = openImage(image, options);
  try {
    work(fs);
  } finally {
    close();
  }
}

function mkfs(image: string, files: readonly string[], args: MkfsArguments): void {
  const entries = [
    ...(args.unix ? unixEntries(args.endian) : []),
    ...files.flatMap((file) => hostTree(file, basename(file))),
  ];
  const twice = entries.find(({ path }, index) => entries.findIndex((entry) => entry.path === path) < index);
  if (twice !== undefined) throw new UsageError(`two files would be called "${twice.path}" in the image`);
  const options = {
    layout: args.layout,
    size: args.blocks,
    inodes: args.inodes,
    log: args.log,
  };
  if (options.size !== undefined && options.size > 0xffff_ffff)
    throw new UsageError(`--blocks ${options.size}: block numbers have 32 bits`);
  // Made in memory first when it is small: a fault then leaves no half image behind.
  const { size, blockSize } = Xv6Fs.plan(options);
  if (size * blockSize <= 64 << 20) replaceFile(image, Xv6Fs.make({ ...options, entries }).bytes());
  else
    locked(image, () => {
      const store = fileStore(image, { blockSize, create: size });
      try {
        Xv6Fs.make({ ...options, entries, store });
      } finally {
        store.close();
      }
    });
  using(image, {}, (fs) => {
    const free = fs.free();
    console.error(
      `kseg: made ${image}: ${size} blocks of ${blockSize} bytes, ${free.blocks} blocks and ${free.inodes} inodes free`,
    );
  });
}

const unixEntries = (endian: 'little' | 'big'): TreeEntry[] =>
  Object.entries(unixFiles({ endian })).map(([path, bytes]) => ({ path, type: 'file', bytes }));

/** A host file or folder as entries of a tree. */
function hostTree(path: string, name: string): TreeEntry[] {
  const stat = statSync(path);
  if (stat.isFile()) return [{ path: name, type: 'file', bytes: read(path) }];
  if (!stat.isDirectory()) throw new UsageError(`${path} is neither a file nor a folder`);
  return [
    { path: name, type: 'directory' },
    ...readdirSync(path)
      .sort()
      .flatMap((child) => hostTree(join(path, child), `${name}/${child}`)),
  ];
}

function fsck(image: string, fs: Xv6Fs, repair: boolean): void {
  const found = fs.check();
  const left = repair ? fs.repair() : found;
  for (const { severity, code, message } of left) console.log(`${severity}: ${code}: ${message}`);
  const errors = left.filter(({ severity }) => severity === 'error').length;
  const mended = found.length - left.length;
  console.log(
    `${image}: ${errors === 0 ? 'no errors' : `${errors} error${errors === 1 ? '' : 's'}`}${
      left.length > errors ? `, ${left.length - errors} warnings` : ''
    }${mended > 0 ? `, ${mended} mended` : ''}`,
  );
  if (errors > 0) process.exitCode = 2;
}

function extract(fs: Xv6Fs, folder: string): void {
  let files = 0;
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new UsageError(`${folder} is a file; the files need a folder`);
  mkdirSync(folder, { recursive: true });
  for (const { path, type, bytes } of fs.extract()) {
    const target = join(folder, path);
    if (path.split('/').includes('..'))
      throw new UsageError(`the image has a file called "${path}", which would land outside ${folder}`);
    if (type === 'directory') mkdirSync(target, { recursive: true });
    else if (type === 'file') {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes ?? new Uint8Array());
      files++;
    }
  }
  console.error(`kseg: extracted ${files} files to ${folder}`);
}
