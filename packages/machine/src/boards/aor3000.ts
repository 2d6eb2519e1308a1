import { Aor3000EarlyConsole, Aor3000Timer, JtagUart } from '@kseg/devices';
import { type Board, type DeviceKit, device, ram } from '../board.ts';
import type { ReadyBoardOptions } from '../boards.ts';
import { type BootTarget, bootWords, checkFits, type Images, loadSegments, readKernel } from '../boot.ts';
import { MachineError } from '../errors.ts';
import { checkOptions } from './common.ts';

/** Options of the board aor3000. RAM is 128 MB by default; firmware goes into the boot RAM, 4 KB at the reset vector. */
export type Aor3000Options = ReadyBoardOptions;

const MB = 0x10_0000;
const BOOT = 0x1fc0_0000;
const BOOT_SIZE = 0x1000;

/** The SoC around the aoR3000, an R3000A in an FPGA: a JTAG UART for a console, a timer of 100 Hz, and nothing more. */
export const aor3000 = ({ endian = 'little', ...options }: Aor3000Options = {}): Board => {
  if (endian !== 'little')
    throw new MachineError(
      'KSEG_MACHINE_BOARD_OPTION',
      'the board aor3000 is little-endian only: leave the byte order out',
      {
        board: 'aor3000',
        option: 'endian',
      },
    );
  checkOptions(options);
  const { bios } = options;
  if (bios !== undefined && bios.length > BOOT_SIZE)
    throw new MachineError(
      'KSEG_MACHINE_BOARD_OPTION',
      `the firmware has ${bios.length} bytes; the boot RAM of the board aor3000 takes ${BOOT_SIZE}`,
      { board: 'aor3000', option: 'bios', length: bios.length, limit: BOOT_SIZE },
    );
  return {
    name: 'aor3000',
    description: 'the SoC around the aoR3000, an R3000A in an FPGA',
    cpu: options.cpu ?? 'R3000A',
    endian,
    clock: 50_000_000,
    parts: [
      ram('ram', 0, options.ram ?? 128 * MB),
      ram('boot-ram', BOOT, BOOT_SIZE, bios),
      device(
        'jtag',
        { base: 0x1fff_fff0, size: 8 },
        (kit) => kit.serial((sink) => new JtagUart({ irq: kit.irq(), sink })),
        { irq: 'cpu.3', compatible: ['altr,juart-1.0'] },
      ),
      device(
        'timer',
        { base: 0x1fff_fff8, size: 4 },
        (kit) => new Aor3000Timer({ irq: kit.irq(), scheduler: kit.scheduler }),
        { irq: 'cpu.2' },
      ),
      device('early-console', { base: 0x1fff_ffff, size: 1, width: 1 }, earlyConsole),
    ],
    ...(bios === undefined ? { boot: bootAor3000 } : {}),
  };
};

/** Its characters come out where the JTAG UART's do. */
const earlyConsole = (kit: DeviceKit) => {
  const jtag = kit.device<JtagUart>('jtag');
  return new Aor3000EarlyConsole({ sink: (byte) => jtag.write(0, 4, byte) });
};

/** Where the firmware enters a kernel that is a plain image of memory from physical 0 on. */
const RAW_ENTRY = 0x8000_0400;
const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** What the SoC's firmware does: the kernel, an ELF executable or a plain image, lies in RAM, and the boot RAM jumps to it by way of $1. */
function bootAor3000(target: BootTarget, { kernel }: Images): void {
  let entry = RAW_ENTRY;
  if (ELF_MAGIC.every((byte, i) => kernel[i] === byte)) {
    const file = readKernel(target, kernel);
    loadSegments(target, file);
    entry = file.header.entry;
  } else {
    checkFits(target, 'the kernel', 0, kernel.length);
    target.write(0, kernel);
  }
  const code = [
    0x3c01_0000 | (entry >>> 16), // lui  $1, high half
    0x3421_0000 | (entry & 0xffff), // ori  $1, $1, low half
    0x0020_0008, // jr   $1
    0, // nop
  ];
  target.write(BOOT, bootWords('little', code));
}
