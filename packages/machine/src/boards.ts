import type { BlockStore, EthernetHub } from '@kseg/devices';
import type { Board } from './board.ts';
import { aor3000 } from './boards/aor3000.ts';
import { type Gaia3Options, gaia3 } from './boards/gaia3.ts';
import { malta } from './boards/malta.ts';
import { r4k } from './boards/r4k.ts';
import type { Core } from './core.ts';

/** What is in a drive: a store, or the bytes of an image, of which each machine takes a copy of its own. */
export type Disk = BlockStore | Uint8Array;

/** What every ready board understands; each may take more. */
export interface ReadyBoardOptions {
  readonly cpu?: Board['cpu'] | undefined;
  readonly endian?: Board['endian'] | undefined;
  /** Bytes of main memory. */
  readonly ram?: number | undefined;
  readonly hda?: Disk | undefined;
  readonly hdb?: Disk | undefined;
  readonly hdc?: Disk | undefined;
  readonly hdd?: Disk | undefined;
  /** A disc in the board's CD-ROM drive, where it has one; `null` for an empty drive. */
  readonly cdrom?: Disk | null | undefined;
  /** The cable of the board's network card. */
  readonly hub?: EthernetHub | undefined;
  /** The network card's address, six bytes. */
  readonly mac?: Uint8Array | undefined;
  /** Firmware, where the board takes any. */
  readonly bios?: Uint8Array | undefined;
  /** What the board's flash chip holds, where it has one, from its first byte on and in the guest's byte order. Firmware lies over it. */
  readonly flash?: Uint8Array | undefined;
  /** Called with what the flash chip holds when the machine is made and whenever a part of it has changed. */
  readonly onFlash?: ((offset: number, bytes: Uint8Array) => void) | undefined;
  /** The text on the board's display, where it has one, whenever it changes. */
  readonly onDisplay?: ((text: string) => void) | undefined;
  /** Seconds since 1970 that the board's clock chip shows at tick 0. */
  readonly startTime?: number | undefined;
}

/** What may be asked of some ready board. */
export type BoardOptions = ReadyBoardOptions & Gaia3Options;

export interface ReadyBoard {
  readonly name: string;
  /** Older names of the same board. */
  readonly aliases: readonly string[];
  /** Options, and images beside the kernel, that it has a use for; it ignores the others. */
  readonly takes: readonly (keyof BoardOptions | 'initrd' | 'append')[];
  readonly create: (options?: BoardOptions) => Board<Core>;
}

const DISKS = ['hda', 'hdb', 'hdc', 'hdd'] as const;
const NETWORK = ['hub', 'mac'] as const;
const MIPS = ['cpu', 'endian', 'ram', 'startTime'] as const;
const LINUX = ['initrd', 'append'] as const;
const FLASH = ['flash', 'onFlash'] as const;
const GAIA = ['fpu', 'mmu', 'decode', 'timerPeriod', 'transmit', 'fast', 'rom'] as const;

/** The boards that come with this package. */
export const boards: readonly ReadyBoard[] = [
  { name: 'r4k', aliases: ['mips'], takes: [...MIPS, ...DISKS, ...NETWORK, ...LINUX, ...FLASH, 'rom'], create: r4k },
  {
    name: 'malta',
    aliases: [],
    takes: [...MIPS, ...DISKS, ...NETWORK, ...LINUX, ...FLASH, 'bios', 'cdrom', 'onDisplay'],
    create: malta,
  },
  { name: 'aor3000', aliases: [], takes: ['cpu', 'endian', 'ram', 'bios'], create: aor3000 },
  { name: 'gaia3', aliases: [], takes: GAIA, create: gaia3 },
];
