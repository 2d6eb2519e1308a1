import { type Device, unconnected } from '@kseg/bus';
import {
  AtaChannel,
  AtaDisk,
  type AtaDrive,
  AtapiCdrom,
  Gt64120,
  I8042,
  I8254,
  I8259Pair,
  MaltaFpga,
  Mc146818,
  PciBus,
  Pcnet,
  Piix4Ide,
  Piix4Isa,
  Piix4Pm,
  Piix4Usb,
  spdEeprom,
  Uart16550,
} from '@kseg/devices';
import { alias, type Board, type DeviceKit, device, open, ram, rom, type Window } from '../board.ts';
import type { Disk, ReadyBoardOptions } from '../boards.ts';
import { type BootTarget, fit, type Images, loadSegments, readKernel, text, unmapped, words } from '../boot.ts';
import { ethernet, flashChip, flashContent, storeOf } from './common.ts';
import { bootRom, REVISION_AT } from './malta-rom.ts';

/** Options of the board malta. RAM is 128 MB by default and 2 GB at most; what lies above 512 MB is also seen from physical 0x20000000 on. */
export interface MaltaOptions extends ReadyBoardOptions {
  /**
   * Firmware for the flash, as a file made for this board: on a little-endian board, every 32-bit word of it is stored swapped, as on the
   * real one, so that one file serves both byte orders. A file whose first word only makes sense unswapped is taken as it is.
   */
  readonly bios?: Uint8Array;
}

const MB = 0x10_0000;
/** RAM from physical 0 on, at most. */
const LOW_RAM = 256 * MB;
/** Where firmware puts the I/O window of the PCI bus, whose first ports are a PC's. */
const ISA = 0x1800_0000;
const FLASH = 0x1e00_0000;
const FLASH_SIZE = 4 * MB;
const ROM = 0x1fc0_0000;
/**
 * Nanoseconds of an access to an 8-bit port on the ISA bus: a cycle of 6 clocks of 120 ns, and the 3.5 of recovery that the PIIX4 puts between
 * two (Intel 82371AB, ISA I/O Recovery Timer). Kernels and firmware poll the clock chip for seconds: at that pace in a loop of two million
 * accesses, not of twenty.
 */
const ISA_CYCLE = 1140;
/** Slots of the PCI bus. */
const PIIX4 = 10;
const PCNET = 11;
/** ISA lines that PCI interrupts can be routed to: every one but the cascade. */
const LINES = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** MIPS Technologies' Malta: a Galileo GT-64120 system controller, and on its PCI bus a PIIX4 and a PCnet. There is no VGA. */
export const malta = (options: MaltaOptions = {}): Board => {
  const total = options.ram ?? 128 * MB;
  const endian = options.endian ?? 'little';
  const firmware = options.bios === undefined ? undefined : nativeOrder(options.bios, endian);
  const content = flashContent(FLASH_SIZE, options, firmware);
  return {
    name: 'malta',
    description: 'MIPS Technologies’ Malta: GT-64120, PIIX4 and PCnet on PCI',
    cpu: options.cpu ?? '24Kf',
    endian,
    // Slower than the real board: what firmware and kernels wait for in loops takes fewer instructions.
    clock: 100_000_000,
    wiredOr: LINES.map((line) => `pic.${line}`),
    parts: [
      ram('ram', 0x8000_0000, total),
      alias('low-ram', 0, Math.min(total, LOW_RAM), 'ram'),
      ...(total > 512 * MB ? [alias('high-ram', 0x2000_0000, total - 512 * MB, 'ram', 512 * MB)] : []),
      // Empty slots read 0 and take writes, without bus errors.
      open('empty', 0, 0x2000_0000, 0),
      device('pic', [], (kit) => new I8259Pair({ irq: kit.irq() }), { irq: 'cpu.2', compatible: ['intel,i8259'] }),
      device('gt64120', [], systemController, { ioBase: ISA }),
      at('pic-ports', [port(0x20, 2), port(0xa0, 2, 2), port(0x4d0, 2, 4)], (kit) =>
        forward(kit.device<I8259Pair>('pic')),
      ),
      at('piix4-isa', [], isaBridge, { irqs: Object.fromEntries(LINES.map((line) => [`irq${line}`, `pic.${line}`])) }),
      at('pit', [port(0x40, 4)], (kit) => new I8254({ irq: kit.irq(), scheduler: kit.scheduler }), { irq: 'pic.0' }),
      at('i8042', [port(0x60, 1), port(0x64, 1, 4)], i8042, { irqs: { keyboard: 'pic.1', mouse: 'pic.12' } }),
      at('rtc', [port(0x70, 2)], rtc(options), { irq: 'pic.8', compatible: ['motorola,mc146818'] }),
      at('uart0', [port(0x3f8, 8)], serial(), { irq: 'pic.4', compatible: ['ns16550a'] }),
      at('uart1', [port(0x2f8, 8)], serial(), { irq: 'pic.3', compatible: ['ns16550a'] }),
      at('ide0', channel(0x1f0, 0x3f6), disks(disk(options.hda), disk(options.hdb)), { irq: 'pic.14' }),
      at(
        'ide1',
        channel(0x170, 0x376),
        disks(options.cdrom === undefined ? disk(options.hdc) : cdrom(options.cdrom), disk(options.hdd)),
        { irq: 'pic.15' },
      ),
      at(
        'piix4-ide',
        [],
        (kit) =>
          new Piix4Ide({
            pci: pciOf(kit),
            slot: PIIX4,
            dma: kit.dma,
            channels: [kit.device('ide0'), kit.device('ide1')],
          }),
      ),
      at('piix4-usb', [], (kit) => new Piix4Usb({ pci: pciOf(kit), slot: PIIX4, scheduler: kit.scheduler })),
      at('piix4-pm', [], powerManagement(total), { irq: 'pic.9' }),
      at(
        'pcnet',
        [],
        (kit) =>
          new Pcnet({ pci: pciOf(kit), slot: PCNET, dma: kit.dma, mac: options.mac ?? MAC, ...ethernet(kit, options) }),
      ),
      rom('flash', FLASH, FLASH_SIZE, content),
      device('flash-chip', [], (kit) => flashChip(kit, { memory: 'flash', sectorSize: 0x1_0000 }, options), {
        compatible: ['cfi-flash'],
      }),
      device(
        'fpga',
        [
          { base: 0x1f00_0000, size: 0x900 },
          { base: 0x1f00_0a00, size: 0xf_f600, offset: 0xa00 },
        ],
        (kit) =>
          new MaltaFpga({
            endian: kit.endian,
            onReset: () => kit.control('reset'),
            eeprom: spdEeprom(total),
            ...display(options),
          }),
      ),
      device('uart2', { base: 0x1f00_0900, size: 64, width: 1, stride: 8 }, serial(3_686_400), {
        irq: 'cpu.4',
        compatible: ['ns16550a'],
      }),
      rom('rom', ROM, FLASH_SIZE, withRevision(content, endian)),
    ],
    ...(options.bios === undefined ? { boot: bootMalta } : {}),
  };
};

const MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);

/** A device whose ports, if it has any, lie behind the bridge; `port` gives those on the ISA bus. */
const at = (
  name: string,
  windows: readonly Window[],
  ...rest: Parameters<typeof device> extends [unknown, unknown, ...infer Rest] ? Rest : never
) => device(name, windows, ...rest);
const port = (at: number, size: number, offset = 0): Window => ({
  base: ISA + at,
  size,
  offset,
  width: 1,
  wait: ISA_CYCLE,
  within: 'gt64120',
});
const channel = (command: number, control: number): Window[] => [
  { base: ISA + command, size: 8, within: 'gt64120' },
  { base: ISA + control, size: 1, offset: 8, width: 1, within: 'gt64120' },
];
const pciOf = (kit: DeviceKit) => kit.device<Gt64120>('gt64120').pci;

/** Interrupt pins of the slots: Linux and firmware know these wires. */
function route(slot: number, pin: number): number {
  if (slot === PIIX4) return 3;
  if (slot === PCNET) return 1;
  if (slot === 12) return 2;
  return slot >= 18 && slot <= 21 ? (slot - 18 + pin) & 3 : pin & 3;
}

/** The system controller, whose windows the guest moves. */
const systemController = (kit: DeviceKit) => {
  const pic = kit.device<I8259Pair>('pic');
  return new Gt64120({
    endian: kit.endian,
    pci: new PciBus({ route }),
    acknowledge: () => pic.acknowledge(),
    onMap: (regions) => kit.place(regions),
  });
};

/** A second name for a device, so that its ports can be listed behind a bridge that needs the device itself. */
const forward = (to: Device): Device => ({
  read: (offset, width) => to.read(offset, width),
  write: (offset, width, value) => to.write(offset, width, value),
  peek: (offset, width) => to.peek?.(offset, width) ?? 0,
  reset() {},
  save: () => null,
  load() {},
});

const isaBridge = (kit: DeviceKit) =>
  new Piix4Isa({
    pci: pciOf(kit),
    slot: PIIX4,
    irqs: Array.from({ length: 16 }, (_, line) => (line === 2 ? unconnected : kit.irq(`irq${line}`))),
    onReset: () => kit.control('reset'),
  });
const powerManagement = (memory: number) => (kit: DeviceKit) =>
  new Piix4Pm({
    pci: pciOf(kit),
    slot: PIIX4,
    scheduler: kit.scheduler,
    irq: kit.irq(),
    onPowerOff: () => kit.control('powerOff'),
    eeproms: new Map([[0x50, spdEeprom(memory)]]),
  });
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
    new Mc146818({ irq: kit.irq(), scheduler: kit.scheduler, ...(startTime === undefined ? {} : { startTime }) });
const display = ({ onDisplay }: MaltaOptions) => (onDisplay === undefined ? {} : { onDisplay });

type MakeDrive = () => AtaDrive | undefined;
const disk =
  (content: Disk | undefined): MakeDrive =>
  () =>
    content === undefined ? undefined : new AtaDisk({ store: storeOf(content) });
const cdrom =
  (content: Disk | null): MakeDrive =>
  () =>
    new AtapiCdrom(content === null ? {} : { store: storeOf(content) });
const disks = (first: MakeDrive, second: MakeDrive) => (kit: DeviceKit) =>
  new AtaChannel({ irq: kit.irq(), scheduler: kit.scheduler, drives: [first(), second()] });

/** What the reset vector's window shows: the flash as it is at power-on, with the board's revision word over it. */
function withRevision(flash: Uint8Array, endian: Board['endian']): Uint8Array {
  const bytes = new Uint8Array(flash);
  bytes.set(words(endian, [REVISION]), REVISION_AT);
  return bytes;
}

/** The firmware in a file, in the guest's byte order. */
function nativeOrder(file: Uint8Array, endian: Board['endian']): Uint8Array {
  if (endian === 'big' || startsCode(file)) return file;
  const bytes = new Uint8Array(Math.ceil(Math.min(file.length, FLASH_SIZE) / 4) * 4).fill(0xff);
  bytes.set(file.subarray(0, bytes.length));
  for (let at = 0; at < Math.min(bytes.length, SWAPPED); at += 4) bytes.subarray(at, at + 4).reverse();
  return bytes;
}

/** How much of the flash a little-endian board shows with its words swapped. */
const SWAPPED = 0x3e_0000;

/** Whether the first word, read as a little-endian core fetches it, is a branch or a jump: how every reset vector begins. */
function startsCode(file: Uint8Array): boolean {
  const opcode = (file[3] ?? 0) >>> 2;
  return opcode === 2 || opcode === 4;
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
