import { type Cursor, isDigit } from './cursor.ts';
import { Complaint } from './diagnostics.ts';

const view = new DataView(new ArrayBuffer(8));

/** A floating-point number at the cursor as IEEE 754 bits; `high` is 0 for a single. */
export function floatBits(cur: Cursor, double: boolean): { low: number; high: number } {
  cur.skipSpace();
  const start = cur.pos;
  // 0f1.5, 0d1.5: the kind of number may be said in front
  if (cur.peek() === 48 && /[defrs]/i.test(cur.text[cur.pos + 1] ?? '') && cur.pos + 1 < cur.end) cur.pos += 2;
  const from = cur.pos;
  while (cur.pos < cur.end) {
    const c = cur.peek();
    const signed = (c === 43 || c === 45) && (cur.pos === from || (cur.text.charCodeAt(cur.pos - 1) | 32) === 101);
    if (!isDigit(c) && c !== 46 && !signed && !((c | 32) >= 97 && (c | 32) <= 122)) break;
    cur.pos++;
  }
  const text = cur.text.slice(from, cur.pos);
  const value = parse(text);
  if (value === undefined)
    throw new Complaint(
      'KSEG_ASM_VALUE',
      `bad floating-point number '${text || cur.rest()}'`,
      start,
      Math.max(cur.pos, start + 1),
    );
  if (!double) {
    view.setFloat32(0, value);
    const bits = view.getUint32(0);
    return { low: Number.isNaN(value) ? (text.startsWith('-') ? 0xffff_ffff : 0x7fff_ffff) : bits, high: 0 };
  }
  view.setFloat64(0, value);
  if (Number.isNaN(value)) return { low: 0xffff_ffff, high: text.startsWith('-') ? 0xffff_ffff : 0x7fff_ffff };
  return { low: view.getUint32(4), high: view.getUint32(0) };
}

function parse(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  return undefined;
}
