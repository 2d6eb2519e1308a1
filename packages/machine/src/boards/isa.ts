// A PC's ISA devices, as parts of a board: r4k has them on its bus, malta behind its PCI bridge.
import { AtaChannel, AtaDisk, type AtaDrive, AtapiCdrom, I8042, I8254, Mc146818, Uart16550 } from '@kseg/devices';
import { type DeviceKit, type DevicePart, type DeviceWindow, device } from '../board.ts';
import type { Disk, ReadyBoardOptions } from '../boards.ts';
import { storeOf } from './common.ts';

/** Where a board has the ISA bus's I/O ports. */
export interface IsaBus {
  /** Physical address of port 0. */
  readonly base: number;
  /** The bridge behind which it lies. */
  readonly within?: string;
  /** Nanoseconds that an access to an 8-bit port takes. */
  readonly wait?: number;
}

/** 8-bit ports. */
const port = ({ base, ...bus }: IsaBus, at: number, size: number, offset = 0): DeviceWindow => ({
  ...bus,
  base: base + at,
  size,
  offset,
  width: 1,
});

/** A disk channel: eight registers, the first (data) wider than a byte, and the device control register apart. It is a chip's own and no slow bus's. */
const channel = ({ wait: _, base, ...bus }: IsaBus, command: number, control: number): DeviceWindow[] => [
  { ...bus, base: base + command, size: 8, endian: 'little' },
  port({ ...bus, base }, control, 1, 8),
];

/** The ports of an I8259Pair. */
export const picPorts = (bus: IsaBus): DeviceWindow[] => [
  port(bus, 0x20, 2),
  port(bus, 0xa0, 2, 2),
  port(bus, 0x4d0, 2, 4),
];

/** What sits on a channel, made anew for each machine. */
export type Drive = () => AtaDrive | undefined;
export const hardDisk =
  (disk: Disk | undefined): Drive =>
  () =>
    disk === undefined ? undefined : new AtaDisk({ store: storeOf(disk) });
export const cdromDrive =
  (disc: Disk | null): Drive =>
  () =>
    new AtapiCdrom(disc === null ? {} : { store: storeOf(disc) });

/** A serial line; `clock` in Hz where it is not a PC's. */
export const serial =
  (clock?: number) =>
  ({ serial, irq, scheduler }: DeviceKit): Uart16550 =>
    serial((sink) => new Uart16550({ irq: irq(), scheduler, sink, clock }));

/** Everything but the interrupt controllers, which are the board's device `pic`. */
export const isaDevices = (
  bus: IsaBus,
  [hda, hdb, hdc, hdd]: readonly [Drive, Drive, Drive, Drive],
  { startTime }: ReadyBoardOptions,
): DevicePart[] => {
  const pit = ({ irq, scheduler }: DeviceKit) => new I8254({ irq: irq(), scheduler });
  const i8042 = ({ irq, control }: DeviceKit) =>
    new I8042({ keyboardIrq: irq('keyboard'), mouseIrq: irq('mouse'), onReset: () => control('reset') });
  const rtc = ({ irq, scheduler }: DeviceKit) => new Mc146818({ irq: irq(), scheduler, startTime });
  const ata =
    (first: Drive, second: Drive) =>
    ({ irq, scheduler }: DeviceKit) =>
      new AtaChannel({ irq: irq(), scheduler, drives: [first(), second()] });
  const uart = ['ns16550a'];
  const ide = ['ata-generic'];
  return [
    device('pit', port(bus, 0x40, 4), pit, { irq: 'pic.0' }),
    device('i8042', [port(bus, 0x60, 1), port(bus, 0x64, 1, 4)], i8042, {
      irqs: { keyboard: 'pic.1', mouse: 'pic.12' },
    }),
    device('rtc', port(bus, 0x70, 2), rtc, { irq: 'pic.8', compatible: ['motorola,mc146818'] }),
    device('uart0', port(bus, 0x3f8, 8), serial(), { irq: 'pic.4', compatible: uart }),
    device('uart1', port(bus, 0x2f8, 8), serial(), { irq: 'pic.3', compatible: uart }),
    device('ide0', channel(bus, 0x1f0, 0x3f6), ata(hda, hdb), { irq: 'pic.14', compatible: ide }),
    device('ide1', channel(bus, 0x170, 0x376), ata(hdc, hdd), { irq: 'pic.15', compatible: ide }),
  ];
};
