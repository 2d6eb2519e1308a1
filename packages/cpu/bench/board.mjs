// The least of a Malta that the benchmarks need: RAM, the UART at 0x1800_03f8 and the reset register at 0x1f00_0500.
import { readFileSync } from 'node:fs';

const RAM = 16 << 20;

/** Runs an ELF to its end. Returns its console text and, between its marks, CPU seconds and instructions. */
export function runOnKseg(core, file, { endian = 'little', model = '24Kc', translator } = {}) {
  const { Arena, Cpu, Memory, PhysicalMap, Timeline } = core;
  const arena = new Arena([...Cpu.regions(), ...(translator?.regions(RAM) ?? []), { name: 'ram', bytes: RAM }]);
  const map = new PhysicalMap(endian);
  const timeline = new Timeline(320e6);
  const ram = new Memory(arena, 'ram', endian);
  map.add({ name: 'ram', base: 0, size: RAM, kind: 'ram', memory: ram });
  let text = '';
  const marks = {};
  const mark = () => ({ cpu: process.cpuUsage(), now: timeline.now });
  const uart = {
    read: (offset) => (offset === 5 ? 0x60 : 0),
    write: (offset, _width, value) => {
      if (offset !== 0) return;
      const char = String.fromCharCode(value);
      if (char === '<' || char === '>') marks[char] = mark();
      text += char;
    },
  };
  const cpu = new Cpu({ model, endian, arena, map, timeline, engine: translator?.engine });
  map.add({ name: 'uart', base: 0x1800_03f8, size: 8, kind: 'device', device: uart });
  map.add({
    name: 'reset',
    base: 0x1f00_0500,
    size: 4,
    kind: 'device',
    device: { read: () => 0, write: () => cpu.halt() },
  });
  cpu.pc = load(readFileSync(file), endian, ram);
  for (;;) {
    const { kind } = cpu.run(5_000_000);
    if (kind === 'halted') break;
    if (kind !== 'budget') throw new Error(`${file} stopped: ${kind} at ${cpu.pc.toString(16)}`);
  }
  const [from, to] = [marks['<'], marks['>']];
  return {
    text,
    seconds: (to.cpu.user + to.cpu.system - from.cpu.user - from.cpu.system) / 1e6,
    instructions: to.now - from.now,
    statistics: cpu.statistics,
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
