import { aor3000, createMachine } from '@kseg/machine';
import { image } from './kernel.ts';

/** Boots to the prompt, waits there for a twentieth of a second, types the commands, and hands back all that came over the JTAG UART. */
export function session(commands: readonly string[]): string {
  const machine = createMachine(aor3000());
  machine.boot({ kernel: image });
  let output = '';
  machine.console?.onOutput((byte) => {
    output += String.fromCharCode(byte);
  });
  machine.run(machine.timeline.hz / 20);
  const steps = commands.map((command) => ({ expect: `${command}\n`, send: '' }));
  machine.console?.send(commands.map((command) => `${command}\n`).join(''));
  machine.console?.script([...steps, { expect: '$ ' }], () => machine.stop());
  machine.run(50_000_000);
  return output;
}
