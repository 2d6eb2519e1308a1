// Every kind of operand: where its field lies, what its value means, how it is written.

/** How an operand is written in assembly text. */
export type OperandFormat =
  /** a general register: `t0` */
  | 'gpr'
  /** a general register in parentheses behind the operand before it: `8(sp)` */
  | 'base'
  /** a CP0 register; a `sel` operand behind it is part of the name */
  | 'cp0'
  /** a CP0 register with its `sel`, number first */
  | 'hwr'
  /** another coprocessor's register: `$5` */
  | 'copreg'
  | 'decimal'
  | 'hex'
  /** an address, absolute: relative to the delay slot or in its 256 MB region */
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
  rs: { shift: 21, width: 5, format: 'gpr' },
  rt: { shift: 16, width: 5, format: 'gpr' },
  rd: { shift: 11, width: 5, format: 'gpr' },
  /** CLO, CLZ: rd and rt must agree [MIPS32 vol. II, CLZ] */
  'rd=rt': { shift: 11, width: 5, format: 'gpr', copy: 16 },
  /** NOP-like idioms that name one register twice */
  'rs=rt': { shift: 21, width: 5, format: 'gpr', copy: 16 },
  base: { shift: 21, width: 5, format: 'base' },
  sa: { shift: 6, width: 5, format: 'hex' },
  imm16s: { shift: 0, width: 16, format: 'decimal', signed: true },
  imm16u: { shift: 0, width: 16, format: 'hex' },
  offset16: { shift: 0, width: 16, format: 'decimal', signed: true },
  branch16: { shift: 0, width: 16, format: 'relative', signed: true, scale: 2 },
  target26: { shift: 0, width: 26, format: 'region', scale: 2 },
  code20: { shift: 6, width: 20, format: 'hex' },
  code19: { shift: 6, width: 19, format: 'hex' },
  code10: { shift: 6, width: 10, format: 'hex' },
  code10hi: { shift: 16, width: 10, format: 'hex' },
  stype: { shift: 6, width: 5, format: 'hex' },
  cacheop: { shift: 16, width: 5, format: 'hex' },
  cp0rd: { shift: 11, width: 5, format: 'cp0' },
  cop2rd: { shift: 11, width: 5, format: 'copreg' },
  cop2rt: { shift: 16, width: 5, format: 'copreg' },
  sel: { shift: 0, width: 3, format: 'decimal' },
  hwr: { shift: 11, width: 5, format: 'hwr' },
  cc: { shift: 18, width: 3, format: 'copreg' },
  pos: { shift: 6, width: 5, format: 'hex' },
  extsize: { shift: 11, width: 5, format: 'hex', bias: 1 },
  inssize: { shift: 11, width: 5, format: 'hex', bias: 1, above: 'pos' },
} as const satisfies Record<string, OperandKind>;

export type OperandName = keyof typeof kinds;

export const operandKinds: Readonly<Record<OperandName, OperandKind>> = kinds;
