import { createMachine, malta, Runner } from '@kseg/machine';
import { nodeClock } from '@kseg/machine/node';

export interface Linux {
  /** As a distribution ships it for Malta: an ELF file, compressed or not. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
  /** Added to the command line. */
  readonly append?: string;
  /** The run ends when this has been printed, when the guest powers off, or after `timeout` seconds. */
  readonly awaited: string;
  readonly timeout: number;
}

/** Boots Linux and hands back what it printed on its first serial port. */
export async function bootLinux({ kernel, initrd, append = '', awaited, timeout }: Linux): Promise<string> {
  const machine = createMachine(malta({ cpu: '24Kf', ram: 256 << 20 }));
  machine.boot({
    kernel,
    append: `console=ttyS0,115200n8 ${append}`,
    ...(initrd === undefined ? {} : { initrd }),
  });
  let output = '';
  machine.console?.onOutput((byte) => {
    output += String.fromCharCode(byte);
  });
  machine.console?.script([{ expect: awaited }], () => machine.stop());
  await new Runner(machine, { clock: nodeClock, pacing: 'max', timeout }).run();
  return output;
}
