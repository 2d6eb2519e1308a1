import type { Endian } from '@kseg/elf';

/** A kernel, and what is typed at its shell: a line each time the prompt comes. */
export interface Session {
  readonly endian?: Endian;
  readonly kernel: Uint8Array;
  /** RAM in bytes; 32 MB by default, little enough to fill quickly. */
  readonly ram?: number;
  readonly lines: readonly string[];
}

export const MB = 1 << 20;
export const PROMPT = '$ ';

/** What a program printed: from behind the line that was typed to the next prompt. */
export function answer(text: string, line: string): string {
  const start = text.indexOf(`${PROMPT}${line}\n`) + PROMPT.length + line.length + 1;
  return text.slice(start, text.indexOf(`\n${PROMPT}`, start - 1) + 1);
}
