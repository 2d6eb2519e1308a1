import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as asm from '@kseg/asm';
import * as devices from '@kseg/devices';
import * as machine from '@kseg/machine';
import { type Board, type BoardOptions, boards, type Core, checkBoard, type ReadyBoard } from '@kseg/machine';
import { isSystemError, isTold, UsageError } from './errors.ts';
import { read } from './files.ts';
import { suggest } from './suggest.ts';

/** What a board file may export: the options of the command line, and the packages to build the board with. */
type BoardFactory = (
  options: BoardOptions,
  packages: { machine: typeof machine; devices: typeof devices; asm: typeof asm },
) => Board<Core> | Promise<Board<Core>>;

/** The board of this name that comes with kseg. */
export const readyBoard = (name: string): ReadyBoard | undefined =>
  boards.find((board) => board.name === name || board.aliases.includes(name));

/** A ready board by name, or the default export of a module: a board, or a function that gives one. */
export async function findBoard(name: string, options: BoardOptions = {}): Promise<Board<Core>> {
  const ready = readyBoard(name);
  if (ready !== undefined) return ready.create(options);
  const names = boards.flatMap((board) => [board.name, ...board.aliases]);
  if (!/\.(mjs|js|cjs)$/.test(name))
    throw new UsageError(
      `there is no board "${name}"${suggest(name, names)}; "kseg boards" lists them, and a file name ending in .mjs loads your own`,
    );
  const path = resolve(name);
  // A missing file is told as one, not as a module that cannot be found.
  read(path);
  const fault = (error: unknown) => new UsageError(`${name} could not be loaded: ${wordsOf(error)}`, { cause: error });
  let board: unknown;
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    // A board file often stands where no package of ours is installed: it gets them handed.
    board =
      typeof module.default === 'function'
        ? await (module.default as BoardFactory)(options, { machine, devices, asm })
        : await module.default;
  } catch (error) {
    throw fault(error);
  }
  if (board === undefined || board === null)
    throw new UsageError(`${name}: its default export is not a board; export what defineBoard() gives`);
  try {
    checkBoard(board);
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}`);
  }
  return board;
}

/**
 * What `work` with the board of this name gives. An error in a board file's own code, while its parts are made or while they run, is no
 * fault of kseg's: it is told as the file's. @throws KSEG_CLI_USAGE for that, and whatever else `work` throws
 */
export async function blamingBoard<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const mistake = mistakeOf(error);
    const own = readyBoard(name) === undefined && !isTold(mistake);
    if (!own || (mistake instanceof Error && isSystemError(mistake))) throw mistake;
    throw new UsageError(`${name}: ${wordsOf(error)}`, { cause: mistake });
  }
}

/** What the board's own code threw where a machine has told it as a fault of the board; else the error as it is. */
function mistakeOf(error: unknown): unknown {
  for (let at = error; isTold(at); at = at.cause)
    if (at.code === 'KSEG_MACHINE_BOARD' && 'cause' in at) return at.cause;
  return error;
}

/** The first line of what an error says. */
const wordsOf = (error: unknown): string => String(error instanceof Error ? error.message : error).split('\n')[0]!;
