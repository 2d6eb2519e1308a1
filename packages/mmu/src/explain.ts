import { CP0_CONTEXT, CP0_ENTRY_HI } from './cp0-registers.ts';
import { checkAddress, MmuError } from './errors.ts';
import type { FixedMappingMmu } from './fixed-mapping-mmu.ts';
import type { GaiaMmu } from './gaia-mmu.ts';
import { literalOf } from './literal.ts';
import type { Mips32Mmu } from './mips32-mmu.ts';
import type { R3000Mmu } from './r3000-mmu.ts';
import { FIXED_SEGMENTS, VCPU_SEGMENTS } from './segments.ts';
import { type Step, type Tell, tellDirect, tellMode, tellSegment } from './steps.ts';
import { type Access, accessCode, type Context, type Mmu, modeCode, REFILL, type Translation } from './translation.ts';
import type { VcpuMap } from './vcpu-map.ts';

/** What the core does with a fault. `vector` is where it goes. */
export interface ExplainedException {
  readonly name: 'Mod' | 'TLBL' | 'TLBS' | 'AdEL' | 'AdES';
  /** Cause.ExcCode. */
  readonly code: number;
  /** Cause with nothing but ExcCode in it. */
  readonly cause: number;
  readonly vector: number;
  /** The registers that the exception loads, with their new values. */
  readonly registers: { readonly BadVAddr?: number; readonly Context?: number; readonly EntryHi?: number };
}

/** A translation with all its steps. */
export interface Explanation {
  readonly model: string;
  readonly va: number;
  readonly access: Access;
  readonly context: ExplainContext;
  readonly steps: readonly Step[];
  readonly result: Translation;
  /** Absent where the access is mapped, and in models without exceptions. */
  readonly exception?: ExplainedException;
}

/** A context, with what decides the vector: Status.BEV and, where it is not set, EBase (0x80000000 by default; not on an r3000). */
export interface ExplainContext extends Context {
  readonly bev?: boolean;
  readonly ebase?: number;
}

/**
 * Translates `va` step by step, as the manual does, and tells every step: operating mode, segment, the entries compared,
 * page, permission, and the exception that comes of it. The MMU is not changed, and its own fast path is not used.
 * @throws KSEG_MMU_ADDRESS; KSEG_MMU_OPTION for an access or a mode that there is not, or a model that is not one of this package's
 */
export function explain(mmu: Mmu, va: number, access: Access, context: ExplainContext): Explanation {
  checkAddress(va);
  accessCode(access);
  modeCode(context);
  const steps: Step[] = [];
  const result = walk(mmu, va, access, context, (step) => steps.push(step));
  const exception = exceptionOf(mmu, va, access, context, result);
  return { model: mmu.model, va, access, context, steps, result, ...(exception && { exception }) };
}

type Walk = (mmu: Mmu, va: number, access: Access, context: Context, tell: Tell) => Translation;

const WALKS: Readonly<Record<string, Walk>> = {
  mips32: (mmu, ...rest) => referenceOf(mmu as Mips32Mmu).translate(...rest),
  r4000: (mmu, ...rest) => referenceOf(mmu as Mips32Mmu).translate(...rest),
  r3000: (mmu, ...rest) => referenceOf(mmu as R3000Mmu).translate(...rest),
  fixed: walkFixed,
  gaia: walkGaia,
  vcpu: walkVcpu,
};

function walk(mmu: Mmu, va: number, access: Access, context: Context, tell: Tell): Translation {
  const how = WALKS[mmu.model];
  if (how === undefined) {
    throw new MmuError(
      'KSEG_MMU_OPTION',
      `explain knows the models ${Object.keys(WALKS).join(', ')}, not ${mmu.model}`,
      mmu.model,
    );
  }
  return how(mmu, va, access, context, tell);
}

/** The literal model in the state of the fast one. */
function referenceOf(mmu: Mips32Mmu | R3000Mmu) {
  const reference = literalOf(mmu);
  reference.load(mmu.save());
  return reference;
}

function walkFixed(mmu: Mmu, va: number, _access: Access, context: Context, tell: Tell): Translation {
  const { k0, ku, k23 } = mmu as FixedMappingMmu;
  const route = tellSegment(FIXED_SEGMENTS, va, tellMode(context, tell), tell);
  const cca = { k0, ku, k23, cached: 3, uncached: 2 };
  const translation: Translation =
    route.via === 'direct' ? tellDirect(va, route.offset, cca[route.cca], tell) : { kind: 'addressError' };
  tell({ step: 'result', translation });
  return translation;
}

function walkGaia(mmu: Mmu, va: number, access: Access, context: Context, tell: Tell): Translation {
  const gaia = mmu as GaiaMmu;
  const translation = gaia.translate(va, access, context);
  if (va >= 0x8000_0000 && va < 0x8000_2000) {
    tell({ step: 'bypass', because: 'registers', pa: va });
  } else if (!gaia.vaenable) {
    tell({ step: 'bypass', because: 'off', pa: va % 0x40_0000 });
  } else {
    tell({ step: 'walk', ...gaia.walk(va) });
    if (gaia.strict) {
      for (const problem of gaia.problems(va, accessCode(access), modeCode(context)))
        tell({ step: 'problem', problem });
    }
  }
  tell({ step: 'result', translation });
  return translation;
}

function walkVcpu(mmu: Mmu, va: number, access: Access, context: Context, tell: Tell): Translation {
  const { guest, host } = mmu as VcpuMap;
  const user: Context = { mode: 'user' };
  const stage = (name: 'guest' | 'host', at: number, run: (tell: Tell) => Translation) => {
    const steps: Step[] = [];
    const translation = run((step) => steps.push(step));
    tell({ step: 'stage', stage: name, va: at, steps });
    return translation;
  };
  const first = stage('guest', va, (told) => {
    const route = tellSegment(VCPU_SEGMENTS, va, tellMode(context, told), told);
    if (route.via === 'tlb') return walk(guest, va, access, user, told);
    const translation: Translation =
      route.via === 'direct'
        ? tellDirect(va, route.offset, route.cca === 'cached' ? 3 : 2, told)
        : { kind: 'addressError' };
    told({ step: 'result', translation });
    return translation;
  });
  if (first.kind !== 'mapped') return first;
  const second = stage('host', first.pa, (told) => walk(host, first.pa, access, user, told));
  return second.kind === 'mapped' && first.cca === 2 ? { ...second, cca: 2 } : second;
}

/** Names and codes by fault: of a load or fetch, of a store (MIPS32 PRA vol. III, "Cause", table of ExcCode). */
const EXCEPTIONS = {
  refill: [
    ['TLBL', 2],
    ['TLBS', 3],
  ],
  invalid: [
    ['TLBL', 2],
    ['TLBS', 3],
  ],
  modified: [
    ['Mod', 1],
    ['Mod', 1],
  ],
  addressError: [
    ['AdEL', 4],
    ['AdES', 5],
  ],
} as const;

function exceptionOf(
  mmu: Mmu,
  va: number,
  access: Access,
  context: ExplainContext,
  result: Translation,
): ExplainedException | undefined {
  if (result.kind === 'mapped' || !['mips32', 'r4000', 'r3000', 'fixed'].includes(mmu.model)) return undefined;
  const [name, code] = EXCEPTIONS[result.kind][access === 'store' ? 1 : 0];
  const vector =
    mmu.model === 'r3000'
      ? (context.bev ? 0xbfc0_0100 : 0x8000_0000) + (result.kind === 'refill' && va < 0x8000_0000 ? 0 : 0x80)
      : (context.bev ? 0xbfc0_0200 : (context.ebase ?? 0x8000_0000)) +
        (result.kind === 'refill' && !context.exl ? 0 : 0x180);
  return { name, code, cause: code << 2, vector, registers: registersAfter(mmu, va, result.kind === 'addressError') };
}

/** What a fault loads: an address error BadVAddr at most, a TLB fault what its handler asks for as well. */
function registersAfter(mmu: Mmu, va: number, addressError: boolean): ExplainedException['registers'] {
  if (addressError) return (mmu as R3000Mmu).badVAddrOnAddressError === false ? {} : { BadVAddr: va };
  const reference = referenceOf(mmu as Mips32Mmu | R3000Mmu);
  reference.recordFault(va, REFILL);
  return { BadVAddr: va, Context: reference.readCp0(CP0_CONTEXT), EntryHi: reference.readCp0(CP0_ENTRY_HI) };
}
