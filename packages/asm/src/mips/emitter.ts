// Instructions into the current section, in the order `.set reorder` asks for.
import type { Assembler } from '../assembler.ts';
import type { Expression } from '../expression.ts';
import type { Fixup, Subsection } from '../section.ts';
import type { Form } from './forms.ts';

/** What `.set` can change. */
export interface Settings {
  reorder: boolean;
  macros: boolean;
  /** The assembler's temporary register; 0 under `.set noat`. */
  at: number;
  /** Branches may take the instruction before them into their slot. */
  move: boolean;
  level: number;
  softFloat: boolean;
  /** Extensions whose instructions are allowed (`dsp`, `mt`, …). */
  extensions: ReadonlySet<string>;
}

/** An instruction already emitted, remembered while a branch could still move it. */
interface Emitted {
  form: Form | null;
  word: number;
  here: Subsection | null;
  offset: number;
  fixups: Fixup[];
  /** Emitted under `.set noreorder`. */
  noreorder: boolean;
  /** In a delay slot already, or before something it may not cross. */
  fixed: boolean;
}

const nothing = (): Emitted => ({
  form: null,
  word: 0,
  here: null,
  offset: 0,
  fixups: [],
  noreorder: false,
  fixed: true,
});

/** State an instruction touches, as bits in `Form.reads`/`writes`. */
export const USES = {
  RS: 1,
  RT: 2,
  RD: 4,
  RA: 8,
  FR: 16,
  FS: 32,
  FT: 64,
  FD: 128,
  HI: 256,
  LO: 512,
  FCC: 1024,
} as const;

function generalRegisters(word: number, uses: number): number {
  let mask = 0;
  if (uses & USES.RS) mask |= 1 << ((word >>> 21) & 31);
  if (uses & USES.RT) mask |= 1 << ((word >>> 16) & 31);
  if (uses & USES.RD) mask |= 1 << ((word >>> 11) & 31);
  if (uses & USES.RA) mask |= 1 << 31;
  return mask & ~1;
}

function floatRegisters(word: number, uses: number, double: boolean): number {
  let mask = 0;
  if (uses & USES.FR) mask |= 1 << ((word >>> 21) & 31);
  if (uses & USES.FT) mask |= 1 << ((word >>> 16) & 31);
  if (uses & USES.FS) mask |= 1 << ((word >>> 11) & 31);
  if (uses & USES.FD) mask |= 1 << ((word >>> 6) & 31);
  return double ? mask | (mask << 1) : mask;
}

const FLOAT = USES.FR | USES.FS | USES.FT | USES.FD;

export class Emitter {
  settings: Settings;
  /** General and floating-point registers named so far (.reginfo). */
  gprMask = 0;
  fprMask = 0;
  /** Some `.set noreorder` was seen (EF_MIPS_NOREORDER). */
  anyNoreorder = false;
  /** The last two instructions, latest first. */
  private last = nothing();
  private before = nothing();

  constructor(
    private readonly asm: Assembler,
    settings: Settings,
  ) {
    this.settings = settings;
  }

  /** Forgets what came before: nothing may move across here. */
  barrier(): void {
    this.last = nothing();
    this.before = nothing();
  }

  /** `.set noreorder`: what was emitted before stays where it is. */
  startNoreorder(): void {
    this.settings.reorder = false;
    this.anyNoreorder = true;
    this.last.fixed = true;
    this.before.fixed = true;
  }

  endNoreorder(): void {
    this.settings.reorder = true;
  }

  /** Emits `word` of `form`; `value` goes to its field by relocation `type`. */
  emit(form: Form, word: number, type = 0, value: Expression | null = null): void {
    const { asm, settings } = this;
    const uses = form.named;
    this.gprMask |= generalRegisters(word, uses);
    if (uses & FLOAT) this.fprMask |= floatRegisters(word, uses, form.double);
    const fill = settings.reorder && form.slot !== 0;
    const swap = fill && form.slot !== LIKELY && this.canSwap(form, word);
    const here = asm.here;
    const offset = here.length;
    here.put32(word);
    const entry: Emitted = { form, word, here, offset, fixups: NONE, noreorder: !settings.reorder, fixed: false };
    if (value !== null) entry.fixups = this.addFixups(offset, type, value);
    if (asm.pendingLabels.length > 0) asm.pendingLabels = [];
    asm.dotMentioned = false;
    if (!fill) {
      this.before = this.last;
      this.last = entry;
      return;
    }
    if (swap) this.swapWithLast(entry);
    else {
      here.put32(0);
      this.before = entry;
      this.last = { ...nothing(), here, offset: offset + 4 };
    }
    // Nothing that follows an unconditional jump's slot runs after it.
    if (form.unconditional) this.barrier();
  }

  private addFixups(offset: number, type: number, value: Expression): Fixup[] {
    const { asm } = this;
    const { fixups } = asm.here;
    const from = fixups.length;
    for (let rest = type; ; ) {
      asm.fixup(offset, rest & 255, 4, value);
      rest >>>= 8;
      if (rest === 0) break;
      value = { plus: null, minus: null, value: 0, tree: null };
    }
    return fixups.slice(from);
  }

  /** The branch just emitted changes places with the instruction before it. */
  private swapWithLast(branch: Emitted): void {
    const slot = this.last;
    const here = branch.here!;
    here.set32(slot.offset, branch.word);
    here.set32(branch.offset, slot.word);
    relocate(here, branch.fixups, slot.offset);
    relocate(here, slot.fixups, branch.offset);
    const first = slot.offset;
    slot.offset = branch.offset;
    branch.offset = first;
    slot.fixed = true;
    this.before = branch;
    this.last = slot;
  }

  /** May the last instruction run in the slot of this branch? */
  private canSwap(form: Form, word: number): boolean {
    const { last, before } = this;
    if (
      this.asm.options.optimize < 2 ||
      !this.settings.move ||
      this.asm.pendingLabels.length > 0 ||
      this.asm.dotMentioned
    )
      return false;
    if (last.form === null || last.fixed || last.noreorder || before.noreorder || last.here !== this.asm.here)
      return false;
    if (last.offset + 4 !== this.asm.here.length) return false;
    const { form: slot } = last;
    if (slot.noSlot || slot.slot !== 0) return false;
    const reads = generalRegisters(word, form.reads);
    const writes = generalRegisters(word, form.writes);
    const slotReads = generalRegisters(last.word, slot.reads);
    const slotWrites = generalRegisters(last.word, slot.writes);
    if (((reads | writes) & slotWrites) !== 0 || (writes & slotReads) !== 0) return false;
    if ((form.reads & slot.writes & USES.FCC) !== 0) return false;
    return true;
  }
}

const NONE: Fixup[] = [];
export const LIKELY = 2;

function relocate(here: Subsection, fixups: Fixup[], offset: number): void {
  for (let i = 0; i < fixups.length; i++) {
    const at = here.fixups.lastIndexOf(fixups[i]!);
    fixups[i] = here.fixups[at] = { ...fixups[i]!, offset };
  }
}
