import { AtaChannel, AtaDisk, I8042, I8254, I8259Pair, Mc146818, Ne2000, R4kPower, Uart16550 } from '@kseg/devices';
import { type Board, type DeviceKit, device, open, type Part, ram, rom, type Window } from '../board.ts';
import type { Disk, ReadyBoardOptions } from '../boards.ts';
import { type BootTarget, fit, type Images, loadSegments, readKernel, text, words } from '../boot.ts';
import { MachineError } from '../errors.ts';
import { ethernet, flashChip, flashContent, storeOf } from './common.ts';

/** Options of the board r4k. RAM is 256 MB by default, and at most: the ISA memory window lies above. */
export interface R4kOptions extends ReadyBoardOptions {
  /** Contents of the ROM at the reset vector, in the guest's byte order. With `flash` or `onFlash`, there is a flash chip in its place. */
  readonly rom?: Uint8Array;
}

const MB = 0x10_0000;

/** The generic MIPS board that QEMU called `mips` until 5.2: a PC's ISA devices beside a MIPS core. */
export const r4k = (options: R4kOptions = {}): Board => ({
  name: 'r4k',
  description: 'a PC’s ISA devices beside a MIPS core: the board QEMU called “mips” until 5.2',
  cpu: options.cpu ?? '24Kf',
  endian: options.endian ?? 'little',
  clock: 200_000_000,
  parts: [
    ram('ram', 0, ramSize(options)),
    open('isa-memory', 0x1000_0000, 16 * MB, 0xffff_ffff),
    open('isa-io', ISA, 0x1_0000, 0xffff_ffff),
    device('pic', [port(0x20, 2), port(0xa0, 2, 2), port(0x4d0, 2, 4)], (kit) => new I8259Pair({ irq: kit.irq() }), {
      irq: 'cpu.2',
      compatible: ['intel,i8259'],
    }),
    device('pit', port(0x40, 4), (kit) => new I8254({ irq: kit.irq(), scheduler: kit.scheduler }), { irq: 'pic.0' }),
    device('i8042', [port(0x60, 1), port(0x64, 1, 4)], i8042, { irqs: { keyboard: 'pic.1', mouse: 'pic.12' } }),
    device(
      'rtc',
      port(0x70, 2),
      (kit) => new Mc146818({ irq: kit.irq(), scheduler: kit.scheduler, ...startTime(options) }),
      { irq: 'pic.8', compatible: ['motorola,mc146818'] },
    ),
    device('uart0', port(0x3f8, 8), serial, { irq: 'pic.4', compatible: ['ns16550a'] }),
    device('uart1', port(0x2f8, 8), serial, { irq: 'pic.3', compatible: ['ns16550a'] }),
    device('ide0', channel(0x1f0, 0x3f6), disks(options.hda, options.hdb), {
      irq: 'pic.14',
      compatible: ['ata-generic'],
    }),
    device('ide1', channel(0x170, 0x376), disks(options.hdc, options.hdd), {
      irq: 'pic.15',
      compatible: ['ata-generic'],
    }),
    device(
      'ne2000',
      { base: ISA + 0x300, size: 32, endian: 'little' },
      (kit) => new Ne2000({ irq: kit.irq(), mac: options.mac ?? MAC, ...ethernet(kit, options) }),
      { irq: 'pic.9' },
    ),
    device('power', { base: 0x1fbf_0000, size: 0x1_0000 }, power),
    ...firmware(options),
  ],
  boot: bootR4k,
});

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

const MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);
/** Where the ISA bus's I/O ports begin. */
const ISA = 0x1400_0000;
const port = (at: number, size: number, offset = 0): Window => ({ base: ISA + at, size, offset, width: 1 });
/** A disk channel: eight registers, the first (data) wider than a byte, and the device control register apart. */
const channel = (command: number, control: number): Window[] => [
  { base: ISA + command, size: 8, endian: 'little' },
  port(control, 1, 8),
];
/** @throws KSEG_RAM_SIZE */
function ramSize({ ram: size = 256 * MB }: R4kOptions): number {
  if (size > 256 * MB)
    throw new MachineError(
      'KSEG_RAM_SIZE',
      `board r4k takes at most 256 MB of RAM, not ${size / MB} MB: its ISA memory window lies above`,
      { size },
    );
  return size;
}
const startTime = ({ startTime }: R4kOptions) => (startTime === undefined ? {} : { startTime });

const serial = (kit: DeviceKit) =>
  kit.serial((sink) => new Uart16550({ irq: kit.irq(), scheduler: kit.scheduler, sink }));
const disks = (first?: Disk, second?: Disk) => (kit: DeviceKit) =>
  new AtaChannel({ irq: kit.irq(), scheduler: kit.scheduler, drives: [drive(first), drive(second)] });
const drive = (disk?: Disk) => (disk === undefined ? undefined : new AtaDisk({ store: storeOf(disk) }));
const i8042 = (kit: DeviceKit) =>
  new I8042({ keyboardIrq: kit.irq('keyboard'), mouseIrq: kit.irq('mouse'), onReset: () => kit.control('reset') });
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
    fit(target, 'the initrd', base, initrd.length);
    target.write(base, initrd);
    commandLine = `rd_start=0x${(0x8000_0000 + base).toString(16)} rd_size=${initrd.length} ${append}`;
  }
  fit(target, 'the parameter block', PARAMETERS_END - 8 - COMMAND_LINE, 8 + COMMAND_LINE);
  target.write(PARAMETERS_END - 8 - COMMAND_LINE, words(target.endian, [target.ramSize, PARAMETERS_MAGIC]));
  target.write(PARAMETERS_END - COMMAND_LINE, text(commandLine, COMMAND_LINE));
  target.cpu.pc = file.header.entry;
}
