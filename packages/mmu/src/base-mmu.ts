import { Changes } from './changes.ts';
import { checkAddress, MmuError } from './errors.ts';
import {
  type Access,
  ANY_ASID,
  accessCode,
  type ChangeListener,
  type Context,
  type Disposable,
  MAPPED,
  type Mmu,
  type MmuState,
  modeCode,
  type Translation,
  toTranslation,
} from './translation.ts';

/** What every model is made of: its words of state, the last answer, its listeners and its snapshots. */
export abstract class BaseMmu implements Mmu {
  abstract readonly model: string;
  /** All architectural state: copy these words and call `rebuild` on the other side, and it is the same MMU. */
  readonly state: Int32Array;
  protected readonly changes = new Changes();
  /** pa, cca, pageMask of the last lookup that returned MAPPED. */
  protected readonly out = new Int32Array(3);

  /** `state` is the host's backing of the `words` words, if it has one. */
  protected constructor(words: number, state: Int32Array = new Int32Array(words)) {
    if (state.length !== words) {
      throw new MmuError('KSEG_MMU_STATE', `state must have ${words} words, not ${state.length}`, state);
    }
    this.state = state;
  }

  get pa(): number {
    return this.out[0]! >>> 0;
  }

  get cca(): number {
    return this.out[1]!;
  }

  get pageMask(): number {
    return this.out[2]!;
  }

  translate(va: number, access: Access, context: Context): Translation {
    checkAddress(va);
    return toTranslation(this, this.lookup(va, accessCode(access), modeCode(context)));
  }

  abstract lookup(va: number, access: number, mode: number): number;

  /** To be called after the host has written `state` itself, or memory that the model translates by. */
  rebuild(): void {
    this.changes.announce(0, 2 ** 32, ANY_ASID);
  }

  onChange(listener: ChangeListener): Disposable {
    return this.changes.subscribe(listener);
  }

  save(): MmuState {
    return { version: 1, model: this.model, words: Array.from(this.state) };
  }

  load(saved: MmuState): void {
    const { model, state } = this;
    if (saved.version !== 1 || saved.model !== model || saved.words?.length !== state.length) {
      throw new MmuError(
        'KSEG_MMU_STATE',
        `this is not a state of a ${model} MMU of ${state.length} words (version 1), but of ${saved.model}, ${saved.words?.length} words (version ${saved.version})`,
        saved,
      );
    }
    const bad = saved.words.findIndex((word) => (word | 0) !== word);
    if (bad >= 0) {
      const word = saved.words[bad];
      throw new MmuError('KSEG_MMU_STATE', `state word ${bad} is not a 32-bit integer: ${word}`, word);
    }
    this.checkWords(saved.words);
    state.set(saved.words);
    this.rebuild();
  }

  /** Throws KSEG_MMU_STATE when words that are numbers of entries name none. */
  protected checkWords(_words: readonly number[]): void {}

  /** Leaves an answer in `pa`, `cca` and `pageMask`. */
  protected map(pa: number, cca: number, pageMask: number): number {
    const { out } = this;
    out[0] = pa;
    out[1] = cca;
    out[2] = pageMask;
    return MAPPED;
  }
}
