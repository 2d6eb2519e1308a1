import type { ArenaRequest } from '@kseg/bus';
import { Cpu, type CpuModel, type CpuOptions, type ModelName } from '@kseg/cpu';
import type { Board } from './board.ts';
import type { Core, CoreKind } from './core.ts';

/** What executes a core's instructions besides the interpreter, and what that needs in the arena. */
interface EnginePart {
  readonly engine: NonNullable<CpuOptions['engine']>;
  regions(mainMemory: number): readonly ArenaRequest[];
}

/** The core that a board brings, or the MIPS core that it names, with a translator for its hot code if there is one. */
export const coreOf = <C extends Core>(board: Board<C>, translator?: EnginePart): CoreKind<C> =>
  // Where a board brings none, `C` is `Cpu`.
  board.core ?? (mipsCore(board.cpu as ModelName | CpuModel, translator) as CoreKind<Core> as CoreKind<C>);

const mipsCore = (model: ModelName | CpuModel, translator?: EnginePart): CoreKind<Cpu> => ({
  compatible: [`mips,mips${typeof model === 'string' ? model : model.name}`, 'mips,mips32'],
  resetVector: 0x1fc0_0000,
  interrupts: [2, 3, 4, 5, 6, 7],
  regions: (mainMemory) => [...Cpu.regions(), ...(translator?.regions(mainMemory) ?? [])],
  create: ({ arena, endian, map, timeline }) =>
    new Cpu({
      model,
      arena,
      endian,
      map,
      timeline,
      engine: translator?.engine,
    }),
});
