import { type BlockStore, EthernetHub, MemoryBlocks, OverlayBlocks } from '@kseg/devices';
import { type Board, type BoardOptions, boards, type Core, type ReadyBoard } from '@kseg/machine';
import { FileBlocks, FlashFile, OverlayFile } from '@kseg/machine/node';
import { unixFs } from '@kseg/unix';
import { UsageError } from './errors.ts';
import { read } from './files.ts';
import { findBoard, readyBoard } from './find-board.ts';
import { lockImages } from './image-locks.ts';
import type { RunArguments } from './run-arguments.ts';

export interface Overlay {
  /** The image's path; `undefined` for the built-in one. */
  readonly file: string | undefined;
  readonly overlay: OverlayBlocks;
}

/** What of the command line is for some boards only, and what each such option is among what a board takes. */
const forSome = {
  initrd: 'initrd',
  append: 'append',
  bios: 'bios',
  cdrom: 'cdrom',
  flash: 'flash',
  disk: 'hda',
  net: 'hub',
  capture: 'hub',
  ram: 'ram',
  cpu: 'cpu',
  endian: 'endian',
  fast: 'fast',
  fpu: 'fpu',
  mmu: 'mmu',
  decode: 'decode',
  timer: 'timerPeriod',
} as const satisfies Partial<Record<keyof RunArguments, ReadyBoard['takes'][number]>>;

/** @throws KSEG_CLI_USAGE for an option that the board would ignore */
function refuseUnsuited(board: ReadyBoard, args: RunArguments): void {
  for (const [option, what] of Object.entries(forSome)) {
    const given = args[option as keyof typeof forSome];
    if (given === undefined || (Array.isArray(given) && given.length === 0) || board.takes.includes(what)) continue;
    const others = boards.filter(({ takes }) => takes.includes(what)).map(({ name }) => name);
    throw new UsageError(`board ${board.name} does not take --${option}; ${others.join(', ')} would`);
  }
}

/** The board asked for, with its disks. */
export async function compose(
  args: RunArguments,
  kernel: Uint8Array | undefined,
  interactive: boolean,
  onDisplay: (text: string) => void,
): Promise<{ board: Board<Core>; overlays: Overlay[]; hub: EthernetHub | undefined; locks: { dispose(): void } }> {
  const ready = readyBoard(args.board);
  if (ready !== undefined) refuseUnsuited(ready, args);
  const overlays: Overlay[] = [];
  const shield = (base: BlockStore, file?: string) => {
    const overlay = new OverlayBlocks(base);
    overlays.push({ file, overlay });
    return overlay;
  };
  const locks = lockImages(args);
  const disks = Object.fromEntries(
    args.disk.map(({ drive, file, changes }) => {
      const blocks = new FileBlocks(file, { write: changes === 'file' });
      if (typeof changes === 'object') return [drive, new OverlayFile(blocks, changes.overlay)];
      return [drive, changes === 'memory' ? shield(blocks, file) : blocks];
    }),
  );
  if (kernel === undefined && args.disk.length === 0 && (ready?.takes.includes('hda') ?? true))
    disks['hda'] = shield(new MemoryBlocks(unixFs({ endian: args.endian ?? 'little' })));
  const endian = args.endian ?? (kernel === undefined ? undefined : byteOrder(kernel));
  // No other machine's time to keep in step with: the gateway is as near as a program in the host can be.
  const hub = args.net === undefined && args.capture === undefined ? undefined : new EthernetHub({ latency: 0 });
  const flash = args.flash === undefined ? undefined : new FlashFile(args.flash);
  const options = given<BoardOptions>({
    ram: args.ram,
    cpu: args.cpu as BoardOptions['cpu'],
    endian,
    ...disks,
    hub,
    onDisplay,
    onFlash: flash?.change,
    flash: flash?.content,
    bios: args.bios === undefined ? undefined : read(args.bios),
    cdrom: args.cdrom === undefined ? undefined : new FileBlocks(args.cdrom),
    fast: args.fast,
    fpu: args.fpu,
    mmu: args.mmu,
    decode: args.decode,
    timerPeriod: args.timer,
    // A session at a terminal shows the time of day; anything else starts at the same moment each time, so that runs repeat.
    startTime: interactive ? Math.floor(Date.now() / 1000) : undefined,
  });
  return { board: await findBoard(args.board, options), overlays, hub, locks };
}

/** What is not undefined: a board file may lay its own options under these. */
const given = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

/** EI_DATA of an ELF file; `undefined` for anything else, which the loader then refuses. */
const byteOrder = (kernel: Uint8Array): 'little' | 'big' | undefined =>
  kernel[5] === 1 ? 'little' : kernel[5] === 2 ? 'big' : undefined;
