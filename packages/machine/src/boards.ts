import type { BlockStore, EthernetHub } from '@kseg/devices';
import type { Board } from './board.ts';
import { aor3000 } from './boards/aor3000.ts';
import { malta } from './boards/malta.ts';
import { r4k } from './boards/r4k.ts';

/** What every ready board understands; each may take more. */
export interface ReadyBoardOptions {
  readonly cpu?: Board['cpu'];
  readonly endian?: Board['endian'];
  /** Bytes of main memory. */
  readonly ram?: number;
  readonly hda?: BlockStore;
  readonly hdb?: BlockStore;
  readonly hdc?: BlockStore;
  readonly hdd?: BlockStore;
  /** A disc in the board's CD-ROM drive, where it has one; `null` for an empty drive. */
  readonly cdrom?: BlockStore | null;
  /** The cable of the board's network card. */
  readonly hub?: EthernetHub;
  /** The network card's address, six bytes. */
  readonly mac?: Uint8Array;
  /** Firmware, where the board takes any. */
  readonly bios?: Uint8Array;
  /** The text on the board's display, where it has one, whenever it changes. */
  readonly onDisplay?: (text: string) => void;
  /** Seconds since 1970 that the board's clock chip shows at tick 0. */
  readonly startTime?: number;
}

export interface ReadyBoard {
  readonly name: string;
  /** Older names of the same board. */
  readonly aliases: readonly string[];
  readonly create: (options?: ReadyBoardOptions) => Board;
}

/** The boards that come with this package. */
export const boards: readonly ReadyBoard[] = [
  { name: 'r4k', aliases: ['mips'], create: r4k },
  { name: 'malta', aliases: [], create: malta },
  { name: 'aor3000', aliases: [], create: aor3000 },
];
