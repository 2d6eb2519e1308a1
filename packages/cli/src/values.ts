// Texts of the command line, turned into values.
import { GAIA_TIMER_PERIOD } from '@kseg/devices';
import { InvalidArgumentError } from 'commander';

const units: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `64M`, `0x1000`, `131072` in bytes. */
export function size(text: string): number {
  const match = /^(0x[0-9a-f]+|\d+)([kmg]?)b?$/i.exec(text);
  const bytes = match === null ? Number.NaN : Number(match[1]) * units[match[2]!.toLowerCase()]!;
  if (!Number.isSafeInteger(bytes) || bytes <= 0)
    throw new InvalidArgumentError('Give a size such as 64M, 512K or 0x100000.');
  return bytes;
}

/** A positive whole number; `1e9` and `10_000_000` are fine. */
export function count(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidArgumentError('Give a positive whole number.');
  return value;
}

/** The timers of GAIA3's hardware and of its C simulators: gaia-software's, and those made for browsers. */
export const timerPeriods: Readonly<Record<string, number>> = {
  hardware: GAIA_TIMER_PERIOD,
  sim: 933_300,
  emcc: 996_600,
};

/** A name of `timerPeriods`, or a positive whole number. */
export const timerPeriod = (text: string): number => timerPeriods[text] ?? count(text);

/** A 32-bit address, such as 0x80001000. */
export function address(text: string): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
    throw new InvalidArgumentError('Give a 32-bit address such as 0x80001000.');
  return value;
}

export interface RawImage {
  readonly file: string;
  /** Physical. */
  readonly address: number;
}

/** `FILE@ADDRESS`, one more of them. */
export function raw(text: string, previous: readonly RawImage[]): RawImage[] {
  const at = text.lastIndexOf('@');
  if (at <= 0) throw new InvalidArgumentError('Give FILE@ADDRESS, such as guest.bin@0x100000.');
  return [...previous, { file: text.slice(0, at), address: address(text.slice(at + 1)) }];
}

export interface GdbAddress {
  /** Default: this host alone. */
  readonly host?: string;
  readonly port: number;
}

/** `[HOST:]PORT`, the host of IPv6 in brackets. */
export function gdbAddress(text: string): GdbAddress {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]\s]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (!(port <= 65535)) throw new InvalidArgumentError('Give [HOST:]PORT, such as 1234 or localhost:1234.');
  const host = match![1] ?? match![2] ?? '';
  return host === '' ? { port } : { host, port };
}

/** Seconds, with a fraction if need be. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value === Number.POSITIVE_INFINITY)
    throw new InvalidArgumentError('Give a positive number of seconds.');
  return value;
}

const escapes: Record<string, number> = { r: 13, n: 10, t: 9, e: 27, '0': 0, '\\': 92 };

/** The bytes of a text, UTF-8 but for `\r`, `\n`, `\t`, `\e`, `\0`, `\\` and `\xNN`, each of which is one byte. */
export function escaped(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const [whole, hex, letter] of text.matchAll(/\\x([0-9a-fA-F]{2})|\\(.?)|[^\\]+/gs)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (letter === undefined) bytes.push(...new TextEncoder().encode(whole));
    else {
      const byte = escapes[letter];
      if (byte === undefined)
        throw new InvalidArgumentError(`"${whole}" is no escape: use \\r \\n \\t \\e \\0 \\\\ or \\xNN.`);
      bytes.push(byte);
    }
  }
  return Uint8Array.from(bytes);
}

type DriveName = 'hda' | 'hdb' | 'hdc' | 'hdd';
export interface DiskArgument {
  readonly drive: DriveName;
  readonly file: string;
  /** Where changes go: `memory`, dropped at the end; `file`, the image itself; `none`, the guest cannot write; or the file named, beside the image. */
  readonly changes: 'memory' | 'file' | 'none' | { readonly overlay: string };
}

/** `[hda=]FILE[,write|,ro|,overlay=CHANGES]`; without a name, the first free drive. */
export function disk(text: string, previous: readonly DiskArgument[]): DiskArgument[] {
  const drives: readonly DriveName[] = ['hda', 'hdb', 'hdc', 'hdd'];
  const match = /^(?:(hd[a-d])=)?(.+?)(?:,(write|ro|overlay=(.+)))?$/s.exec(text);
  if (match === null) throw new InvalidArgumentError('Give [hda=|hdb=|hdc=|hdd=]FILE[,write|,ro|,overlay=CHANGES].');
  const [, name, file = '', how, overlay] = match;
  const taken = new Set(previous.map(({ drive }) => drive));
  const drive = (name as DriveName | undefined) ?? drives.find((free) => !taken.has(free));
  if (drive === undefined) throw new InvalidArgumentError('All four drives have a disk already.');
  if (taken.has(drive)) throw new InvalidArgumentError(`Drive ${drive} has a disk already.`);
  const changes =
    overlay !== undefined ? { overlay } : how === 'write' ? 'file' : how === 'ro' ? 'none' : ('memory' as const);
  return [...previous, { drive, file, changes }];
}

/** Collects `--expect` and `--send` in the order in which they stand on the command line, as pairs. */
export class Script {
  readonly steps: { expect: Uint8Array; send?: Uint8Array }[] = [];

  expect(text: string): this {
    if (text === '') throw new InvalidArgumentError('Give the text to wait for.');
    this.steps.push({ expect: escaped(text) });
    return this;
  }

  send(text: string): this {
    const last = this.steps.at(-1);
    if (last === undefined || last.send !== undefined)
      this.steps.push({ expect: new Uint8Array(), send: escaped(text) });
    else last.send = escaped(text);
    return this;
  }
}
