import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { boardsCommand } from './commands/boards.ts';
import { fileSystemCommands } from './commands/file-system.ts';
import { makeImageCommand } from './commands/make-image.ts';
import { runCommand } from './commands/run.ts';
import { translateCommand } from './commands/translate.ts';
import { explain, status } from './errors.ts';
import { guardOutput } from './messages.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('kseg')
  .description('MIPS machines: boot them, inspect them, make their disks')
  .version(version)
  .exitOverride()
  // One line per error, hints included.
  .configureOutput({
    outputError: (text, write) =>
      write(
        `kseg: ${text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ')}\n`,
      ),
  })
  .addHelpText('after', "\nExample:\n  kseg run --expect '$ ' --send 'ls\\n' --expect '$ '");
guardOutput();
runCommand(program);
boardsCommand(program);
fileSystemCommands(program);
makeImageCommand(program);
translateCommand(program);
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? status.ok : status.badInput;
  else {
    const { text, status } = explain(error);
    process.stderr.write(`kseg: ${text}\n`);
    process.exitCode = status;
  }
}
