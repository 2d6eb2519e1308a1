import { GAIA_TIMER_PERIOD, GaiaRegisters, type GaiaRegistersOptions } from '@kseg/devices';
import { bootRom, type GaiaCpu } from '@kseg/gaia';
import { type Board, device, ram, rom } from '../board.ts';
import type { BootTarget, Images } from '../boot.ts';
import { MachineError } from '../errors.ts';
import { type GaiaCoreOptions, gaiaCore } from '../gaia-core.ts';
import { gaiaPayload, LOAD_ADDRESS } from '../gaia-image.ts';
import { checkOptions } from './common.ts';

/** Options of the board gaia3. By default it is the hardware; the C simulators differ in most of them. */
export interface Gaia3Options extends GaiaCoreOptions, Pick<GaiaRegistersOptions, 'timerPeriod' | 'transmit'> {
  /** Contents of the boot ROM, at most 4 KB. Default: our own. */
  readonly rom?: Uint8Array | undefined;
  /** Puts an image in place at once, as the simulators do, instead of sending it through the boot ROM's serial protocol. */
  readonly fast?: boolean | undefined;
}

const SRAM_SIZE = 4 << 20;
const ROM = 0x8000_0000;
const ROM_SIZE = 0x1000;
const REGISTERS = 0x8000_1000;
/** Where the boot ROM leaves the stack. */
const STACK = 0x40_0000;

/** The FPGA board that GAIA3 was made for: 4 MB of SRAM, a boot ROM, a serial line. @throws KSEG_MACHINE_ROM_SIZE */
export const gaia3 = ({ rom: firmware = bootRom(), fast = false, ...options }: Gaia3Options = {}): Board<GaiaCpu> => {
  checkOptions({ rom: firmware });
  if (firmware.length > ROM_SIZE)
    throw new MachineError(
      'KSEG_MACHINE_ROM_SIZE',
      `the boot ROM has ${ROM_SIZE} bytes; ${firmware.length} were given`,
      {
        size: firmware.length,
      },
    );
  const {
    fpu = 'rtl',
    mmu = 'hardware',
    decode = 'virtual',
    timerPeriod = GAIA_TIMER_PERIOD,
    transmit = 'instant',
  } = options;
  return {
    name: 'gaia3',
    description: 'a student CPU’s FPGA board: 4 MB of SRAM, a boot ROM, a serial line',
    cpu: 'GAIA3',
    core: gaiaCore('registers', { fpu, mmu, decode }),
    variant: [fpu, mmu, decode, `${timerPeriod}`, transmit],
    endian: 'little',
    clock: 96_392_500,
    parts: [
      ram('sram', 0, SRAM_SIZE),
      rom('rom', ROM, ROM_SIZE, firmware),
      device(
        'registers',
        { base: REGISTERS, size: 0x1000 },
        ({ serial, scheduler }) => serial((sink) => new GaiaRegisters({ scheduler, sink, timerPeriod, transmit })),
        { compatible: ['kseg,gaia-registers'] },
      ),
    ],
    boot: fast ? bootAtOnce : bootThroughRom,
  };
};

/** The boot ROM is at work already: it gets the image over its serial line. @throws KSEG_MACHINE_GAIA_IMAGE before it would hang on it */
function bootThroughRom({ console }: BootTarget<GaiaCpu>, { kernel }: Images): void {
  gaiaPayload(kernel);
  console?.send(kernel);
}

/** Leaves everything as the boot ROM does when it starts the program. @throws KSEG_MACHINE_GAIA_IMAGE */
function bootAtOnce({ write, cpu }: BootTarget<GaiaCpu>, { kernel }: Images): void {
  write(LOAD_ADDRESS, gaiaPayload(kernel));
  cpu.pc = LOAD_ADDRESS;
  cpu.setGpr(3, LOAD_ADDRESS);
  cpu.setGpr(30, STACK);
  cpu.setGpr(31, STACK);
}
