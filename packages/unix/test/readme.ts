import { createMachine, r4k } from '@kseg/machine';
import { unixKernel } from '@kseg/unix';

const machine = createMachine(r4k());
const terminal = machine.console!;
let text = '';
terminal.onOutput((byte) => {
  text += String.fromCharCode(byte);
});
terminal.script([
  { expect: '$ ', send: 'ls | wc\n' },
  { expect: '$ ', send: 'halt\n' },
]);
machine.boot({ kernel: unixKernel({ disk: 'memide' }) });
machine.run(1_000_000_000); // to the power-off, or at most so many instructions
console.log(text);
