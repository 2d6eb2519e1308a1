// A core with RAM, a ROM at the reset vector and a recording device: what most tests of the core run on.
import { Arena, type Device, type Endian, Memory, PhysicalMap, Timeline, type Width } from '@kseg/bus';
import { byMnemonic, encode, MIPS32R2 } from '@kseg/isa';
import { Cpu, type CpuModel, type ModelName } from '../src/index.ts';

export const ENDIANS = ['little', 'big'] as const;

const RAM_BYTES = 1 << 20;

/** Remembers what was written to it, and reads as what it is told. */
class Recorder implements Device {
  readonly log: { op: 'read' | 'write'; offset: number; width: Width; value: number; now: number }[] = [];
  value = 0;
  onAccess: (() => void) | undefined;
  constructor(private readonly timeline: Timeline) {}
  read(offset: number, width: Width): number {
    this.log.push({ op: 'read', offset, width, value: this.value, now: this.timeline.now });
    this.onAccess?.();
    return this.value;
  }
  write(offset: number, width: Width, value: number): void {
    this.log.push({ op: 'write', offset, width, value, now: this.timeline.now });
    this.onAccess?.();
  }
  reset(): void {}
  save(): null {
    return null;
  }
  load(): void {}
}

export interface Rig {
  readonly cpu: Cpu;
  readonly timeline: Timeline;
  readonly map: PhysicalMap;
  readonly ram: Memory;
  readonly rom: Memory;
  readonly device: Recorder;
  /** Stores words at a physical address of RAM or ROM. */
  put(address: number, words: readonly number[]): void;
}

/** 1 MB of RAM at 0, ROM at 0x1fc0_0000, the recorder at 0x1000_0000; execution starts at 0x8000_1000 with BEV and ERL clear. */
export function rig(endian: Endian = 'little', model: ModelName | CpuModel = '24Kc'): Rig {
  const arena = new Arena([...Cpu.regions(), { name: 'ram', bytes: RAM_BYTES }, { name: 'rom', bytes: 0x1_0000 }]);
  const map = new PhysicalMap(endian);
  const timeline = new Timeline(1e8);
  const ram = new Memory(arena, 'ram', endian);
  const rom = new Memory(arena, 'rom', endian);
  const device = new Recorder(timeline);
  map.add({ name: 'ram', base: 0, size: RAM_BYTES, kind: 'ram', memory: ram });
  map.add({ name: 'rom', base: 0x1fc0_0000, size: 0x1_0000, kind: 'rom', memory: rom });
  map.add({ name: 'device', base: 0x1000_0000, size: 0x1000, kind: 'device', device });
  const cpu = new Cpu({ model, endian, arena, map, timeline });
  cpu.writeCp0(12, 0);
  cpu.pc = 0x8000_1000;
  const put = (address: number, words: readonly number[]) => {
    const found = map.memoryAt(address);
    if (found === undefined) throw new Error(`no memory at ${address.toString(16)}`);
    for (const [i, word] of words.entries()) found.memory.write(found.offset + 4 * i, 4, word);
  };
  return { cpu, timeline, map, ram, rom, device, put };
}

const rowsOf = byMnemonic(MIPS32R2);

/** The word of an instruction from its row's name and operands in assembly order. */
export function op(name: string, ...operands: number[]): number {
  const row = rowsOf.get(name.split(':')[0]!)?.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`no instruction ${name}`);
  return encode(row, operands);
}

/** Runs `words` at 0x8000_1000 and comes back when they are through. */
export function execute(machine: Rig, words: readonly number[], budget = words.length): Rig {
  machine.put(0x1000, words);
  machine.cpu.run(budget);
  return machine;
}
