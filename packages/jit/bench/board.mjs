// The least of a Malta that the benchmarks need: RAM, the UART at 0x1800_03f8 and the reset register at 0x1f00_0500. For any host.
import { Arena, Memory, PhysicalMap, Timeline } from '@kseg/bus';
import { Cpu } from '@kseg/cpu';
import { Translator } from '../src/index.ts';

const RAM = 16 << 20;
/** Instructions in a row, as a host runs a machine. */
const SLICE = 20_000_000;

/**
 * Runs an ELF to its end. Returns its console text and, between the marks that it prints, seconds of the `clock` and instructions; and what
 * the translator has done.
 */
export function run(elf, { endian, engine, clock, options = {} }) {
  const translator = engine === 'translator' ? new Translator(options) : undefined;
  const arena = new Arena([
    ...Cpu.regions(),
    ...(translator === undefined ? [] : Translator.regions(RAM)),
    { name: 'ram', bytes: RAM },
  ]);
  const map = new PhysicalMap(endian);
  const timeline = new Timeline(320e6);
  const ram = new Memory(arena, 'ram', endian);
  const cpu = new Cpu({
    model: '24Kf',
    endian,
    arena,
    map,
    timeline,
    ...(translator === undefined ? {} : { engine: translator.engine }),
  });
  map.add({ name: 'ram', base: 0, size: RAM, kind: 'ram', memory: ram });
  let text = '';
  const marks = {};
  const uart = {
    read: (offset) => (offset === 5 ? 0x60 : 0),
    write: (offset, _width, value) => {
      if (offset !== 0) return;
      const char = String.fromCharCode(value);
      if (char === '<' || char === '>') marks[char] = { seconds: clock(), now: timeline.now };
      text += char;
    },
  };
  map.add({ name: 'uart', base: 0x1800_03f8, size: 8, kind: 'device', device: uart });
  const reset = { read: () => 0, write: () => cpu.halt() };
  map.add({ name: 'reset', base: 0x1f00_0500, size: 4, kind: 'device', device: reset });
  cpu.pc = load(elf, endian, ram);
  for (;;) {
    const { kind } = cpu.run(SLICE);
    if (kind === 'halted') break;
    if (kind !== 'budget') throw new Error(`stopped: ${kind} at ${cpu.pc.toString(16)}`);
  }
  const [from, to] = [marks['<'], marks['>']];
  return {
    text: text.trim(),
    seconds: to.seconds - from.seconds,
    instructions: to.now - from.now,
    statistics: translator?.statistics,
  };
}

/** Puts an ELF's segments into RAM; returns its entry. */
function load(bytes, endian, ram) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const little = endian === 'little';
  const word = (at) => view.getUint32(at, little);
  const count = view.getUint16(44, little);
  for (let i = 0; i < count; i++) {
    const at = word(28) + 32 * i;
    if (word(at) === 1)
      ram.writeBytes(word(at + 12) & 0x1fff_ffff, bytes.subarray(word(at + 4), word(at + 4) + word(at + 16)));
  }
  return word(24);
}
