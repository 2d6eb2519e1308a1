import type { State } from '@kseg/bus';
import { AtaDrive, ERROR, identifyText, wordBytes } from './ata-drive.ts';
import { type BlockStore, SECTOR } from './block-store.ts';

/** Bytes in a block of a CD. */
const BLOCK = 2048;
const PACKET = 12;
/** Blocks a command reads per step. */
const STEP = 16;

/** Sense key and additional sense code of a failure. */
type Sense = readonly [number, number];
const NO_SENSE: Sense = [0, 0];
const NO_MEDIUM: Sense = [2, 0x3a];
const READ_ERROR: Sense = [3, 0x11];
const BAD_COMMAND: Sense = [5, 0x20];
const BAD_ADDRESS: Sense = [5, 0x21];
const BAD_FIELD: Sense = [5, 0x24];

/** Interrupt reason, in the sector count register. */
const COMMAND_NEXT = 1;
const TO_HOST = 2;
const DONE = 3;

export interface AtapiCdromOptions {
  /** The disc; without one the drive is empty. */
  readonly store?: BlockStore | undefined;
  readonly model?: string | undefined;
}

type CommandState = {
  command: number;
  /** A packet is awaited. */
  packet: boolean;
  dma: boolean;
  /** Most bytes per data request in PIO. */
  limit: number;
  /** Reading: next block and blocks left. */
  lba: number;
  left: number;
  /** What is still to be sent of the answer or of the blocks read, in requests of at most `limit` bytes. */
  rest: Uint8Array;
  sense: readonly number[];
};

const initial = (): CommandState => ({
  command: 0,
  packet: false,
  dma: false,
  limit: 0,
  lba: 0,
  left: 0,
  rest: new Uint8Array(0),
  sense: NO_SENSE,
});

/** An ATAPI CD-ROM drive (ATA/ATAPI-6 §5.14, MMC-3): reads discs of 2048-byte blocks, or stands empty. */
export class AtapiCdrom extends AtaDrive {
  protected override readonly signature = [0x14, 0xeb] as const;
  readonly store: BlockStore | undefined;
  readonly #model: string;
  #c = initial();

  constructor({ store, model = 'KSEG CD-ROM' }: AtapiCdromOptions = {}) {
    super();
    this.store = store;
    this.#model = model;
  }

  override get identity(): string {
    const { store } = this;
    return store === undefined
      ? 'no-disc'
      : `disc-of-${store.sectors}-sectors${store.identity ? `#${store.identity}` : ''}`;
  }

  override execute(command: number) {
    const c = this.#c;
    const { file } = this.port;
    c.command = command;
    switch (command) {
      case 0x08: // DEVICE RESET
        return this.reset();
      case 0xa0: // PACKET
        c.dma = (file.features & 1) !== 0 && this.port.hasDma;
        c.limit = (file.mid & 0xff) | ((file.high & 0xff) << 8);
        // An odd limit, or none at all, counts as the largest even one.
        c.limit = c.limit === 0 || c.limit === 0xffff ? 0xfffe : c.limit & ~1 || 2;
        c.packet = true;
        file.count = COMMAND_NEXT;
        return this.fetch(PACKET, false, false);
      case 0xa1: // IDENTIFY PACKET DEVICE
        return this.begin();
      case 0xef: // SET FEATURES
      case 0xe0: // STANDBY IMMEDIATE, IDLE IMMEDIATE, SLEEP
      case 0xe1:
      case 0xe6:
        return this.complete();
      case 0xe5: // CHECK POWER MODE: active
        file.count = 0xff;
        return this.complete();
      case 0xec: // IDENTIFY DEVICE and READ SECTORS: refused with the signature
      case 0x20:
        [file.mid, file.high] = this.signature;
        return this.fail(ERROR.ABRT);
      default:
        return this.fail(ERROR.ABRT);
    }
  }

  override ready() {
    const c = this.#c;
    if (c.command === 0xa1) return this.send(this.#identify(), false);
    if (c.left === 0) return this.#continue();
    const blocks = Math.min(c.left, STEP);
    const bytes = new Uint8Array(blocks * BLOCK);
    const { store } = this;
    if (store === undefined) return this.#refuse(NO_MEDIUM);
    this.port.store(
      () => store.read((c.lba * BLOCK) / SECTOR, bytes.length / SECTOR, bytes),
      (ok) => {
        if (!ok) return this.#refuse(READ_ERROR);
        c.lba += blocks;
        c.left -= blocks;
        c.rest = bytes;
        this.#continue();
      },
    );
  }

  protected override transferred() {
    const c = this.#c;
    if (c.command === 0xa1) return this.finishQuietly();
    if (c.packet) {
      c.packet = false;
      return this.#packet(this.buffer);
    }
    if (c.rest.length === 0 && c.left > 0) return this.begin();
    this.#continue();
  }

  protected override saveCommand(): State {
    return { ...this.#c, rest: this.#c.rest.slice(), sense: [...this.#c.sense] };
  }

  protected override loadCommand(state: State): void {
    const { rest, ...command } = state as CommandState;
    this.#c = { ...command, rest: rest.slice() };
  }

  protected override resetCommand(): void {
    this.#c = initial();
  }

  /** Sends the next piece of the answer, or ends the command. */
  #continue() {
    const c = this.#c;
    const { file } = this.port;
    if (c.rest.length === 0) {
      c.sense = NO_SENSE;
      file.count = DONE;
      return this.complete();
    }
    const run = c.dma ? c.rest.length : Math.min(c.limit, c.rest.length);
    const piece = c.rest.slice(0, run);
    c.rest = c.rest.subarray(run);
    file.count = TO_HOST;
    file.mid = run & 0xff;
    file.high = run >>> 8;
    this.send(piece, c.dma);
  }

  #refuse(sense: Sense) {
    this.#c.sense = sense;
    this.#c.left = 0;
    this.#c.rest = new Uint8Array(0);
    this.port.file.count = DONE;
    this.fail((sense[0] << 4) | ERROR.ABRT);
  }

  /** Answers with at most `allocation` bytes. */
  #answer(bytes: Uint8Array, allocation: number) {
    this.#c.left = 0;
    this.#c.rest = bytes.slice(0, allocation);
    this.begin();
  }

  /** A command packet (MMC-3 §5, SPC-2 §7). */
  #packet(packet: Uint8Array) {
    const long = (at: number) =>
      ((packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!) >>> 0;
    const short = (at: number) => (packet[at]! << 8) | packet[at + 1]!;
    const blocks = this.store === undefined ? 0 : Math.floor((this.store.sectors * SECTOR) / BLOCK);
    const empty = blocks === 0;
    switch (packet[0]) {
      case 0x00: // TEST UNIT READY
        return empty ? this.#refuse(NO_MEDIUM) : this.#answer(new Uint8Array(0), 0);
      case 0x03: {
        // REQUEST SENSE
        const sense = new Uint8Array(18);
        sense.set([0x70, 0, this.#c.sense[0]!, 0, 0, 0, 0, 10]);
        sense[12] = this.#c.sense[1]!;
        return this.#answer(sense, packet[4]!);
      }
      case 0x12: // INQUIRY
        if (packet[1]! & 1) return this.#refuse(BAD_FIELD);
        return this.#answer(this.#inquiry(), packet[4]!);
      case 0x1b: // START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL, SYNCHRONIZE CACHE, SET CD SPEED
      case 0x1e:
      case 0x35:
      case 0xbb:
        return this.#answer(new Uint8Array(0), 0);
      case 0x25: {
        // READ CAPACITY: the last block and its size
        if (empty) return this.#refuse(NO_MEDIUM);
        const view = new DataView(new ArrayBuffer(8));
        view.setUint32(0, blocks - 1);
        view.setUint32(4, BLOCK);
        return this.#answer(new Uint8Array(view.buffer), 8);
      }
      case 0x28: // READ (10) and READ (12)
        return this.#read(long(2), short(7), blocks);
      case 0xa8:
        return this.#read(long(2), long(6), blocks);
      case 0x43: // READ TOC
        if (empty) return this.#refuse(NO_MEDIUM);
        if ((packet[2]! & 0xf) > 1 || packet[9]! >>> 6 > 1) return this.#refuse(BAD_FIELD);
        return this.#answer(this.#toc(blocks, (packet[1]! & 2) !== 0), short(7));
      case 0x46: // GET CONFIGURATION: the header, with profile CD-ROM
        return this.#answer(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, empty ? 0 : 8), short(7));
      case 0x4a: // GET EVENT STATUS NOTIFICATION: media present or not, no event
        if (!(packet[1]! & 1)) return this.#refuse(BAD_FIELD);
        return this.#answer(Uint8Array.of(0, 6, 4, 0x10, 0, empty ? 0 : 2, 0, 0), short(7));
      case 0x5a: // MODE SENSE (10)
        return this.#modeSense(packet[2]! & 0x3f, short(7));
      default:
        return this.#refuse(BAD_COMMAND);
    }
  }

  #read(lba: number, count: number, blocks: number) {
    if (blocks === 0) return this.#refuse(NO_MEDIUM);
    if (lba + count > blocks) return this.#refuse(BAD_ADDRESS);
    this.#c.lba = lba;
    this.#c.left = count;
    this.#c.rest = new Uint8Array(0);
    this.begin();
  }

  #inquiry(): Uint8Array {
    const bytes = new Uint8Array(36);
    bytes.set([0x05, 0x80, 0x00, 0x21, 31]);
    const text = `${'KSEG'.padEnd(8)}${this.#model.padEnd(16).slice(0, 16)}1.0 `;
    for (let i = 0; i < text.length; i++) bytes[8 + i] = text.charCodeAt(i);
    return bytes;
  }

  /** One data track from block 0 on, and the lead-out; addresses as blocks or as minute, second, frame. */
  #toc(blocks: number, msf: boolean): Uint8Array {
    const address = (lba: number) => {
      const frames = lba + 150;
      return msf
        ? [0, Math.floor(frames / 4500), Math.floor(frames / 75) % 60, frames % 75]
        : [lba >>> 24, (lba >>> 16) & 0xff, (lba >>> 8) & 0xff, lba & 0xff];
    };
    return Uint8Array.of(0, 18, 1, 1, 0, 0x14, 1, 0, ...address(0), 0, 0x14, 0xaa, 0, ...address(blocks));
  }

  #modeSense(page: number, allocation: number) {
    const pages: Record<number, readonly number[]> = {
      1: [0x01, 6, 0, 5, 0, 0, 0, 0],
      42: [0x2a, 18, 0, 0, 0x71, 0x60, 0x29, 0, 0x02, 0xc2, 0, 2, 0x02, 0, 0x02, 0xc2, 0, 0, 0, 0],
    };
    const content = pages[page];
    if (content === undefined) return this.#refuse(BAD_FIELD);
    const length = content.length + 6;
    return this.#answer(Uint8Array.of(0, length, this.store ? 0x01 : 0x70, 0, 0, 0, 0, 0, ...content), allocation);
  }

  /** IDENTIFY PACKET DEVICE data (ATA/ATAPI-6 §8.16). */
  #identify(): Uint8Array {
    const words = new Uint16Array(256);
    const dma = this.port.hasDma;
    // A CD-ROM with removable medium, 12-byte packets, DRQ within 50 µs.
    words[0] = 0x85c0;
    identifyText(words, 10, 10, 'KSEG00002');
    identifyText(words, 23, 4, '1.0');
    identifyText(words, 27, 20, this.#model);
    words[49] = 0x0a00 | (dma ? 0x0100 : 0);
    words[53] = dma ? 7 : 3;
    if (dma) words[63] = 0x0007;
    words[64] = 3;
    words[65] = words[66] = words[67] = words[68] = 120;
    words[80] = 0x001e;
    if (dma) words[88] = 0x003f;
    return wordBytes(words);
  }
}
