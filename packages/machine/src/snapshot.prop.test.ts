import type { State } from '@kseg/bus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSnapshot, encodeSnapshot, hashSnapshot, packPages, type Snapshot, unpackPages } from './snapshot.ts';

const state: fc.Arbitrary<State> = fc.letrec<{ node: State }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('node'), { maxKeys: 4 }),
  ),
})).node;

const snapshot = state.map((state): Snapshot => ({ format: 'kseg-snapshot', version: 1, board: 'test', state }));

describe('a snapshot', () => {
  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(snapshot, (value) => {
        expect(decodeSnapshot(encodeSnapshot(value))).toEqual(value);
      }),
    );
  });

  it('comes back as plain arrays of its own from a Node Buffer too', () => {
    const bytes = Buffer.from(
      encodeSnapshot({ format: 'kseg-snapshot', version: 1, board: 'x', state: Uint8Array.of(1, 2, 3) }),
    );
    const { state } = decodeSnapshot(bytes);
    bytes.fill(0);
    expect(Object.getPrototypeOf(state)).toBe(Uint8Array.prototype);
    expect([...(state as Uint8Array)]).toEqual([1, 2, 3]);
  });

  it('hashes by what it says, not by which object says it', () => {
    fc.assert(
      fc.property(snapshot, (value) => {
        expect(hashSnapshot(structuredClone(value))).toBe(hashSnapshot(value));
      }),
    );
  });

  it('hashes by what it says, not by the order in which it was put together', () => {
    const of = (state: State) => hashSnapshot({ format: 'kseg-snapshot', version: 1, board: 'test', state });
    const bytes = [Uint8Array.of(1), Uint8Array.of(2)] as const;
    expect(of({ b: { d: 1, c: bytes[1] }, a: bytes[0] })).toBe(of({ a: bytes[0], b: { c: bytes[1], d: 1 } }));
    expect(of({ a: bytes[0], b: bytes[1] })).not.toBe(of({ a: bytes[1], b: bytes[0] }));
  });

  it('hashes differently when one byte of it differs', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, change) => {
          const of = (state: State) => hashSnapshot({ format: 'kseg-snapshot', version: 1, board: 'test', state });
          const other = bytes.slice();
          other[at % bytes.length]! ^= change;
          expect(of(other)).not.toBe(of(bytes));
        },
      ),
    );
  });

  it('cut short or damaged is refused, never half loaded', () => {
    fc.assert(
      fc.property(snapshot, fc.nat(), (value, at) => {
        const bytes = encodeSnapshot(value);
        expect(() => decodeSnapshot(bytes.subarray(0, at % bytes.length))).toThrow(
          expect.objectContaining({ code: 'KSEG_MACHINE_SNAPSHOT_FORMAT' }),
        );
      }),
    );
  });

  it('with any byte of its contents changed is refused', () => {
    fc.assert(
      fc.property(snapshot, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
        const bytes = encodeSnapshot(value);
        bytes[32 + (at % (bytes.length - 32))]! ^= change;
        expect(() => decodeSnapshot(bytes)).toThrow(expect.objectContaining({ code: 'KSEG_MACHINE_SNAPSHOT_FORMAT' }));
      }),
    );
  });

  it('of a later version is refused by name', () => {
    const bytes = encodeSnapshot({ format: 'kseg-snapshot', version: 2 as 1, board: 'x', state: null });
    expect(() => decodeSnapshot(bytes)).toThrow(/version is 2/);
  });
});

it('keeps only pages that hold something, and restores them over anything', () => {
  const bytes = new Uint8Array(4 * 4096);
  bytes[5000] = 1;
  bytes[4 * 4096 - 1] = 2;
  const packed = packPages(bytes) as { pages: number[]; data: Uint8Array };
  expect(packed.pages).toEqual([1, 3]);
  const other = new Uint8Array(4 * 4096).fill(9);
  unpackPages(packed as unknown as State, other);
  expect(Buffer.compare(other, bytes)).toBe(0);
});
