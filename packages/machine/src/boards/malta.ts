import { type Device, unconnected } from '@kseg/bus';
import {
  Gt64120,
  I8259Pair,
  MaltaFpga,
  PciBus,
  Pcnet,
  Piix4Ide,
  Piix4Isa,
  Piix4Pm,
  Piix4Usb,
  spdEeprom,
} from '@kseg/devices';
import { alias, type Board, type DeviceKit, device, openRange, ram, rom } from '../board.ts';
import type { ReadyBoardOptions } from '../boards.ts';
import { checkOptions, ethernet, flashChip, flashContent, MAC } from './common.ts';
import { cdromDrive, hardDisk, type IsaBus, isaDevices, picPorts, serial } from './isa.ts';
import { bootMalta, FLASH_SIZE, LOW_RAM, nativeOrder, ROM, withRevision } from './malta-firmware.ts';

/** Options of the board malta. RAM is 128 MB by default and 2 GB at most; what lies above 512 MB is also seen from physical 0x20000000 on. */
export interface MaltaOptions extends ReadyBoardOptions {
  /**
   * Firmware for the flash, as a file made for this board: on a little-endian board, every 32-bit word of it is stored swapped, as on the
   * real one, so that one file serves both byte orders. A file whose first word only makes sense unswapped is taken as it is.
   */
  readonly bios?: Uint8Array | undefined;
}

const MB = 0x10_0000;
const FLASH = 0x1e00_0000;
/** A PC's first I/O ports, behind the system controller, and where firmware puts its window on them. */
const ISA: IsaBus = {
  base: 0x1800_0000,
  within: 'gt64120',
  // About a microsecond, as a PC's ISA bus takes: an 8-bit cycle of 6 clocks of 120 ns, and up to 3.5 of recovery between two. Kernels and firmware
  // poll the clock chip for seconds: at that pace in a loop of two million accesses, not of twenty.
  wait: 1140,
};
/** Slots of the PCI bus. */
const PIIX4 = 10;
const PCNET = 11;
/** ISA lines that PCI interrupts can be routed to: every one but the cascade. */
const LINES = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** MIPS Technologies' Malta: a Galileo GT-64120 system controller, and on its PCI bus a PIIX4 and a PCnet. There is no VGA. */
export const malta = (options: MaltaOptions = {}): Board => {
  const total = options.ram ?? 128 * MB;
  const endian = options.endian ?? 'little';
  checkOptions(options);
  const firmware = options.bios === undefined ? undefined : nativeOrder(options.bios, endian);
  const { hda, hdb, hdc, hdd, cdrom } = options;
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
      openRange('empty', 0, 0x2000_0000, 0),
      device('pic', [], (kit) => new I8259Pair({ irq: kit.irq() }), { irq: 'cpu.2', compatible: ['intel,i8259'] }),
      device('gt64120', [], systemController, { ioBase: ISA.base }),
      device('pic-ports', picPorts(ISA), (kit) => forward(kit.device<I8259Pair>('pic'))),
      device('piix4-isa', [], isaBridge, {
        irqs: Object.fromEntries(LINES.map((line) => [`irq${line}`, `pic.${line}`])),
      }),
      ...isaDevices(
        ISA,
        [hardDisk(hda), hardDisk(hdb), cdrom === undefined ? hardDisk(hdc) : cdromDrive(cdrom), hardDisk(hdd)],
        options,
      ),
      device('piix4-ide', [], diskBusMaster),
      device('piix4-usb', [], (kit) => new Piix4Usb({ pci: pciOf(kit), slot: PIIX4, scheduler: kit.scheduler })),
      device('piix4-pm', [], powerManagement(total), { irq: 'pic.9' }),
      device('pcnet', [], networkCard(options)),
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
        fpga(total, options),
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
const diskBusMaster = (kit: DeviceKit) =>
  new Piix4Ide({ pci: pciOf(kit), slot: PIIX4, dma: kit.dma, channels: [kit.device('ide0'), kit.device('ide1')] });
const networkCard = (options: MaltaOptions) => (kit: DeviceKit) =>
  new Pcnet({ pci: pciOf(kit), slot: PCNET, dma: kit.dma, mac: options.mac ?? MAC, ...ethernet(kit, options) });
const fpga =
  (memory: number, { onDisplay }: MaltaOptions) =>
  ({ endian, control }: DeviceKit) =>
    new MaltaFpga({
      endian,
      onReset: () => control('reset'),
      eeprom: spdEeprom(memory),
      onDisplay,
    });
