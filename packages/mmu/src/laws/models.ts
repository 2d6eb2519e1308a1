// Each model against what it models, written down a second time.

import * as cases from '../cases.ts';
import { CP0_BAD_VADDR } from '../cp0-registers.ts';
import { array, constantFrom, integer, nat, oneOf, tuple } from '../gen.ts';
import { equal, KERNEL, type Law, law, pageMaskAt, prepared, stepBoth, tlbLaw } from '../law.ts';
import { literalOf } from '../literal.ts';
import { type MmuSubject, type Operation, perform, type TlbSubject } from '../operations.ts';
import {
  type Access,
  accessCode,
  type Context,
  type Mmu,
  type MmuState,
  modeCode,
  type Translation,
} from '../translation.ts';

export const modelLaws: readonly Law[] = [
  tlbLaw({
    name: 'as the manual has it',
    says: 'every operation that the manual defines shows the guest what the literal model shows it',
    one: 'an operation, in the state that those before it left',
    cases: (mmu) => cases.program(mmu),
    holds(program, make) {
      const mmu = prepared(make);
      const model = prepared(() => literalOf(mmu));
      // What Config.K0 is after a reset is up to the core.
      const { cca } = mmu.translate(0x8000_0000, 'load', KERNEL) as { cca?: number };
      if (model.k0 !== undefined && cca !== undefined) model.k0 = cca;
      let tried = 0;
      for (const operation of program) tried += Number(stepBoth(mmu, model, operation));
      return tried;
    },
  }),
  tlbLaw({
    name: 'state for state',
    says: 'every operation, defined or not, does to the state what it does to the state of the literal model',
    one: 'an operation, in the state that those before it left; the states are compared behind each program',
    needs: ['state', 'save'],
    cases: (mmu) => cases.program(mmu),
    exempts: (mmu) =>
      Array.isArray((mmu.save!() as Partial<MmuState> | undefined)?.words)
        ? undefined
        : "its states are not in this package's form",
    holds(program, make) {
      const mmu = make();
      const model = literalOf(mmu);
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
    cases: (mmu) => tuple<[number, number, number, cases.AccessCase[]]>(nat(7), nat(7), nat(7), cases.accesses(mmu)),
    holds([k0, ku, k23, accesses], make) {
      const config = { k0, ku, k23 };
      const mmu = Object.assign(make() as MmuSubject & FixedConfig & Partial<TlbSubject>, config);
      equal({ k0: mmu.k0, ku: mmu.ku, k23: mmu.k23 }, config, 'the fields of Config');
      equal(mmu.entries ?? 0, 0, 'entries');
      for (const op of ['tlbwi', 'tlbwr'] as const) equal(mmu[op]?.() ?? true, true, op);
      let badVAddr = 0;
      for (const [va, access, context] of accesses) {
        const expected = fixed(va, context, config);
        equal(perform(mmu, { op: 'access', va, access, context }), expected, 'translation', va, context);
        if (expected.kind === 'addressError') badVAddr = va;
        else if (mmu.lookup !== undefined) equal(pageMaskAt(mmu, va, access, context), 0x1fff_ffff, 'pageMask of', va);
        for (let register = 0; mmu.readCp0 !== undefined && register < 32; register++) {
          equal(
            mmu.readCp0(register),
            register === CP0_BAD_VADDR ? badVAddr : 0,
            `register ${register} after`,
            va,
            context,
          );
        }
      }
      if (mmu.reset === undefined) return accesses.length;
      mmu.reset();
      equal({ k0: mmu.k0, ku: mmu.ku, k23: mmu.k23 }, { k0: 2, ku: 2, k23: 2 }, 'the fields of Config after a reset');
      equal(mmu.readCp0?.(CP0_BAD_VADDR) ?? 0, 0, 'BadVAddr after a reset');
      return accesses.length;
    },
  }),
  law({
    name: 'the walk',
    says: 'the directory entry leads to a table and its entry to the page, modulo 4 MB; strict mode minds what xv6 would call a bug',
    one: 'an access, with PDADDR and VAENABLE anyhow',
    models: ['gaia'],
    needs: ['pdaddr', 'vaenable', 'readWord', 'strict', 'walk', 'problems', 'onChange', 'lookup', 'pageMask'],
    cases: (mmu) =>
      tuple<[number, boolean, cases.AccessCase[]]>(
        // Its low bits do not count.
        tuple(oneOf([6, integer(1, 6)], [1, constantFrom(0x400, 0x8_0001)], [1, nat(0xf_ffff)]), nat(0xfff)).map(
          ([page, low]) => page * 0x1000 + low,
        ),
        oneOf([3, constantFrom(true)], [1, constantFrom(false)]),
        array(
          tuple<cases.AccessCase>(
            oneOf([6, gaiaAddress], [1, constantFrom(...WINDOW_EDGES)], [1, cases.virtualAddress(mmu)]),
            cases.access,
            cases.context,
          ),
          1,
          64,
        ),
      ),
    holds([pdaddr, vaenable, accesses], make) {
      const mmu = make() as MmuSubject & Gaia & GaiaView & Pick<Mmu, 'onChange'>;
      let heard: unknown[] = [];
      const { dispose } = mmu.onChange((...announced) => void heard.push(announced));
      for (const registers of [{ pdaddr }, { vaenable }]) {
        heard = [];
        Object.assign(mmu, registers);
        equal(heard, [[0, 2 ** 32, -1]], 'what was announced after a write of', registers);
      }
      dispose();
      equal([mmu.pdaddr, mmu.vaenable], [pdaddr, vaenable], 'PDADDR and VAENABLE');
      const { strict, readWord } = mmu;
      for (const [va, access, context] of accesses) {
        const own = { pdaddr, vaenable, strict, readWord };
        const expected = gaia(own, va, access, context);
        equal(mmu.translate(va, access, context), expected, 'translation', va, access, context);
        if (expected.kind === 'mapped') equal(pageMaskAt(mmu, va, access, context), 0xfff, 'pageMask of', va);
        equal(mmu.walk(va), gaiaWalk(own, va), 'walk', va);
        const fine = gaia({ ...own, strict: true }, va, access, context).kind === 'mapped';
        equal(mmu.problems(va, accessCode(access), modeCode(context)).length === 0, fine, 'no problems', va, access);
      }
      return accesses.length;
    },
  }),
  law({
    name: 'one stage after the other',
    says: 'a guest-physical address, found by the segments of the guest or its own MMU, goes through the MMU of the host; a fault is of the stage where it happens',
    one: 'an access, whatever program the guest ran before',
    models: ['vcpu'],
    needs: ['guest', 'host', 'onChange', 'lookup', 'pageMask'],
    cases: (mmu) => tuple<[Operation[], cases.AccessCase[]]>(cases.program(mmu), cases.accesses(mmu)),
    holds([program, accesses], make) {
      const map = make() as MmuSubject & Stages & Pick<Mmu, 'onChange'>;
      for (const operation of program) perform(map, operation);
      for (const [va, access, context] of accesses) {
        const { pageMask, ...expected } = staged(map, va, access, context);
        equal(map.translate(va, access, context), expected, 'translation', va, access, context);
        if (expected.kind === 'mapped') equal(pageMaskAt(map, va, access, context), pageMask, 'pageMask of', va);
      }
      const heard: unknown[] = [];
      map.onChange((...announced) => void heard.push(announced));
      map.host.load(map.host.save());
      // A host of two stages says it twice.
      equal([...new Set(heard.map(String))], [`0,${2 ** 32},-1`], 'what was announced when the host changed');
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

interface GaiaView {
  walk(va: number): object;
  problems(va: number, access: number, mode: number): readonly string[];
}

/** Where page tables of `cases.pageTable` have entries. */
const gaiaAddress = tuple(
  constantFrom(...cases.TABLE_SLOTS),
  constantFrom(...cases.TABLE_SLOTS),
  oneOf([3, nat(0xfff)], [1, constantFrom(0)]),
).map(([directory, table, offset]) => directory * 2 ** 22 + table * 2 ** 12 + offset);

/** Around the registers. */
const WINDOW_EDGES = [0x7fff_ffff, 0x8000_0000, 0x8000_1fff, 0x8000_2000];

const MEMORY = 2 ** 22;

/** GAIA3's walk in plain arithmetic: 10 + 10 + 12 bits, memory of 4 MB that wraps. */
function gaiaWalk({ pdaddr, readWord }: Gaia, va: number) {
  const frame = (word: number) => word - (word % 4096);
  const directoryEntryAt = frame(pdaddr) + Math.floor(va / 2 ** 22) * 4;
  const directoryEntry = readWord(directoryEntryAt % MEMORY);
  const pageEntryAt = frame(directoryEntry) + (Math.floor(va / 2 ** 12) % 1024) * 4;
  const pageEntry = readWord(pageEntryAt % MEMORY);
  return { directoryEntryAt, directoryEntry, pageEntryAt, pageEntry, pa: frame(pageEntry) + (va % 4096) };
}

/** What comes of an access: the hardware never refuses, strict mode goes through what it minds in the order of the walk. */
function gaia(mmu: Gaia, va: number, access: Access, { mode, exl, erl }: Context): Translation {
  if (va >= 0x8000_0000 && va < 0x8000_2000) return { kind: 'mapped', pa: va, cca: 2 };
  if (!mmu.vaenable) return { kind: 'mapped', pa: va % MEMORY, cca: 3 };
  const { directoryEntryAt, directoryEntry, pageEntryAt, pageEntry, pa } = gaiaWalk(mmu, va);
  // P, W and U are bits 0, 1 and 2 of both entries.
  const flag = (word: number, bit: number) => Math.floor(word / 2 ** bit) % 2 === 1;
  const both = (bit: number) => flag(directoryEntry, bit) && flag(pageEntry, bit);
  if (mmu.strict) {
    if (directoryEntryAt >= MEMORY) return ADDRESS_ERROR;
    if (!flag(directoryEntry, 0)) return { kind: 'refill' };
    if (pageEntryAt >= MEMORY) return ADDRESS_ERROR;
    if (!flag(pageEntry, 0)) return { kind: 'invalid' };
    if (pa >= MEMORY || Math.floor(pa / 4096) % 4 !== Math.floor(va / 4096) % 4) return ADDRESS_ERROR;
    if (mode === 'user' && !exl && !erl && !both(2)) return ADDRESS_ERROR;
    if (access === 'store' && !both(1)) return { kind: 'modified' };
  }
  return { kind: 'mapped', pa: pa % MEMORY, cca: 3 };
}

interface Stages {
  readonly guest: Mmu;
  readonly host: Mmu;
}

/** Two stages by their pure forms, with what a fault of either says. */
function staged(
  { guest, host }: Stages,
  va: number,
  access: Access,
  { mode, exl, erl }: Context,
): Translation & { stage?: string; address?: number; pageMask?: number } {
  const direct = va < 0x4000_0000 && (mode !== 'user' || exl || erl);
  const first: Translation =
    va >= 0x8000_0000
      ? ADDRESS_ERROR
      : direct
        ? { kind: 'mapped', pa: va % 0x2000_0000, cca: va < 0x2000_0000 ? 3 : 2 }
        : guest.translate(va, access, AS_USER);
  if (first.kind !== 'mapped') return { ...first, stage: 'guest', address: va };
  const second = host.translate(first.pa, access, AS_USER);
  if (second.kind !== 'mapped') return { ...second, stage: 'host', address: first.pa };
  // The smaller of two pages.
  const pageMask = Math.min(direct ? 0x1fff_ffff : guest.pageMask, host.pageMask);
  return { ...second, ...(first.cca === 2 && { cca: 2 }), pageMask };
}
