import type { Endian } from '@kseg/elf';
import { prebuilt as big } from './prebuilt/big.ts';
import { prebuilt as little } from './prebuilt/little.ts';
import { readme } from './prebuilt/readme.ts';

/** The compiled guest for one byte order, base64 text by name. */
export interface Prebuilt {
  /** Relocatable objects: `kernel`, and the disk drivers `ata` and `memide`. */
  readonly objects: Readonly<Record<'kernel' | 'ata' | 'memide', string>>;
  /** Programs ready to run. */
  readonly programs: Readonly<Record<string, string>>;
}

const builds: Readonly<Record<Endian, Prebuilt>> = { little, big };

/** An object of the kernel as bytes. */
export const objectBytes = (endian: Endian, name: keyof Prebuilt['objects']): Uint8Array =>
  decode(builds[endian].objects[name]);

/** Every file of the guest's disk: its programs and README. */
export const fileBytes = (endian: Endian): Record<string, Uint8Array> => ({
  README: new TextEncoder().encode(readme),
  ...Object.fromEntries(Object.entries(builds[endian].programs).map(([name, text]) => [name, decode(text)])),
});

const decode = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
