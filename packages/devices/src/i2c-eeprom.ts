import type { State } from '@kseg/bus';

type EepromState = {
  scl: boolean;
  sda: boolean;
  /** What the clock's next bits are: nothing until a start condition, the address byte, a word address, ignored data, or data going out. */
  phase: 'idle' | 'select' | 'address' | 'ignore' | 'send';
  /** Bits of the present byte already clocked; the ninth is the acknowledgement. */
  bits: number;
  shift: number;
  pointer: number;
  /** The EEPROM pulls SDA low. */
  pulls: boolean;
};

const initial = (): EepromState => ({
  scl: true,
  sda: true,
  phase: 'idle',
  bits: 0,
  shift: 0,
  pointer: 0,
  pulls: false,
});

/** A write-protected 24C02 serial EEPROM on two wires that a program moves bit by bit (Atmel AT24C02 data sheet). */
export class I2cEeprom {
  #s = initial();

  constructor(
    private readonly address: number,
    private readonly content: Uint8Array,
  ) {}

  /** False while the EEPROM pulls SDA low. */
  get sda(): boolean {
    return !this.#s.pulls;
  }

  /** The master's wires. */
  drive(scl: boolean, sda: boolean): void {
    const s = this.#s;
    const { scl: oldScl, sda: oldSda } = s;
    s.scl = scl;
    s.sda = sda;
    if (scl && oldScl && sda !== oldSda) {
      // SDA moves while SCL is high: falling is a start, rising a stop.
      s.phase = sda ? 'idle' : 'select';
      s.bits = s.shift = 0;
      s.pulls = false;
    } else if (scl && !oldScl) this.#rise(sda);
    else if (!scl && oldScl) this.#fall();
  }

  reset(): void {
    this.#s = initial();
  }

  save(): State {
    return { ...this.#s };
  }

  load(state: State): void {
    this.#s = { ...(state as EepromState) };
  }

  /** The receiver samples on the rising edge. */
  #rise(sda: boolean): void {
    const s = this.#s;
    if (s.phase === 'idle') return;
    if (s.bits < 8) s.shift = ((s.shift << 1) | (sda ? 1 : 0)) & 0xff;
    // A reader that does not acknowledge wants no more.
    else if (s.phase === 'send' && sda) s.phase = 'idle';
    s.bits++;
  }

  /** The sender changes SDA on the falling edge. */
  #fall(): void {
    const s = this.#s;
    s.pulls = false;
    if (s.phase === 'idle') return;
    if (s.bits === 8 && s.phase !== 'send') this.#received();
    else if (s.bits === 9) {
      s.bits = 0;
      if (s.phase === 'select') {
        s.phase = s.shift & 1 ? 'send' : 'address';
        if (s.phase === 'send') s.shift = this.#next();
      } else if (s.phase === 'send') s.shift = this.#next();
      else s.phase = 'ignore';
    }
    if (s.phase === 'send' && s.bits < 8) {
      // `shift` is rotated as the bits are clocked: its top bit is always the next one.
      s.pulls = (s.shift & 0x80) === 0;
    }
  }

  #next(): number {
    const { pointer } = this.#s;
    this.#s.pointer = (pointer + 1) & 0xff;
    return this.content[pointer] ?? 0xff;
  }

  /** A whole byte has come in: acknowledge it if it is for us. */
  #received(): void {
    const s = this.#s;
    if (s.phase === 'select' && s.shift >>> 1 !== this.address) {
      s.phase = 'idle';
      return;
    }
    if (s.phase === 'address') s.pointer = s.shift;
    s.pulls = true;
  }
}
