// The protocol's frames: `$text#checksum`, acknowledged by `+` and asked for again by `-`, and a lone 0x03 for Ctrl-C (GDB manual,
// "Overview" and "Packet Acknowledgment" of the remote protocol). A text here has one character of 0 to 255 for each byte.

/** Bytes of a frame's text, escapes included: longer ones are not kept. */
export const PACKET_SIZE = 0x4000;

const INTERRUPT = 3;
const HASH = 35;
const DOLLAR = 36;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const ESCAPE = 125;

/** What comes from a debugger. */
export type Incoming =
  | { readonly kind: 'ack' | 'resend' | 'interrupt' }
  /** `intact`: the checksum is right. A text that is too long to keep is `undefined`. */
  | { readonly kind: 'packet'; readonly text: string | undefined; readonly intact: boolean };

/** The frame of a text. */
export function encodePacket(text: string): Uint8Array {
  const bytes = [DOLLAR];
  let sum = 0;
  const put = (byte: number) => {
    bytes.push(byte);
    sum += byte;
  };
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i) & 0xff;
    if (byte === HASH || byte === DOLLAR || byte === STAR || byte === ESCAPE) {
      put(ESCAPE);
      put(byte ^ 0x20);
    } else put(byte);
  }
  const checksum = checksumOf(sum);
  bytes.push(HASH, checksum.charCodeAt(0), checksum.charCodeAt(1));
  return Uint8Array.from(bytes);
}

const checksumOf = (sum: number): string => (sum & 0xff).toString(16).padStart(2, '0');

/** Finds frames in a stream that comes in pieces of any size. What is no part of one is passed over. */
export class PacketReader {
  #state: 'between' | 'text' | 'high' | 'low' = 'between';
  #text: number[] = [];
  #length = 0;
  #sum = 0;
  #checksum = '';
  #escaped = false;

  constructor(private readonly take: (incoming: Incoming) => void) {}

  feed(bytes: Uint8Array): void {
    for (const byte of bytes) this.#feed(byte);
  }

  #feed(byte: number): void {
    switch (this.#state) {
      case 'between':
        if (byte === DOLLAR) this.#begin();
        else if (byte === PLUS) this.take({ kind: 'ack' });
        else if (byte === MINUS) this.take({ kind: 'resend' });
        else if (byte === INTERRUPT) this.take({ kind: 'interrupt' });
        return;
      case 'text':
        // Never part of a text: the rest of the frame before was lost.
        if (byte === DOLLAR) this.#begin();
        else if (byte === HASH) this.#state = 'high';
        else this.#collect(byte);
        return;
      case 'high':
        this.#checksum = String.fromCharCode(byte);
        this.#state = 'low';
        return;
      case 'low':
        this.#checksum += String.fromCharCode(byte);
        this.#state = 'between';
        this.#end();
    }
  }

  #begin(): void {
    this.#state = 'text';
    this.#text = [];
    this.#length = this.#sum = 0;
    this.#escaped = false;
  }

  #collect(byte: number): void {
    this.#sum += byte;
    if (++this.#length > PACKET_SIZE) return;
    if (byte === ESCAPE && !this.#escaped) this.#escaped = true;
    else {
      this.#text.push(this.#escaped ? byte ^ 0x20 : byte);
      this.#escaped = false;
    }
  }

  #end(): void {
    const intact = this.#checksum.toLowerCase() === checksumOf(this.#sum);
    const text = this.#text.map((byte) => String.fromCharCode(byte)).join('');
    this.take({ kind: 'packet', text: this.#length > PACKET_SIZE ? undefined : text, intact });
  }
}
