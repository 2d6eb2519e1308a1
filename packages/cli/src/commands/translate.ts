import { findModel, models } from '@kseg/cpu';
import {
  type Access,
  type CoreMmu,
  CP0_ENTRY_HI,
  createMmu,
  explain,
  type Mode,
  ranges,
  renderExplanation,
  renderRanges,
} from '@kseg/mmu';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { read } from '../files.ts';
import { suggest } from '../suggest.ts';
import { address } from '../values.ts';

interface TranslateArguments {
  cpu: string;
  tlb?: string;
  access: Access;
  mode: Mode;
  erl?: boolean;
  bev?: boolean;
  asid: number;
}

/** `kseg translate`: how a CPU's MMU comes to its answer, step by step; without an address, the whole address space. */
export function translateCommand(program: Command): Command {
  return program
    .command('translate')
    .description('translate a virtual address and tell every step')
    .argument('[address]', 'virtual address; without one, a table of the whole address space', address)
    .option('--cpu <model>', 'CPU model', '24Kc')
    .option(
      '--tlb <file>',
      'TLB entries as JSON: an array of { va, asid, global, pageMask, even, odd } (pages: { pa, valid, dirty, cca })',
    )
    .addOption(new Option('--access <kind>', 'kind of access').choices(['load', 'store', 'fetch']).default('load'))
    .addOption(
      new Option('--mode <mode>', 'operating mode').choices(['kernel', 'supervisor', 'user']).default('kernel'),
    )
    .option('--erl', 'with Status.ERL set')
    .option('--bev', 'with Status.BEV set')
    .option('--asid <n>', 'current ASID', asid, 0)
    .addHelpText('after', '\nExample:\n  kseg translate --cpu 24Kf --tlb tlb.json --mode user 0x7fff1234')
    .action((va: number | undefined, args: TranslateArguments) => {
      const mmu = mmuOf(args.cpu);
      if (args.tlb !== undefined) fill(mmu, args.tlb);
      setAsid(mmu, args.asid);
      const context = { mode: args.mode, erl: args.erl === true, bev: args.bev === true };
      console.log(
        va === undefined
          ? renderRanges(ranges(mmu, context))
          : renderExplanation(explain(mmu, va, args.access, context)),
      );
    });
}

/** The MMU of a CPU model. */
function mmuOf(cpu: string): CoreMmu {
  const model = findModel(cpu);
  if (model !== undefined) return createMmu(model.mmu);
  const names = Object.keys(models);
  throw new UsageError(`there is no CPU model "${cpu}": take one of ${names.join(', ')}${suggest(cpu, names)}`);
}

/** Makes `asid` the current one. */
function setAsid(mmu: CoreMmu, asid: number): void {
  if (mmu.model === 'fixed') return;
  const [shift, most] = mmu.model === 'r3000' ? [6, 63] : [0, 255];
  if (asid > most) throw new UsageError(`--asid ${asid}: ASIDs of an MMU of model ${mmu.model} end at ${most}`);
  mmu.writeCp0(CP0_ENTRY_HI, asid << shift);
}

function fill(mmu: CoreMmu, file: string): void {
  if (!('setEntry' in mmu)) throw new UsageError(`an MMU of model ${mmu.model} has no TLB: leave --tlb away`);
  let entries: unknown;
  try {
    entries = JSON.parse(new TextDecoder().decode(read(file)), (_key, value) =>
      typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value) ? Number(value) : value,
    );
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${file} is no JSON: ${error.message}`);
    throw error;
  }
  if (!Array.isArray(entries)) throw new UsageError(`${file} holds no array of TLB entries`);
  for (const [index, entry] of entries.entries()) {
    try {
      mmu.setEntry(index, { asid: 0, global: false, pageMask: 0, ...entry });
    } catch (error) {
      throw new UsageError(`${file}: entry ${index}: ${(error as Error).message}`);
    }
  }
}

function asid(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 255)
    throw new InvalidArgumentError('Give a number from 0 to 255.');
  return value;
}
