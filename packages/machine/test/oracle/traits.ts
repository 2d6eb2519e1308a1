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
    config: model.config[0],
  };
}
