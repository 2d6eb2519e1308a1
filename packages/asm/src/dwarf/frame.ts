// `.cfi_…` to the call frame information of .eh_frame and .debug_frame (DWARF 3 §6.4), shared and padded as GNU as does.
import type { Assembler } from '../assembler.ts';
import type { Place } from '../diagnostics.ts';
import type { Expression } from '../expression.ts';
import { R } from '../mips/relocations.ts';
import type { Subsection } from '../section.ts';
import { addressOf, type Location } from '../symbols.ts';
import { Output } from './output.ts';

const CODE_ALIGNMENT = 1;
const DATA_ALIGNMENT = -4;
const RETURN_COLUMN = 31;
const STACK_POINTER = 29;
/** How .eh_frame says where a function is: an absolute signed word. */
const FUNCTION_ENCODING = 0x0b;
export const OMITTED = 0xff;

export const CFA = {
  advance: 0x40,
  offset: 0x80,
  restore: 0xc0,
  advance1: 0x02,
  advance2: 0x03,
  advance4: 0x04,
  offsetExtended: 0x05,
  restoreExtended: 0x06,
  undefined: 0x07,
  sameValue: 0x08,
  register: 0x09,
  rememberState: 0x0a,
  restoreState: 0x0b,
  defCfa: 0x0c,
  defCfaRegister: 0x0d,
  defCfaOffset: 0x0e,
  offsetExtendedSigned: 0x11,
  defCfaSigned: 0x12,
  defCfaOffsetSigned: 0x13,
  valOffset: 0x14,
  valOffsetSigned: 0x15,
  windowSave: 0x2d,
  /** Not an opcode: bytes as the source gave them. */
  escape: -1,
} as const;

/** One call frame instruction; `at` is set for those that only say where the next ones take effect. */
export interface FrameInstruction {
  readonly op: number;
  readonly a?: number;
  readonly b?: number;
  readonly bytes?: readonly number[];
  readonly at?: Location;
}

/** What a pointer of an exception table is: how it is encoded, what it points to, and where the source says so. */
export interface Pointer {
  readonly encoding: number;
  readonly target: Expression;
  readonly place: Place;
}

/** One procedure between `.cfi_startproc` and `.cfi_endproc`. */
export class FrameDescription {
  end: Location | null = null;
  readonly instructions: FrameInstruction[] = [];
  returnColumn = RETURN_COLUMN;
  signal = false;
  personality: Pointer | null = null;
  lsda: Pointer | null = null;
  /** Offset of the canonical frame address, and those that were remembered. */
  cfaOffset = 0;
  readonly rememberedOffsets: number[] = [];
  private last: Location;

  constructor(
    readonly start: Location,
    readonly sections: FrameSections,
    readonly place: Place,
    simple: boolean,
  ) {
    this.last = start;
    if (!simple) this.instructions.push({ op: CFA.defCfaRegister, a: STACK_POINTER });
  }

  /** Adds an instruction that holds from `here` on. */
  add(instruction: FrameInstruction, here: Location): void {
    const { last } = this;
    if (here.offset !== last.offset || here.elastics !== last.elastics) {
      this.instructions.push({ op: CFA.advance, at: here });
      this.last = here;
    }
    this.instructions.push(instruction);
  }
}

export interface FrameSections {
  readonly eh: boolean;
  readonly debug: boolean;
}

/** What several descriptions have in common. */
interface Common {
  readonly at: Location;
  readonly of: FrameDescription;
  readonly instructions: readonly FrameInstruction[];
}

/** Collects call frame information while the source is read. */
export class FrameTable {
  sections: FrameSections = { eh: true, debug: false };
  /** Open procedures, by where their code goes. */
  readonly open = new Map<Subsection, FrameDescription>();
  readonly all: FrameDescription[] = [];

  constructor(private readonly asm: Assembler) {}

  /** Where a procedure that starts now is described. As for GNU as, a section that has been in use stays so. */
  useSections(): FrameSections {
    const used = this.all.at(-1)?.sections;
    return { eh: this.sections.eh || used?.eh === true, debug: this.sections.debug || used?.debug === true };
  }

  /** Writes .eh_frame and .debug_frame, once the code has addresses. */
  write(): void {
    for (const { place } of this.open.values())
      this.asm.diagnose('error', 'KSEG_ASM_CFI', '.cfi_startproc without an end', place, '.cfi_startproc');
    for (const eh of [true, false]) {
      const wanted = this.all.filter(({ sections }) => (eh ? sections.eh : sections.debug));
      if (wanted.length === 0) continue;
      const writer = new Writer(new Output(this.asm, eh ? '.eh_frame' : '.debug_frame'), eh);
      for (const description of wanted) writer.describe(description);
    }
  }
}

/** Instructions that belong to one place in the code, not to how every procedure starts. */
const ends = ({ op }: FrameInstruction) => op === CFA.advance || op === CFA.rememberState || op === CFA.escape;
const same = (x: FrameInstruction, y: FrameInstruction) => x.op === y.op && x.a === y.a && x.b === y.b;

function samePointer(x: Pointer | null, y: Pointer | null, withTarget: boolean): boolean {
  if (x === null || y === null) return x === y;
  if (x.encoding !== y.encoding) return false;
  return !withTarget || (x.target.plus === y.target.plus && x.target.value === y.target.value);
}

class Writer {
  private readonly commons: Common[] = [];

  constructor(
    private readonly out: Output,
    private readonly eh: boolean,
  ) {
    out.section.raiseAlign(2);
    out.section.selfReferring = true;
  }

  describe(fde: FrameDescription): void {
    const { out, eh } = this;
    const common = this.commonOf(fde);
    const start = out.begin();
    // A distance back in .eh_frame, else an address.
    if (eh) out.word(out.length - common.at.offset);
    else out.address(common.at);
    out.address(fde.start);
    const end = fde.end ?? fde.start;
    out.word(addressOf(end) - addressOf(fde.start));
    if (eh) {
      out.bytes(fde.lsda === null ? 0 : sizeOf(fde.lsda));
      if (fde.lsda !== null) this.pointer(fde.lsda);
    }
    let last = fde.start;
    for (const instruction of fde.instructions.slice(common.instructions.length)) {
      this.instruction(instruction, last);
      last = instruction.at ?? last;
    }
    this.finish(start);
  }

  /** The common part that this description can share, or a new one. */
  private commonOf(fde: FrameDescription): Common {
    for (let i = this.commons.length - 1; i >= 0; i--) {
      const common = this.commons[i]!;
      const { of, instructions } = common;
      if (of.returnColumn !== fde.returnColumn || of.signal !== fde.signal) continue;
      if (this.eh && (!samePointer(of.personality, fde.personality, true) || !samePointer(of.lsda, fde.lsda, false)))
        continue;
      if (instructions.every((instruction, k) => same(instruction, fde.instructions[k] ?? { op: CFA.escape })))
        return common;
    }
    const count = fde.instructions.findIndex(ends);
    const instructions = count < 0 ? fde.instructions.slice() : fde.instructions.slice(0, count);
    const common = { at: this.out.here(), of: fde, instructions };
    this.commons.push(common);
    this.common(common);
    return common;
  }

  private common({ of, instructions }: Common): void {
    const { out, eh } = this;
    const start = out.begin();
    out.word(eh ? 0 : 0xffff_ffff);
    out.bytes(1); // version
    let augmentation = '';
    if (eh) augmentation = `z${of.personality ? 'P' : ''}${of.lsda ? 'L' : ''}R`;
    if (of.signal) augmentation += 'S';
    out.text(augmentation);
    out.uleb(CODE_ALIGNMENT);
    out.sleb(DATA_ALIGNMENT);
    out.bytes(of.returnColumn);
    if (eh) {
      out.bytes(1 + (of.personality ? 1 + sizeOf(of.personality) : 0) + (of.lsda ? 1 : 0));
      if (of.personality) {
        out.bytes(of.personality.encoding);
        this.pointer(of.personality);
      }
      if (of.lsda) out.bytes(of.lsda.encoding);
      out.bytes(FUNCTION_ENCODING);
    }
    for (const instruction of instructions) this.instruction(instruction, of.start);
    this.finish(start);
  }

  /** Pads the entry that starts at `start`, and writes its length. */
  private finish(start: number): void {
    const { out } = this;
    while (out.length % 4 !== 0) out.bytes(0);
    out.end(start);
  }

  private pointer({ encoding, target, place }: Pointer): void {
    const size = sizeOf({ encoding });
    const relative = (encoding & 0x70) === 0x10;
    this.out.field(relative ? R.PC32 : size === 8 ? R.R64 : size === 2 ? R.R16 : R.R32, size, target, place);
  }

  private instruction({ op, a = 0, b = 0, bytes: raw, at }: FrameInstruction, last: Location): void {
    const { out } = this;
    switch (op) {
      case CFA.escape:
        out.bytes(...raw!);
        break;
      case CFA.advance:
        advance(addressOf(at!) - addressOf(last), out);
        break;
      case CFA.offset: {
        const units = factored(b);
        if (units < 0) {
          out.bytes(CFA.offsetExtendedSigned);
          out.uleb(a);
          out.sleb(units);
        } else {
          register(CFA.offset, CFA.offsetExtended, a, out);
          out.uleb(units);
        }
        break;
      }
      case CFA.valOffset: {
        const units = factored(b);
        out.bytes(units < 0 ? CFA.valOffsetSigned : CFA.valOffset);
        out.uleb(a);
        if (units < 0) out.sleb(units);
        else out.uleb(units);
        break;
      }
      case CFA.restore:
        register(CFA.restore, CFA.restoreExtended, a, out);
        break;
      case CFA.defCfa:
        out.bytes(b < 0 ? CFA.defCfaSigned : CFA.defCfa);
        out.uleb(a);
        if (b < 0) out.sleb(factored(b));
        else out.uleb(b);
        break;
      case CFA.defCfaOffset:
        out.bytes(a < 0 ? CFA.defCfaOffsetSigned : CFA.defCfaOffset);
        if (a < 0) out.sleb(factored(a));
        else out.uleb(a);
        break;
      case CFA.register:
        out.bytes(op);
        out.uleb(a);
        out.uleb(b);
        break;
      case CFA.rememberState:
      case CFA.restoreState:
      case CFA.windowSave:
        out.bytes(op);
        break;
      default: // one register
        out.bytes(op);
        out.uleb(a);
    }
  }
}

const factored = (offset: number) => Math.trunc(offset / DATA_ALIGNMENT);

/** Bytes of a pointer by its encoding (LSB 5.0 §10.5.1). */
function sizeOf({ encoding }: { readonly encoding: number }): number {
  switch (encoding & 7) {
    case 2:
      return 2;
    case 4:
      return 8;
    default:
      return 4;
  }
}

/** An opcode that holds its register where that is below 64. */
function register(short: number, extended: number, r: number, out: Output): void {
  if (r < 64) out.bytes(short | r);
  else {
    out.bytes(extended);
    out.uleb(r);
  }
}

function advance(distance: number, out: Output): void {
  const scaled = distance / CODE_ALIGNMENT;
  if (scaled < 0x40) out.bytes(CFA.advance | scaled);
  else if (scaled < 0x100) out.bytes(CFA.advance1, scaled);
  else if (scaled < 0x1_0000) {
    out.bytes(CFA.advance2);
    out.half(scaled);
  } else {
    out.bytes(CFA.advance4);
    out.word(scaled);
  }
}
