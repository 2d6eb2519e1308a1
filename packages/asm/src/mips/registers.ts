import { type Cursor, continuesName } from '../cursor.ts';

/** Registers as one number: general 0–31, floating-point 32–63, condition codes 64–71, accumulators 72–75. */
export const FPR = 32;
export const FCC = 64;
export const ACC = 72;

const NAMES: readonly string[] =
  'zero at v0 v1 a0 a1 a2 a3 t0 t1 t2 t3 t4 t5 t6 t7 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp s8 ra'.split(' ');

const byName = new Map<string, number>(NAMES.map((name, i) => [name, i]));
byName.set('fp', 30).set('kt0', 26).set('kt1', 27);
for (let i = 0; i < 32; i++) byName.set(`${i}`, i).set(`f${i}`, FPR + i);
for (let i = 0; i < 8; i++) byName.set(`fcc${i}`, FCC + i).set(`cc${i}`, FCC + i);
for (let i = 0; i < 4; i++) byName.set(`ac${i}`, ACC + i);
// CP0 registers may be written `$c0_…` only by their number here; the kernel headers define names for them.
for (let i = 0; i < 32; i++) byName.set(`c${i}`, i);

const ZERO = 48;

/** The register written at the cursor (`$4`, `$t0`, `$f12`), consumed; -1 and nothing consumed when none is. */
export function register(cur: Cursor): number {
  if (cur.peek() !== 36) return -1;
  const c = cur.at(1);
  const d = cur.at(2);
  // The frequent form: a one- or two-digit number.
  if (c >= ZERO && c <= 57) {
    if (d < ZERO || d > 57) {
      if (continuesName(d)) return -1;
      cur.pos += 2;
      return c - ZERO;
    }
    const n = (c - ZERO) * 10 + d - ZERO;
    if (continuesName(cur.at(3)) || n > 31 || c === ZERO) return -1;
    cur.pos += 3;
    return n;
  }
  let p = cur.pos + 1;
  while (p < cur.end && continuesName(cur.text.charCodeAt(p))) p++;
  const number = byName.get(cur.text.slice(cur.pos + 1, p));
  if (number === undefined) return -1;
  cur.pos = p;
  return number;
}
