// Bytes and words as the protocol writes them.

/** Two digits for each byte. */
export const hexOf = (bytes: Iterable<number>): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The bytes of an even number of digits. */
export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

/** A number as the protocol writes it: an address of 64 bits is one of 32, extended by its sign. */
export const numberOf = (hex: string): number => Number.parseInt(hex.slice(-8), 16);

/** A register's eight digits, in the target's byte order. */
export const wordOf = (hex: string, endian: 'little' | 'big'): number =>
  new DataView(bytesOf(hex).buffer).getUint32(0, endian === 'little');

export function hexOfWord(word: number, endian: 'little' | 'big'): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, word, endian === 'little');
  return hexOf(bytes);
}

/** UTF-8 text, one character a byte, as packets and monitor commands carry it. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const hexOfText = (text: string): string => hexOf(new TextEncoder().encode(text));
