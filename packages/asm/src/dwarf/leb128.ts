// DWARF's variable-length integers (DWARF 5 §7.6).

/** A number of 64 bits. */
export function encodeLeb128(v: bigint | number, signed: boolean): number[] {
  let rest = signed ? BigInt(v) : BigInt.asUintN(64, BigInt(v));
  const out: number[] = [];
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const last = signed ? (rest === 0n && byte < 64) || (rest === -1n && byte >= 64) : rest === 0n;
    out.push(last ? byte : byte | 0x80);
    if (last) return out;
  }
}

/** The frequent case: an unsigned number below 2^31. */
export function uleb(v: number): number[] {
  const out: number[] = [];
  for (; v >= 0x80; v >>>= 7) out.push((v & 0x7f) | 0x80);
  out.push(v);
  return out;
}

/** A signed 32-bit number. */
export function sleb(v: number): number[] {
  const out: number[] = [];
  for (; v < -64 || v > 63; v >>= 7) out.push((v & 0x7f) | 0x80);
  out.push(v & 0x7f);
  return out;
}
