// GAIA3's instruction table.
import type { GaiaOperand } from './gaia-operands.ts';

/** The three word formats; MISC words have their operation in bits 31:28. */
export type GaiaGroup = 'alu' | 'fpu' | 'misc';

export interface GaiaRow {
  /** Stable across releases and never reused; 0 stands for "no such instruction". */
  readonly id: number;
  readonly mnemonic: string;
  readonly group: GaiaGroup;
  /** The bits by which the hardware knows the instruction. Unsigned. */
  readonly mask: number;
  /** The value of those bits. Unsigned. */
  readonly match: number;
  /** What the assembler puts into bits that the hardware ignores, such as a branch's hint. Unsigned. */
  readonly filler: number;
  /** In assembly order. */
  readonly operands: readonly GaiaOperand[];
  /** Set on another spelling of the row with that id, with another filler: `gaiaDecode` never returns this row. */
  readonly aliasOf?: number;
  /** Whether the assembler has the mnemonic; it lacks some that the hardware executes. */
  readonly assembled: boolean;
}

const misc = (op: number) => (op << 28) >>> 0;
/** The branch hint as the assembler writes it for what it thinks is taken. */
const TAKEN = 3 << 16;

/** Tags of op 0: rx := f(ra, rb + literal). Tags 9 to 21 are not assigned; the hardware then writes 0. */
const ALU: readonly (readonly [tag: number, mnemonic: string])[] = [
  [0, 'add'],
  [1, 'sub'],
  [2, 'shl'],
  [3, 'shr'],
  [4, 'sar'],
  [5, 'and'],
  [6, 'or'],
  [7, 'xor'],
  [8, 'adda'],
  [22, 'cmpult'],
  [23, 'cmpule'],
  [24, 'cmpne'],
  [25, 'cmpeq'],
  [26, 'cmplt'],
  [27, 'cmple'],
  [28, 'fcmpne'],
  [29, 'fcmpeq'],
  [30, 'fcmplt'],
  [31, 'fcmple'],
];
const NOT_ASSEMBLED: readonly string[] = ['fcmpne', 'fcmpeq'];
/** Comparisons of floats are written with three registers; the literal is 0, but the hardware adds it all the same. */
const withoutLiteral = (mnemonic: string) => mnemonic.startsWith('fcmp');

/** Tags of op 1, with their number of source registers. Tag 3 was a division once; other tags write 0. */
const FPU: readonly (readonly [tag: number, mnemonic: string, sources: 1 | 2])[] = [
  [0, 'fadd', 2],
  [1, 'fsub', 2],
  [2, 'fmul', 2],
  [4, 'finv', 1],
  [5, 'fsqrt', 1],
  [6, 'ftoi', 1],
  [7, 'itof', 1],
  [8, 'floor', 1],
];
/** What the sign stage does to any FPU result, by bits 6:5. */
const SIGNS: readonly string[] = ['', '.neg', '.abs', '.abs.neg'];

const MISC: readonly (readonly [id: number, mnemonic: string, op: number, operands: string, filler?: number])[] = [
  [64, 'ldl', 2, 'rx immediate'],
  [65, 'ldh', 3, 'rx ra immediate'],
  [66, 'jl', 4, 'rx target', TAKEN],
  [67, 'jr', 5, 'rx ra', TAKEN],
  [68, 'ld', 6, 'rx ra wordDisplacement'],
  [69, 'ldb', 7, 'rx ra displacement'],
  [70, 'st', 8, 'rx ra wordDisplacement'],
  [71, 'stb', 9, 'rx ra displacement'],
  [72, 'sysenter', 12, ''],
  [73, 'sysexit', 13, ''],
  [74, 'bne', 14, 'rx ra target'],
  [75, 'beq', 15, 'rx ra target'],
];

/** Every instruction, then other spellings. Ids: 1 + tag for ALU, 128 + 4 × tag + sign for FPU, 64 and up for the rest. */
export const gaiaRows: readonly GaiaRow[] = [
  ...ALU.map(
    ([tag, mnemonic]): GaiaRow => ({
      id: 1 + tag,
      mnemonic,
      group: 'alu',
      mask: 0xf000_001f,
      match: tag,
      filler: 0,
      operands: withoutLiteral(mnemonic) ? ['rx', 'ra', 'rb'] : ['rx', 'ra', 'rb', 'literal'],
      assembled: !NOT_ASSEMBLED.includes(mnemonic),
    }),
  ),
  ...FPU.flatMap(([tag, mnemonic, sources]) =>
    SIGNS.map(
      (suffix, sign): GaiaRow => ({
        id: 128 + 4 * tag + sign,
        mnemonic: mnemonic + suffix,
        group: 'fpu',
        mask: 0xf000_007f,
        match: misc(1) | (sign << 5) | tag,
        filler: 0,
        operands: sources === 1 ? ['rx', 'ra'] : ['rx', 'ra', 'rb'],
        assembled: true,
      }),
    ),
  ),
  ...MISC.map(
    ([id, mnemonic, op, operands, filler = 0]): GaiaRow => ({
      id,
      mnemonic,
      group: 'misc',
      mask: 0xf000_0000,
      match: misc(op),
      filler,
      operands: operands.split(' ').filter(Boolean) as GaiaOperand[],
      assembled: true,
    }),
  ),
  ...[74, 75].map((id): GaiaRow => {
    const [, mnemonic, op] = MISC.find(([other]) => other === id)!;
    return {
      id: id + 2,
      mnemonic: `${mnemonic}+`,
      group: 'misc',
      mask: 0xf000_0000,
      match: misc(op),
      filler: TAKEN,
      operands: ['rx', 'ra', 'target'],
      aliasOf: id,
      assembled: true,
    };
  }),
];
