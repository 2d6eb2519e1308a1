import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodePacket, type Incoming, PacketReader } from './packet.ts';

const texts = fc.array(
  fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...[3, 35, 36, 42, 43, 45, 125])), {
    maxLength: 40,
  }),
  { maxLength: 8 },
);

it('what was encoded is read again, whatever the pieces it comes in', () => {
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (all, sizes) => {
      const packets = all.map((bytes) => String.fromCharCode(...bytes));
      const stream = packets.flatMap((packet) => [...encodePacket(packet)]);
      const found: Incoming[] = [];
      const reader = new PacketReader((incoming) => found.push(incoming));
      for (let at = 0; at < stream.length; ) {
        const size = sizes.next().value;
        reader.feed(Uint8Array.from(stream.slice(at, at + size)));
        at += size;
      }
      expect(found).toEqual(packets.map((text) => ({ kind: 'packet', text, intact: true })));
    }),
  );
});
