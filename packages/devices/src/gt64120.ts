import type { Device, DeviceRegion, Endian, PhysicalMap, RegisterSpec, State, Width } from '@kseg/bus';
import { type PciBus, PciConfigSpace, type PciRegister, spaceDevice } from './pci.ts';

const row = (
  offset: number,
  name: string,
  reset: number,
  description: string,
  access: 'r' | 'rw' = 'rw',
): RegisterSpec => ({
  name,
  offset,
  width: 4,
  access,
  reset,
  description,
});

/** The registers that do something or have a value after reset; every other word of the 4 KB is storage. Decode registers hold address >> 21. */
export const gt64120Registers: readonly RegisterSpec[] = [
  row(
    0x000,
    'CPU',
    0x0000_1000,
    'CPU interface; bit 12 set: registers are in the CPU’s byte order, else swapped (0 at reset on big-endian boards)',
  ),
  row(0x008, 'SCS10_LOW', 0x000, 'RAM decode (storage)'),
  row(0x010, 'SCS10_HIGH', 0x007, 'RAM decode (storage)'),
  row(0x018, 'SCS32_LOW', 0x008, 'RAM decode (storage)'),
  row(0x020, 'SCS32_HIGH', 0x00f, 'RAM decode (storage)'),
  row(0x028, 'CS20_LOW', 0x0e0, 'device decode (storage)'),
  row(0x030, 'CS20_HIGH', 0x070, 'device decode (storage)'),
  row(0x038, 'CS3_LOW', 0x0f8, 'device decode (storage)'),
  row(0x040, 'CS3_HIGH', 0x07f, 'device decode (storage)'),
  row(0x048, 'PCI0_IO_LOW', 0x080, 'start of the PCI I/O window; also loads its remap register'),
  row(0x050, 'PCI0_IO_HIGH', 0x00f, 'end of the PCI I/O window, bits 27:21'),
  row(0x058, 'PCI0_M0_LOW', 0x090, 'start of PCI memory window 0; also loads its remap register'),
  row(0x060, 'PCI0_M0_HIGH', 0x01f, 'end of PCI memory window 0'),
  row(0x068, 'ISD', 0x0a0, 'place of these registers'),
  row(0x080, 'PCI0_M1_LOW', 0x790, 'start of PCI memory window 1; also loads its remap register'),
  row(0x088, 'PCI0_M1_HIGH', 0x01f, 'end of PCI memory window 1'),
  row(0x090, 'PCI1_IO_LOW', 0x100, 'PCI 1 (storage)'),
  row(0x098, 'PCI1_IO_HIGH', 0x00f, 'PCI 1 (storage)'),
  row(0x0a0, 'PCI1_M0_LOW', 0x110, 'PCI 1 (storage)'),
  row(0x0a8, 'PCI1_M0_HIGH', 0x01f, 'PCI 1 (storage)'),
  row(0x0b0, 'PCI1_M1_LOW', 0x120, 'PCI 1 (storage)'),
  row(0x0b8, 'PCI1_M1_HIGH', 0x02f, 'PCI 1 (storage)'),
  row(0x0c0, 'PCI0_SYNC', 0, 'reading is a barrier', 'r'),
  row(0x0f0, 'PCI0_IO_REMAP', 0x080, 'storage: the I/O window always shows ports from 0'),
  row(0x0f8, 'PCI0_M0_REMAP', 0x090, 'PCI address of memory window 0, >> 21'),
  row(0x100, 'PCI0_M1_REMAP', 0x790, 'PCI address of memory window 1, >> 21'),
  row(0x120, 'MULTI_GT', 0x003, 'multi-GT control (storage)'),
  row(
    0xc00,
    'PCI0_COMMAND',
    0x0001_0001,
    '0 no byte swap of configuration data, 16 nor for slave accesses (0 at reset on big-endian boards)',
  ),
  row(0xc18, 'INTERRUPT_CAUSE', 0, 'writing 0 to a bit clears it; no cause is ever set'),
  row(0xc1c, 'INTERRUPT_MASK', 0, 'storage'),
  row(0xc34, 'PCI0_IACK', 0, 'reading acknowledges an interrupt at the 8259 and gives its vector', 'r'),
  row(0xcf8, 'PCI0_CONFIG_ADDRESS', 0, 'configuration address, mechanism 1'),
  row(0xcfc, 'PCI0_CONFIG_DATA', 0xffff_ffff, 'configuration data; all ones where nothing answers'),
];

const CPU = 0x000;
const IO_LOW = 0x048;
const M0_LOW = 0x058;
const ISD = 0x068;
const M1_LOW = 0x080;
const IO_REMAP = 0x0f0;
const M0_REMAP = 0x0f8;
const M1_REMAP = 0x100;
const COMMAND = 0xc00;
const CAUSE = 0xc18;
const IACK = 0xc34;
const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;

/** Bits that can be written, where not all. */
const WRITABLE: ReadonlyMap<number, number> = new Map([
  [IO_LOW, 0x7fff],
  [IO_LOW + 8, 0x7f],
  [M0_LOW, 0x7fff],
  [M0_LOW + 8, 0x7f],
  [ISD, 0x7fff],
  [M1_LOW, 0x7fff],
  [M1_LOW + 8, 0x7f],
  [0x0c0, 0],
  [IO_REMAP, 0x7ff],
  [M0_REMAP, 0x7ff],
  [M1_REMAP, 0x7ff],
  [COMMAND, 0x0401_fc0f],
  [IACK, 0],
  [CONFIG_ADDRESS, 0x80ff_fffc],
]);

/** Writing the start of a window loads its remap register as well. */
const LOADS: ReadonlyMap<number, number> = new Map([
  [IO_LOW, IO_REMAP],
  [M0_LOW, M0_REMAP],
  [M1_LOW, M1_REMAP],
]);

const LITTLE_ENDIAN_CPU = 0x1000;

const plain = (name: string, offset: number, reset: number): PciRegister => ({
  name,
  offset,
  width: 4,
  access: 'rw',
  reset,
  description: 'storage: a base address register that does not say its size',
});

export interface Gt64120Options {
  /** Byte order of the CPU. */
  readonly endian: Endian;
  readonly pci: PciBus;
  /** The interrupt acknowledge cycle: what the 8259 pair answers. */
  readonly acknowledge?: (() => number) | undefined;
  /** The bridge's windows on the CPU's address map, whenever they may have moved: its registers first, then PCI I/O and memory. */
  readonly onMap?: ((windows: readonly DeviceRegion[]) => void) | undefined;
}

/** Galileo's GT-64120 system controller as Malta uses it: windows on PCI 0, configuration cycles, interrupt acknowledge. No DMA, no timers. */
export class Gt64120 implements Device {
  readonly registers: readonly RegisterSpec[];
  readonly #words = new Uint32Array(1024);
  readonly #endian: Endian;
  readonly #pci: PciBus;
  readonly #acknowledge: () => number;
  readonly #onMap: (windows: readonly DeviceRegion[]) => void;
  readonly #ports: Device;
  readonly #memory: Device;
  /** The bridge's own configuration space, slot 0. */
  readonly config = new PciConfigSpace({
    name: 'gt64120',
    vendor: 0x11ab,
    device: 0x4620,
    revision: 0x10,
    classCode: 0x06_0000,
    status: 0x0280,
    subsystem: [0x1af4, 0x1100],
    registers: [
      plain('BAR0', 0x10, 0x0000_0008),
      plain('BAR1', 0x14, 0x0100_0008),
      plain('BAR2', 0x18, 0x1c00_0000),
      plain('BAR3', 0x1c, 0x1f00_0000),
      plain('BAR4', 0x20, 0x1400_0000),
      plain('BAR5', 0x24, 0x1400_0001),
      { name: 'INTERRUPT_PIN', offset: 0x3d, width: 1, access: 'r', reset: 1, description: 'INTA; not wired' },
    ],
  });

  constructor({ endian, pci, acknowledge = () => 7, onMap = () => {} }: Gt64120Options) {
    this.#endian = endian;
    this.registers = endian === 'little' ? gt64120Registers : gt64120Registers.map(asBigEndian);
    this.#pci = pci;
    this.#acknowledge = acknowledge;
    this.#onMap = onMap;
    this.#ports = spaceDevice(pci.io);
    this.#memory = spaceDevice(pci.memory);
    pci.plug(0, 0, this.config);
    this.#initialise();
  }

  /** The bus behind the bridge. */
  get pci(): PciBus {
    return this.#pci;
  }

  /** Its I/O space, where the ISA devices sit too. */
  get io(): PhysicalMap {
    return this.#pci.io;
  }

  read(offset: number, width: Width): number {
    const at = offset & 0xffc;
    return this.#narrow(at === IACK ? this.#swapped(this.#acknowledge() >>> 0) : this.#word(at), offset, width);
  }

  peek(offset: number, width: Width): number {
    return this.#narrow(this.#word(offset & 0xffc), offset, width);
  }

  /** Registers are words: a narrower write is one of the whole register. */
  write(offset: number, _width: Width, value: number): void {
    const at = offset & 0xffc;
    const word = this.#swapped(value >>> 0);
    if (at === CONFIG_DATA) {
      this.#configWrite(word);
      return;
    }
    const words = this.#words;
    const writable = WRITABLE.get(at) ?? 0xffff_ffff;
    words[at >>> 2] = at === CAUSE ? words[at >>> 2]! & word : word & writable;
    const remap = LOADS.get(at);
    if (remap !== undefined) words[remap >>> 2] = word & 0x7ff;
    if (at <= M1_REMAP) this.#remap();
  }

  reset(): void {
    this.config.reset();
    this.#initialise();
  }

  save(): State {
    return { words: [...this.#words], config: this.config.save(), interrupts: this.#pci.save() };
  }

  load(state: State): void {
    const { words, config, interrupts } = state as { words: readonly number[]; config: State; interrupts: State };
    this.#words.set(words);
    this.config.load(config);
    this.#pci.load(interrupts);
    this.#remap();
  }

  #initialise(): void {
    this.#words.fill(0);
    for (const { offset, reset } of gt64120Registers) this.#words[offset >>> 2] = reset!;
    if (this.#endian === 'big') this.#words[CPU >>> 2] = this.#words[COMMAND >>> 2] = 0;
    this.#remap();
  }

  /** A register as the CPU sees it. */
  #word(at: number): number {
    return this.#swapped(at === CONFIG_DATA ? this.#configRead() : this.#words[at >>> 2]!);
  }

  #swapped(word: number): number {
    return this.#words[CPU >>> 2]! & LITTLE_ENDIAN_CPU ? word : swap(word);
  }

  #narrow(word: number, offset: number, width: Width): number {
    if (width === 4) return word;
    const place = offset & 3;
    const shift = 8 * (this.#endian === 'little' ? place : 4 - width - place);
    return (word >>> shift) & (width === 2 ? 0xffff : 0xff);
  }

  /** Configuration data other than the bridge's own is swapped unless the command register says not to. */
  #configSwaps(address: number): boolean {
    return (this.#words[COMMAND >>> 2]! & 1) === 0 && (address & 0x00ff_f800) !== 0;
  }

  #configRead(): number {
    const address = this.#words[CONFIG_ADDRESS >>> 2]!;
    if (address < 0x8000_0000) return 0xffff_ffff;
    const value = this.#pci.readConfig(address, 4);
    return this.#configSwaps(address) ? swap(value) : value;
  }

  #configWrite(word: number): void {
    const address = this.#words[CONFIG_ADDRESS >>> 2]!;
    if (address < 0x8000_0000) return;
    this.#pci.writeConfig(address, 4, this.#configSwaps(address) ? swap(word) : word);
  }

  #remap(): void {
    const word = (at: number) => this.#words[at >>> 2]!;
    const windows: DeviceRegion[] = [];
    const add = (name: string, base: number, size: number, device: Device, more: Partial<DeviceRegion>) => {
      if (size > 0 && base < 0x1_0000_0000) windows.push({ kind: 'device', name, base, size, device, ...more });
    };
    const window = (low: number): [number, number] => {
      const start = word(low);
      return [start * 0x20_0000, (word(low + 8) + 1 - (start & 0x7f)) * 0x20_0000];
    };
    add('gt64120', word(ISD) * 0x20_0000, 0x1000, this, {});
    add('pci-io', ...window(IO_LOW), this.#ports, { endian: 'little' });
    for (const [name, low, remap] of [
      ['pci-memory-0', M0_LOW, M0_REMAP],
      ['pci-memory-1', M1_LOW, M1_REMAP],
    ] as const)
      add(name, ...window(low), this.#memory, { endian: 'little', offset: word(remap) * 0x20_0000 });
    this.#onMap(windows);
  }
}

const swap = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

/** A register of a big-endian board, as its CPU sees it after reset. */
const asBigEndian = (spec: RegisterSpec): RegisterSpec => ({
  ...spec,
  reset: spec.offset === CPU || spec.offset === COMMAND ? 0 : swap(spec.reset!),
});
