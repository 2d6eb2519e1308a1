import { assembleGaia } from '@kseg/asm/gaia';
import { demoSource } from '@kseg/gaia/demo';
import type { Board, Core } from '@kseg/machine';
import { unixKernel } from '@kseg/unix';
import { UsageError } from './errors.ts';

/**
 * The kernel that comes with kseg for a board: our Unix, or a monitor where there is a core it was not written for.
 * @throws KSEG_CLI_USAGE for a board that nothing comes with
 */
export function system({ name, endian }: Board<Core>): Uint8Array {
  switch (name) {
    case 'gaia3':
      return assembleGaia([{ name: 'demo.s', text: demoSource }]).bytes;
    case 'malta':
    case 'aor3000':
      throw new UsageError(
        `no system comes with kseg for board "${name}": give it one with --kernel ELF${name === 'malta' ? ' or --bios FILE' : ''}`,
      );
    default:
      return unixKernel({ disk: 'ata', endian });
  }
}
