/** Builds a string table: each distinct name once, offset 0 is the empty name (gABI ch. 4 "String Table"). */
export class StringTable {
  private readonly offsets = new Map<string, number>([['', 0]]);
  private readonly names: string[] = [];
  private length = 1;

  /** The offset of `name`, which is added when new. */
  add(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.length;
    this.offsets.set(name, offset);
    this.names.push(name);
    this.length += name.length + 1;
    return offset;
  }

  /** The table, one byte per character (names are Latin-1, as `readElf` gives them). */
  bytes(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 1;
    for (const name of this.names) {
      for (let i = 0; i < name.length; i++) out[at + i] = name.charCodeAt(i);
      at += name.length + 1;
    }
    return out;
  }
}
