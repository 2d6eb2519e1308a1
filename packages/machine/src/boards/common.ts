// What several boards wire in the same way.
import type { Region } from '@kseg/bus';
import { type BlockStore, CfiFlash, type Ethernet, MemoryBlocks } from '@kseg/devices';
import type { DeviceKit } from '../board.ts';
import type { Disk, ReadyBoardOptions } from '../boards.ts';
import { MachineError } from '../errors.ts';

/** The store of a drive with this in it. */
export const storeOf = (disk: Disk): BlockStore =>
  disk instanceof Uint8Array ? new MemoryBlocks(new Uint8Array(disk)) : disk;

/** A network card's end of the board's cable; its frames under way belong to the machine's state. */
export function ethernet(kit: DeviceKit, { hub }: ReadyBoardOptions): { ethernet?: Ethernet } {
  if (hub === undefined) return {};
  const port = hub.connect(kit.timer('cable'));
  kit.keep('cable', port);
  return { ethernet: port };
}

/**
 * Contents of a flash of `size` bytes: what it held, erased where it held nothing, and firmware over its start.
 * @throws KSEG_FLASH_SIZE
 */
export function flashContent(size: number, { flash }: ReadyBoardOptions, firmware?: Uint8Array): Uint8Array {
  if (flash !== undefined && flash.length > size)
    throw new MachineError(
      'KSEG_FLASH_SIZE',
      `a flash of ${size} bytes cannot hold ${flash.length}: is that a flash chip's content?`,
      { size, length: flash.length },
    );
  const bytes = new Uint8Array(size).fill(0xff);
  for (const part of [flash, firmware]) if (part !== undefined) bytes.set(part.subarray(0, size));
  return bytes;
}

/**
 * A flash chip over the ROM called `memory` at `base`: while it is read as an array, the ROM itself is in the map and code runs from it;
 * while it shows its registers, the chip is.
 */
export function flashChip(
  kit: DeviceKit,
  place: { readonly memory: string; readonly base: number; readonly sectorSize: number },
  { onFlash }: ReadyBoardOptions,
): CfiFlash {
  const { memory: name, base, sectorSize } = place;
  const memory = kit.memory(name);
  const region = { name, base, size: memory.size };
  const show = (shown: Region) => {
    const old = kit.map.regions.find((other) => other.name === name);
    if (old !== undefined) kit.map.remove(old);
    kit.map.add(shown);
  };
  const chip: CfiFlash = new CfiFlash({
    memory,
    sectorSize,
    onMode: (array) =>
      show(array ? { kind: 'rom', ...region, memory, writes: chip } : { kind: 'device', ...region, device: chip }),
    onChange: (offset, length) => onFlash?.(offset, memory.readBytes(offset, length)),
  });
  show({ kind: 'rom', ...region, memory, writes: chip });
  onFlash?.(0, memory.readBytes(0, memory.size));
  return chip;
}
