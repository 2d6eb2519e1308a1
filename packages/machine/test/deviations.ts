// What DEVIATIONS.md of @kseg/cpu lists, as programs: each shows both behaviours.
import type { ModelName } from '@kseg/cpu';
import type { TlbEntry } from './oracle/program.ts';

export interface Deviation {
  /** Its heading in the list. */
  readonly title: string;
  readonly cpu: ModelName;
  /** Assembly; $28 points into the data window. */
  readonly source: string;
  readonly gprs?: Readonly<Record<number, number>>;
  readonly user?: boolean;
  readonly status?: number;
  readonly tlb?: readonly TlbEntry[];
  /** Words of the result (see oracle/layout.ts), ours and QEMU's. */
  readonly shows: Readonly<Record<string, readonly [kseg: number, qemu: number]>>;
}

const CODE = 0x7c;
/** Words whose other bits are of no interest. */
export const masks: Readonly<Record<string, number>> = {
  'exception0.cause': 0x8000_0000 + CODE,
  'cp0.cause': 0x8000_0000 + CODE,
};

const RESERVED = 10 << 2;
const THREAD = 25 << 2;
const none = 0;

export const deviations: readonly Deviation[] = [
  {
    title: 'COP2',
    cpu: '24Kc',
    source: 'mfc2 $8, $1',
    shows: { 'exception0.cause': [11 << 2, RESERVED] },
  },
  {
    title: 'SC without a link',
    cpu: '24Kc',
    source: 'sc $8, 1($28)',
    shows: { 'exception0.cause': [5 << 2, none] },
  },
  {
    title: 'LL and SC by two addresses for one word',
    cpu: '24Kc',
    source: 'll $8, 0($28)\n lui $10, 0x2000\n addu $9, $28, $10\n sc $11, 0($9)',
    shows: { r11: [1, 0] },
  },
  {
    title: 'SC to another word in between',
    cpu: '24Kc',
    source: 'll $8, 0($28)\n sc $9, 8($28)\n sc $10, 0($28)',
    shows: { r9: [0, 0], r10: [0, 1] },
  },
  {
    title: 'SC after SC',
    cpu: '24Kc',
    source: 'll $8, 0($28)\n sc $8, 0($28)\n sc $9, 0($28)',
    shows: { r8: [1, 1], r9: [0, 1] },
  },
  {
    title: 'SYNCI and CACHE of an address',
    cpu: '24Kc',
    source: 'synci 0($0)\n cache 0x15, 0($0)',
    shows: { exceptions: [2, 0] },
  },
  {
    title: 'Branches that compare a register with itself',
    cpu: '24Kc',
    source: 'bne $0, $0, 1f\n teq $0, $0\n1:',
    shows: { 'exception0.cause': [0x8000_0000 + (13 << 2), 13 << 2] },
  },
  {
    title: 'MDMX',
    cpu: '24Kc',
    source: '.word 0x78000000',
    shows: { 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'PMON',
    cpu: '24Kc',
    source: '.word 0x00000005',
    shows: { 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'Fields that should be zero',
    cpu: '24Kc',
    source: '.word 0x02000040',
    shows: { 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'Reserved words of SPECIAL3 with rd = 0',
    cpu: '24Kf',
    source: '.word 0x7c1d0350',
    shows: { 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'DSP instructions to $0',
    cpu: '24KEc',
    // MX is clear.
    source: '.word 0x7c690150',
    shows: { 'exception0.cause': [26 << 2, none] },
  },
  {
    title: 'MFC0 to $0',
    cpu: '4Kc',
    source: '.word 0x40007801',
    shows: { 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'RDHWR $29',
    cpu: '24Kc',
    source: '.word 0x7c08e83b',
    shows: { 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'PageMask with holes',
    cpu: '24Kc',
    source: 'li $8, 0x0000a000\n mtc0 $8, $5',
    shows: { 'cp0.pagemask': [0xa000, 0] },
  },
  {
    title: 'SRSCtl without shadow sets',
    cpu: '24Kc',
    source: 'li $8, -1\n mtc0 $8, $12, 2',
    shows: { 'cp0.srsctl': [0, 0xf3c0] },
  },
  {
    title: 'Status.RE',
    cpu: '24Kc',
    source: 'lui $8, 0x1200\n mtc0 $8, $12',
    shows: { 'cp0.status': [0x1000_0000, 0x1200_0000] },
  },
  {
    title: 'Odd doubles with FR clear',
    cpu: '24Kf',
    status: 0x2000_0000,
    source: '.word 0x463266d2',
    shows: { 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'CFC1 of a register that does not exist',
    cpu: '24Kf',
    status: 0x2000_0000,
    source: 'li $8, 3\n ctc1 $8, $31\n .word 0x44494800',
    shows: { r9: [0, 3] },
  },
  {
    title: 'EntryHi and Context behind an address error',
    cpu: '24Kc',
    user: true,
    source: 'lui $8, 0x9000\n lw $9, 0($8)',
    shows: { 'exception0.entryhi': [0, 0x9000_0000], 'exception0.context': [0x007f_fff0, 0x0048_0000] },
  },
  {
    title: 'Odd jump targets',
    cpu: '24Kc',
    source: 'li $8, 0x1001\n jr $8\n nop',
    shows: { 'exception0.cause': [4 << 2, 2 << 2], 'exception0.badvaddr': [0x1001, 0x1000] },
  },
  {
    title: 'Moves between shadow sets',
    cpu: '24Kc',
    source: 'li $8, 1\n li $9, 2\n wrpgpr $8, $9\n addiu $10, $8, 0',
    shows: { r10: [2, 1] },
  },
  {
    title: 'DMT, EMT and DVPE',
    cpu: '34Kf',
    // EMT $8, DMT $9, DVPE $10, EVPE $11
    source: '.word 0x41680be1\n .word 0x41690bc1\n .word 0x416a0001\n .word 0x416b0021',
    shows: { r9: [0x8000, 0], r10: [1, 1], r11: [0, 1] },
  },
  {
    title: 'FORK',
    cpu: '34Kf',
    source: '.word 0x7d2a4008',
    shows: { 'exception0.cause': [THREAD, none] },
  },
  {
    title: 'YIELD of 0',
    cpu: '34Kf',
    source: '.word 0x7c004009',
    shows: { 'exception0.cause': [THREAD, none] },
  },
  {
    title: 'TCStatus.TMX',
    cpu: '34Kf',
    source: 'lui $8, 0x0800\n mtc0 $8, $2, 1\n mfc0 $9, $2, 1',
    shows: { r9: [0x0800_0000, 0] },
  },
  {
    title: 'TCStatus.TASID behind TLBR',
    cpu: '34Kf',
    source: 'li $8, 5\n mtc0 $8, $10\n mtc0 $0, $0\n tlbr\n mfc0 $9, $2, 1\n andi $9, $9, 0xff',
    shows: { r9: [0, 5] },
  },
  {
    title: 'TCStatus.IXMT',
    cpu: '34Kf',
    status: 0x101,
    // The interrupt is asked for under IXMT, which then ends.
    source:
      'li $8, 0x2400\n mtc0 $8, $2, 1\n li $8, 0x100\n mtc0 $8, $13\n li $9, 1\n li $8, 0x2000\n mtc0 $8, $2, 1\n mfc0 $9, $13\n andi $9, $9, 0x300',
    shows: { r9: [0, 0x100] },
  },
  {
    title: 'MFTR behind a write to VPEControl',
    cpu: '34Kf',
    source: 'li $8, 5\n mtc0 $8, $1, 1\n ehb\n .word 0x41084820\n mtc0 $0, $1, 1',
    shows: { r9: [0xffff_ffff, 5] },
  },
  {
    title: 'MFTR and MTTR without the MT ASE',
    cpu: '24Kc',
    source: 'li $8, 5\n .word 0x41084820',
    shows: { r9: [0, 5], 'exception0.cause': [RESERVED, none] },
  },
  {
    title: 'MFTR and MTTR of VPESchedule and its like',
    cpu: '34Kf',
    source: '.word 0x41014805',
    shows: { 'exception0.cause': [none, RESERVED] },
  },
  {
    title: 'BC1F and its like in a delay slot',
    cpu: '24Kf',
    // CU1 is clear.
    source: 'b 1f\n .word 0x45000000\n 1:',
    shows: { 'exception0.cause': [0x8000_0000 + RESERVED, 0x8000_0000 + (11 << 2)] },
  },
  {
    title: 'SDBBP',
    cpu: '24Kf',
    // Behind an exception in a delay slot
    source: 'b 1f\n teq $0, $0\n1: .word 0x7000003f\n mfc0 $8, $23\n lui $9, 0x8000\n ori $9, 0x7c3f\n and $8, $8, $9',
    shows: { r8: [2, 0x2402], 'cp0.cause': [0x8000_0034, 0x34] },
  },
  {
    title: 'ACX',
    cpu: '34Kf',
    source: 'li $8, 5\n .word 0x41881021\n .word 0x41024821',
    shows: { r9: [0, 5] },
  },
  {
    title: 'SRSConf',
    cpu: '34Kf',
    source: 'li $8, -1\n mtc0 $8, $6, 5\n mfc0 $9, $6, 5',
    shows: { r9: [0x3fef_fbfe, 0x3fff_ffff] },
  },
  {
    title: 'TCBind.CurVPE',
    cpu: '34Kf',
    source:
      'li $8, 3\n mtc0 $8, $0, 1\n li $9, 1\n mtc0 $9, $2, 2\n mfc0 $9, $2, 2\n mtc0 $0, $2, 2\n li $8, 1\n mtc0 $8, $0, 1',
    shows: { r9: [0, 1] },
  },
  {
    title: 'TCRestart',
    cpu: '34Kf',
    source: 'nop\n mfc0 $9, $2, 3\n andi $9, $9, 0xfff',
    shows: { r9: [4, 0] },
  },
  {
    title: 'IntCtl.VS without Config3.VInt',
    cpu: '24Kc',
    // Software interrupt 1, with Cause.IV
    status: 0x201,
    source:
      'li $8, 0x20\n mtc0 $8, $12, 1\n lui $8, 0x0080\n ori $8, 0x0200\n mtc0 $8, $13\n ehb\n nop\n mtc0 $0, $12, 1',
    shows: { 'exception0.vector': [0x201, 0x221] },
  },
  {
    title: 'Exceptions and shadow sets',
    cpu: '34Kf',
    // ESS and PSS are 1: an exception saves the current set, 0, in PSS.
    source: 'li $8, 0x0040\n mtc0 $8, $12, 2\n teq $0, $0\n mfc0 $9, $12, 2\n andi $9, $9, 0x3c0',
    shows: { r9: [0, 0x40] },
  },
  {
    title: 'MIPS16e',
    cpu: '24Kc',
    source: 'mfc0 $8, $16, 1\n andi $8, $8, 4',
    shows: { r8: [0, 4] },
  },
  {
    title: 'The fixed mapping’s registers',
    cpu: '4Km',
    source:
      'li $8, 0x1000\n mtc0 $8, $10\n mfc0 $9, $10\n li $8, -1\n mtc0 $8, $16\n mfc0 $10, $16\n srl $10, $10, 25\n andi $10, $10, 0x3f',
    shows: { r9: [0, 0], r10: [0x3f, 0] },
  },
  {
    title: 'Watch registers',
    cpu: '24Kc',
    source:
      'ori $8, $28, 2\n mtc0 $8, $18\n lui $9, 0x4000\n mtc0 $9, $19\n ehb\n lw $10, 0($28)\n mfc0 $11, $18\n mtc0 $0, $18\n andi $11, $11, 7',
    shows: { 'exception0.cause': [23 << 2, none], r11: [2, 0] },
  },
  {
    title: 'TLBWR',
    cpu: '24Kc',
    source: `li $8, 15
        mtc0 $8, $6
        lui $8, 0x1000
        mtc0 $8, $10
        li $9, 0x0001001f
        mtc0 $9, $2
        mtc0 $9, $3
        ehb
        tlbwr
        lw $10, 0($8)
        lui $11, 0x2000
        mtc0 $11, $10
        ehb
        tlbwr
        lw $10, 0($8)`,
    shows: { exceptions: [1, 0] },
  },
];
