/** Where in the source something stands; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One finding about the source. `code` is stable; `message` is for people. */
export interface Diagnostic extends Place {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  /** The offending piece of source text. */
  readonly text: string;
  /** What was probably meant, for a misspelt mnemonic or directive. */
  readonly suggestion?: string;
}

/** One line in the style compilers use: `boot.S:3:5: error: …`. */
export function formatDiagnostic(d: Diagnostic): string {
  const hint = d.suggestion === undefined ? '' : `; did you mean '${d.suggestion}'?`;
  return `${d.file}:${d.line}:${d.column}: ${d.severity}: ${d.message}${hint}`;
}

/** Thrown inside the assembler to give up one statement; never leaves it. */
export class Complaint extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Start and end in the statement's text; absent: the whole statement. */
    readonly start?: number,
    readonly end?: number,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}

/** Thrown by the one-step forms (`assembleFlat`, the template) when the source has errors; `data.diagnostics` are all of them. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
  readonly code = 'KSEG_ASM_FAILED';
  readonly data: { readonly diagnostics: readonly Diagnostic[] };
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join('\n'));
    this.data = { diagnostics };
  }
}

/** The closest of `candidates` within a third of the word's length in edits, if any. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 0.6;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > bestDistance) continue;
    // Between equally close ones, the one of the same length: letters get swapped more often than lost.
    const d = editDistance(word, candidate, Math.ceil(bestDistance)) + (candidate.length === word.length ? 0 : 0.5);
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** Damerau–Levenshtein distance (adjacent swaps count once), cut off at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      let d = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, before[j - 2]! + 1);
      row.push(d);
      if (d < least) least = d;
    }
    if (least >= limit) return limit;
    before = last;
    last = row;
  }
  return last[b.length]!;
}
