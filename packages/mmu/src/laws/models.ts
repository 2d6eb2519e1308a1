// Each model against what it models, written down a second time.

import * as cases from '../cases.ts';
import { CP0_BAD_VADDR } from '../cp0-registers.ts';
import { array, constantFrom, integer, nat, oneOf, tuple } from '../gen.ts';
import { equal, type LawText, law, type Subject, stepBoth } from '../law.ts';
import { type MmuSubject, type Operation, perform } from '../operations.ts';
import { type Access, accessCode, type Context, type Mmu, modeCode, type Translation } from '../translation.ts';

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
      equal([mmu.entries, mmu.tlbwi(), mmu.tlbwr()], [0, true, true], 'entries, and what TLBWI and TLBWR say');
      let badVAddr = 0;
      for (const [va, access, context] of accesses) {
        const expected = fixed(va, context, config);
        equal(perform(mmu, { op: 'access', va, access, context }), expected, 'translation', va, context);
        if (expected.kind === 'addressError') badVAddr = va;
        else if ('pageMask' in mmu) equal(mmu.pageMask, 0x1fff_ffff, 'pageMask');
        for (let register = 0; register < 32; register++) {
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
      const { k0: k0Reset, ku: kuReset, k23: k23Reset } = mmu;
      equal(
        [k0Reset, kuReset, k23Reset, mmu.readCp0(CP0_BAD_VADDR)],
        [2, 2, 2, 0],
        'K0, KU, K23 and BadVAddr after a reset',
      );
      return accesses.length;
    },
  }),
  law({
    name: 'the walk',
    says: 'the directory entry leads to a table and its entry to the page, modulo 4 MB; strict mode minds what xv6 would call a bug',
    one: 'an access, with PDADDR and VAENABLE anyhow',
    models: ['gaia'],
    needs: ['pdaddr', 'vaenable', 'readWord', 'strict', 'walk', 'problems', 'onChange', 'pageMask'],
    cases: (shape) =>
      tuple<[number, boolean, cases.AccessCase[]]>(
        // Its low bits do not count.
        tuple(oneOf([6, integer(1, 6)], [1, constantFrom(0x400, 0x8_0001)], [1, nat(0xf_ffff)]), nat(0xfff)).map(
          ([page, low]) => page * 0x1000 + low,
        ),
        oneOf([3, constantFrom(true)], [1, constantFrom(false)]),
        array(
          tuple<cases.AccessCase>(
            oneOf([6, gaiaAddress], [1, constantFrom(...WINDOW_EDGES)], [1, cases.virtualAddress(shape)]),
            cases.access,
            cases.context,
          ),
          1,
          64,
        ),
      ),
    holds([pdaddr, vaenable, accesses], make) {
      const mmu = make() as Subject & Gaia & GaiaView & Pick<Mmu, 'onChange' | 'pageMask'>;
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
        if (expected.kind === 'mapped') equal(mmu.pageMask, 0xfff, 'pageMask');
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
    needs: ['guest', 'host', 'onChange', 'pageMask'],
    cases: (shape) => tuple<[Operation[], cases.AccessCase[]]>(cases.program(shape), cases.accesses(shape)),
    holds([program, accesses], make) {
      const map = make() as Subject & Stages & Pick<Mmu, 'onChange' | 'pageMask'>;
      for (const operation of program) perform(map, operation);
      for (const [va, access, context] of accesses) {
        const { pageMask, ...expected } = staged(map, va, access, context);
        equal(map.translate(va, access, context), expected, 'translation', va, access, context);
        if (expected.kind === 'mapped') equal(map.pageMask, pageMask, 'pageMask');
      }
      const heard: unknown[] = [];
      map.onChange((...announced) => void heard.push(announced));
      map.host.load(map.host.save());
      equal(heard, [[0, 2 ** 32, -1]], 'what was announced when the host changed');
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
