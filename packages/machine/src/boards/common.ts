// What several boards wire in the same way.
import type { Region } from '@kseg/bus';
import { CfiFlash, type Ethernet } from '@kseg/devices';
import type { DeviceKit } from '../board.ts';
import type { ReadyBoardOptions } from '../boards.ts';

/** A network card's end of the board's cable; its frames under way belong to the machine's state. */
export function ethernet(kit: DeviceKit, { hub }: ReadyBoardOptions): { ethernet?: Ethernet } {
  if (hub === undefined) return {};
  const port = hub.connect(kit.timer('cable'));
  kit.keep('cable', port);
  return { ethernet: port };
}

/**
 * A flash chip over the ROM called `memory` at `base`: while it is read as an array, the ROM itself is in the map and code runs from it;
 * while it shows its registers, the chip is.
 */
export function flashChip(
  kit: DeviceKit,
  memory: string,
  base: number,
  onFlash?: (offset: number, bytes: Uint8Array) => void,
): CfiFlash {
  const bytes = kit.memory(memory);
  const place = { name: memory, base, size: bytes.size };
  const show = (region: Region) => {
    const old = kit.map.regions.find(({ name }) => name === memory);
    if (old !== undefined) kit.map.remove(old);
    kit.map.add(region);
  };
  const chip: CfiFlash = new CfiFlash({
    memory: bytes,
    onMode: (array) =>
      show(array ? { kind: 'rom', ...place, memory: bytes, writes: chip } : { kind: 'device', ...place, device: chip }),
    onChange: (offset, length) => onFlash?.(offset, bytes.readBytes(offset, length)),
  });
  show({ kind: 'rom', ...place, memory: bytes, writes: chip });
  return chip;
}
