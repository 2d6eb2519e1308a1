// Two cores of one kind, one with a translator: the same RAM contents, device and events on both.
import { Arena, type Device, type Endian, Memory, PhysicalMap, Timeline, type Width } from '@kseg/bus';
import { Cpu, type ModelName } from '@kseg/cpu';
import { Translator, type TranslatorOptions } from '../src/index.ts';

export const ENDIANS = ['little', 'big'] as const;

const RAM_BYTES = 1 << 20;

/** Remembers what was written to it, and reads as a number that goes up. */
class Recorder implements Device {
  readonly log: string[] = [];
  /** What a store does besides. */
  onWrite: ((value: number) => void) | undefined;
  #value = 0;
  constructor(private readonly timeline: Timeline) {}
  read(offset: number, width: Width): number {
    this.log.push(`read ${offset} ${width} at ${this.timeline.now}`);
    return ++this.#value;
  }
  write(offset: number, width: Width, value: number): void {
    this.log.push(`write ${offset} ${width} ${value} at ${this.timeline.now}`);
    this.onWrite?.(value);
  }
  reset(): void {
    this.log.length = 0;
    this.#value = 0;
  }
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
  readonly device: Recorder;
  readonly translator: Translator | undefined;
  /** Stores words at a physical address. */
  put(address: number, words: readonly number[]): void;
}

/** RAM at 0, 1 MB of it, and a recorder at 0x1000_0000. A translator does not wait between its pauses, unless it is told to. */
export function rig(endian: Endian, model: ModelName, options?: TranslatorOptions, ramBytes = RAM_BYTES): Rig {
  const translator = options === undefined ? undefined : new Translator({ breath: 0, ...options });
  const arena = new Arena([
    ...Cpu.regions(),
    ...(translator === undefined ? [] : Translator.regions(ramBytes)),
    { name: 'ram', bytes: ramBytes },
  ]);
  const map = new PhysicalMap(endian);
  const timeline = new Timeline(1e8);
  const ram = new Memory(arena, 'ram', endian);
  const device = new Recorder(timeline);
  map.add({ name: 'ram', base: 0, size: ramBytes, kind: 'ram', memory: ram });
  map.add({ name: 'device', base: 0x1000_0000, size: 0x1000, kind: 'device', device });
  const cpu = new Cpu({
    model,
    endian,
    arena,
    map,
    timeline,
    ...(translator === undefined ? {} : { engine: translator.engine }),
  });
  const put = (address: number, words: readonly number[]) => {
    for (const [i, word] of words.entries()) ram.write(address + 4 * i, 4, word);
  };
  return { cpu, timeline, map, ram, device, translator, put };
}
