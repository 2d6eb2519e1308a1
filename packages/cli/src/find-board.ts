import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as devices from '@kseg/devices';
import * as machine from '@kseg/machine';
import { type Board, boards, type ReadyBoardOptions } from '@kseg/machine';
import { UsageError } from './errors.ts';
import { read } from './files.ts';
import { suggest } from './suggest.ts';

/** What a board file may export: the options of the command line, and the packages to build the board with. */
type BoardFactory = (
  options: ReadyBoardOptions,
  packages: { machine: typeof machine; devices: typeof devices },
) => Board;

/** A ready board by name, or the default export of a module: a board, or a function that gives one. */
export async function findBoard(name: string, options: ReadyBoardOptions = {}): Promise<Board> {
  const ready = boards.find((board) => board.name === name || board.aliases.includes(name));
  if (ready !== undefined) return ready.create(options);
  const names = ['gaia3', ...boards.flatMap((board) => [board.name, ...board.aliases])];
  if (!/\.(mjs|js|cjs|ts)$/.test(name))
    throw new UsageError(
      `there is no board "${name}"${suggest(name, names)}; "kseg boards" lists them, and a file name ending in .mjs loads your own`,
    );
  const path = resolve(name);
  // A missing file is told as one, not as a module that cannot be found.
  read(path);
  const module = (await import(pathToFileURL(path).href).catch((error: Error) => {
    throw new UsageError(`${name} could not be loaded: ${error.message.split('\n')[0]}`);
  })) as { default?: Board | BoardFactory };
  // A board file often stands where no package of ours is installed: it gets them handed.
  const board = typeof module.default === 'function' ? module.default(options, { machine, devices }) : module.default;
  if (board === undefined || !Array.isArray(board.parts))
    throw new UsageError(`${name}: its default export is not a board; export what defineBoard() gives`);
  return board;
}
