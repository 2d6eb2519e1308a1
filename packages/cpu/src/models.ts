// Cores as data: what each one's registers hold at reset, which bits of them software can write, and which instructions it has.
import { cop1x, dsp, dspr2, fpu, fpu64, MIPS1, MIPS4, MIPS32, MIPS32R2, mt, type Row } from '@kseg/isa';
import type { MmuKind } from '@kseg/mmu';
import { FIR_24KF, FIR_34KF, FIR_74KF } from './fpu/index.ts';
import { CAUSE_DC, CAUSE_IP_SOFTWARE, CAUSE_IV, CAUSE_WP } from './status.ts';

export interface CpuModel {
  /** As boards and `--cpu` call it. */
  readonly name: string;
  /** The instruction rows that exist; every other word is a reserved instruction. */
  readonly isa: readonly Row[];
  /** MIPS32 release of CP0: Release 1 has no EBase, IntCtl, SRSCtl, HWREna and no Cause.TI and DC. */
  readonly release: 1 | 2;
  /** Address translation: a TLB of so many entries (`r4000`: with that core's page sizes), the fixed mapping, or an R3000A's. */
  readonly mmu: MmuKind;
  readonly prid: number;
  /** Config to Config3 at reset; Config.BE is added on a big-endian core. */
  readonly config: readonly [number, number, number, number];
  /** Writable bits of Config, Status and Cause. */
  readonly configMask: number;
  readonly statusMask: number;
  readonly causeMask: number;
  /** SRSCtl at reset: HSS, the highest shadow set, in bits 29:26. */
  readonly srsCtl?: number;
  /** FPU identification; absent on a core without one. */
  readonly fir?: number;
  /** Count advances once in so many ticks (RDHWR CCRes). */
  readonly countDivisor: number;
}

const R1_CAUSE = CAUSE_IV | CAUSE_WP | CAUSE_IP_SOFTWARE;
const CONFIG2 = 0x8000_0000;

/** A Release 1 core of MIPS Technologies. */
const release1 = {
  isa: MIPS32,
  release: 1,
  mmu: { kind: 'tlb', entries: 16 },
  config: [0x8000_0082, 0x9e19_0c8a, CONFIG2, 0],
  configMask: 0x0000_0007,
  statusMask: 0x1078_ff17,
  causeMask: R1_CAUSE,
  countDivisor: 2,
} as const;

/** A Release 2 core of MIPS Technologies. */
const release2 = {
  ...release1,
  isa: MIPS32R2,
  release: 2,
  config: [0x8000_0482, 0x9e19_0c8a, CONFIG2, 0],
  causeMask: R1_CAUSE | CAUSE_DC,
} as const;

const withFpu = [...MIPS32R2, ...fpu, ...fpu64, ...cop1x];
/** Config1.FP. */
const FP = 1;
/** Config3.MT, VInt, DSPP and DSP2P. */
const MT = 1 << 2;
const VINT = 1 << 5;
const DSPP = 1 << 10;
const DSP2P = 1 << 11;

/**
 * Reset values and masks agree with what software sees on QEMU's models of the same names, but for what is not emulated and whose bits
 * therefore read 0: MIPS16e (Config1.CA of 24K, 34K and 74K) and microMIPS (M14Kc).
 */
export const models = {
  '24Kc': { ...release2, name: '24Kc', prid: 0x0001_9300, statusMask: 0x1078_ff1f },
  '24Kf': {
    ...release2,
    name: '24Kf',
    isa: withFpu,
    prid: 0x0001_9300,
    config: [0x8000_0482, 0x9e19_0c8a | FP, CONFIG2, 0],
    statusMask: 0x3478_ff1f,
    fir: FIR_24KF,
  },
  '24KEc': {
    ...release2,
    name: '24KEc',
    isa: [...MIPS32R2, ...dsp],
    prid: 0x0001_9600,
    config: [0x8000_0482, 0x9e19_0c8a, CONFIG2, DSPP],
    statusMask: 0x1178_ff1f,
  },
  '34Kf': {
    ...release2,
    name: '34Kf',
    isa: [...withFpu, ...dsp, ...mt],
    mmu: { kind: 'tlb', entries: 64 },
    prid: 0x0001_9500,
    config: [0x8000_0482, 0xfe19_0c8a | FP, CONFIG2, DSPP | VINT | MT],
    statusMask: 0x3578_ff1f,
    srsCtl: 0x3c00_0000,
    fir: FIR_34KF,
  },
  '74Kf': {
    ...release2,
    name: '74Kf',
    isa: [...withFpu, ...dsp, ...dspr2],
    prid: 0x0001_9700,
    config: [0x8000_0482, 0x9e19_0c8a | FP, CONFIG2, DSP2P | DSPP | VINT],
    statusMask: 0x3578_ff1f,
    fir: FIR_74KF,
  },
  '4KEc': { ...release2, name: '4KEc', prid: 0x0001_9000 },
  M14Kc: { ...release2, name: 'M14Kc', prid: 0x0001_9c00 },
  '4Kc': { ...release1, name: '4Kc', prid: 0x0001_8000 },
  '4Km': {
    ...release1,
    name: '4Km',
    mmu: { kind: 'fixed' },
    prid: 0x0001_8300,
    // No MMU size; WatchLo and the fixed mapping (Config.MT = 3).
    config: [0x8000_0182, 0x8019_0c8a, CONFIG2, 0],
    // K23, KU and K0
    configMask: 0x7e00_0007,
    statusMask: 0x1058_ff17,
  },
  /** An R4000 as a 32-bit system uses it: 64-bit operations are reserved instructions; MIPS IV's moves and conditions are there. */
  R4000: {
    ...release1,
    name: 'R4000',
    isa: [...MIPS4, ...fpu],
    mmu: { kind: 'r4000', entries: 48 },
    prid: 0x0000_0400,
    config: [0x0000_0482, 0, 0, 0],
    statusMask: 0x3478_ff1f,
    causeMask: CAUSE_IP_SOFTWARE,
    fir: 0x0000_0500,
  },
  /** Loads arrive one instruction late, and exceptions push a stack of modes: a core of its own (r3000.ts). */
  R3000A: {
    ...release1,
    name: 'R3000A',
    isa: MIPS1,
    mmu: { kind: 'r3000' },
    prid: 0x0000_0230,
    config: [0, 0, 0, 0],
    configMask: 0,
    statusMask: 0xf247_ff3f,
    causeMask: CAUSE_IP_SOFTWARE,
  },
} as const satisfies Record<string, CpuModel>;

export type ModelName = keyof typeof models;

/** The model of a name that anybody may have typed. */
export const findModel = (name: string): CpuModel | undefined =>
  Object.hasOwn(models, name) ? models[name as ModelName] : undefined;
