import { assembleGaia } from '@kseg/asm/gaia';
import { findModel } from '@kseg/cpu';
import { demoSource } from '@kseg/gaia/demo';
import { type Board, type Core, r4k } from '@kseg/machine';
import { unixKernel } from '@kseg/unix';
import { UsageError } from './errors.ts';

/**
 * The kernel that comes with kseg for a board: our Unix, or a monitor where there is a core it was not written for.
 * @throws KSEG_CLI_USAGE for a board or a CPU that nothing comes with
 */
export function system({ name, cpu, endian, boot }: Board<Core>): Uint8Array {
  if (name === 'gaia3') return assembleGaia([{ name: 'demo.s', text: demoSource }]).bytes;
  // A board of one's own may be an r4k with more on it.
  if (boot !== r4k().boot)
    throw new UsageError(
      `no system comes with kseg for board "${name}": give it one with --kernel ELF${name === 'malta' ? ' or --bios FILE' : ''}`,
    );
  const model = typeof cpu === 'string' ? findModel(cpu) : cpu;
  // A name that is no model's is told by who makes the machine.
  if (model !== undefined && (model.release !== 2 || model.mmu.kind !== 'tlb'))
    throw new UsageError(
      `the Unix that comes with kseg needs MIPS32 Release 2 and a TLB, which a ${model.name} has not: give another system with --kernel ELF, or another --cpu`,
    );
  return unixKernel({ disk: 'ata', endian });
}
