import type { CpuModel, ModelName } from '@kseg/cpu';
// The type alone: a page that only interprets carries no translator.
import type { Translator } from '@kseg/jit';
import { type Board, coreName } from './board.ts';
import type { Core } from './core.ts';
import { MachineError } from './errors.ts';

/** What executes instructions. */
export type EngineName = 'translator' | 'interpreter';

const ENGINES: readonly string[] = ['interpreter', 'translator', 'auto'];

/** What will execute a board's instructions: with `notice`, why that is the interpreter although it was left to `auto`. */
export interface Engine {
  readonly name: EngineName;
  readonly notice: string | undefined;
}

/** @throws KSEG_MACHINE_ENGINE when the translator is asked for where there can be none */
export function chooseEngine(board: Board<Core>, wanted: string, translator: typeof Translator | undefined): Engine {
  if (!ENGINES.includes(wanted))
    throw new MachineError(
      'KSEG_MACHINE_ENGINE',
      `there is no engine "${wanted}"; give ${ENGINES.map((name) => `"${name}"`).join(' or ')}`,
      { engine: wanted },
    );
  if (wanted === 'interpreter') return { name: 'interpreter', notice: undefined };
  const notice = obstacle(board, translator);
  if (wanted === 'translator' && notice !== undefined)
    throw new MachineError('KSEG_MACHINE_ENGINE', `no translator for board "${board.name}": ${notice}`, {
      board: board.name,
    });
  return { name: notice === undefined ? 'translator' : 'interpreter', notice };
}

/** Why a board's code cannot be translated here. */
function obstacle(board: Board<Core>, translator: typeof Translator | undefined): string | undefined {
  if (translator === undefined) return 'this machine was made without one; createMachine() brings it';
  if (board.core !== undefined) return `it translates MIPS, not ${coreName(board)}`;
  return translator.obstacle(board.cpu as ModelName | CpuModel);
}
