/**
 * Builds a string table (gABI ch. 4 "String Table"): each distinct name once, the empty one at 0, and a name
 * that ends another shares its bytes, as the GNU tools lay it out. Names are Latin-1, as `readElf` gives them.
 */
export class StringTable {
  private readonly names = new Set<string>();

  add(name: string): void {
    if (name !== '') this.names.add(name);
  }

  /** The bytes, and where each name starts; the empty name is at 0. */
  finish(): { bytes: Uint8Array; offsets: Map<string, number> } {
    const reversed = [...this.names].map((name) => ({ name, key: [...name].reverse().join('') }));
    const sorted = [...reversed].sort((a, b) => (a.key < b.key ? -1 : 1));
    // After sorting by reversed text, a name that is a tail stands right before one it is the tail of.
    const host = new Map<string, string>();
    for (let i = sorted.length - 2; i >= 0; i--) {
      const next = sorted[i + 1]!;
      if (next.key.startsWith(sorted[i]!.key)) host.set(sorted[i]!.name, host.get(next.name) ?? next.name);
    }
    const offsets = new Map<string, number>([['', 0]]);
    let length = 1;
    for (const { name } of reversed)
      if (!host.has(name)) {
        offsets.set(name, length);
        length += name.length + 1;
      }
    for (const [name, whole] of host) offsets.set(name, offsets.get(whole)! + whole.length - name.length);
    const bytes = new Uint8Array(length);
    for (const [name, at] of offsets) for (let i = 0; i < name.length; i++) bytes[at + i] = name.charCodeAt(i);
    return { bytes, offsets };
  }
}
