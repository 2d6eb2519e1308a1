export {
  CP0_BAD_VADDR,
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_PAGE_MASK,
  CP0_RANDOM,
  CP0_WIRED,
} from './cp0-registers.ts';
export { type CoreMmu, createMmu, type MmuKind } from './create-mmu.ts';
export { MmuError, type MmuErrorCode } from './errors.ts';
export { type ExplainContext, type ExplainedException, type Explanation, explain } from './explain.ts';
export { FixedMappingMmu } from './fixed-mapping-mmu.ts';
export { GaiaMmu, type GaiaMmuOptions, type GaiaProblem, type GaiaWalk } from './gaia-mmu.ts';
export {
  Mips32Mmu,
  type Mips32MmuOptions,
  R4000Mmu,
  STATE_K0,
  STATE_PAGE_GRAIN,
  STATE_SEED,
  STATE_TLB,
} from './mips32-mmu.ts';
export { R3000Mmu, type R3000MmuOptions } from './r3000-mmu.ts';
export type { RandomPolicy } from './random.ts';
export { type Range, ranges } from './ranges.ts';
export { ReferenceMips32, type ReferenceMips32Options } from './reference-mips32.ts';
export { ReferenceR3000, type ReferenceR3000Options } from './reference-r3000.ts';
export { renderExplanation, renderRanges } from './render.ts';
export { type Segment, segmentsOf } from './segments.ts';
export type { Step } from './steps.ts';
export type { AnyTlbEntry, R3000TlbEntry, TlbEntry, TlbPage } from './tlb-entry.ts';
export {
  type Access,
  ADDRESS_ERROR,
  ANY_ASID,
  accessCode,
  type ChangeListener,
  type Context,
  type Disposable,
  ERROR_LEVEL,
  FETCH,
  INVALID,
  KERNEL,
  LOAD,
  MAPPED,
  type Mmu,
  type MmuState,
  MODIFIED,
  type Mode,
  modeCode,
  REFILL,
  resultCode,
  STORE,
  SUPERVISOR,
  type TlbMmu,
  type Translation,
  USER,
} from './translation.ts';
export { HOST_FAULT, type StagedTranslation, VCPU_START, VcpuMap, type VcpuMapOptions } from './vcpu-map.ts';
