// Links about 20 MB of objects: many small functions that call and address each other.
import { EM, ET, SHF, SHT, writeElf } from '@kseg/elf';
import { link } from '../src/index.ts';

const OBJECTS = 200;
const WORDS = 26_000;

function object(index: number): Uint8Array {
  const bytes = new Uint8Array(WORDS * 4);
  const relocations = Array.from({ length: 3000 }, (_, i) => ({
    offset: i * 32,
    type: [4, 5, 6][i % 3]!,
    symbol: i % 3 === 0 ? 3 : 2,
  }));
  return writeElf({
    endian: 'little',
    type: ET.REL,
    machine: EM.MIPS,
    sections: [{ name: '.text', type: SHT.PROGBITS, flags: SHF.ALLOC | SHF.EXECINSTR, align: 16, bytes, relocations }],
    symbols: [
      { name: `local_${index}`, value: 0, section: 1 },
      { name: `data_${index}`, value: 64, binding: 1, section: 1 },
      { name: `data_${(index + 1) % OBJECTS}`, value: 0, binding: 1, section: 0 },
    ],
  });
}

const objects = Array.from({ length: OBJECTS }, (_, i) => ({ name: `o${i}.o`, bytes: object(i) }));
const size = objects.reduce((sum, { bytes }) => sum + bytes.length, 0);
for (let round = 0; round < 3; round++) {
  const start = performance.now();
  const { bytes } = link({ objects, entry: 'data_0' });
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `linked ${(size / 1e6).toFixed(1)} MB to ${(bytes.length / 1e6).toFixed(1)} MB in ${seconds.toFixed(2)} s`,
  );
}
