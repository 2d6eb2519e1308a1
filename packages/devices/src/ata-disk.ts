import type { State } from '@kseg/bus';
import { AtaDrive, ERROR, identifyText, wordBytes } from './ata-drive.ts';
import { type BlockStore, MemoryBlocks, SECTOR } from './block-store.ts';

type Operation = 'read' | 'write' | 'verify';
interface Transfer {
  readonly operation: Operation;
  readonly by: 'sector' | 'block' | 'dma';
  /** 48-bit addressing. */
  readonly ext: boolean;
}

const transfer = (operation: Operation, by: Transfer['by'], ext = false): Transfer => ({ operation, by, ext });

/** Commands that move sectors (ATA/ATAPI-6 §8). */
const TRANSFERS: ReadonlyMap<number, Transfer> = new Map([
  [0x20, transfer('read', 'sector')],
  [0x21, transfer('read', 'sector')],
  [0x24, transfer('read', 'sector', true)],
  [0x25, transfer('read', 'dma', true)],
  [0x29, transfer('read', 'block', true)],
  [0x30, transfer('write', 'sector')],
  [0x31, transfer('write', 'sector')],
  [0x34, transfer('write', 'sector', true)],
  [0x35, transfer('write', 'dma', true)],
  [0x39, transfer('write', 'block', true)],
  [0x40, transfer('verify', 'sector')],
  [0x41, transfer('verify', 'sector')],
  [0x42, transfer('verify', 'sector', true)],
  [0xc4, transfer('read', 'block')],
  [0xc5, transfer('write', 'block')],
  [0xc8, transfer('read', 'dma')],
  [0xc9, transfer('read', 'dma')],
  [0xca, transfer('write', 'dma')],
  [0xcb, transfer('write', 'dma')],
]);

const MAX_MULTIPLE = 16;
/** Sectors a DMA command moves per step. */
const DMA_STEP = 128;
const LBA28_LIMIT = 0x0fff_ffff;

export interface AtaDiskOptions {
  readonly store: BlockStore;
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
}

type CommandState = {
  command: number;
  lba: number;
  /** Sectors left, those in the buffer included. */
  left: number;
  /** Sectors in the buffer. */
  block: number;
  /** SET MULTIPLE MODE. */
  multiple: number;
  /** Geometry for cylinder/head/sector addressing. */
  heads: number;
  sectorsPerTrack: number;
  /** Transfer mode of SET FEATURES 03. */
  mode: number;
  writeCache: boolean;
};

const initial = (): CommandState => ({
  command: 0,
  lba: 0,
  left: 0,
  block: 0,
  multiple: 0,
  heads: 16,
  sectorsPerTrack: 63,
  mode: 0x0c,
  writeCache: true,
});

/** An ATA-7 disk: LBA28, LBA48 and CHS addressing, PIO, and DMA where its channel has a bus master. */
export class AtaDisk extends AtaDrive {
  protected override readonly signature = [0, 0] as const;
  readonly store: BlockStore;
  readonly #model: string;
  readonly #serial: string;
  #c = initial();

  constructor({ store, model = 'KSEG HARDDISK', serial = 'KSEG00001' }: AtaDiskOptions) {
    super();
    this.store = store;
    this.#model = model;
    this.#serial = serial;
  }

  override get identity(): string {
    const { sectors, identity = '' } = this.store;
    return `${sectors}-sectors${identity && `#${identity}`}`;
  }

  override execute(command: number) {
    const c = this.#c;
    const { file } = this.port;
    c.command = command;
    const transfer = TRANSFERS.get(command);
    if (transfer !== undefined) return this.#start(transfer);
    switch (command) {
      case 0xec: // IDENTIFY DEVICE
      case 0xe7: // FLUSH CACHE
      case 0xea: // FLUSH CACHE EXT
        return this.begin();
      case 0xa1: // IDENTIFY PACKET DEVICE: refused with the signature
        [file.mid, file.high] = this.signature;
        return this.fail(ERROR.ABRT);
      case 0x91: // INITIALIZE DEVICE PARAMETERS
        c.heads = (file.device & 0xf) + 1;
        c.sectorsPerTrack = file.count & 0xff || 63;
        return this.complete();
      case 0xc6: {
        // SET MULTIPLE MODE: a power of two
        const count = file.count & 0xff;
        if (count > MAX_MULTIPLE || count & (count - 1)) return this.fail(ERROR.ABRT);
        c.multiple = count;
        return this.complete();
      }
      case 0xef:
        return this.#setFeatures(file.features & 0xff, file.count & 0xff);
      case 0xe5: // CHECK POWER MODE: active
      case 0x98:
        file.count = 0xff;
        return this.complete();
      case 0xf8: // READ NATIVE MAX ADDRESS
        this.#putLba(Math.min(this.store.sectors - 1, LBA28_LIMIT), false);
        return this.complete();
      case 0x27: // READ NATIVE MAX ADDRESS EXT
        this.#putLba(this.store.sectors - 1, true);
        return this.complete();
      case 0x70: // SEEK
      case 0xe0: // STANDBY IMMEDIATE, IDLE IMMEDIATE, STANDBY, IDLE, SLEEP and their older codes
      case 0xe1:
      case 0xe2:
      case 0xe3:
      case 0xe6:
      case 0x94:
      case 0x95:
      case 0x96:
      case 0x97:
      case 0x99:
        return this.complete();
      default:
        if (command >>> 4 === 1) return this.complete(); // RECALIBRATE
        this.fail(ERROR.ABRT);
    }
  }

  override ready(): void {
    const c = this.#c;
    const transfer = TRANSFERS.get(c.command);
    const failed = () => this.fail(ERROR.UNC);
    if (transfer === undefined) {
      if (c.command === 0xec) this.send(this.#identify(), false);
      else
        this.port.store(
          () => this.store.flush(),
          (ok) => (ok ? this.complete() : failed()),
        );
    } else if (transfer.operation === 'read') {
      const bytes = new Uint8Array(c.block * SECTOR);
      this.port.store(
        () => this.store.read(c.lba, c.block, bytes),
        (ok) => (ok ? this.send(bytes, transfer.by === 'dma') : failed()),
      );
    } else if (transfer.operation === 'verify') {
      this.#advance(transfer);
      this.complete();
    } else
      this.port.store(
        () => this.store.write(c.lba, this.buffer),
        (ok) => {
          if (!ok) return failed();
          this.#advance(transfer);
          if (c.left === 0) this.complete();
          else this.fetch(c.block * SECTOR, transfer.by === 'dma', true);
        },
      );
  }

  protected override transferred() {
    const transfer = TRANSFERS.get(this.#c.command);
    if (transfer === undefined) return this.finishQuietly();
    if (transfer.operation === 'write') return this.begin();
    this.#advance(transfer);
    if (this.#c.left > 0) this.begin();
    else if (transfer.by === 'dma') this.complete();
    else this.finishQuietly();
  }

  protected override saveCommand(): State {
    return { ...this.#c, store: this.store.save?.() ?? null };
  }

  protected override loadCommand(state: State): void {
    const { store, ...command } = state as CommandState & { store: State };
    this.#c = { ...command };
    if (store !== null) this.store.load?.(store);
  }

  protected override resetCommand(): void {
    this.#c = initial();
  }

  #start(transfer: Transfer) {
    const c = this.#c;
    const { file } = this.port;
    const refused =
      (transfer.by === 'block' && c.multiple === 0) ||
      (transfer.by === 'dma' && !this.port.hasDma) ||
      (transfer.operation === 'write' && this.store.readOnly === true);
    if (refused) return this.fail(ERROR.ABRT);
    c.lba = this.#lba(transfer.ext);
    c.left = transfer.ext ? file.count || 0x1_0000 : file.count & 0xff || 0x100;
    if (c.lba < 0 || c.lba + c.left > this.store.sectors) return this.fail(ERROR.IDNF);
    c.block = transfer.operation === 'verify' ? c.left : this.#blockSize(transfer);
    if (transfer.operation === 'write') this.fetch(c.block * SECTOR, transfer.by === 'dma', false);
    else this.begin();
  }

  #blockSize({ by }: Transfer): number {
    const { left, multiple } = this.#c;
    return Math.min(left, by === 'sector' ? 1 : by === 'block' ? multiple : DMA_STEP);
  }

  /** The block in the buffer is done with. */
  #advance(transfer: Transfer): void {
    const c = this.#c;
    c.lba += c.block;
    c.left -= c.block;
    // The registers name the last sector that was moved.
    this.#putLba(c.lba - 1, transfer.ext);
    this.port.file.count = c.left & (transfer.ext ? 0xffff : 0xff);
    c.block = this.#blockSize(transfer);
  }

  /** The sector the registers name; -1 for an impossible CHS address. */
  #lba(ext: boolean): number {
    const { low, mid, high, device } = this.port.file;
    const { heads, sectorsPerTrack } = this.#c;
    if (device & 0x40) {
      const bottom = (low & 0xff) + (mid & 0xff) * 0x100 + (high & 0xff) * 0x1_0000;
      if (!ext) return bottom + (device & 0xf) * 0x100_0000;
      return bottom + (low >>> 8) * 0x100_0000 + (mid >>> 8) * 2 ** 32 + (high >>> 8) * 2 ** 40;
    }
    const sector = low & 0xff;
    if (sector === 0 || sector > sectorsPerTrack || (device & 0xf) >= heads) return -1;
    const cylinder = (mid & 0xff) | ((high & 0xff) << 8);
    return (cylinder * heads + (device & 0xf)) * sectorsPerTrack + sector - 1;
  }

  #putLba(lba: number, ext: boolean): void {
    const { file } = this.port;
    const { heads, sectorsPerTrack } = this.#c;
    const byte = (n: number) => Math.floor(lba / 2 ** n) % 0x100;
    if (file.device & 0x40) {
      file.low = byte(0) | (ext ? byte(24) << 8 : 0);
      file.mid = byte(8) | (ext ? byte(32) << 8 : 0);
      file.high = byte(16) | (ext ? byte(40) << 8 : 0);
      if (!ext) file.device = (file.device & 0xf0) | (byte(24) & 0xf);
      return;
    }
    const track = Math.floor(lba / sectorsPerTrack);
    const cylinder = Math.floor(track / heads);
    file.low = (lba % sectorsPerTrack) + 1;
    file.mid = cylinder & 0xff;
    file.high = (cylinder >>> 8) & 0xff;
    file.device = (file.device & 0xf0) | (track % heads);
  }

  #setFeatures(feature: number, count: number) {
    const c = this.#c;
    switch (feature) {
      case 0x02:
      case 0x82:
        c.writeCache = feature === 0x02;
        return this.complete();
      case 0x03: {
        const dma = count >>> 3 === 4 ? (count & 7) < 3 : count >>> 3 === 8 ? (count & 7) < 6 : false;
        const pio = count < 2 || (count >>> 3 === 1 && (count & 7) < 5);
        if (!pio && !(dma && this.port.hasDma)) return this.fail(ERROR.ABRT);
        c.mode = count;
        return this.complete();
      }
      case 0x05: // power, acoustics, read look-ahead, defaults: nothing to change
      case 0x42:
      case 0x55:
      case 0x66:
      case 0x85:
      case 0xaa:
      case 0xc2:
      case 0xcc:
        return this.complete();
      default:
        return this.fail(ERROR.ABRT);
    }
  }

  /** IDENTIFY DEVICE data (ATA/ATAPI-6 §8.15). */
  #identify(): Uint8Array {
    const { multiple, heads, sectorsPerTrack, mode, writeCache } = this.#c;
    const { sectors } = this.store;
    const dma = this.port.hasDma;
    const words = new Uint16Array(256);
    const long = (at: number, value: number) => {
      words[at] = value % 0x1_0000;
      words[at + 1] = Math.floor(value / 0x1_0000) % 0x1_0000;
    };
    const cylinders = (h: number, s: number) => Math.min(16_383, Math.floor(sectors / (h * s)));
    const current = cylinders(heads, sectorsPerTrack);
    words[0] = 0x0040;
    words[1] = cylinders(16, 63);
    words[3] = 16;
    words[6] = 63;
    identifyText(words, 10, 10, this.#serial);
    identifyText(words, 23, 4, '1.0');
    identifyText(words, 27, 20, this.#model);
    words[47] = 0x8000 | MAX_MULTIPLE;
    words[49] = 0x0a00 | (dma ? 0x0100 : 0);
    words[50] = 0x4000;
    words[51] = words[52] = 0x0200;
    words[53] = dma ? 7 : 3;
    words[54] = current;
    words[55] = heads;
    words[56] = sectorsPerTrack;
    long(57, current * heads * sectorsPerTrack);
    words[59] = multiple ? 0x0100 | multiple : 0;
    long(60, Math.min(sectors, LBA28_LIMIT));
    if (dma) words[63] = 7 | (mode >>> 3 === 4 ? 0x100 << (mode & 7) : 0);
    words[64] = 3;
    words[65] = words[66] = words[67] = words[68] = 120;
    words[80] = 0x00f0;
    words[81] = 0x0016;
    words[82] = 0x4028;
    words[83] = 0x7400;
    words[84] = 0x4000;
    words[85] = 0x4008 | (writeCache ? 0x20 : 0);
    words[86] = 0x3400;
    words[87] = 0x4000;
    if (dma) words[88] = 0x3f | (mode >>> 3 === 8 ? 0x100 << (mode & 7) : 0);
    words[93] = 0x6001;
    long(100, sectors % 2 ** 32);
    long(102, Math.floor(sectors / 2 ** 32));
    return wordBytes(words);
  }
}

/** A disk whose blocks are in memory: the "memide" that kernels with an embedded file system have, as a device. */
export class MemIde extends AtaDisk {
  constructor(content: number | Uint8Array) {
    super({ store: new MemoryBlocks(content), model: 'KSEG MEMIDE' });
  }
}
