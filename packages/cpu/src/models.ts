// Cores as data: what each one's registers hold at reset, which bits of them software can write, and which instructions it has.
import { MIPS32, MIPS32R2, type Row } from '@kseg/isa';

export interface CpuModel {
  /** As boards and `--cpu` call it. */
  readonly name: string;
  /** The instruction rows that exist; every other word is a reserved instruction. */
  readonly isa: readonly Row[];
  /** MIPS32 release of CP0: Release 1 has no EBase, IntCtl, SRSCtl, HWREna and no Cause.TI and DC. */
  readonly release: 1 | 2;
  /** Address translation: a TLB of so many entries, or the fixed mapping. */
  readonly mmu: { readonly kind: 'tlb'; readonly entries: number } | { readonly kind: 'fixed' };
  readonly prid: number;
  /** Config to Config3 at reset; Config.BE is added on a big-endian core. A Config without its M bit ends the list. */
  readonly config: readonly [number, number, number, number];
  /** Writable bits of Config and Status. */
  readonly configMask: number;
  readonly statusMask: number;
  /** FPU identification; absent on a core without one. */
  readonly fir?: number;
  /** Count advances once in so many ticks (RDHWR CCRes). */
  readonly countDivisor: number;
}

// What every MIPS32 core of MIPS Technologies here has in common.
const common = {
  configMask: 0x0000_0007,
  countDivisor: 2,
} as const;

const tlb16 = { kind: 'tlb', entries: 16 } as const;

/**
 * Reset values and masks agree with what software sees on QEMU's models of the same names; MIPS16e and microMIPS, which the
 * real parts also have, are not emulated and their Config bits read 0.
 */
export const models = {
  '24Kc': {
    ...common,
    name: '24Kc',
    isa: MIPS32R2,
    release: 2,
    mmu: tlb16,
    prid: 0x0001_9300,
    config: [0x8000_0482, 0x9e19_0c8a, 0x8000_0000, 0],
    statusMask: 0x1078_ff1f,
  },
  '4KEc': {
    ...common,
    name: '4KEc',
    isa: MIPS32R2,
    release: 2,
    mmu: tlb16,
    prid: 0x0001_9000,
    config: [0x8000_0482, 0x9e19_0c8a, 0x8000_0000, 0],
    statusMask: 0x1078_ff17,
  },
  '4Kc': {
    ...common,
    name: '4Kc',
    isa: MIPS32,
    release: 1,
    mmu: tlb16,
    prid: 0x0001_8000,
    config: [0x8000_0082, 0x9e19_0c8a, 0x8000_0000, 0],
    statusMask: 0x1078_ff17,
  },
} as const satisfies Record<string, CpuModel>;

export type ModelName = keyof typeof models;
