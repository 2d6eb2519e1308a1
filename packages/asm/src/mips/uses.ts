// Which registers an instruction touches.

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

export function generalRegisters(word: number, uses: number): number {
  let mask = 0;
  if (uses & USES.RS) mask |= 1 << ((word >>> 21) & 31);
  if (uses & USES.RT) mask |= 1 << ((word >>> 16) & 31);
  if (uses & USES.RD) mask |= 1 << ((word >>> 11) & 31);
  if (uses & USES.RA) mask |= 1 << 31;
  return mask & ~1;
}

export function floatRegisters(word: number, uses: number, double: boolean): number {
  let mask = 0;
  if (uses & USES.FR) mask |= 1 << ((word >>> 21) & 31);
  if (uses & USES.FT) mask |= 1 << ((word >>> 16) & 31);
  if (uses & USES.FS) mask |= 1 << ((word >>> 11) & 31);
  if (uses & USES.FD) mask |= 1 << ((word >>> 6) & 31);
  return double ? mask | (mask << 1) : mask;
}
