import { type Device, type IrqLine, type RegisterSpec, type State, unconnected, type Width } from '@kseg/bus';
import { copyState } from './state.ts';

/** Offset 0 is port 0x60 of a PC, 4 is port 0x64. */
export const i8042Registers: readonly RegisterSpec[] = [
  {
    name: 'DATA',
    offset: 0,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'read the output buffer; write to the keyboard, or a command’s operand',
  },
  {
    name: 'STATUS',
    offset: 4,
    width: 1,
    access: 'r',
    reset: 0x10,
    description: '0 output full, 2 self test passed, 3 last write was a command, 4 not locked, 5 output is the mouse’s',
  },
  { name: 'COMMAND', offset: 4, width: 1, access: 'w', description: 'controller command' },
];

export interface I8042Options {
  /** IRQ 1 of a PC. */
  readonly keyboardIrq?: IrqLine | undefined;
  /** IRQ 12 of a PC. */
  readonly mouseIrq?: IrqLine | undefined;
  /** The guest pulses the reset line (command 0xfe, or bit 0 of the output port). */
  readonly onReset?: (() => void) | undefined;
}

type PortState = {
  /** The command whose operand comes next, 0 for none. */
  operandOf: number;
  /** Bytes the device has to say. */
  queue: number[];
  last: number;
};

type ControllerState = {
  config: number;
  status: number;
  /** The controller command whose operand comes next, 0 for none. */
  operandOf: number;
  outputPort: number;
  /** Answers of the controller itself: byte, and 0x100 where it goes as the mouse's. */
  answers: number[];
  keyboard: PortState;
  mouse: PortState;
  leds: number;
};

const KEYBOARD_IRQ = 0x01;
const MOUSE_IRQ = 0x02;
const KEYBOARD_OFF = 0x10;
const MOUSE_OFF = 0x20;
const SELF_TEST_PASSED = 0x04;
const WAS_COMMAND = 0x08;
const AUX = 0x100;
const ACK = 0xfa;
const QUEUE = 256;

const port = (): PortState => ({ operandOf: 0, queue: [], last: 0 });
const initial = (): ControllerState => ({
  config: KEYBOARD_IRQ | MOUSE_IRQ,
  status: 0x10,
  operandOf: 0,
  outputPort: 0x03,
  answers: [],
  keyboard: port(),
  mouse: port(),
  leds: 0,
});

/** What a keyboard says to a command, after which it may want an operand. */
function keyboardAnswer(command: number): readonly number[] {
  switch (command) {
    case 0xee: // echo
      return [0xee];
    case 0xf2: // identify: an MF2 keyboard
      return [ACK, 0xab, 0x83];
    case 0xff: // reset, self test passed
      return [ACK, 0xaa];
    default:
      return [ACK];
  }
}

/** What a plain PS/2 mouse says. */
function mouseAnswer(command: number): readonly number[] {
  switch (command) {
    case 0xe9: // status: stream mode, 4 counts/mm, 100 samples/s
      return [ACK, 0, 2, 100];
    case 0xeb: // read data: it has not moved
      return [ACK, 0x08, 0, 0];
    case 0xf2:
      return [ACK, 0];
    case 0xff:
      return [ACK, 0xaa, 0];
    default:
      return [ACK];
  }
}

/**
 * The PC's 8042 keyboard controller with a keyboard and a mouse that answer their set-up commands. `type` feeds scan codes as the guest
 * reads them; the mouse does not move. Byte-wide: map it with `width: 1`.
 */
export class I8042 implements Device {
  readonly registers = i8042Registers;
  readonly #keyboardIrq: IrqLine;
  readonly #mouseIrq: IrqLine;
  readonly #onReset: () => void;
  #s = initial();

  constructor({ keyboardIrq = unconnected, mouseIrq = unconnected, onReset = () => {} }: I8042Options = {}) {
    this.#keyboardIrq = keyboardIrq;
    this.#mouseIrq = mouseIrq;
    this.#onReset = onReset;
  }

  /** Key presses and releases, in the scan codes the guest is to read (set 1 where it leaves translation on). Drops what does not fit. */
  type(scanCodes: readonly number[]): void {
    this.#say(this.#s.keyboard, scanCodes);
    this.#settle();
  }

  read(offset: number, _width: Width): number {
    const value = this.peek(offset);
    if (offset === 0) this.#take();
    return value;
  }

  peek(offset: number, _width?: Width): number {
    const s = this.#s;
    const head = this.#head();
    if (offset === 0) return (head < 0 ? (s.keyboard.last ?? 0) : head) & 0xff;
    if (offset === 4) return s.status | (head < 0 ? 0 : 1) | (head >= AUX ? 0x20 : 0);
    return 0xff;
  }

  write(offset: number, _width: Width, value: number): void {
    value &= 0xff;
    if (offset === 4) this.#command(value);
    else if (offset === 0) this.#data(value);
    this.#settle();
  }

  reset(): void {
    this.#s = initial();
    this.#settle();
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as ControllerState);
  }

  /** The byte in the output buffer, with AUX when it is the mouse's; -1 when it is empty. */
  #head(): number {
    const { answers, keyboard, mouse, config } = this.#s;
    if (answers.length > 0) return answers[0]!;
    if (!(config & KEYBOARD_OFF) && keyboard.queue.length > 0) return keyboard.queue[0]!;
    if (!(config & MOUSE_OFF) && mouse.queue.length > 0) return mouse.queue[0]! | AUX;
    return -1;
  }

  #take(): void {
    const s = this.#s;
    const head = this.#head();
    if (head < 0) return;
    if (s.answers.length > 0) s.answers.shift();
    else (head >= AUX ? s.mouse : s.keyboard).queue.shift();
    s.keyboard.last = head & 0xff;
    // Each byte is an edge of its own.
    this.#keyboardIrq.set(false);
    this.#mouseIrq.set(false);
    this.#settle();
  }

  #say(port: PortState, bytes: readonly number[]): void {
    for (const byte of bytes) if (port.queue.length < QUEUE) port.queue.push(byte & 0xff);
  }

  #answer(value: number): void {
    if (this.#s.answers.length < QUEUE) this.#s.answers.push(value);
  }

  #command(command: number) {
    const s = this.#s;
    s.status |= WAS_COMMAND;
    s.operandOf = 0;
    switch (command) {
      case 0x20: // read the command byte
        return this.#answer(s.config);
      case 0x60: // write the command byte
      case 0xd1: // write the output port
      case 0xd2: // as if from the keyboard
      case 0xd3: // as if from the mouse
      case 0xd4: // to the mouse
        s.operandOf = command;
        return;
      case 0xa7:
        s.config |= MOUSE_OFF;
        return;
      case 0xa8:
        s.config &= ~MOUSE_OFF;
        return;
      case 0xa9: // test of the mouse port, then of the keyboard port: no error
      case 0xab:
        return this.#answer(0);
      case 0xaa: // self test
        s.status |= SELF_TEST_PASSED;
        return this.#answer(0x55);
      case 0xad:
        s.config |= KEYBOARD_OFF;
        return;
      case 0xae:
        s.config &= ~KEYBOARD_OFF;
        return;
      case 0xc0: // input port: keyboard not locked
        return this.#answer(0x80);
      case 0xd0:
        return this.#answer(s.outputPort);
      default:
        // 0xf0 to 0xff pulse output lines low; line 0 is the reset.
        if (command >= 0xf0 && !(command & 1)) this.#onReset();
    }
  }

  #data(value: number) {
    const s = this.#s;
    s.status &= ~WAS_COMMAND;
    const command = s.operandOf;
    s.operandOf = 0;
    switch (command) {
      case 0x60:
        s.config = value & 0x7f;
        s.status = (s.status & ~SELF_TEST_PASSED) | (value & SELF_TEST_PASSED);
        return;
      case 0xd1:
        s.outputPort = value;
        if (!(value & 1)) this.#onReset();
        return;
      case 0xd2:
        return this.#answer(value);
      case 0xd3:
        return this.#answer(value | AUX);
      case 0xd4:
        return this.#mouse(value);
      default:
        return this.#keyboard(value);
    }
  }

  #keyboard(value: number) {
    const { keyboard } = this.#s;
    // Talking to the keyboard opens its line.
    this.#s.config &= ~KEYBOARD_OFF;
    if (keyboard.operandOf) {
      if (keyboard.operandOf === 0xed) this.#s.leds = value & 7;
      keyboard.operandOf = 0;
      return this.#say(keyboard, [ACK]);
    }
    if (value === 0xed || value === 0xf0 || value === 0xf3) keyboard.operandOf = value;
    if (value === 0xff) keyboard.queue = [];
    this.#say(keyboard, keyboardAnswer(value));
  }

  #mouse(value: number) {
    const { mouse } = this.#s;
    this.#s.config &= ~MOUSE_OFF;
    if (mouse.operandOf) {
      mouse.operandOf = 0;
      return this.#say(mouse, [ACK]);
    }
    if (value === 0xe8 || value === 0xf3) mouse.operandOf = value;
    if (value === 0xff) mouse.queue = [];
    this.#say(mouse, mouseAnswer(value));
  }

  #settle(): void {
    const head = this.#head();
    const { config } = this.#s;
    this.#keyboardIrq.set(head >= 0 && head < AUX && (config & KEYBOARD_IRQ) !== 0);
    this.#mouseIrq.set(head >= AUX && (config & MOUSE_IRQ) !== 0);
  }
}
