// Where things lie in the memory of a batch: one image that carries hundreds of programs, a runtime, and room for what the programs leave
// behind. Addresses are physical; the guest uses them through kseg0.

export const KSEG0 = 0x8000_0000;

/** RAM of both machines. */
export const RAM = 16 << 20;

/** The runtime's variables, between the exception vectors. */
export const SCRATCH = 0x800;
/** Offsets in SCRATCH. */
export const scratch = {
  /** Address of the present program's record. */
  record: 0,
  /** Programs still to run, the present one included. */
  left: 4,
  /** Saved by the exception handler. */
  saved: 8,
  /** Not 0 while the runtime itself faults on purpose. */
  quiet: 24,
} as const;

/** A jump here ends a program in kernel mode. */
export const FINISH = 0x500;

/** Offsets of the vectors: refill, cache error, all others, and interrupts 0 and 1 with each spacing that IntCtl.VS has. */
export const VECTORS = [0, 0x100, 0x180, 0x200, 0x220, 0x240, 0x280, 0x300, 0x400] as const;

export const RUNTIME = 0x1_0000;

/** Programs to a batch, at most. */
export const BATCH = 1024;

/** The boot ROM's exception vectors, for Status.BEV. */
export const BOOT_VECTORS = 0x1fc0_0200;
/** Offset from there of the debug exception's vector. */
export const DEBUG_VECTOR = 0x280;

/** Each program's instructions: a slot of whole words within one page, so that code never shares a page with data. */
export const CODE = 0x10_0000;
export const CODE_BYTES = 0x200;
/** Each program's data window. */
export const DATA = 0x40_0000;
export const DATA_BYTES = 0x100;
/** Each program's record: what it starts with. */
export const RECORD = 0x80_0000;
export const RECORD_BYTES = 0x400;
/** Each program's results. */
export const RESULT = 0xa0_0000;
export const RESULT_BYTES = 0xa00;

/** Where code and data wait that share a place with other programs. */
export const CODE_STORE = 0xc8_0000;
export const DATA_STORE = 0xd0_0000;

/** Where a program in user mode sees its code's page; the page of its data follows. */
export const USER = 0x0040_0000;

/** Offsets by name. Asking for a name that does not exist is a mistake in the tests themselves. */
const offsets = (list: readonly string[]): ((name: string) => number) => {
  const known = new Map(list.map((name, i) => [name, 4 * i]));
  return (name) => {
    const offset = known.get(name);
    if (offset === undefined) throw new Error(`no word "${name}"`);
    return offset;
  };
};

/** Those of the MT ASE. */
const threadCp0 = [
  ['mvpcontrol', 0, 1],
  ['vpeconf0', 1, 2],
  ['vpecontrol', 1, 1],
  ['vpeschedule', 1, 5],
  ['vpeschefback', 1, 6],
  ['vpeopt', 1, 7],
  ['tcstatus', 2, 1],
  ['tcbind', 2, 2],
  ['tccontext', 2, 5],
  ['tcschedule', 2, 6],
] as const;

/** CP0 registers that a program starts with, by number and select; the runtime writes them in this order. */
export const initialCp0 = [
  ...threadCp0,
  ['tcschefback', 2, 7],
  ['watchlo', 18, 0],
  ['watchhi', 19, 0],
  ['hwrena', 7, 0],
  ['intctl', 12, 1],
  ['srsctl', 12, 2],
  ['ebase', 15, 1],
  ['pagemask', 5, 0],
  ['wired', 6, 0],
  ['entrylo0', 2, 0],
  ['entrylo1', 3, 0],
  ['index', 0, 0],
  ['context', 4, 0],
  ['entryhi', 10, 0],
  ['errorepc', 30, 0],
  ['config', 16, 0],
  ['cause', 13, 0],
  ['epc', 14, 0],
] as const;

/** CP0 registers compared behind a program. */
export const finalCp0 = [
  ...threadCp0,
  ['watchlo', 18, 0],
  ['watchhi', 19, 0],
  ['index', 0, 0],
  ['entrylo0', 2, 0],
  ['entrylo1', 3, 0],
  ['context', 4, 0],
  ['pagemask', 5, 0],
  ['wired', 6, 0],
  ['hwrena', 7, 0],
  ['badvaddr', 8, 0],
  ['entryhi', 10, 0],
  ['compare', 11, 0],
  ['status', 12, 0],
  ['intctl', 12, 1],
  ['srsctl', 12, 2],
  ['cause', 13, 0],
  ['epc', 14, 0],
  ['prid', 15, 0],
  ['ebase', 15, 1],
  ['config', 16, 0],
  ['errorepc', 30, 0],
] as const;

/** What only Release 2 has. */
export const isRelease2 = (name: string): boolean => ['hwrena', 'intctl', 'srsctl', 'ebase'].includes(name);

/** What only the MT ASE has. */
export const isThreads = (name: string): boolean => /^(mvp|vpe|tc)/.test(name);

/** CP0 registers of a TLB: a core with the fixed mapping has none of them, QEMU's keeps what is written (DEVIATIONS.md). */
export const isTlbRegister = (number: number, select = 0): boolean =>
  select === 0 && [0, 1, 2, 3, 4, 5, 6, 10].includes(number);

const gprs = Array.from({ length: 32 }, (_, i) => `r${i}`);
const fprs = Array.from({ length: 64 }, (_, i) => `f${i >> 1}${i & 1 ? '.1' : '.0'}`);
const accumulators = ['ac1.hi', 'ac1.lo', 'ac2.hi', 'ac2.lo', 'ac3.hi', 'ac3.lo'];

/** Words of a record. */
const recordWords = [
  ...gprs,
  'hi',
  'lo',
  'entry',
  'codeStart',
  'codeBytes',
  'result',
  'codeSource',
  'place',
  'data',
  'dataSource',
  'status',
  'flags',
  ...initialCp0.map(([name]) => name as string),
  'timer',
  'fcsr',
  ...accumulators,
  'dspcontrol',
  'unused',
  ...fprs, // on a doubleword boundary
  'tlbCount',
  ...Array.from({ length: 4 * 16 }, (_, i) => `tlb${i >> 2}.${['hi', 'lo0', 'lo1', 'mask'][i & 3]}`),
];
export const record = offsets(recordWords);

/** Bits of `flags`. */
export const flags = {
  /** Enter by ERET, with `status` of the time behind it. */
  eret: 1,
  /** Dump the TLB. */
  tlb: 2,
} as const;

/** Exceptions that are remembered, and words of each. */
export const LOG_ENTRIES = 16;
const logWords = ['vector', 'cause', 'epc', 'status', 'badvaddr', 'entryhi', 'context', 'index'] as const;

/** Words of a result. */
export const resultWords = [
  'exceptions',
  'finished',
  ...gprs,
  'hi',
  'lo',
  ...finalCp0.map(([name]) => `cp0.${name}`),
  'fcsr',
  ...accumulators,
  'dspcontrol',
  'debug',
  ...fprs,
  ...Array.from({ length: LOG_ENTRIES }, (_, i) => logWords.map((name) => `exception${i}.${name}`)).flat(),
  ...Array.from({ length: 4 * 64 }, (_, i) => `tlb${i >> 2}.${['hi', 'lo0', 'lo1', 'mask'][i & 3]}`),
  ...Array.from({ length: DATA_BYTES / 4 }, (_, i) => `memory+${4 * i}`),
];
export const result = offsets(resultWords);

/** What `finished` holds at the end. */
export const FINISHED = 0x600d_600d;

if ((record('f0.0') | result('f0.0')) & 7) throw new Error('doubles lie on doubleword boundaries');
