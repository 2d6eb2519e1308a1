import { I8259Pair, Ne2000, R4kPower } from '@kseg/devices';
import { type Board, type DeviceKit, device, openRange, type Part, ram, rom } from '../board.ts';
import type { ReadyBoardOptions } from '../boards.ts';
import { type BootTarget, bootString, bootWords, checkFits, type Images, loadSegments, readKernel } from '../boot.ts';
import { MachineError } from '../errors.ts';
import { checkOptions, ethernet, flashChip, flashContent, MAC } from './common.ts';
import { hardDisk, type IsaBus, isaDevices, picPorts } from './isa.ts';

/** Options of the board r4k. RAM is 256 MB by default, and at most: the ISA memory window lies above. */
export interface R4kOptions extends ReadyBoardOptions {
  /** Contents of the ROM at the reset vector, in the guest's byte order. With `flash` or `onFlash`, there is a flash chip in its place. */
  readonly rom?: Uint8Array | undefined;
}

const MB = 0x10_0000;

/** A PC's I/O ports. */
const ISA: IsaBus = { base: 0x1400_0000 };

/** The generic MIPS board that QEMU called `mips` until 5.2: a PC's ISA devices beside a MIPS core. */
export const r4k = (options: R4kOptions = {}): Board => {
  checkOptions(options);
  return {
    name: 'r4k',
    description: 'a PC’s ISA devices beside a MIPS core: the board QEMU called “mips” until 5.2',
    cpu: options.cpu ?? '24Kf',
    endian: options.endian ?? 'little',
    clock: 200_000_000,
    parts: [
      ram('ram', 0, ramSize(options)),
      openRange('isa-memory', 0x1000_0000, 16 * MB, 0xffff_ffff),
      openRange('isa-io', ISA.base, 0x1_0000, 0xffff_ffff),
      device('pic', picPorts(ISA), (kit) => new I8259Pair({ irq: kit.irq() }), {
        irq: 'cpu.2',
        compatible: ['intel,i8259'],
      }),
      ...isaDevices(
        ISA,
        [hardDisk(options.hda), hardDisk(options.hdb), hardDisk(options.hdc), hardDisk(options.hdd)],
        options,
      ),
      device(
        'ne2000',
        { base: ISA.base + 0x300, size: 32, endian: 'little' },
        (kit) => new Ne2000({ irq: kit.irq(), mac: options.mac ?? MAC, ...ethernet(kit, options) }),
        { irq: 'pic.9' },
      ),
      device('power', { base: 0x1fbf_0000, size: 0x1_0000 }, power),
      ...firmware(options),
    ],
    boot: bootR4k,
  };
};

/** Where the CPU starts. */
const ROM = 0x1fc0_0000;

/** What the CPU starts from at reset. */
const firmware = (options: R4kOptions): Part[] =>
  options.flash === undefined && options.onFlash === undefined
    ? [rom('rom', ROM, 4 * MB, options.rom)]
    : [
        rom('flash', ROM, 4 * MB, flashContent(4 * MB, options, options.rom)),
        device('flash-chip', [], (kit) => flashChip(kit, { memory: 'flash', sectorSize: 0x8000 }, options), {
          compatible: ['cfi-flash'],
        }),
      ];

/** @throws KSEG_MACHINE_RAM_SIZE */
function ramSize({ ram: size = 256 * MB }: R4kOptions): number {
  if (size > 256 * MB)
    throw new MachineError(
      'KSEG_MACHINE_RAM_SIZE',
      `board r4k takes at most 256 MB of RAM, not ${size / MB} MB: its ISA memory window lies above`,
      { size },
    );
  return size;
}

const power = (kit: DeviceKit) =>
  new R4kPower({ onReset: () => kit.control('reset'), onPowerOff: () => kit.control('powerOff') });

/** End of the parameter block in physical memory; its magic number; the room for the command line. */
const PARAMETERS_END = 16 * MB;
const PARAMETERS_MAGIC = 0x1234_5678;
const COMMAND_LINE = 256;

/**
 * What QEMU's `-kernel` did on this board: segments at their virtual address & 0x1fffffff, the CPU at the entry point as if just reset,
 * and below 16 MB a block of RAM size, magic number and command line. An initrd lies at the next 64 KB boundary above the kernel.
 */
function bootR4k(target: BootTarget, { kernel, initrd, append = '' }: Images): void {
  const file = readKernel(target, kernel);
  const end = loadSegments(target, file);
  let commandLine = append;
  if (initrd !== undefined) {
    const base = Math.ceil(end / 0x1_0000) * 0x1_0000;
    checkFits(target, 'the initrd', base, initrd.length);
    target.write(base, initrd);
    commandLine = `rd_start=0x${(0x8000_0000 + base).toString(16)} rd_size=${initrd.length} ${append}`;
  }
  checkFits(target, 'the parameter block', PARAMETERS_END - 8 - COMMAND_LINE, 8 + COMMAND_LINE);
  target.write(PARAMETERS_END - 8 - COMMAND_LINE, bootWords(target.endian, [target.ramSize, PARAMETERS_MAGIC]));
  target.write(PARAMETERS_END - COMMAND_LINE, bootString(commandLine, COMMAND_LINE));
  target.cpu.pc = file.header.entry;
}
