// From instruction words to what the interpreter runs: two integers for each word.
//
//   first:  handler number 7:0 | rs 13:8 | rt 19:14 | rd 25:20, where a destination $0 is replaced by the sink
//   second: the immediate, the branch displacement, the shift amount … or, for rare handlers, the instruction word itself
import { type Decoder, decoder, type Row } from '@kseg/isa';
import { CP0_BAD_VADDR, CP0_CONTEXT, CP0_ENTRY_HI, CP0_ENTRY_LO0, CP0_ENTRY_LO1 } from '@kseg/mmu';
import { conditionBit } from './fpu/index.ts';
import type { CpuModel } from './models.ts';
import { EPC, ERROR_EPC, MMU_STATE, SINK, STATUS } from './state.ts';

/**
 * What a handler finds in its two integers. The letter before the colon tells the destination (d: rd, t: rt, -: none, which is then as
 * written), the rest what the second integer holds.
 */
export type Shape =
  | 'd' // nothing
  | 'd:sa'
  | 't:simm'
  | 't:uimm'
  | 't:upper' // immediate << 16
  | 't:extract' // mask; rd holds the position
  | 't:insert' // mask in place; rd holds the position
  | '-'
  | '-:simm'
  | '-:branch' // displacement in bytes
  | '-:condition' // displacement in bytes; rt holds the condition's bit in FCSR
  | 't'
  | 'd:word'
  | '-:region' // address in the 256 MB region
  | 't:word'
  | '-:word'; // the instruction

/** A handler: its number, its shape, and the rows it serves. Numbers appear as literals in interpret.ts and rare.ts. */
type Handler = readonly [number: number, name: string, shape: Shape, rows?: string];

/** The word has not been decoded yet. Zero, so that clearing memory invalidates. */
export const DECODE = 0;
const NOP = 1;
/** A host's breakpoint lies on the word. */
export const HOST_BREAK = 2;
/** A branch behind a branch: reserved when it is reached as the other's delay slot. */
export const SECOND_BRANCH = 3;
const RESERVED = 4;
/** An engine has planted the word: it executes from here. */
export const TRANSLATED = 5;
/** Every handler from here on is a branch or jump with a delay slot; SECOND_BRANCH is one too. */
export const FIRST_BRANCH = 192;

const table = [
  [10, 'ADDU', 'd', 'addu'],
  [11, 'SUBU', 'd', 'subu'],
  [12, 'AND', 'd', 'and'],
  [13, 'OR', 'd', 'or'],
  [14, 'XOR', 'd', 'xor'],
  [15, 'NOR', 'd', 'nor'],
  [16, 'SLT', 'd', 'slt'],
  [17, 'SLTU', 'd', 'sltu'],
  [18, 'SLLV', 'd', 'sllv'],
  [19, 'SRLV', 'd', 'srlv'],
  [20, 'SRAV', 'd', 'srav'],
  [21, 'ROTRV', 'd', 'rotrv'],
  [22, 'MOVZ', 'd', 'movz'],
  [23, 'MOVN', 'd', 'movn'],
  [24, 'SLL', 'd:sa', 'sll'],
  [25, 'SRL', 'd:sa', 'srl'],
  [26, 'SRA', 'd:sa', 'sra'],
  [27, 'ROTR', 'd:sa', 'rotr'],
  [28, 'MOVE', 'd'],
  [29, 'LI', 't:upper', 'lui'],
  [30, 'ADDIU', 't:simm', 'addiu'],
  [31, 'SLTI', 't:simm', 'slti'],
  [32, 'SLTIU', 't:simm', 'sltiu'],
  [33, 'ANDI', 't:uimm', 'andi'],
  [34, 'ORI', 't:uimm', 'ori'],
  [35, 'XORI', 't:uimm', 'xori'],
  [36, 'EXT', 't:extract', 'ext'],
  [37, 'INS', 't:insert', 'ins'],
  [38, 'SEB', 'd', 'seb'],
  [39, 'SEH', 'd', 'seh'],
  [40, 'WSBH', 'd', 'wsbh'],
  [41, 'CLZ', 'd', 'clz'],
  [42, 'CLO', 'd', 'clo'],
  [43, 'MFHI', 'd', 'mfhi'],
  [44, 'MFLO', 'd', 'mflo'],
  [45, 'MTHI', '-', 'mthi'],
  [46, 'MTLO', '-', 'mtlo'],
  [47, 'MUL', 'd', 'mul'],
  [48, 'MULT', '-', 'mult'],
  [49, 'MULTU', '-', 'multu'],
  [50, 'MADD', '-', 'madd'],
  [51, 'MADDU', '-', 'maddu'],
  [52, 'MSUB', '-', 'msub'],
  [53, 'MSUBU', '-', 'msubu'],
  [54, 'DIV', '-', 'div'],
  [55, 'DIVU', '-', 'divu'],
  [56, 'ADD', 'd', 'add'],
  [57, 'SUB', 'd', 'sub'],
  [58, 'ADDI', 't:simm', 'addi'],
  [59, 'TEQ', '-', 'teq teq:0'],
  // Moves from and to CP0 registers that are plain words of the state block; the second integer is the word's place.
  [60, 'MFC0_WORD', 't:word'],
  [61, 'MTC0_WORD', '-:word'],
  [62, 'MTC0_ENTRY_LO', '-:word'],

  [64, 'LB', 't:simm', 'lb'],
  [65, 'LBU', 't:simm', 'lbu'],
  [66, 'LH', 't:simm', 'lh'],
  [67, 'LHU', 't:simm', 'lhu'],
  [68, 'LW', 't:simm', 'lw'],
  // LWL and LWR merge into rt: reading $0 as a source is reading the sink, whose value nobody sees.
  [69, 'LWL', 't:simm', 'lwl'],
  [70, 'LWR', 't:simm', 'lwr'],
  [71, 'SB', '-:simm', 'sb'],
  [72, 'SH', '-:simm', 'sh'],
  [73, 'SW', '-:simm', 'sw'],
  [74, 'SWL', '-:simm', 'swl'],
  [75, 'SWR', '-:simm', 'swr'],

  // From here to 191: instructions carried out by `rare`.
  [76, 'LL', 't:simm', 'll'],
  // SC reads rt before it writes it: $0 stays $0.
  [77, 'SC', '-:simm', 'sc'],
  [78, 'SYSCALL', '-:word', 'syscall'],
  [79, 'BREAK', '-:word', 'break'],
  [80, 'SDBBP', '-:word', 'sdbbp'],
  [81, 'TGE', '-:word', 'tge'],
  [82, 'TGEU', '-:word', 'tgeu'],
  [83, 'TLT', '-:word', 'tlt'],
  [84, 'TLTU', '-:word', 'tltu'],
  [85, 'TNE', '-:word', 'tne'],
  [86, 'TGEI', '-:simm', 'tgei'],
  [87, 'TGEIU', '-:simm', 'tgeiu'],
  [88, 'TLTI', '-:simm', 'tlti'],
  [89, 'TLTIU', '-:simm', 'tltiu'],
  [90, 'TEQI', '-:simm', 'teqi'],
  [91, 'TNEI', '-:simm', 'tnei'],
  [92, 'MFC0', '-:word', 'mfc0 mfc0:sel'],
  [93, 'MTC0', '-:word', 'mtc0 mtc0:sel'],
  [94, 'TLBR', '-:word', 'tlbr'],
  [95, 'TLBWI', '-:word', 'tlbwi'],
  [96, 'TLBWR', '-:word', 'tlbwr'],
  [97, 'TLBP', '-:word', 'tlbp'],
  [98, 'ERET', '-:word', 'eret'],
  [99, 'DERET', '-:word', 'deret'],
  [100, 'WAIT', '-:word', 'wait'],
  [101, 'DI', '-:word', 'di'],
  [102, 'EI', '-:word', 'ei'],
  [103, 'RDPGPR', '-:word', 'rdpgpr'],
  [104, 'WRPGPR', '-:word', 'wrpgpr'],
  [105, 'RDHWR', '-:word', 'rdhwr'],
  [106, 'CACHE', '-:word', 'cache'],
  [107, 'SYNCI', '-:word', 'synci'],
  [108, 'COP0', '-:word'],
  [109, 'COP1', '-:word'],
  [110, 'COP2', '-:word'],
  [111, 'COP3', '-:word'],
  // Coprocessor 1. FPU is whatever computes, converts, compares or moves between its own registers.
  [112, 'FPU', '-:word'],
  [113, 'MFC1', 't', 'mfc1'],
  [114, 'MTC1', '-', 'mtc1'],
  [115, 'LWC1', '-:simm', 'lwc1'],
  [116, 'LDC1', '-:simm', 'ldc1'],
  [117, 'SWC1', '-:simm', 'swc1'],
  [118, 'SDC1', '-:simm', 'sdc1'],
  [119, 'MFHC1', 't', 'mfhc1'],
  [120, 'MTHC1', '-', 'mthc1'],
  [121, 'CFC1', 't', 'cfc1'],
  [122, 'CTC1', '-', 'ctc1'],
  [123, 'MOVCI', 'd:word', 'movf movt'],
  // The DSP ASE: what computes, and its loads.
  [126, 'DSP', '-:word'],
  [127, 'DSP_LOAD', '-:word', 'lwx lhx lbux'],
  // An R3000A's.
  [125, 'RFE', '-:word', 'rfe'],
  [124, 'INDEXED', '-:word', 'lwxc1 ldxc1 luxc1 swxc1 sdxc1 suxc1 prefx'],

  // The MT ASE.
  [128, 'DMT', '-:word', 'dmt'],
  [129, 'EMT', '-:word', 'emt'],
  [130, 'DVPE', '-:word', 'dvpe'],
  [131, 'EVPE', '-:word', 'evpe'],
  [132, 'MFTR', '-:word', 'mftr'],
  [133, 'MTTR', '-:word', 'mttr'],
  [134, 'FORK', '-:word', 'fork'],
  [135, 'YIELD', '-:word', 'yield'],

  [192, 'BEQ', '-:branch', 'beq'],
  [193, 'BNE', '-:branch', 'bne'],
  [194, 'BEQZ', '-:branch'],
  [195, 'BNEZ', '-:branch'],
  [196, 'BLEZ', '-:branch', 'blez'],
  [197, 'BGTZ', '-:branch', 'bgtz'],
  [198, 'BLTZ', '-:branch', 'bltz'],
  [199, 'BGEZ', '-:branch', 'bgez'],
  [200, 'BLTZAL', '-:branch', 'bltzal'],
  [201, 'BGEZAL', '-:branch', 'bgezal'],
  [202, 'B', '-:branch'],
  [203, 'J', '-:region', 'j'],
  [204, 'JAL', '-:region', 'jal'],
  [205, 'JR', '-', 'jr jr.hb'],
  [206, 'JALR', 'd', 'jalr jalr.hb'],
  [207, 'BEQL', '-:branch', 'beql'],
  [208, 'BNEL', '-:branch', 'bnel'],
  [209, 'BLEZL', '-:branch', 'blezl'],
  [210, 'BGTZL', '-:branch', 'bgtzl'],
  [211, 'BLTZL', '-:branch', 'bltzl'],
  [212, 'BGEZL', '-:branch', 'bgezl'],
  [213, 'BLTZALL', '-:branch', 'bltzall'],
  [214, 'BGEZALL', '-:branch', 'bgezall'],
  [215, 'BC1F', '-:condition', 'bc1f'],
  [216, 'BC1T', '-:condition', 'bc1t'],
  [217, 'BC1FL', '-:condition', 'bc1fl'],
  [218, 'BC1TL', '-:condition', 'bc1tl'],
  [219, 'BC0F', '-:branch', 'bc0f'],
  [220, 'BC0T', '-:branch', 'bc0t'],
  [221, 'BPOSGE32', '-:branch', 'bposge32'],
] as const satisfies readonly Handler[];

/** Rows that do nothing here: there is one processor and no cache or store buffer to see. */
const NOPS = ['sync', 'sync:stype', 'pref'];

type Numbers = { readonly [Entry in (typeof table)[number] as Entry[1]]: Entry[0] };

/** The numbers of all handlers, by name: for whoever need not have them as literals, as the hot loop does. */
export const HANDLER = {
  DECODE,
  NOP,
  HOST_BREAK,
  SECOND_BRANCH,
  RESERVED,
  TRANSLATED,
  ...(Object.fromEntries(table.map(([number, name]) => [name, number])) as Numbers),
} as const;

// Those that decoding itself tells apart or makes of others.
const { ADDU, OR, MOVE, LI, ADDIU, ORI, EXT, INS, MFLO, BEQ, BNE, BEQZ, BNEZ, B } = HANDLER;
const { MFC0, MTC0, MFC0_WORD, MTC0_WORD, MTC0_ENTRY_LO, COP0, COP1, COP2, COP3, FPU, DSP } = HANDLER;

const entries: readonly Handler[] = table;
const shapes = new Map(entries.map(([number, , shape]) => [number, shape]));
const numberOfRow = new Map<string, number>([
  ...NOPS.map((name) => [name, NOP] as const),
  ...entries.flatMap(([number, , , rows]) => (rows ?? '').split(' ').map((name) => [name, number] as const)),
]);

/** What a handler finds in its two integers. */
export const shapeOf = (handler: number): Shape => shapes.get(handler) ?? '-:word';

/** Handlers whose whole effect is a write to rd or rt: with $0 as destination they are NOPs. Loads and ADD, SUB, ADDI can fault. */
const isPlainWrite = (handler: number): boolean => handler >= ADDU && handler <= MFLO;

/** The handler of a coprocessor's or ASE's instructions that have none of their own. Coprocessors 2 and 3 are on no core here. */
const numberOfPrivilege = new Map([
  ['cop1', FPU],
  ['cop2', COP2],
  ['cop3', COP3],
  ['dsp', DSP],
]);

/** The handler that carries out `row`. */
export const handlerOf = (row: Row): number | undefined =>
  numberOfRow.get(row.name) ?? numberOfPrivilege.get(row.privilege);

export class Predecoder {
  readonly #decoder: Decoder;
  readonly #handlerOfId: Uint8Array;
  readonly #plainCp0: ReadonlyMap<number, number>;
  /** The two integers of the last `decode`. */
  first = 0;
  second = 0;

  constructor(model: CpuModel) {
    this.#decoder = decoder(model.isa);
    const { kind } = model.mmu;
    this.#plainCp0 =
      kind === 'r3000' ? new Map() : kind === 'fixed' ? plainCp0 : new Map([...plainCp0, ...plainTlbCp0]);
    const size = Math.max(...model.isa.map(({ id }) => id)) + 1;
    this.#handlerOfId = new Uint8Array(size).fill(RESERVED);
    for (const row of model.isa) this.#handlerOfId[row.id] = handlerOf(row) ?? RESERVED;
  }

  /** Decodes `word` into `first` and `second`. */
  decode(word: number): void {
    const handler = this.#handlerOf(word);
    if (handler === MFC0 || handler === MTC0) {
      this.#decodeCp0(handler === MTC0, word);
      return;
    }
    const shape = shapeOf(handler);
    const rs = (word >>> 21) & 31;
    let rt = (word >>> 16) & 31;
    let rd = (word >>> 11) & 31;
    const dest = shape[0] === 'd' ? rd : shape[0] === 't' ? rt : -1;
    if (dest === 0) {
      if (isPlainWrite(handler)) {
        this.first = NOP;
        this.second = 0;
        return;
      }
      if (shape[0] === 'd') rd = SINK;
      else rt = SINK;
    }
    const second = secondOf(shape.slice(2), word);
    if (shape.endsWith('tract') || shape.endsWith('insert')) {
      // rd's field is the size here; the position takes its place.
      rd = (word >>> 6) & 31;
    }
    if (shape === '-:condition') rt = Math.log2(conditionBit((word >>> 18) & 7) >>> 0);
    let special = handler;
    // The idioms that compilers emit most.
    if (handler === ADDU || handler === OR) {
      if (rt === 0) special = MOVE;
      else if (rs === 0) {
        this.first = pack(MOVE, rt, 0, rd);
        this.second = 0;
        return;
      }
    } else if ((handler === ADDIU || handler === ORI) && rs === 0) special = LI;
    else if (handler === BEQ && rt === rs) special = B;
    else if (handler === BEQ && rt === 0) special = BEQZ;
    else if (handler === BNE && rt === 0) special = BNEZ;
    this.first = pack(special, rs, rt, rd);
    this.second = second;
  }

  /** MFC0 and MTC0. */
  #decodeCp0(write: boolean, word: number): void {
    const register = (word >>> 11) & 31;
    const rt = (word >>> 16) & 31;
    const place = (word & 7) === 0 ? this.#plainCp0.get(register) : undefined;
    const entryLo = register === CP0_ENTRY_LO0 || register === CP0_ENTRY_LO1;
    this.second = place ?? word | 0;
    if (place !== undefined && !write) this.first = pack(MFC0_WORD, 0, rt === 0 ? SINK : rt, 0);
    else if (place !== undefined && entryLo) this.first = pack(MTC0_ENTRY_LO, 0, rt, 0);
    else if (place !== undefined && (register === 14 || register === 30)) this.first = pack(MTC0_WORD, 0, rt, 0);
    else {
      this.first = pack(write ? MTC0 : MFC0, (word >>> 21) & 31, rt, register);
      this.second = word | 0;
    }
  }

  #handlerOf(word: number): number {
    const id = this.#decoder.decode(word);
    if (id === 0) return undecoded(word);
    const handler = this.#handlerOfId[id]!;
    // EXT and INS outside the register are UNPREDICTABLE (MIPS32 vol. II): reserved here.
    const pos = (word >>> 6) & 31;
    const size = (word >>> 11) & 31;
    if ((handler === EXT && pos + size > 31) || (handler === INS && size < pos)) return RESERVED;
    return handler;
  }
}

/** CP0 registers whose reading is reading a word of the state block: their places in it. */
const plainCp0: ReadonlyMap<number, number> = new Map([
  [CP0_BAD_VADDR, MMU_STATE + CP0_BAD_VADDR],
  [12, STATUS],
  [14, EPC],
  [30, ERROR_EPC],
]);
/** More of them on a core with a TLB. */
const plainTlbCp0: ReadonlyMap<number, number> = new Map(
  [CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_CONTEXT, CP0_ENTRY_HI].map((n) => [n, MMU_STATE + n]),
);

const pack = (handler: number, rs: number, rt: number, rd: number): number =>
  handler | (rs << 8) | (rt << 14) | (rd << 20);

/** A word that no row of the model covers: an unusable coprocessor where it is one's opcode, else reserved (vol. III §5.2). */
function undecoded(word: number): number {
  switch (word >>> 26) {
    case 0x10:
      return COP0;
    case 0x11: // COP1
    case 0x13: // COP1X
    case 0x31: // LWC1
    case 0x35: // LDC1
    case 0x39: // SWC1
    case 0x3d: // SDC1
      return COP1;
    case 0x12:
      return COP2;
    case 0x00:
      // MOVF and MOVT
      return (word & 0x3f) === 1 ? COP1 : RESERVED;
    default:
      return RESERVED;
  }
}

function secondOf(kind: string, word: number): number {
  switch (kind) {
    case 'sa':
      return (word >>> 6) & 31;
    case 'simm':
      return (word << 16) >> 16;
    case 'uimm':
      return word & 0xffff;
    case 'upper':
      return word << 16;
    case 'branch':
    case 'condition':
      return (word << 16) >> 14;
    case 'region':
      return (word << 6) >>> 4;
    case 'extract':
      return lowBits(((word >>> 11) & 31) + 1);
    case 'insert': {
      const pos = (word >>> 6) & 31;
      return lowBits(((word >>> 11) & 31) - pos + 1) << pos;
    }
    case 'word':
      return word | 0;
    default:
      return 0;
  }
}

/** A word with its `count` low bits set; never more than a word, which V8 would keep in another shape of object. */
const lowBits = (count: number): number => (count >= 32 ? -1 : ((1 << count) - 1) | 0);
