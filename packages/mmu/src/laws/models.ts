// Each model against what it models, written down a second time.
import * as cases from '../cases.ts';
import { array, constantFrom, nat, oneOf, tuple } from '../gen.ts';
import { equal, type LawText, law, type Subject, stepBoth } from '../law.ts';
import { type MmuSubject, type Operation, perform } from '../operations.ts';
import type { Access, Context, Mmu, Translation } from '../translation.ts';

export const modelLaws: readonly LawText<unknown>[] = [
  law({
    name: 'as the manual has it',
    says: 'every operation that the manual defines shows the guest what the literal model shows it',
    one: 'an operation, in the state that those before it left',
    cases: (shape) => cases.program(shape),
    holds(program, make, reference) {
      const mmu = make();
      const model = reference();
      let tried = 0;
      for (const operation of program) tried += Number(stepBoth(mmu, model, operation));
      return tried;
    },
  }),
  law({
    name: 'state for state',
    says: 'every operation, defined or not, does to the state what it does to the state of the literal model',
    one: 'an operation, in the state that those before it left; the states are compared behind each program',
    needs: ['state', 'save'],
    cases: (shape) => cases.program(shape),
    holds(program, make, reference) {
      const mmu = make();
      const model = reference() as MmuSubject & Pick<Mmu, 'save'>;
      for (const [i, operation] of program.entries()) {
        equal(perform(mmu, operation), perform(model, operation), `operation ${i}`, operation);
      }
      equal(mmu.save!(), model.save(), 'state');
      return program.length;
    },
  }),
  law({
    name: 'the fixed mapping',
    says: 'kuseg lies 1 GB up (1:1 under ERL), kseg2 and kseg3 where they are, and only the kernel gets above kuseg; of the registers there is BadVAddr',
    one: 'an access',
    models: ['fixed'],
    needs: ['k0', 'ku', 'k23'],
    cases: (shape) =>
      tuple<[number, number, number, cases.AccessCase[]]>(nat(0xff), nat(0xff), nat(0xff), cases.accesses(shape)),
    holds([k0, ku, k23, accesses], make) {
      const mmu = Object.assign(make() as Subject & FixedConfig, { k0, ku, k23 });
      const config = { k0: k0 % 8, ku: ku % 8, k23: k23 % 8 };
      equal({ k0: mmu.k0, ku: mmu.ku, k23: mmu.k23 }, config, 'three bits of each field');
      let badVAddr = 0;
      for (const [va, access, context] of accesses) {
        const expected = fixed(va, context, config);
        equal(perform(mmu, { op: 'access', va, access, context }), expected, 'translation', va, context);
        if (expected.kind === 'addressError') badVAddr = va;
        for (let register = 0; register < 32; register++) {
          equal(mmu.readCp0(register), register === 8 ? badVAddr : 0, `register ${register} after`, va, context);
        }
      }
      return accesses.length;
    },
  }),
  law({
    name: 'the walk',
    says: 'the directory entry leads to a table and its entry to the page, modulo 4 MB; strict mode minds what xv6 would call a bug',
    one: 'an access, with PDADDR and VAENABLE anyhow',
    models: ['gaia'],
    needs: ['pdaddr', 'vaenable', 'readWord', 'strict'],
    cases: (shape) =>
      tuple<[number, boolean, cases.AccessCase[]]>(
        oneOf([3, constantFrom(0x1000)], [1, nat(0xffff_ffff)]),
        oneOf([3, constantFrom(true)], [1, constantFrom(false)]),
        array(
          tuple<cases.AccessCase>(
            oneOf([3, gaiaAddress], [1, cases.virtualAddress(shape)]),
            cases.access,
            cases.context,
          ),
          1,
          64,
        ),
      ),
    holds([pdaddr, vaenable, accesses], make) {
      const mmu = Object.assign(make() as Subject & Gaia, { pdaddr, vaenable });
      for (const [va, access, context] of accesses) {
        equal(mmu.translate(va, access, context), gaia(mmu, va, access, context), 'translation', va, access, context);
      }
      return accesses.length;
    },
  }),
  law({
    name: 'one stage after the other',
    says: 'a guest-physical address, found by the segments of the guest or its own MMU, goes through the MMU of the host; a fault is of the stage where it happens',
    one: 'an access, whatever program the guest ran before',
    models: ['vcpu'],
    needs: ['guest', 'host'],
    cases: (shape) => tuple<[Operation[], cases.AccessCase[]]>(cases.program(shape), cases.accesses(shape)),
    holds([program, accesses], make) {
      const map = make() as Subject & { guest: Mmu; host: Mmu };
      for (const operation of program) perform(map, operation);
      for (const [va, access, context] of accesses) {
        equal(map.translate(va, access, context), staged(map, va, access, context), 'translation', va, access, context);
      }
      return accesses.length;
    },
  }),
];

const ADDRESS_ERROR: Translation = { kind: 'addressError' };
const AS_USER: Context = { mode: 'user' };

type FixedConfig = Record<'k0' | 'ku' | 'k23', number>;

/** MIPS32 PRA vol. III, "Fixed Mapping MMU", the table of address mappings. */
function fixed(va: number, { mode, exl, erl }: Context, config: FixedConfig): Translation {
  if (va < 0x8000_0000) {
    return erl ? { kind: 'mapped', pa: va, cca: 2 } : { kind: 'mapped', pa: va + 0x4000_0000, cca: config.ku };
  }
  if (mode !== 'kernel' && !exl && !erl) return ADDRESS_ERROR;
  if (va < 0xa000_0000) return { kind: 'mapped', pa: va - 0x8000_0000, cca: config.k0 };
  if (va < 0xc000_0000) return { kind: 'mapped', pa: va - 0xa000_0000, cca: 2 };
  return { kind: 'mapped', pa: va, cca: config.k23 };
}

interface Gaia {
  readonly pdaddr: number;
  readonly vaenable: boolean;
  readonly strict: boolean;
  readWord(pa: number): number;
}

/** Where page tables of `cases.pageTable` have entries. */
const gaiaAddress = tuple(constantFrom(...cases.TABLE_SLOTS), constantFrom(...cases.TABLE_SLOTS), nat(0xfff)).map(
  ([directory, table, offset]) => directory * 2 ** 22 + table * 2 ** 12 + offset,
);

/** GAIA3's walk in plain arithmetic: 10 + 10 + 12 bits, memory of 4 MB that wraps. */
function gaia(mmu: Gaia, va: number, access: Access, { mode, exl, erl }: Context): Translation {
  const memory = 2 ** 22;
  if (va >= 0x8000_0000 && va < 0x8000_2000) return { kind: 'mapped', pa: va, cca: 2 };
  if (!mmu.vaenable) return { kind: 'mapped', pa: va % memory, cca: 3 };
  const frame = (word: number) => word - (word % 4096);
  const directoryAt = frame(mmu.pdaddr) + Math.floor(va / 2 ** 22) * 4;
  const directory = mmu.readWord(directoryAt % memory) >>> 0;
  const tableAt = frame(directory) + (Math.floor(va / 2 ** 12) % 1024) * 4;
  const entry = mmu.readWord(tableAt % memory) >>> 0;
  const pa = frame(entry) + (va % 4096);
  // P, W and U are bits 0, 1 and 2 of both entries.
  const flag = (word: number, bit: number) => Math.floor(word / 2 ** bit) % 2 === 1;
  if (mmu.strict) {
    if (directoryAt >= memory) return ADDRESS_ERROR;
    if (!flag(directory, 0)) return { kind: 'refill' };
    if (tableAt >= memory) return ADDRESS_ERROR;
    if (!flag(entry, 0)) return { kind: 'invalid' };
    if (pa >= memory || Math.floor(pa / 4096) % 4 !== Math.floor(va / 4096) % 4) return ADDRESS_ERROR;
    if (mode === 'user' && !exl && !erl && !(flag(directory, 2) && flag(entry, 2))) return ADDRESS_ERROR;
    if (access === 'store' && !(flag(directory, 1) && flag(entry, 1))) return { kind: 'modified' };
  }
  return { kind: 'mapped', pa: pa % memory, cca: 3 };
}

/** Two stages by their pure forms, with what a fault of either says. */
function staged(
  { guest, host }: { guest: Mmu; host: Mmu },
  va: number,
  access: Access,
  { mode, exl, erl }: Context,
): Translation & { stage?: string; address?: number } {
  const kernel = mode !== 'user' || exl || erl;
  const first: Translation =
    va >= 0x8000_0000
      ? ADDRESS_ERROR
      : kernel && va < 0x4000_0000
        ? { kind: 'mapped', pa: va % 0x2000_0000, cca: va < 0x2000_0000 ? 3 : 2 }
        : guest.translate(va, access, AS_USER);
  if (first.kind !== 'mapped') return { ...first, stage: 'guest', address: va };
  const second = host.translate(first.pa, access, AS_USER);
  if (second.kind !== 'mapped') return { ...second, stage: 'host', address: first.pa };
  return first.cca === 2 ? { ...second, cca: 2 } : second;
}
