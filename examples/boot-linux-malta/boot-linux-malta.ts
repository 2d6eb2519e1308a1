import { createMachine, malta, Runner } from '@kseg/machine';
import { nodeClock } from '@kseg/machine/node';

export interface Linux {
  /** As a distribution ships it for Malta: an ELF file, compressed or not. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array | undefined;
  /** Added to the command line. */
  readonly append?: string;
  /** The run ends when this has been printed. Default: the prompt of a root shell or, without an initial RAM disk, what the kernel says in the end. */
  readonly awaited?: string;
  /** Gets each character as it is printed. */
  readonly print?: (character: string) => void;
}

/** Seconds: a stock kernel first unpacks itself and tests its ciphers, four thousand million instructions in all. */
export const TIMEOUT = 900;

/** Boots Linux and hands back what it printed on its first serial port. */
export async function bootLinux({ kernel, initrd, append = '', awaited, print }: Linux): Promise<string> {
  const machine = createMachine(malta({ cpu: '24Kf', ram: 256 << 20 }));
  machine.boot({
    kernel,
    append: `console=ttyS0,115200n8 ${append}`,
    ...(initrd === undefined ? {} : { initrd }),
  });
  let output = '';
  machine.console?.onOutput((byte) => {
    const character = String.fromCharCode(byte);
    output += character;
    print?.(character);
  });
  const end = awaited ?? (initrd === undefined ? 'Unable to mount root fs' : '# ');
  machine.console?.script([{ expect: end }], () => machine.stop());
  await new Runner(machine, { clock: nodeClock, pacing: 'max', timeout: TIMEOUT }).run();
  return output;
}
