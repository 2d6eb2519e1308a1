// What the runtime and the generator have to know of a core, from its model.
import { type ModelName, models } from '@kseg/cpu';
import type { Row } from '@kseg/isa';

export interface Traits {
  readonly cpu: ModelName;
  readonly rows: readonly Row[];
  readonly release2: boolean;
  /** Entries of the TLB; 0 without one. */
  readonly tlb: number;
  readonly fpu: boolean;
  /** FIR.F64: Status.FR exists. */
  readonly fpu64: boolean;
  readonly dsp: boolean;
  /** Config3.VInt: vectors are spaced by IntCtl.VS. */
  readonly vectored: boolean;
  /** Config3.MT */
  readonly threads: boolean;
  /** Status.KSU has both bits: supervisor mode exists. */
  readonly supervisor: boolean;
  readonly config: number;
}

export function traitsOf(cpu: ModelName): Traits {
  const model = models[cpu] as (typeof models)[ModelName] & { readonly fir?: number };
  const rows: readonly Row[] = model.isa;
  return {
    cpu,
    rows,
    release2: model.release === 2,
    tlb: model.mmu.kind === 'tlb' ? model.mmu.entries : 0,
    fpu: model.fir !== undefined,
    fpu64: ((model.fir ?? 0) & (1 << 22)) !== 0,
    dsp: rows.some(({ level }) => level === 'dsp'),
    vectored: (model.config[3] & (1 << 5)) !== 0,
    threads: (model.config[3] & (1 << 2)) !== 0,
    supervisor: (model.statusMask & (1 << 3)) !== 0,
    config: model.config[0],
  };
}
