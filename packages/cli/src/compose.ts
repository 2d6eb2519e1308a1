import { type BlockStore, EthernetHub, MemoryBlocks, OverlayBlocks } from '@kseg/devices';
import type { Board } from '@kseg/machine';
import { FileBlocks } from '@kseg/machine/node';
import { unixFs } from '@kseg/unix';
import { read } from './files.ts';
import { findBoard } from './find-board.ts';
import { lockImages } from './image-locks.ts';
import type { RunArguments } from './run-arguments.ts';

export interface Overlay {
  /** The image's path; `undefined` for the built-in one. */
  readonly file: string | undefined;
  readonly overlay: OverlayBlocks;
}

/** The board asked for, with its disks. */
export async function compose(
  args: RunArguments,
  kernel: Uint8Array | undefined,
  interactive: boolean,
): Promise<{ board: Board; overlays: Overlay[]; hub: EthernetHub | undefined; locks: { dispose(): void } }> {
  const overlays: Overlay[] = [];
  const shield = (base: BlockStore, file?: string) => {
    const overlay = new OverlayBlocks(base);
    overlays.push({ file, overlay });
    return overlay;
  };
  const locks = lockImages(args.disk);
  const disks = Object.fromEntries(
    args.disk.map(({ drive, file, write }) => {
      const blocks = new FileBlocks(file, { write });
      return [drive, write ? blocks : shield(blocks, file)];
    }),
  );
  if (kernel === undefined && args.disk.length === 0)
    disks['hda'] = shield(new MemoryBlocks(unixFs({ endian: args.endian ?? 'little' })));
  const endian = args.endian ?? (kernel === undefined ? undefined : byteOrder(kernel));
  const hub = args.net === undefined && args.capture === undefined ? undefined : new EthernetHub();
  const options = {
    ...(args.ram === undefined ? {} : { ram: args.ram }),
    ...(args.cpu === undefined ? {} : { cpu: args.cpu as Board['cpu'] }),
    ...(endian === undefined ? {} : { endian }),
    ...disks,
    ...(hub === undefined ? {} : { hub }),
    ...(args.bios === undefined ? {} : { bios: read(args.bios) }),
    ...(args.cdrom === undefined ? {} : { cdrom: new FileBlocks(args.cdrom) }),
    // A session at a terminal shows the time of day; anything else starts at the same moment each time, so that runs repeat.
    ...(interactive ? { startTime: Math.floor(Date.now() / 1000) } : {}),
  };
  return { board: await findBoard(args.board, options), overlays, hub, locks };
}

/** EI_DATA of an ELF file; `undefined` for anything else, which the loader then refuses. */
const byteOrder = (kernel: Uint8Array): 'little' | 'big' | undefined =>
  kernel[5] === 1 ? 'little' : kernel[5] === 2 ? 'big' : undefined;
