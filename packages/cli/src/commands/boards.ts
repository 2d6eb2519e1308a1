import { writeFileSync } from 'node:fs';
import {
  type Board,
  boards,
  type Core,
  cHeader,
  coreName,
  deviceTreeBlob,
  deviceTreeSource,
  linkerRegions,
  memoryMap,
} from '@kseg/machine';
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { findBoard } from '../find-board.ts';

/** What a board can be exported as. */
const exporters: Readonly<Record<string, (board: Board<Core>) => string | Uint8Array>> = {
  map: (board) => `${memoryMap(board)}\n`,
  dts: deviceTreeSource,
  dtb: deviceTreeBlob,
  header: cHeader,
  ld: linkerRegions,
};

interface BoardsArguments {
  export?: string;
  output?: string;
}

/** `kseg boards`: what there is; with a name, its memory map and interrupts, or another form of the same description. */
export function boardsCommand(program: Command): Command {
  return program
    .command('boards')
    .description('list the boards, or print the memory map of one')
    .argument('[board]', 'name of a board, or a module FILE.mjs')
    .addOption(
      new Option('--export <form>', 'print it as a table, device tree, C header or linker regions').choices(
        Object.keys(exporters),
      ),
    )
    .option('-o, --output <file>', 'write to a file')
    .addHelpText('after', '\nExample:\n  kseg boards r4k\n  kseg boards malta --export dtb -o malta.dtb')
    .action(async (name: string | undefined, args: BoardsArguments) => {
      if (name === undefined) {
        for (const { name, aliases, create } of boards)
          console.log(
            `${name.padEnd(10)} ${create().description ?? ''}${aliases.length > 0 ? ` (also: ${aliases.join(', ')})` : ''}`,
          );
        return;
      }
      const board = await findBoard(name);
      const text =
        args.export === undefined
          ? `${board.name}: CPU ${coreName(board)}, ${board.endian}-endian, ${board.clock / 1e6} MHz\n\n${memoryMap(board)}\n`
          : exporters[args.export]!(board);
      if (args.output !== undefined) writeFileSync(args.output, text);
      else if (typeof text === 'string' || process.stdout.isTTY !== true) process.stdout.write(text);
      else throw new UsageError('a device tree blob is no text: give --output FILE');
    });
}
