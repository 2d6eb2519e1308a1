import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { checkBytes } from './bytes.ts';

describe('bytes are', () => {
  it.each<[string, unknown]>([
    ['a Uint8Array', Uint8Array.of(1)],
    ['a Buffer', Buffer.of(1)],
    ['a Uint8Array of another realm', runInNewContext('new Uint8Array(1)')],
  ])('%s', (_what, value) => {
    expect(() => checkBytes(value, 'it')).not.toThrow();
  });
});

describe('no bytes are', () => {
  it.each<[string, unknown, RegExp]>([
    ['Undefined', undefined, /^the ROM: Undefined where bytes are wanted; give a Uint8Array$/],
    ['Null', null, /give a Uint8Array$/],
    ['String', 'fs.img', /of a file, its content$/],
    ['Array', [1, 2, 3], /give a Uint8Array$/],
    ['ArrayBuffer', new ArrayBuffer(4), /give a Uint8Array$/],
    ['Uint32Array', Uint32Array.of(1), /it\.buffer/],
    ['Uint8ClampedArray', Uint8ClampedArray.of(1), /it\.buffer/],
  ])('%s', (kind, value, message) => {
    expect(() => checkBytes(value, 'the ROM')).toThrow(
      expect.objectContaining({
        code: 'KSEG_BUS_BYTES',
        data: { what: 'the ROM', kind },
        message: expect.stringMatching(message),
      }),
    );
  });
});
