import { boards, memoryMap } from '@kseg/machine';
import type { Command } from 'commander';
import { findBoard } from './run.ts';

/** `kseg boards`: what there is; with a name, its memory map and interrupts. */
export function boardsCommand(program: Command): Command {
  return program
    .command('boards')
    .description('list the boards, or print the memory map of one')
    .argument('[board]', 'name of a board, or a module FILE.mjs')
    .addHelpText('after', '\nExample:\n  kseg boards r4k')
    .action(async (name: string | undefined) => {
      if (name === undefined) {
        for (const { name, aliases, create } of boards)
          console.log(
            `${name.padEnd(10)} ${create().description ?? ''}${aliases.length > 0 ? ` (also: ${aliases.join(', ')})` : ''}`,
          );
        return;
      }
      const board = await findBoard(name);
      console.log(
        `${board.name}: CPU ${board.cpu}, ${board.endian}-endian, ${board.clock / 1e6} MHz\n\n${memoryMap(board)}`,
      );
    });
}
