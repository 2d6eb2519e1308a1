import { basename } from 'node:path';
import { readElf } from '@kseg/elf';
import { decoder, MIPS32R2 } from '@kseg/isa';
import { assemblyListing, bootBlock, diskImage, kernelMemfs, replaceBlob, symbolFile, withSizeHeader } from '@kseg/xv6';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { read } from '../files.ts';
import { replaceFile } from '../image-locks.ts';
import { count } from '../values.ts';

interface MemfsArguments {
  kernel?: string;
  object: string[];
  initcode?: string;
  fs: string;
  listing?: boolean;
}

/** `kseg mkimg`: kernels and disks as xv6's build makes them. */
export function makeImageCommand(program: Command): void {
  const mkimg = program
    .command('mkimg')
    .description('make a kernel with an embedded file system, a boot disk, or a GAIA image')
    .addHelpText(
      'after',
      '\nExample:\n  kseg mkimg memfs kernelmemfs --object kernel.o memide.o --initcode initcode --fs fs.img',
    );

  mkimg
    .command('memfs')
    .description('kernelmemfs: a MIPS kernel with its file system inside')
    .argument('<out>', 'ELF file to make')
    .requiredOption('--fs <image>', 'file system to embed')
    .option('--object <files...>', "the kernel's objects and archives, linked with the blobs", [])
    .option('--initcode <file>', "the first process's code, a flat binary")
    .option('--kernel <elf>', 'instead of objects: a linked kernelmemfs whose file system is replaced')
    .option('--listing', 'write OUT.asm and OUT.sym as well')
    .addHelpText('after', '\nExample:\n  kseg mkimg memfs new --kernel kernelmemfs --fs fs.img')
    .action(memfs);

  mkimg
    .command('disk')
    .description('a boot disk: boot block, kernel from sector 1 on')
    .argument('<out>', 'image file to make')
    .requiredOption('--kernel <elf>', 'the kernel')
    .option('--boot <file>', 'code of the boot block, at most 510 bytes')
    .option('--sectors <n>', 'size of the image', count, 10_000)
    .addHelpText('after', '\nExample:\n  kseg mkimg disk xv6.img --kernel kernel')
    .action((out: string, args: { kernel: string; boot?: string; sectors: number }) => {
      const boot = args.boot === undefined ? {} : { boot: bootBlock(read(args.boot)) };
      replaceFile(out, diskImage({ kernel: read(args.kernel), sectors: args.sectors, ...boot }));
    });

  mkimg
    .command('gaia')
    .description('a GAIA boot image: size header, then flat binaries one behind the other')
    .argument('<out>', 'image file to make')
    .argument('<parts...>', 'the kernel, then the blobs it expects behind itself')
    .addHelpText('after', '\nExample:\n  kseg mkimg gaia image kernel.bin initcode fs.img')
    .action((out: string, parts: string[]) => replaceFile(out, withSizeHeader(parts.map((part) => read(part)))));
}

function memfs(out: string, { kernel, object, initcode, fs, listing }: MemfsArguments): void {
  const image = read(fs);
  let bytes: Uint8Array;
  if (kernel !== undefined) {
    if (object.length > 0 || initcode !== undefined)
      throw new UsageError('give either --kernel, or --object and --initcode');
    bytes = replaceBlob(read(kernel), image);
  } else {
    if (object.length === 0 || initcode === undefined)
      throw new UsageError('give --object FILES and --initcode FILE, or a linked --kernel');
    const objects = object.map((path) => ({ name: basename(path), bytes: read(path) }));
    ({ bytes } = kernelMemfs({ objects, initcode: read(initcode), fs: image }));
  }
  replaceFile(out, bytes);
  if (!listing) return;
  const elf = readElf(bytes, { name: out });
  const { disassemble } = decoder(MIPS32R2);
  replaceFile(`${out}.asm`, assemblyListing(elf, disassemble));
  replaceFile(`${out}.sym`, symbolFile(elf));
}
