import { I8042, I8254, I8259Pair, MaltaFpga, Mc146818, Uart16550 } from '@kseg/devices';
import { alias, type Board, type DeviceKit, device, open, ram, rom, type Window } from '../board.ts';
import type { ReadyBoardOptions } from '../boards.ts';
import { type BootTarget, fit, type Images, loadSegments, readKernel, text, unmapped, words } from '../boot.ts';
import { bootRom, REVISION_AT } from './malta-rom.ts';

/** Options of the board malta. RAM is 128 MB by default and 2 GB at most; what lies above 256 MB is seen from physical 0x90000000 on. */
export interface MaltaOptions extends ReadyBoardOptions {
  /** Contents of the ROM at the reset vector, in the guest's byte order. */
  readonly rom?: Uint8Array;
}

const MB = 0x10_0000;

/** Empty slots of the board: they read 0 and take writes, without bus errors. */
const empty = (name: string, base: number, end: number) => open(name, base, end - base, 0);

/** MIPS Technologies' Malta with a Galileo system controller, its PCI I/O window where the `-kernel` loader puts it. */
export const malta = (options: MaltaOptions = {}): Board => {
  const total = options.ram ?? 128 * MB;
  return {
    name: 'malta',
    description: 'MIPS Technologies’ Malta: ISA devices at 0x18000000, board registers at 0x1f000000',
    cpu: options.cpu ?? '24Kc',
    endian: options.endian ?? 'little',
    clock: 320_000_000,
    parts: [
      ram('ram', 0x8000_0000, total),
      alias('low-ram', 0, Math.min(total, LOW_RAM), 'ram'),
      ...(total > 512 * MB ? [alias('high-ram', 0x2000_0000, total - 512 * MB, 'ram', 512 * MB)] : []),
      empty('empty', 0, ISA),
      open('pci-io', ISA, 2 * MB, 0xffff_ffff),
      empty('empty-high', ISA + 2 * MB, 0x2000_0000),
      device('uart0', port(0x3f8, 8), serial(), 'pic.4', ['ns16550a']),
      device('uart1', port(0x2f8, 8), serial(), 'pic.3', ['ns16550a']),
      device('uart2', { base: 0x1f00_0900, size: 64, width: 1, stride: 8 }, serial(3_686_400), 'cpu.4'),
      device(
        'pic',
        [port(0x20, 2), port(0xa0, 2, 2), port(0x4d0, 2, 4)],
        (kit) => new I8259Pair({ irq: kit.irq() }),
        'cpu.2',
        ['intel,i8259'],
      ),
      device('pit', port(0x40, 4), (kit) => new I8254({ irq: kit.irq(), scheduler: kit.scheduler }), 'pic.0'),
      device('i8042', [port(0x60, 1), port(0x64, 1, 4)], i8042, { keyboard: 'pic.1', mouse: 'pic.12' }),
      device('rtc', port(0x70, 2), rtc(options), 'pic.8', ['motorola,mc146818']),
      device(
        'fpga',
        [
          { base: 0x1f00_0000, size: 0x900 },
          { base: 0x1f00_0a00, size: 0xf_f600, offset: 0xa00 },
        ],
        (kit) => new MaltaFpga({ endian: kit.endian, onReset: () => kit.control('reset') }),
      ),
      rom('rom', 0x1fc0_0000, 4 * MB, withRevision(options.rom, options.endian)),
    ],
    boot: bootMalta,
  };
};

/** RAM from physical 0 on, at most. */
const LOW_RAM = 256 * MB;
/** Where the ISA bus's I/O ports begin once the GT-64120 has its window there. */
const ISA = 0x1800_0000;
const port = (at: number, size: number, offset = 0): Window => ({ base: ISA + at, size, offset, width: 1 });

const serial = (clock?: number) => (kit: DeviceKit) =>
  kit.serial(
    (sink) =>
      new Uart16550({ irq: kit.irq(), scheduler: kit.scheduler, sink, ...(clock === undefined ? {} : { clock }) }),
  );
const i8042 = (kit: DeviceKit) =>
  new I8042({ keyboardIrq: kit.irq('keyboard'), mouseIrq: kit.irq('mouse'), onReset: () => kit.control('reset') });
const rtc =
  ({ startTime }: MaltaOptions) =>
  (kit: DeviceKit) =>
    new Mc146818({
      irq: kit.irq(),
      scheduler: kit.scheduler,
      ...(startTime === undefined ? {} : { startTime }),
    });

/** The board's revision word lies over whatever the ROM holds. */
function withRevision(image: Uint8Array | undefined, endian: Board['endian'] = 'little'): Uint8Array {
  const bytes = new Uint8Array(Math.max(image?.length ?? 0, REVISION_AT + 4));
  if (image !== undefined) bytes.set(image);
  bytes.set(words(endian, [REVISION]), REVISION_AT);
  return bytes;
}

/** A CoreLV card (bits 15:10) with a GT-64120 (bits 31:24). */
const REVISION = 0x0000_0420;

/** The environment block: 16 pointers, then as many strings of 256 bytes. */
const ENVIRONMENT = 0x2000;
const POINTERS = 16;
const STRING = 256;

/**
 * What YAMON leaves behind, as QEMU's `-kernel` does it: segments at their physical address & 0x1fffffff, an initrd high in low RAM, the
 * environment block at 0x2000, and a boot ROM that opens the GT-64120's windows and calls the entry point with argc, argv, envp and the
 * size of low RAM.
 */
function bootMalta(target: BootTarget, { kernel, initrd, append = '' }: Images): void {
  const low = { ...target, ramSize: Math.min(target.ramSize, LOW_RAM) };
  const file = readKernel(low, kernel);
  loadSegments(low, file, ({ paddr }) => unmapped(paddr));
  let commandLine = append;
  if (initrd !== undefined) {
    const base = Math.ceil((low.ramSize - initrd.length - 0x2_0000) / 0x1_0000) * 0x1_0000;
    fit(low, 'the initrd', base < 0 ? low.ramSize : base, initrd.length);
    low.write(base, initrd);
    commandLine = `rd_start=0xffffffff${(0x8000_0000 + base).toString(16)} rd_size=${initrd.length} ${append}`;
  }
  environment(low, [
    'kernel',
    commandLine,
    ...['memsize', `${low.ramSize}`],
    ...['ememsize', `${target.ramSize}`],
    ...['modetty0', '38400n8r'],
    // Constant, so that equal inputs give equal machines.
    ...['rngseed', '0'.repeat(64)],
  ]);
  const { write, endian } = target;
  const entry = { pc: file.header.entry, sp: 0x8000_1fc0, arguments: [2, 0x8000_2000, 0x8000_2008, low.ramSize] };
  write(ROM, words(endian, bootRom(endian, REVISION, entry)));
  target.cpu.pc = 0xbfc0_0000;
  // The loader clears ERL, BEV stays.
  target.cpu.setCp0(12, 0x0040_0000);
}

const ROM = 0x1fc0_0000;

function environment({ write, endian }: BootTarget, strings: readonly string[]): void {
  const place = (i: number) => ENVIRONMENT + 4 * POINTERS + STRING * i;
  write(
    ENVIRONMENT,
    words(
      endian,
      Array.from({ length: POINTERS }, (_, i) => (i < strings.length ? 0x8000_0000 + place(i) : 0)),
    ),
  );
  for (const [i, string] of strings.entries()) write(place(i), text(string, STRING));
}
