// `.cfi_…` to the call frame information of .eh_frame and .debug_frame (DWARF 3 §6.4), shared and padded as GNU as does.
import type { Assembler } from '../assembler.ts';
import type { Place } from '../diagnostics.ts';
import { type Expression, ofSymbol } from '../expression.ts';
import { R } from '../mips/relocations.ts';
import type { Subsection } from '../section.ts';
import { shapeOf } from '../section-shapes.ts';
import type { Location } from '../symbols.ts';
import { sleb, uleb } from './leb128.ts';

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

/** What a pointer of an exception table is: how it is encoded and what it points to. */
export interface Pointer {
  readonly encoding: number;
  readonly target: Expression;
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
  readonly at: number;
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
      if (wanted.length > 0) new Writer(this.asm, eh).write(wanted);
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
  private readonly out: Subsection;
  private readonly commons: Common[] = [];

  constructor(
    private readonly asm: Assembler,
    private readonly eh: boolean,
  ) {
    const name = eh ? '.eh_frame' : '.debug_frame';
    const section = asm.section(name, () => shapeOf(name));
    section.raiseAlign(2);
    section.selfReferring = true;
    this.out = section.subsection(0);
  }

  write(descriptions: readonly FrameDescription[]): void {
    const { here } = this.asm;
    this.asm.here = this.out;
    for (const description of descriptions) this.describe(description);
    this.asm.here = here;
  }

  private describe(fde: FrameDescription): void {
    const { out, eh, asm } = this;
    const common = this.commonOf(fde);
    const start = out.reserve(4);
    const link = out.length;
    if (eh) out.put32(link - common.at);
    else {
      const section = asm.symbols.anonymous();
      section.location = { subsection: out, offset: common.at, elastics: 0 };
      asm.fixup(out.reserve(4), R.R32, 4, ofSymbol(section));
    }
    const from = asm.symbols.anonymous();
    from.location = fde.start;
    asm.fixup(out.reserve(4), R.R32, 4, ofSymbol(from));
    const end = fde.end ?? fde.start;
    out.put32(addressOf(end) - addressOf(fde.start));
    if (eh) {
      out.put8(fde.lsda === null ? 0 : sizeOf(fde.lsda));
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
    const common = { at: this.out.length, of: fde, instructions };
    this.commons.push(common);
    this.common(common);
    return common;
  }

  private common({ of, instructions }: Common): void {
    const { out, eh } = this;
    const start = out.reserve(4);
    out.put32(eh ? 0 : 0xffff_ffff);
    out.put8(1); // version
    let augmentation = '';
    if (eh) augmentation = `z${of.personality ? 'P' : ''}${of.lsda ? 'L' : ''}R`;
    if (of.signal) augmentation += 'S';
    out.putString(`${augmentation}\0`);
    out.put(bytes((list) => uleb(CODE_ALIGNMENT, list)));
    out.put(bytes((list) => sleb(DATA_ALIGNMENT, list)));
    out.put8(of.returnColumn);
    if (eh) {
      out.put8(1 + (of.personality ? 1 + sizeOf(of.personality) : 0) + (of.lsda ? 1 : 0));
      if (of.personality) {
        out.put8(of.personality.encoding);
        this.pointer(of.personality);
      }
      if (of.lsda) out.put8(of.lsda.encoding);
      out.put8(FUNCTION_ENCODING);
    }
    for (const instruction of instructions) this.instruction(instruction, of.start);
    this.finish(start);
  }

  /** Pads the entry that starts at `start`, and writes its length. */
  private finish(start: number): void {
    const { out } = this;
    out.fill((4 - (out.length % 4)) % 4, 0);
    out.set32(start, out.length - start - 4);
  }

  private pointer({ encoding, target }: Pointer): void {
    const size = sizeOf({ encoding });
    const relative = (encoding & 0x70) === 0x10;
    const at = this.out.reserve(size);
    this.asm.fixup(at, relative ? R.PC32 : size === 8 ? R.R64 : size === 2 ? R.R16 : R.R32, size, target);
  }

  private instruction({ op, a = 0, b = 0, bytes: raw, at }: FrameInstruction, last: Location): void {
    const list: number[] = [];
    const { little } = this.asm;
    switch (op) {
      case CFA.escape:
        list.push(...raw!);
        break;
      case CFA.advance:
        advance(addressOf(at!) - addressOf(last), little, list);
        break;
      case CFA.offset: {
        const factored = b / DATA_ALIGNMENT;
        if (factored < 0) {
          list.push(CFA.offsetExtendedSigned);
          uleb(a, list);
          sleb(factored, list);
        } else {
          register(CFA.offset, CFA.offsetExtended, a, list);
          uleb(factored, list);
        }
        break;
      }
      case CFA.valOffset: {
        const factored = b / DATA_ALIGNMENT;
        list.push(factored < 0 ? CFA.valOffsetSigned : CFA.valOffset);
        uleb(a, list);
        if (factored < 0) sleb(factored, list);
        else uleb(factored, list);
        break;
      }
      case CFA.restore:
        register(CFA.restore, CFA.restoreExtended, a, list);
        break;
      case CFA.defCfa:
        list.push(b < 0 ? CFA.defCfaSigned : CFA.defCfa);
        uleb(a, list);
        if (b < 0) sleb(b / DATA_ALIGNMENT, list);
        else uleb(b, list);
        break;
      case CFA.defCfaOffset:
        list.push(a < 0 ? CFA.defCfaOffsetSigned : CFA.defCfaOffset);
        if (a < 0) sleb(a / DATA_ALIGNMENT, list);
        else uleb(a, list);
        break;
      case CFA.register:
        list.push(op);
        uleb(a, list);
        uleb(b, list);
        break;
      case CFA.rememberState:
      case CFA.restoreState:
      case CFA.windowSave:
        list.push(op);
        break;
      default: // one register
        list.push(op);
        uleb(a, list);
    }
    this.out.put(Uint8Array.from(list));
  }
}

const addressOf = ({ subsection, offset, elastics }: Location) => subsection.addressOf(offset, elastics);

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

function bytes(fill: (list: number[]) => void): Uint8Array {
  const list: number[] = [];
  fill(list);
  return Uint8Array.from(list);
}

/** An opcode that holds its register where that is below 64. */
function register(short: number, extended: number, r: number, list: number[]): void {
  if (r < 64) list.push(short | r);
  else {
    list.push(extended);
    uleb(r, list);
  }
}

function advance(distance: number, little: boolean, list: number[]): void {
  const scaled = distance / CODE_ALIGNMENT;
  if (scaled < 0x40) {
    list.push(CFA.advance | scaled);
    return;
  }
  const size = scaled < 0x100 ? 1 : scaled < 0x1_0000 ? 2 : 4;
  list.push(size === 1 ? CFA.advance1 : size === 2 ? CFA.advance2 : CFA.advance4);
  for (let i = 0; i < size; i++) list.push((scaled >>> (8 * (little ? i : size - 1 - i))) & 0xff);
}
