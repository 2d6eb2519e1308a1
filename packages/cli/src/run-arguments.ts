import type { EngineName, Gaia3Options, Pacing } from '@kseg/machine';
import type { DiskArgument, GdbAddress, RawImage } from './values.ts';

/** The options of `kseg run`, as parsed. */
export interface RunArguments {
  board: string;
  kernel?: string;
  initrd?: string;
  append?: string;
  disk: DiskArgument[];
  raw: RawImage[];
  bios?: string;
  cdrom?: string;
  flash?: string;
  net?: string;
  capture?: string;
  ram?: number;
  cpu?: string;
  endian?: 'little' | 'big';
  timeout?: number;
  maxInstructions?: number;
  pacing?: Pacing;
  engine?: EngineName | 'auto';
  save?: string;
  load?: string;
  gdb?: GdbAddress;
  fast?: boolean;
  fpu?: NonNullable<Gaia3Options['fpu']>;
  mmu?: NonNullable<Gaia3Options['mmu']>;
  decode?: NonNullable<Gaia3Options['decode']>;
  timer?: number;
  stats?: boolean;
}
