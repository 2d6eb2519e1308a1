// What a row of the instruction table is, and the terse form the tables are written in.
import { type OperandName, operandKinds } from './operands.ts';

/** The level or application-specific extension that introduced an encoding. */
export type Level =
  | 'mips1'
  | 'r3000'
  | 'mips2'
  | 'mips3'
  | 'mips4'
  | 'mips32'
  | 'mips32r2'
  | 'fpu'
  | 'fpu64'
  | 'cop1x'
  | 'ps'
  | 'mips3d'
  | 'dsp'
  | 'dspr2'
  | 'mt'
  | 'ejtag'
  | 'smartmips'
  | 'eva'
  | 'mcu'
  | 'virt'
  | 'xpa'
  | 'udi'
  | 'msa'
  | 'reserved';

/**
 * Architectural state an instruction reads or writes. The two-letter names of
 * fields (`rs`, `fd`, …) stand for the register which that field names.
 */
export type Resource = (typeof resources)[number];

// biome-ignore format: a list
export const resources = [
  'rs', 'rt', 'rd', 'ra', 'hi', 'lo', 'acc', 'dspcontrol',
  'fr', 'fs', 'ft', 'fd', 'fcc', 'fcsr', 'wd', 'ws', 'wt', 'msacsr',
  'mem', 'cache', 'll', 'pc', 'cp0', 'tlb', 'shadow', 'tc', 'hwr', 'debug', 'cp2', 'cp3',
] as const;

/** Exceptions beyond those of every fetch and of a missing privilege. `address` covers misaligned and forbidden addresses. */
export type Trap = 'overflow' | 'trap' | 'syscall' | 'breakpoint' | 'address' | 'tlb' | 'fpe' | 'debug' | 'thread';

/**
 * What must be enabled, or else the instruction traps: `cop0` is kernel mode or Status.CU0, `cop1` to `cop3` are their
 * Status.CU bits, `dsp` is Status.MX, `msa` Config5.MSAEn, `debugMode` Debug.DM.
 */
export type Privilege = 'none' | 'cop0' | 'cop1' | 'cop2' | 'cop3' | 'dsp' | 'msa' | 'debugMode';

/** `likely` nullifies its slot when not taken; `jump` is unconditional. */
export type DelaySlot = 'none' | 'branch' | 'likely' | 'jump';

export interface Row {
  /** Stable across releases and never reused; 0 stands for "no such instruction". */
  readonly id: number;
  /** Unique over all tables: the mnemonic, with `:form` behind it where a mnemonic has several encodings. */
  readonly name: string;
  readonly mnemonic: string;
  readonly level: Level;
  /** The bits that identify the instruction: exactly those no operand covers. Unsigned. */
  readonly mask: number;
  /** The value of those bits. Unsigned. */
  readonly match: number;
  /** In assembly order; each is one field of the word, described in `operandKinds`. */
  readonly operands: readonly OperandName[];
  readonly reads: readonly Resource[];
  readonly writes: readonly Resource[];
  readonly traps: readonly Trap[];
  readonly privilege: Privilege;
  readonly delaySlot: DelaySlot;
  /**
   * Set on another spelling of the row with that id, which covers all its words:
   * `decode` never returns this row. With the mnemonic of its base it is a
   * shorter operand form (`jalr rs`), otherwise a pseudonym (`nop`).
   */
  readonly aliasOf?: number;
  /**
   * On an alias, when the disassembler prefers it: 'always' (other operand forms,
   * and the few pseudonyms that objdump prints with no-aliases too), 'aliases', or
   * 'never' (the assembler alone knows it).
   */
  readonly shown?: Shown;
}

export type Shown = 'always' | 'aliases' | 'never';

/**
 * id, name, match, operands (spaces between), effects ("written = read", spaces
 * between), and then any of: traps, privilege, delay slot, and for an alias the
 * base's id and, where it differs from the default, when it is shown.
 */
type Line = readonly [
  id: number,
  name: string,
  match: number,
  operands: string,
  effects?: string,
  ...notes: (Trap | Privilege | DelaySlot | Shown | number)[],
];

const PRIVILEGES: readonly unknown[] = ['cop0', 'cop1', 'cop2', 'cop3', 'dsp', 'msa', 'debugMode'];
const SLOTS: readonly unknown[] = ['branch', 'likely', 'jump'];
const SHOWN: readonly unknown[] = ['always', 'aliases', 'never'];

const words = (text: string | undefined) => (text ? text.trim().split(/ +/).filter(Boolean) : []);

/** Expands a table; the mask follows from the operands. */
export function rows(level: Level, lines: readonly Line[]): readonly Row[] {
  const mnemonics = new Map(lines.map(([id, name]) => [id, mnemonicOf(name)]));
  return lines.map(([id, name, match, operandText, effects = '', ...notes]) => {
    const operands = words(operandText) as OperandName[];
    const [writes, reads] = effects.split('=') as [string, string?];
    const pick = (set: readonly unknown[]) => notes.find((note) => set.includes(note));
    const mnemonic = mnemonicOf(name);
    const aliasOf = notes.find((note) => typeof note === 'number');
    return {
      id,
      name,
      mnemonic,
      level,
      mask: operands.reduce((mask, operand) => mask & ~fieldMask(operand), -1) >>> 0,
      match: match >>> 0,
      operands,
      reads: words(reads) as Resource[],
      writes: words(writes) as Resource[],
      traps: notes.filter(
        (note): note is Trap =>
          typeof note === 'string' && ![PRIVILEGES, SLOTS, SHOWN].some((set) => set.includes(note)),
      ),
      privilege: (pick(PRIVILEGES) ?? 'none') as Privilege,
      delaySlot: (pick(SLOTS) ?? 'none') as DelaySlot,
      ...(aliasOf !== undefined && {
        aliasOf,
        shown: (pick(SHOWN) ?? (mnemonics.get(aliasOf) === mnemonic ? 'always' : 'aliases')) as Shown,
      }),
    };
  });
}

const mnemonicOf = (name: string) => name.split(':')[0]!;

/** All bits of a word that an operand occupies. Signed, for bit operations. */
export function fieldMask(operand: OperandName): number {
  const { shift, width, copy } = operandKinds[operand];
  const ones = (1 << width) - 1;
  return (ones << shift) | (copy === undefined ? 0 : ones << copy);
}
