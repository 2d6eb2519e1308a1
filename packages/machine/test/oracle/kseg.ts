// Our Malta, driven as the QEMU beside it is.
import type { Endian } from '@kseg/bus';
import type { ModelName } from '@kseg/cpu';
import { createMachine, type Machine, malta } from '../../src/index.ts';
import * as L from './layout.ts';
import type { Loaded } from './qemu.ts';

export interface RunOptions {
  readonly endian: Endian;
  readonly cpu: ModelName;
  readonly ram: number;
  /** Instructions at most. */
  readonly limit?: number;
}

/** A Malta with all in place, at its firmware's first instruction. */
export function boot({ kernel, rom }: Loaded, { endian, cpu, ram }: RunOptions): Machine {
  const machine = createMachine(malta({ endian, cpu, ram }));
  machine.boot({ kernel });
  if (rom !== undefined) machine.write(rom.at, rom.bytes);
  return machine;
}

/** A guest's run ends with the reset that it asks for: back at the first instruction. */
const RESET_VECTOR = 0xbfc0_0000;

/** Runs until the guest resets the board; false when it does not within `limit` instructions. */
export function untilReset(machine: Machine, limit: number): boolean {
  machine.run(1);
  const { dispose } = machine.cpu.addBreakpoint(RESET_VECTOR);
  try {
    return machine.run(limit).kind === 'breakpoint';
  } finally {
    dispose();
  }
}

/**
 * Runs a batch. Programs that do not end within `patience` instructions are stopped and their indices returned in `endless`: they are no
 * tests, since nothing says how far each machine would get.
 */
export function runBatch(
  image: Loaded,
  programs: number,
  options: RunOptions,
  patience = 20_000,
): { ram: Uint32Array; endless: number[]; instructions: number } {
  const machine = boot(image, options);
  const { cpu } = machine;
  const left = () => machine.map.peek(L.SCRATCH + L.scratch.left, 4);
  machine.run(200);
  const endless: number[] = [];
  let before = left();
  let since = machine.instructions;
  const { dispose } = cpu.addBreakpoint(RESET_VECTOR);
  for (;;) {
    const stop = machine.run(Math.ceil(patience / 4));
    if (stop.kind === 'breakpoint') break;
    const now = left();
    if (now !== before) {
      before = now;
      since = machine.instructions;
    } else if (stop.kind !== 'budget' || machine.instructions - since >= patience) {
      const program = programs - now;
      if (endless.includes(program)) throw new Error(`the runtime does not come out of program ${program}`);
      endless.push(program);
      // As its exit would: into the runtime, in kernel mode.
      cpu.writeCp0(12, 0x1000_0000);
      cpu.pc = L.KSEG0 + L.FINISH;
      since = machine.instructions;
    }
  }
  dispose();
  const { buffer, byteOffset, length } = machine.memory('ram').words;
  return { ram: new Uint32Array(buffer, byteOffset, length), endless, instructions: machine.instructions };
}
