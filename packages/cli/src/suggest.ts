/** `; did you mean "r4k"?` when one of the names is close to what was typed, else nothing. */
export function suggest(typed: string, names: readonly string[]): string {
  const best = names
    .map((name) => ({ name, distance: distance(typed, name) }))
    .sort((a, b) => a.distance - b.distance)
    .find(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)));
  return best === undefined ? '' : `; did you mean "${best.name}"?`;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
