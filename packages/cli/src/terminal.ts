import { UsageError } from './errors.ts';

const CTRL_A = 0x01;

/** What a key pressed after Ctrl-A asks for. */
export type TerminalCommand = 'quit' | 'help' | 'save';

const commands: Record<string, TerminalCommand> = { x: 'quit', h: 'help', '?': 'help', s: 'save' };

/** Splits typed bytes into the guest's input and our commands. Ctrl-A twice sends one Ctrl-A. */
export class Escapes {
  #armed = false;

  constructor(
    private readonly input: (bytes: Uint8Array) => void,
    private readonly command: (command: TerminalCommand) => void,
  ) {}

  feed(bytes: Uint8Array): void {
    const guest: number[] = [];
    for (const byte of bytes) {
      if (this.#armed) {
        this.#armed = false;
        const command = commands[String.fromCharCode(byte).toLowerCase()];
        if (command !== undefined) this.command(command);
        else if (byte === CTRL_A) guest.push(byte);
      } else if (byte === CTRL_A) this.#armed = true;
      else guest.push(byte);
    }
    if (guest.length > 0) this.input(Uint8Array.from(guest));
  }
}

export const terminalHelp = [
  'Ctrl-A x  quit',
  'Ctrl-A s  save a snapshot (with --save FILE)',
  'Ctrl-A h  this help',
  'Ctrl-A Ctrl-A  send Ctrl-A to the guest',
].join('\r\n');

/** Puts the terminal into raw mode and gives back what undoes it. It is undone, too, when the process ends by itself or by a crash of ours. */
export function rawTerminal(stdin: NodeJS.ReadStream): { dispose(): void } {
  if (!stdin.isTTY) throw new UsageError('standard input is not a terminal');
  const restore = () => {
    if (stdin.isRaw) stdin.setRawMode(false);
  };
  process.on('exit', restore);
  stdin.setRawMode(true);
  return {
    dispose() {
      restore();
      process.off('exit', restore);
    },
  };
}
