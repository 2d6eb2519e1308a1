import { createMachine, type EngineName, r4k } from '@kseg/machine';
import { unixKernel } from '../src/index.ts';

/** Boots our Unix, types two commands and halts: what it printed and was in the end, the same wherever it runs. */
export function browserSession(engine: EngineName): { text: string; now: number; hash: string; regions: number } {
  const machine = createMachine(r4k({ ram: 16 << 20 }), { engine });
  let text = '';
  machine.console!.onOutput((byte) => {
    text += String.fromCharCode(byte);
  });
  machine.console!.script([
    { expect: '$ ', send: 'ls | wc\n' },
    { expect: '$ ', send: 'cat README README README | grep e | wc\n' },
    { expect: '$ ', send: 'halt\n' },
  ]);
  machine.boot({ kernel: unixKernel({ disk: 'memide' }) });
  machine.run(1_000_000_000);
  return { text, now: machine.now, hash: machine.hash(), regions: machine.translation?.regions ?? 0 };
}
