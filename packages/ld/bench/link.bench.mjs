// Seconds of CPU time to link about 20 MB of objects: many small functions that call and address each other. Run on the build:
// node packages/ld/bench/link.bench.mjs
import { EM, ET, SHF, SHT, writeElf } from '@kseg/elf';
import { link } from '../dist/index.js';

const OBJECTS = 200;
const WORDS = 26_000;
const ROUNDS = 4;

function object(index) {
  const bytes = new Uint8Array(WORDS * 4);
  const relocations = Array.from({ length: 3000 }, (_, i) => ({
    offset: i * 32,
    type: [4, 5, 6][i % 3],
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
const rounds = Array.from({ length: ROUNDS }, () => {
  const start = process.cpuUsage();
  link({ objects, entry: 'data_0' });
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
});
console.log(
  `linked ${(size / 1e6).toFixed(1)} MB in ${rounds.map((seconds) => seconds.toFixed(2)).join(', ')} s of CPU time`,
);
console.log(JSON.stringify({ megabytes: Math.round(size / 1e6), first: rounds[0], best: Math.min(...rounds) }));
