import { MmuError } from './errors.ts';
import type { MmuState } from './translation.ts';

/** Throws KSEG_MMU_STATE unless `saved` is a state of `model` with `length` 32-bit words. */
export function checkState(saved: MmuState, model: string, length: number): void {
  if (saved.version !== 1 || saved.model !== model || saved.words.length !== length) {
    throw new MmuError(
      'KSEG_MMU_STATE',
      `this is not a state of a ${model} MMU of ${length} words (version 1), but of ${saved.model}, ${saved.words?.length} words (version ${saved.version})`,
      saved,
    );
  }
  const bad = saved.words.findIndex((word) => (word | 0) !== word);
  if (bad >= 0)
    throw new MmuError(
      'KSEG_MMU_STATE',
      `state word ${bad} is not a 32-bit integer: ${saved.words[bad]}`,
      saved.words[bad],
    );
}
