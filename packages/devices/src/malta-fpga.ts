import type { Device, Endian, RegisterSpec, State, Width } from '@kseg/bus';
import { I2cEeprom } from './i2c-eeprom.ts';
import { copyState } from './state.ts';

const row = (
  offset: number,
  name: string,
  access: 'r' | 'w' | 'rw',
  reset: number | undefined,
  description: string,
): RegisterSpec => ({
  name,
  offset,
  width: 4,
  access,
  ...(reset === undefined ? {} : { reset }),
  description,
});

/** Offsets from 0x1f000000. What is not listed reads 0. */
export const maltaFpgaRegisters: readonly RegisterSpec[] = [
  row(0x200, 'SWITCH', 'r', 0, 'the DIP switches: all off'),
  row(0x208, 'STATUS', 'r', 0x10, 'bit 1: the CPU is big-endian'),
  row(0x210, 'JMPRS', 'r', 0, 'jumpers: PCI clock 33 MHz'),
  row(0x408, 'LEDBAR', 'rw', 0, 'eight LEDs'),
  row(0x410, 'ASCIIWORD', 'w', undefined, 'shows the value as 8 hexadecimal digits'),
  ...Array.from({ length: 8 }, (_, i) =>
    row(0x418 + 8 * i, `ASCIIPOS${i}`, 'w', undefined, `character ${i} of the display`),
  ),
  row(0x500, 'SOFTRES', 'w', undefined, 'writing 0x42 resets the board'),
  row(0x508, 'BRKRES', 'rw', 0x0a, 'break reset (storage)'),
  row(0xa00, 'GPOUT', 'rw', 0, 'general purpose output (storage)'),
  row(0xa08, 'GPINP', 'r', 3, 'reads I2COUT while I2CSEL is 1, else 0'),
  row(0xb00, 'I2CINP', 'r', 3, 'bit 1 SCL, bit 0 SDA as they are on the wires'),
  row(0xb08, 'I2COE', 'rw', 0, 'output enables of SCL and SDA'),
  row(0xb10, 'I2COUT', 'rw', 3, 'levels to drive'),
  row(0xb18, 'I2CSEL', 'rw', 1, 'the FPGA has the I2C wires'),
];

export interface MaltaFpgaOptions {
  readonly endian: Endian;
  readonly onReset?: (() => void) | undefined;
  /** The eight characters of the display, whenever they change. */
  readonly onDisplay?: ((text: string) => void) | undefined;
  /** The memory module's presence detect EEPROM, 256 bytes, on the I2C wires. */
  readonly eeprom?: Uint8Array | undefined;
}

type FpgaState = {
  leds: number;
  display: string;
  breakReset: number;
  gpOut: number;
  i2cEnable: number;
  i2cOut: number;
  i2cSelect: number;
};

const initial = (): FpgaState => ({
  leds: 0,
  display: ' '.repeat(8),
  breakReset: 0x0a,
  gpOut: 0,
  i2cEnable: 0,
  i2cOut: 3,
  i2cSelect: 1,
});

/** The registers of Malta's board FPGA on the CBUS: switches, LEDs, the 8-character display, reset, and the I2C wires. */
export class MaltaFpga implements Device {
  readonly registers = maltaFpgaRegisters;
  readonly #status: number;
  readonly #onReset: () => void;
  readonly #onDisplay: (text: string) => void;
  readonly #eeprom: I2cEeprom;
  #s = initial();

  constructor({ endian, onReset = () => {}, onDisplay = () => {}, eeprom = new Uint8Array(256) }: MaltaFpgaOptions) {
    this.#status = endian === 'big' ? 0x12 : 0x10;
    this.#onReset = onReset;
    this.#onDisplay = onDisplay;
    this.#eeprom = new I2cEeprom(0x50, eeprom);
  }

  /** What the display shows: eight characters. */
  get display(): string {
    return this.#s.display;
  }

  read(offset: number, width: Width): number {
    return this.peek(offset, width);
  }

  peek(offset: number, width: Width): number {
    const value = this.#register(offset & ~3);
    return width === 4 ? value >>> 0 : width === 2 ? value & 0xffff : value & 0xff;
  }

  write(offset: number, _width: Width, value: number): void {
    const s = this.#s;
    const byte = value & 0xff;
    const at = offset & ~3;
    if (at >= 0x418 && at <= 0x450 && (at & 7) === 0) {
      const position = (at - 0x418) >>> 3;
      const character = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ' ';
      this.#show(s.display.slice(0, position) + character + s.display.slice(position + 1));
      return;
    }
    switch (at) {
      case 0x408:
        s.leds = byte;
        break;
      case 0x410:
        this.#show((value >>> 0).toString(16).toUpperCase().padStart(8, '0'));
        break;
      case 0x500:
        if (byte === 0x42) this.#onReset();
        break;
      case 0x508:
        s.breakReset = byte;
        break;
      case 0xa00:
        s.gpOut = byte;
        break;
      case 0xb08:
        s.i2cEnable = byte & 3;
        this.#drive();
        break;
      case 0xb10:
        s.i2cOut = byte & 3;
        this.#drive();
        break;
      case 0xb18:
        s.i2cSelect = byte & 1;
        break;
    }
  }

  reset(): void {
    const { display } = this.#s;
    this.#s = initial();
    this.#eeprom.reset();
    if (display !== this.#s.display) this.#onDisplay(this.#s.display);
  }

  save(): State {
    return { fpga: copyState(this.#s), eeprom: this.#eeprom.save() };
  }

  load(state: State): void {
    const { fpga, eeprom } = state as { fpga: FpgaState; eeprom: State };
    this.#s = copyState(fpga);
    this.#eeprom.load(eeprom);
  }

  #register(at: number): number {
    const s = this.#s;
    switch (at) {
      case 0x208:
        return this.#status;
      case 0x408:
        return s.leds;
      case 0x508:
        return s.breakReset;
      case 0xa00:
        return s.gpOut;
      case 0xa08:
        return s.i2cSelect ? s.i2cOut : 0;
      case 0xb00:
        return (this.#level(1) ? 2 : 0) | (this.#level(0) && this.#eeprom.sda ? 1 : 0);
      case 0xb08:
        return s.i2cEnable;
      case 0xb10:
        return s.i2cOut;
      case 0xb18:
        return s.i2cSelect;
      default:
        return 0;
    }
  }

  /** A wire is high unless its output is enabled and low. */
  #level(bit: number): boolean {
    const { i2cEnable, i2cOut } = this.#s;
    return ((i2cOut | ~i2cEnable) & (1 << bit)) !== 0;
  }

  #drive(): void {
    this.#eeprom.drive(this.#level(1), this.#level(0));
  }

  #show(text: string): void {
    if (text === this.#s.display) return;
    this.#s.display = text;
    this.#onDisplay(text);
  }
}
