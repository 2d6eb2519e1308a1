// The protocol's state machine: packets in, packets out. It knows no transport and no machine.
import { bytesOf, hexOf, hexOfText, hexOfWord, numberOf, textOf, wordOf } from './hex.ts';
import { encodePacket, type Incoming, PACKET_SIZE, PacketReader } from './packet.ts';
import type { Disposable, Stop, Target } from './target.ts';

const OK = 'OK';
/** It cannot be had, or not like that. */
const ERROR = 'E01';
/** There is no such thing here. */
const UNKNOWN = '';
/** Characters of an answer, or of a piece of one. */
const ROOM = PACKET_SIZE - 4;

/** The watchpoints of Z: what they look at, and how a stop names them. */
const WATCHES: Readonly<Record<string, { readonly access: 'load' | 'store' | 'both'; readonly name: string }>> = {
  2: { access: 'store', name: 'watch' },
  3: { access: 'load', name: 'rwatch' },
  4: { access: 'both', name: 'awatch' },
};
/** Bytes that one access touches at most. */
const WIDEST = 4;

interface Point {
  /** The digit behind Z. */
  readonly type: string;
  readonly address: number;
  readonly size: number;
  readonly inserted: Disposable;
}

/** How a packet goes on behind its name, and what answers its parts. No answer: there is one when the target stops, or none. */
type Command = readonly [syntax: RegExp, answer: (...parts: string[]) => string | undefined];

const NOTHING = /^$/;
const ANYTHING = /^/;
const POINT = /^(\d),([0-9a-f]+),([0-9a-f]+)$/i;

/**
 * A debugger's session with a target, from its first byte to its last; as it begins it stops the target. Nothing that a debugger sends
 * throws: what is damaged is asked for again, what is wrong is answered with an error, what is unknown with an empty packet.
 */
export class GdbSession {
  readonly #reader = new PacketReader((incoming) => this.#take(incoming));
  readonly #points = new Map<string, Point>();
  readonly #attached: Disposable;
  #acknowledges = true;
  /** The last packet sent, should it be asked for again. */
  #last: Uint8Array | undefined;
  #stop = stopOf(5);
  /** Whether the debugger waits to be told of a stop. */
  #awaited = false;
  #open = true;

  /** `send` takes bytes to the debugger. */
  constructor(
    readonly target: Target,
    private readonly send: (bytes: Uint8Array) => void,
  ) {
    this.#attached = target.attach((stop) => this.#stopped(stop));
  }

  /** Takes bytes from the debugger, in pieces of any size. */
  receive(bytes: Uint8Array): void {
    this.#reader.feed(bytes);
  }

  /** The connection is gone: takes the debugger's breakpoints out and leaves the target as it is, standing if it stands. */
  close(): void {
    this.#open = false;
    for (const { inserted } of this.#points.values()) inserted.dispose();
    this.#points.clear();
    this.#attached.dispose();
  }

  /** The host runs the target no more: tells a debugger that waits for it to stop. */
  end(): void {
    this.#stopped({ kind: 'ended' });
  }

  #take(incoming: Incoming): void {
    if (!this.#open) return;
    switch (incoming.kind) {
      case 'ack':
        return;
      case 'resend':
        if (this.#last !== undefined) this.send(this.#last);
        return;
      case 'interrupt':
        this.target.interrupt();
        return;
      case 'packet': {
        const { text, intact } = incoming;
        if (this.#acknowledges) this.send(new TextEncoder().encode(intact ? '+' : '-'));
        if (this.#acknowledges && !intact) return;
        const answer = text === undefined ? ERROR : this.#answer(text);
        if (answer !== undefined) this.#put(answer);
      }
    }
  }

  #put(text: string): void {
    this.#last = encodePacket(text);
    this.send(this.#last);
  }

  #answer(text: string): string | undefined {
    // Names that begin with q, Q or v are words; all others are one character.
    const name = /^(?:[qQv][A-Za-z]*|.?)/s.exec(text)![0];
    const [syntax, answer] = this.#commands.get(name) ?? [ANYTHING, () => UNKNOWN];
    const parts = syntax.exec(text.slice(name.length));
    return parts === null ? ERROR : answer(...parts.slice(1));
  }

  /** GDB manual, "Packets" and "General Query Packets". */
  readonly #commands = new Map<string, Command>(
    Object.entries<Command>({
      qSupported: [
        ANYTHING,
        () => `PacketSize=${PACKET_SIZE.toString(16)};QStartNoAckMode+;qXfer:features:read+;vContSupported+`,
      ],
      QStartNoAckMode: [NOTHING, () => this.#stopAcknowledging()],
      qXfer: [
        /^:(?:features:read:target\.xml:([0-9a-f]+),([0-9a-f]+)$)?/i,
        (offset, length) => (offset === undefined ? UNKNOWN : this.#describe(numberOf(offset), numberOf(length!))),
      ],

      // The one thread.
      H: [ANYTHING, () => OK],
      T: [ANYTHING, () => OK],
      qC: [NOTHING, () => 'QC1'],
      qfThreadInfo: [NOTHING, () => 'm1'],
      qsThreadInfo: [NOTHING, () => 'l'],
      qThreadExtraInfo: [ANYTHING, () => hexOfText(this.target.name)],
      qAttached: [ANYTHING, () => '1'],

      // Registers and memory.
      g: [NOTHING, () => this.#readRegisters()],
      G: [/^((?:[0-9a-f]{8})+)$/i, (hex) => this.#writeRegisters(hex!.match(/.{8}/g)!)],
      p: [/^([0-9a-f]+)$/i, (number) => this.#readRegister(numberOf(number!))],
      P: [/^([0-9a-f]+)=([0-9a-f]{8})$/i, (number, hex) => this.#writeRegister(numberOf(number!), hex!)],
      m: [/^([0-9a-f]+),([0-9a-f]+)$/i, (address, length) => this.#readMemory(numberOf(address!), numberOf(length!))],
      M: [
        /^([0-9a-f]+),([0-9a-f]+):((?:[0-9a-f]{2})*)$/i,
        (address, length, hex) => this.#writeMemory(numberOf(address!), numberOf(length!), bytesOf(hex!)),
      ],
      X: [
        /^([0-9a-f]+),([0-9a-f]+):(.*)$/is,
        (address, length, text) => this.#writeMemory(numberOf(address!), numberOf(length!), lettersOf(text!)),
      ],

      // Execution. Signals are for the programs of an operating system; the first action is the one for our thread, or for all.
      '?': [NOTHING, () => this.#stop],
      c: [NOTHING, () => this.#resume('continue')],
      s: [NOTHING, () => this.#resume('step')],
      C: [/^[0-9a-f]{2}$/i, () => this.#resume('continue')],
      S: [/^[0-9a-f]{2}$/i, () => this.#resume('step')],
      vCont: [
        /^(?:\?|;([cs]|[CS](?=[0-9a-f]{2})).*)$/i,
        (action) => (action === undefined ? 'vCont;c;C;s;S' : this.#resume(/s/i.test(action) ? 'step' : 'continue')),
      ],
      Z: [POINT, (type, address, size) => this.#insert(type!, numberOf(address!), numberOf(size!))],
      z: [POINT, (type, address, size) => this.#remove(type!, numberOf(address!), numberOf(size!))],

      // The end.
      D: [ANYTHING, () => this.#detach()],
      k: [ANYTHING, () => this.#kill()],
      vKill: [ANYTHING, () => this.#kill() ?? OK],

      // The user's own.
      qRcmd: [/^,((?:[0-9a-f]{2})*)$/i, (hex) => this.#monitor(textOf(bytesOf(hex!)))],
    }),
  );

  #stopAcknowledging(): string {
    this.#acknowledges = false;
    return OK;
  }

  #describe(offset: number, length: number): string {
    const { description } = this.target;
    // Half of the room: a character may have to be escaped.
    const end = offset + Math.min(length, ROOM / 2);
    return (end < description.length ? 'm' : 'l') + description.slice(offset, end);
  }

  #readRegister(number: number): string {
    const word = this.target.readRegister(number);
    return word === undefined ? ERROR : hexOfWord(word, this.target.endian);
  }

  #writeRegister(number: number, hex: string): string {
    return this.target.writeRegister(number, wordOf(hex, this.target.endian)) ? OK : ERROR;
  }

  #readRegisters(): string {
    const { target } = this;
    const words = Array.from({ length: target.generalRegisters }, (_, number) => target.readRegister(number) ?? 0);
    return words.map((word) => hexOfWord(word, target.endian)).join('');
  }

  /** Registers that cannot be written stay as they are. */
  #writeRegisters(words: readonly string[]): string {
    if (words.length > this.target.generalRegisters) return ERROR;
    for (const [number, hex] of words.entries()) this.#writeRegister(number, hex);
    return OK;
  }

  /** As much as there is and fits. */
  #readMemory(address: number, length: number): string {
    const bytes = new Uint8Array(Math.min(length, ROOM / 2));
    const read = this.target.readMemory(address, bytes);
    return read === 0 && length > 0 ? ERROR : hexOf(bytes.subarray(0, read));
  }

  #writeMemory(address: number, length: number, bytes: Uint8Array): string {
    return bytes.length === length && this.target.writeMemory(address, bytes) === length ? OK : ERROR;
  }

  #resume(how: 'step' | 'continue'): undefined {
    this.#awaited = true;
    this.target.resume(how);
  }

  #stopped(stop: Stop): void {
    this.#stop = stop.kind === 'ended' ? 'W00' : stop.kind === 'watch' ? this.#watchStop(stop) : stopOf(stop.signal);
    if (!this.#awaited) return;
    this.#awaited = false;
    this.#put(this.#stop);
  }

  #watchStop({ address, access }: Extract<Stop, { readonly kind: 'watch' }>): string {
    for (const point of this.#points.values()) {
      const watch = WATCHES[point.type];
      if (watch === undefined || (watch.access !== access && watch.access !== 'both')) continue;
      if (point.address >= address + WIDEST || address >= point.address + point.size) continue;
      // GDB looks for an address that it asked for, and the access may begin in front of that.
      return `${stopOf(5)}${watch.name}:${Math.max(address, point.address).toString(16)};`;
    }
    return stopOf(5);
  }

  /** Breakpoints of types 0 and 1 are the same here. Inserting one twice is inserting it once. */
  #insert(type: string, address: number, size: number): string {
    const watch = WATCHES[type];
    if (watch === undefined && type > '1') return UNKNOWN;
    if (size === 0) return ERROR;
    const key = `${type},${address},${size}`;
    if (this.#points.has(key)) return OK;
    const { target } = this;
    const inserted =
      watch === undefined ? target.addBreakpoint(address) : target.addWatchpoint(address, size, watch.access);
    this.#points.set(key, { type, address, size, inserted });
    return OK;
  }

  #remove(type: string, address: number, size: number): string {
    const key = `${type},${address},${size}`;
    this.#points.get(key)?.inserted.dispose();
    this.#points.delete(key);
    return type > '4' ? UNKNOWN : OK;
  }

  #detach(): string {
    this.close();
    this.target.resume('continue');
    return OK;
  }

  #kill(): undefined {
    this.close();
    this.target.kill();
  }

  /** What a monitor command says goes to the user, in front of the answer. */
  #monitor(line: string): string {
    const { monitor } = this.target;
    const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(line)!;
    let said: string;
    try {
      said = monitor.get(name)?.run(rest) ?? help(this.target);
    } catch (error) {
      said = `${(error as Error).message}\n`;
    }
    for (const [piece] of hexOfText(said).matchAll(PIECES)) this.#put(`O${piece}`);
    return OK;
  }
}

/** Whole bytes. */
const PIECES = new RegExp(`(?:..){1,${(ROOM - 1) >> 1}}`, 'g');

const stopOf = (signal: number): string => `T${hexOf([signal])}thread:1;`;

const lettersOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const help = ({ monitor }: Target): string =>
  ['monitor commands:', ...[...monitor].map(([name, command]) => `  ${name.padEnd(6)} ${command.help}`), ''].join('\n');
