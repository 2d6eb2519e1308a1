// Instructions into the current section, in the order and with the nops that `.set reorder` asks for.
import type { Assembler } from '../assembler.ts';
import type { Expression } from '../expression.ts';
import type { Fixup, Subsection } from '../section.ts';
import { type Form, LIKELY } from './forms.ts';
import { HAZARD, INTERLOCKED, reachOf } from './hazards.ts';
import { floatRegisters, generalRegisters, USES } from './uses.ts';

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

/** An instruction already emitted, remembered while others depend on it. */
interface Emitted {
  readonly form: Form | null;
  readonly word: number;
  readonly here: Subsection | null;
  offset: number;
  fixups: Fixup[];
  /** Emitted under `.set noreorder`. */
  readonly noreorder: boolean;
  /** May not move into a delay slot. */
  fixed: boolean;
}

/** Stands for whatever came before a label that ends a sequence, and for nops. */
const NOTHING: Emitted = {
  form: null,
  word: 0,
  here: null,
  offset: 0,
  fixups: [],
  noreorder: false,
  fixed: true,
};

const FLOAT = USES.FR | USES.FS | USES.FT | USES.FD;

/** Nops put before `.set noreorder` in case what follows needs them: those it does not need will not be there. */
interface Reserve {
  /** Nops still standing, and how many of them something has needed. */
  holds: number;
  required: number;
  /** Instructions since. */
  since: number;
}

export class Emitter {
  settings: Settings;
  /** General and floating-point registers named so far (.reginfo). */
  gprMask = 0;
  fprMask = 0;
  /** Some `.set noreorder` was seen (EF_MIPS_NOREORDER). */
  anyNoreorder = false;
  /** The latest instructions, the last one first. */
  private readonly history: Emitted[] = [NOTHING, NOTHING, NOTHING];
  private reserve: Reserve | null = null;
  /** 0: hazards are kept apart from whatever follows; from 2 on delay slots are filled. */
  private optimize: number;
  /** Inside the alternative that is not taken. */
  private ghost = false;
  /** The words of that alternative, nops among them. */
  private unused: number[] = [];
  /** Inside the second alternative. */
  private second = false;

  constructor(
    private readonly asm: Assembler,
    settings: Settings,
  ) {
    this.settings = settings;
    this.optimize = asm.options.optimize;
  }

  /** Something that is no instruction follows: nothing may move across here, and hazards end. */
  barrier(): void {
    if (this.settings.reorder && this.settings.level < INTERLOCKED) this.nops(this.nopsBefore(0, null, 0));
    this.forget();
  }

  private forget(): void {
    this.reserve = null;
    this.history.fill(NOTHING);
  }

  /** `.set noreorder`: what was emitted before stays where it is. */
  startNoreorder(): void {
    const { history, settings, asm } = this;
    settings.reorder = false;
    this.anyNoreorder = true;
    for (const entry of history) entry.fixed = true;
    const holds = settings.level < INTERLOCKED ? this.nopsBefore(0, null, 0) : 0;
    if (holds > 0 && this.optimize === 0) this.nops(holds);
    else if (holds > 0) {
      const reserve: Reserve = { holds, required: 0, since: 0 };
      this.reserve = reserve;
      this.fixedNops(asm.foresight.ask(0, () => reserve.holds));
    }
    if (holds > 0) asm.here.pieceStart = asm.here.length;
    asm.pendingLabels = [];
  }

  endNoreorder(): void {
    this.settings.reorder = true;
    const { reserve } = this;
    if (reserve === null) return;
    reserve.holds = reserve.required;
    this.insertNops(reserve.since, reserve.required);
    this.reserve = null;
  }

  /**
   * Two ways to say the same, of which `takeSecond` selects one. GNU as decides
   * only when it has read everything: so both count for the registers used, the
   * first for what follows, and nothing of either moves into a delay slot.
   */
  variant(takeSecond: boolean, first: () => void, second: () => void): void {
    const { here } = this.asm;
    const start = here.length;
    this.ghost = takeSecond;
    this.unused = [];
    first();
    // GNU as does not count nops among what it takes out again: as many words are left of the first way's beginning.
    for (let i = 0; start + i * 4 < here.length && takeSecond; i++) here.set32(start + i * 4, this.unused[i]!);
    this.history[0]!.fixed = true;
    this.ghost = !takeSecond;
    this.second = true;
    second();
    this.ghost = this.second = false;
    this.asm.here.pieceStart = this.asm.here.length;
  }

  /** Two halves of one access: nothing has to stand between them. */
  together(body: () => void): void {
    const { optimize } = this;
    this.optimize = 2;
    body();
    this.optimize = optimize;
  }

  /** Emits `word` of `form`; `value` goes to its field by relocation `type`. */
  emit(form: Form, word: number, type = 0, value: Expression | null = null): void {
    const { asm, settings } = this;
    const uses = form.named;
    this.gprMask |= generalRegisters(word, uses);
    if (uses & FLOAT) this.fprMask |= floatRegisters(word, uses, form.double);
    if (settings.level < INTERLOCKED && !this.second) this.keepDistance(form, word);
    if (this.ghost) {
      if (!this.second) {
        this.unused.push(word);
        this.remember(this.entry(form, word));
      }
      if (value !== null) asm.fixup(asm.here.length, type, 4, value, { dead: true });
      return;
    }
    const fill = settings.reorder && form.slot !== 0;
    const swap = fill && form.slot !== LIKELY && this.canSwap(form, word);
    const here = asm.here;
    if (asm.lines.pending) asm.lines.settle();
    here.put32(word);
    const entry = this.entry(form, word);
    if (value !== null) entry.fixups = this.addFixups(entry.offset, type, value);
    if (asm.pendingLabels.length > 0) asm.pendingLabels = [];
    if (swap) this.swapWithLast(entry);
    else {
      if (!this.second) this.remember(entry);
      if (!fill) return;
      here.put32(0);
      this.remember(NOTHING);
    }
  }

  private entry(form: Form, word: number): Emitted {
    const { here } = this.asm;
    return {
      form,
      word,
      here,
      offset: here.length - 4,
      fixups: NONE,
      noreorder: !this.settings.reorder,
      fixed: false,
    };
  }

  private remember(entry: Emitted): void {
    const { history } = this;
    history[2] = history[1]!;
    history[1] = history[0]!;
    history[0] = entry;
    // Nothing that follows an unconditional jump's slot runs after it.
    if (history[1].form?.unconditional) this.forget();
  }

  private insertNops(at: number, count: number): void {
    for (; count > 0; count--) this.history.splice(at, 0, NOTHING);
    this.history.length = 3;
  }

  /** Nops that what follows needs, also by labels right before it. */
  private nops(count: number): void {
    if (count === 0) return;
    this.insertNops(0, count);
    this.fixedNops(count);
  }

  private fixedNops(count: number): void {
    if (count === 0) return;
    const { asm } = this;
    for (; count > 0; count--) {
      if (this.ghost) this.unused.push(0);
      asm.here.put32(0);
    }
    asm.moveLabels(asm.pendingLabels);
  }

  // ---- hazards ---------------------------------------------------------------

  /** Puts nops where a processor without interlocks needs them before this instruction. */
  private keepDistance(form: Form, word: number): void {
    const { reserve } = this;
    if (this.settings.reorder)
      this.nops(this.optimize === 0 ? this.nopsBefore(0, null, 0) : this.nopsBefore(0, form, word));
    else if (reserve !== null) {
      reserve.required = Math.max(reserve.required, this.nopsBefore(reserve.since, form, word));
      if (reserve.holds === reserve.required) {
        this.insertNops(reserve.since, reserve.holds);
        this.reserve = null;
      } else {
        // This instruction does the service of one of them.
        reserve.holds--;
        reserve.since++;
      }
    }
  }

  /** Nops needed between the history (from its entry `ignore` on) and an instruction; null: any. */
  private nopsBefore(ignore: number, form: Form | null, word: number): number {
    let most = 0;
    for (let i = ignore; i < 2; i++) {
      const { form: first, word: firstWord } = this.history[i]!;
      if (first === null || first.hazard === HAZARD.NONE) continue;
      most = Math.max(most, reachOf(this.settings.level, first, firstWord, form, word) - i);
    }
    return most;
  }

  // ---- delay slots -------------------------------------------------------------

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
    const slot = this.history[0]!;
    const here = branch.here!;
    here.set32(slot.offset, branch.word);
    here.set32(branch.offset, slot.word);
    relocate(here, branch.fixups, slot.offset);
    relocate(here, slot.fixups, branch.offset);
    const first = slot.offset;
    slot.offset = branch.offset;
    branch.offset = first;
    slot.fixed = true;
    this.asm.lines.move(here, slot.offset, branch.offset);
    this.history[0] = branch;
    this.remember(slot);
  }

  /** May the last instruction run in the slot of this branch? */
  private canSwap(form: Form, word: number): boolean {
    const [last, before, earlier] = this.history as [Emitted, Emitted, Emitted];
    if (this.optimize < 2 || !this.settings.move || this.asm.pendingLabels.length > 0) return false;
    if (last.form === null || last.fixed || last.noreorder || before.noreorder || last.here !== this.asm.here)
      return false;
    if (last.offset + 4 !== this.asm.here.length) return false;
    const { form: slot } = last;
    if (slot.noSlot || slot.slot !== 0) return false;
    const { level } = this.settings;
    if (level < INTERLOCKED) {
      // The branch comes closer to what was before the slot's instruction, and that closer to whatever follows.
      if (before.form !== null && reachOf(level, before.form, before.word, form, word) > 0) return false;
      if (earlier.form !== null && reachOf(level, earlier.form, earlier.word, form, word) > 1) return false;
      if (reachOf(level, slot, last.word, null, 0) > 0) return false;
    }
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

function relocate(here: Subsection, fixups: Fixup[], offset: number): void {
  for (let i = 0; i < fixups.length; i++) {
    const at = here.fixups.lastIndexOf(fixups[i]!);
    fixups[i] = here.fixups[at] = { ...fixups[i]!, offset };
  }
}
