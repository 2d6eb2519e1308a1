// What several boards wire in the same way.
import { checkBytes } from '@kseg/bus';
import { type BlockStore, CfiFlash, type Ethernet, MemoryBlocks } from '@kseg/devices';
import type { DeviceKit } from '../board.ts';
import type { BoardOptions, Disk, ReadyBoardOptions } from '../boards.ts';
import { MachineError } from '../errors.ts';

/** Looks again at what the types promise. @throws KSEG_BUS_BYTES */
export function checkOptions(options: BoardOptions): void {
  for (const name of ['bios', 'flash', 'rom', 'mac'] as const)
    if (options[name] !== undefined) checkBytes(options[name], name);
  for (const name of ['hda', 'hdb', 'hdc', 'hdd', 'cdrom'] as const) {
    const disk = options[name];
    if (disk !== undefined && disk !== null && !isStore(disk)) checkBytes(disk, `${name}, which is no block store`);
  }
}

const isStore = (disk: Disk): disk is BlockStore =>
  typeof (disk as Partial<BlockStore>).read === 'function' && typeof (disk as Partial<BlockStore>).sectors === 'number';

/** The store of a drive with this in it. */
export const storeOf = (disk: Disk): BlockStore => (isStore(disk) ? disk : new MemoryBlocks(new Uint8Array(disk)));

/** A network card's address, unless the host says another. */
export const MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);

/** A network card's end of the board's cable; its frames under way belong to the machine's state. */
export function ethernet(kit: DeviceKit, { hub }: ReadyBoardOptions): { ethernet?: Ethernet } {
  if (hub === undefined) return {};
  const port = hub.connect(kit.timer('cable'));
  kit.keep('cable', port);
  return { ethernet: port };
}

/**
 * Contents of a flash of `size` bytes: what it held, erased where it held nothing, and firmware over its start.
 * @throws KSEG_MACHINE_FLASH_SIZE
 */
export function flashContent(size: number, { flash }: ReadyBoardOptions, firmware?: Uint8Array): Uint8Array {
  if (flash !== undefined && flash.length > size)
    throw new MachineError(
      'KSEG_MACHINE_FLASH_SIZE',
      `a flash of ${size} bytes cannot hold ${flash.length}: is that a flash chip's content?`,
      { size, length: flash.length },
    );
  const bytes = new Uint8Array(size).fill(0xff);
  for (const part of [flash, firmware]) if (part !== undefined) bytes.set(part.subarray(0, size));
  return bytes;
}

/**
 * A flash chip over the ROM called `name`: while it is read as an array, the ROM itself answers and code runs from it; while it shows its
 * registers, the chip does.
 */
export function flashChip(
  kit: DeviceKit,
  { memory: name, sectorSize }: { readonly memory: string; readonly sectorSize: number },
  { onFlash }: ReadyBoardOptions,
): CfiFlash {
  const memory = kit.memory(name);
  const chip = new CfiFlash({
    memory,
    sectorSize,
    onMode: (array) => cover.show(!array),
    onChange: (offset, length) => onFlash?.(offset, memory.readBytes(offset, length)),
  });
  const cover = kit.cover(name, chip);
  onFlash?.(0, memory.readBytes(0, memory.size));
  return chip;
}
