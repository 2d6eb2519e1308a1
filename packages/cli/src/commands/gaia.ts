import { assembleGaia } from '@kseg/asm/gaia';
import { demoSource } from '@kseg/gaia/demo';
import { createGaiaMachine, type GaiaMachine, gaia3 } from '@kseg/machine';
import { UsageError } from '../errors.ts';

/** Options of `kseg run` that mean nothing to board gaia3, which has no disks, no network and one kind of core. */
const UNSUITED = ['initrd', 'append', 'bios', 'cdrom', 'net', 'capture', 'ram', 'cpu', 'endian'] as const;

export interface GaiaRunArguments extends Partial<Record<(typeof UNSUITED)[number], unknown>> {
  readonly disk: readonly unknown[];
  readonly load?: string;
  readonly fast?: boolean;
}

/** Board gaia3 with an image in its boot ROM's hands: the one given, or a monitor of ours. */
export function gaiaMachine(args: GaiaRunArguments, image: Uint8Array | undefined): GaiaMachine {
  const unsuited = UNSUITED.find((option) => args[option] !== undefined) ?? (args.disk.length > 0 ? 'disk' : undefined);
  if (unsuited !== undefined) throw new UsageError(`board gaia3 does not take --${unsuited}`);
  const machine = createGaiaMachine(gaia3());
  if (args.load !== undefined) return machine;
  const demo = () => assembleGaia([{ name: 'demo.s', text: demoSource }]).bytes;
  machine.boot(image ?? demo(), { fast: args.fast ?? false });
  return machine;
}
