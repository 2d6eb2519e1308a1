import { bootRom, type GaiaCpuOptions } from '@kseg/gaia';

/** Options of the board gaia3. By default it is the hardware; the C simulators differ in each of these. */
export interface Gaia3Options extends Pick<GaiaCpuOptions, 'fpu' | 'mmu' | 'decode'> {
  /** Ticks between timer interrupts. Default 963,925, which is 100 Hz; the simulators have 933,300 and 996,600. */
  readonly timerPeriod?: number;
  /** `baud`: bytes leave at 230,400 baud and the send FIFO fills. Default `instant`. */
  readonly transmit?: 'instant' | 'baud';
  /** Contents of the boot ROM, at most 4 KB. Default: our own. */
  readonly rom?: Uint8Array;
}

/** A board around a GAIA core, as data: `createGaiaMachine` makes it run. */
export interface GaiaBoard extends Gaia3Options {
  readonly name: string;
  readonly description: string;
  readonly cpu: 'GAIA3';
  readonly endian: 'little';
  /** Cycles, and thereby instructions, per second of virtual time. */
  readonly clock: number;
  readonly rom: Uint8Array;
}

/** The FPGA board that GAIA3 was made for: 4 MB of SRAM, a boot ROM, a serial line. */
export const gaia3 = (options: Gaia3Options = {}): GaiaBoard => ({
  name: 'gaia3',
  description: 'a student CPU’s FPGA board: 4 MB of SRAM, a boot ROM, a serial line',
  cpu: 'GAIA3',
  endian: 'little',
  clock: 96_392_500,
  ...options,
  rom: options.rom ?? bootRom(),
});
