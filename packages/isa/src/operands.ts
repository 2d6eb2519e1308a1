// Every kind of operand: where its field lies, what its value means, how it is written.

/** How an operand is written in assembly text. */
export type OperandFormat =
  /** a general register: `t0` */
  | 'gpr'
  /** one general register from two fields, rd and rt, that should agree */
  | 'gpr2'
  /** a general register in parentheses behind the operand before it: `8(sp)` */
  | 'base'
  /** an FPU register, condition flag, control register: `$f0`, `$fcc1`, `c1_fcsr` */
  | 'fpr'
  | 'fcc'
  | 'fcr'
  /** a coprocessor 0 register (a `sel` operand behind it belongs to the name), hardware register */
  | 'cp0'
  | 'hwr'
  /** coprocessor 2's register and condition: `$5`, `$cc1` */
  | 'cop2'
  | 'cc'
  /** a DSP accumulator: `$ac1` */
  | 'acc'
  /** an MSA vector, an element number or register in brackets behind it, a control register */
  | 'vector'
  | 'element'
  | 'gprElement'
  | 'msacr'
  | 'decimal'
  | 'hex'
  /** an address: relative to the delay slot, or in its 256 MB region */
  | 'relative'
  | 'region';

export interface OperandKind {
  /** Lowest bit of the field. */
  readonly shift: number;
  /** Bits of the field. */
  readonly width: number;
  readonly format: OperandFormat;
  /** The field is two's complement. */
  readonly signed?: true;
  /** The operand's value is `(field << scale) + bias`, both 0 unless given. */
  readonly scale?: number;
  readonly bias?: number;
  /** Lowest bit of a second field that must hold the same value (CLZ's rt). */
  readonly copy?: number;
  /** The value is relative to this operand's, which comes before it: INS stores pos + size - 1. */
  readonly above?: 'pos';
}

const kinds = {
  // Registers, by the names the manual gives their fields.
  rs: { shift: 21, width: 5, format: 'gpr' },
  rt: { shift: 16, width: 5, format: 'gpr' },
  rd: { shift: 11, width: 5, format: 'gpr' },
  /** CLO and CLZ: unless rd and rt agree the result is UNPREDICTABLE [MIPS32 vol. II, CLZ] */
  'rd=rt': { shift: 11, width: 5, format: 'gpr2', copy: 16 },
  /** register 0 written out: GNU's `div zero,a0,a1` is the machine's DIV, `div a0,a1` a macro */
  zero: { shift: 0, width: 0, format: 'gpr' },
  base: { shift: 21, width: 5, format: 'base' },
  fr: { shift: 21, width: 5, format: 'fpr' },
  ft: { shift: 16, width: 5, format: 'fpr' },
  fs: { shift: 11, width: 5, format: 'fpr' },
  fd: { shift: 6, width: 5, format: 'fpr' },
  fcr: { shift: 11, width: 5, format: 'fcr' },
  fcc18: { shift: 18, width: 3, format: 'fcc' },
  fcc8: { shift: 8, width: 3, format: 'fcc' },
  cp0rd: { shift: 11, width: 5, format: 'cp0' },
  sel: { shift: 0, width: 3, format: 'decimal' },
  hwr: { shift: 11, width: 5, format: 'hwr' },
  cop2rd: { shift: 11, width: 5, format: 'cop2' },
  cop2rt: { shift: 16, width: 5, format: 'cop2' },
  cc: { shift: 18, width: 3, format: 'cc' },
  ac11: { shift: 11, width: 2, format: 'acc' },
  ac21: { shift: 21, width: 2, format: 'acc' },

  // Immediates.
  sa: { shift: 6, width: 5, format: 'hex' },
  imm16s: { shift: 0, width: 16, format: 'decimal', signed: true },
  imm16u: { shift: 0, width: 16, format: 'hex' },
  offset16: { shift: 0, width: 16, format: 'decimal', signed: true },
  branch16: { shift: 0, width: 16, format: 'relative', signed: true, scale: 2 },
  target26: { shift: 0, width: 26, format: 'region', scale: 2 },
  /** JALX: bit 0 of the target says that it is MIPS16e code */
  target26x: { shift: 0, width: 26, format: 'region', scale: 2, bias: 1 },
  code20: { shift: 6, width: 20, format: 'hex' },
  code19: { shift: 6, width: 19, format: 'hex' },
  code10: { shift: 6, width: 10, format: 'hex' },
  code10hi: { shift: 16, width: 10, format: 'hex' },
  code10mid: { shift: 11, width: 10, format: 'hex' },
  cofun: { shift: 0, width: 25, format: 'hex' },
  stype: { shift: 6, width: 5, format: 'hex' },
  cacheop: { shift: 16, width: 5, format: 'hex' },
  hint11: { shift: 11, width: 5, format: 'hex' },
  pos: { shift: 6, width: 5, format: 'hex' },
  extsize: { shift: 11, width: 5, format: 'hex', bias: 1 },
  inssize: { shift: 11, width: 5, format: 'hex', bias: 1, above: 'pos' },

  // The DSP ASE's.
  sa3: { shift: 21, width: 3, format: 'hex' },
  sa4: { shift: 21, width: 4, format: 'hex' },
  sa5: { shift: 21, width: 5, format: 'hex' },
  sa11: { shift: 11, width: 5, format: 'hex' },
  bp: { shift: 11, width: 2, format: 'hex' },
  imm8u: { shift: 16, width: 8, format: 'hex' },
  imm10s: { shift: 16, width: 10, format: 'decimal', signed: true },
  shift6s: { shift: 20, width: 6, format: 'decimal', signed: true },
  rdmask: { shift: 16, width: 6, format: 'hex' },
  wrmask: { shift: 11, width: 6, format: 'hex' },

  // The MT ASE's: the other thread's registers.
  fcrt: { shift: 16, width: 5, format: 'fcr' },
  cp0rt: { shift: 16, width: 5, format: 'cp0' },
  ac18: { shift: 18, width: 2, format: 'acc' },
  ac13: { shift: 13, width: 2, format: 'acc' },
  u5: { shift: 5, width: 1, format: 'decimal' },
  h4: { shift: 4, width: 1, format: 'decimal' },

  // Of extensions that no core here has.
  offset9: { shift: 7, width: 9, format: 'decimal', signed: true },
  offset12: { shift: 0, width: 12, format: 'decimal', signed: true },
  bit12: { shift: 12, width: 3, format: 'hex' },
  sa2: { shift: 6, width: 2, format: 'hex', bias: 1 },
  wt: { shift: 16, width: 5, format: 'vector' },
  ws: { shift: 11, width: 5, format: 'vector' },
  wd: { shift: 6, width: 5, format: 'vector' },
  rd6: { shift: 6, width: 5, format: 'gpr' },
  base11: { shift: 11, width: 5, format: 'base' },
  msacr6: { shift: 6, width: 5, format: 'msacr' },
  msacr11: { shift: 11, width: 5, format: 'msacr' },
  el4: { shift: 16, width: 4, format: 'element' },
  el3: { shift: 16, width: 3, format: 'element' },
  el2: { shift: 16, width: 2, format: 'element' },
  el1: { shift: 16, width: 1, format: 'element' },
  el0: { shift: 16, width: 0, format: 'element' },
  rtel: { shift: 16, width: 5, format: 'gprElement' },
  imm5s: { shift: 16, width: 5, format: 'decimal', signed: true },
  imm5u: { shift: 16, width: 5, format: 'decimal' },
  imm10m: { shift: 11, width: 10, format: 'decimal', signed: true },
  m3: { shift: 16, width: 3, format: 'hex' },
  m4: { shift: 16, width: 4, format: 'hex' },
  m5: { shift: 16, width: 5, format: 'hex' },
  m6: { shift: 16, width: 6, format: 'hex' },
  offset10b: { shift: 16, width: 10, format: 'decimal', signed: true },
  offset10h: { shift: 16, width: 10, format: 'decimal', signed: true, scale: 1 },
  offset10w: { shift: 16, width: 10, format: 'decimal', signed: true, scale: 2 },
  offset10d: { shift: 16, width: 10, format: 'decimal', signed: true, scale: 3 },
} as const satisfies Record<string, OperandKind>;

export type OperandName = keyof typeof kinds;

export const operandKinds: Readonly<Record<OperandName, OperandKind>> = kinds;
