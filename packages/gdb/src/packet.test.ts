import { describe, expect, it } from 'vitest';
import { encodePacket, type Incoming, PACKET_SIZE, PacketReader } from './packet.ts';

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

function read(...pieces: string[]): Incoming[] {
  const found: Incoming[] = [];
  const reader = new PacketReader((incoming) => found.push(incoming));
  for (const piece of pieces) reader.feed(Uint8Array.from(piece, (letter) => letter.charCodeAt(0)));
  return found;
}

describe('frames', () => {
  it('have the sum of their bytes behind them', () => {
    expect(text(encodePacket(''))).toBe('$#00');
    expect(text(encodePacket('OK'))).toBe('$OK#9a');
    expect(text(encodePacket('vMustReplyEmpty'))).toBe('$vMustReplyEmpty#3a');
  });

  it('escape what would end them, begin them or stand for a run', () => {
    expect(text(encodePacket('a#b$c}d*'))).toBe('$a}\x03b}\x04c}]d}\x0a#ec');
    expect(read('$a}\x03b}\x04c}]d}\x0a#ec')).toEqual([{ kind: 'packet', text: 'a#b$c}d*', intact: true }]);
  });

  it('are found among acknowledgments, interrupts and noise', () => {
    expect(read('+x\0$?#3f-\x03')).toEqual([
      { kind: 'ack' },
      { kind: 'packet', text: '?', intact: true },
      { kind: 'resend' },
      { kind: 'interrupt' },
    ]);
  });

  it('hold an interrupt’s byte as any other', () => {
    expect(read('$X\x03#5b')).toEqual([{ kind: 'packet', text: 'X\x03', intact: true }]);
  });

  it('tell when they are damaged, whichever digit is wrong, and take capitals', () => {
    for (const damaged of ['$?#3e', '$?#4f', '$?#3g', '$?# 3', '$g#3f'])
      expect(read(damaged)).toEqual([{ kind: 'packet', text: damaged[1], intact: false }]);
    expect(read('$O#4f$O#4F')).toMatchObject([{ intact: true }, { intact: true }]);
  });

  it('begin anew where the end of one was lost', () => {
    expect(read('$m8000', '$?#3f')).toEqual([{ kind: 'packet', text: '?', intact: true }]);
  });

  it('keep no more than they may have', () => {
    const [longest, longer] = [PACKET_SIZE, PACKET_SIZE + 1].map((length) =>
      read(text(encodePacket('a'.repeat(length)))),
    );
    expect(longest).toEqual([{ kind: 'packet', text: 'a'.repeat(PACKET_SIZE), intact: true }]);
    expect(longer).toEqual([{ kind: 'packet', text: undefined, intact: true }]);
  });
});
