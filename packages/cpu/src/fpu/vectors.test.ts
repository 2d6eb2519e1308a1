// 42,016 vectors of Berkeley TestFloat's generator, results and flags as QEMU 7.2's 24Kf gave them. One a line:
// `op rm A B RESULT FLAGS` in hex, one-operand functions without B; rm is FCSR.RM, FLAGS are FCSR bits 6:2.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { conditionBit, FCSR_WORD, Fpu, SoftFpu } from './index.ts';

const file = fileURLToPath(new URL('../../test/fpu-vectors.txt.gz', import.meta.url));
const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');

type Operation = (fpu: SoftFpu) => boolean;

// Operands in words 0 and 2 on, the result in word 4 on.
const operations: Record<string, Operation> = {
  f32_add: (fpu) => fpu.addS(4, 0, 2),
  f32_sub: (fpu) => fpu.subS(4, 0, 2),
  f32_mul: (fpu) => fpu.mulS(4, 0, 2),
  f32_div: (fpu) => fpu.divS(4, 0, 2),
  f32_sqrt: (fpu) => fpu.sqrtS(4, 0),
  f64_add: (fpu) => fpu.addD(4, 0, 2),
  f64_sub: (fpu) => fpu.subD(4, 0, 2),
  f64_mul: (fpu) => fpu.mulD(4, 0, 2),
  f64_div: (fpu) => fpu.divD(4, 0, 2),
  f64_sqrt: (fpu) => fpu.sqrtD(4, 0),
  f32_to_f64: (fpu) => fpu.cvtDS(4, 0),
  f64_to_f32: (fpu) => fpu.cvtSD(4, 0),
  f32_to_i32: (fpu) => fpu.cvtWS(4, 0),
  f64_to_i32: (fpu) => fpu.cvtWD(4, 0),
  i32_to_f32: (fpu) => fpu.cvtSW(4, 0),
  i32_to_f64: (fpu) => fpu.cvtDW(4, 0),
};

const predicates: Record<string, number> = {
  eq: 0b0010,
  eq_signaling: 0b1010,
  lt: 0b1100,
  lt_quiet: 0b0100,
  le: 0b1110,
  le_quiet: 0b0110,
};

/** Word pair of a hex number of 8 or 16 digits. */
const words = (hex: string): [number, number] => [
  Number.parseInt(hex.slice(-8), 16) | 0,
  Number.parseInt(hex.slice(-16, -8) || '0', 16) | 0,
];

function failures(fpu: SoftFpu): string[] {
  const failed: string[] = [];
  for (const line of lines) {
    const fields = line.split(' ');
    const [op, rm] = fields as [string, string];
    const result = fields.at(-2)!;
    const flags = Number.parseInt(fields.at(-1)!, 16);
    fpu.words.fill(0);
    fpu.words.set(words(fields[2]!), 0);
    if (fields.length === 6) fpu.words.set(words(fields[3]!), 2);
    fpu.fcsr = Number(rm);
    let trapped: boolean;
    let got: string;
    const predicate = predicates[op.slice(4)];
    if (predicate === undefined) {
      trapped = operations[op]!(fpu);
      got = Array.from(fpu.words.subarray(4, 6), (word) => (word >>> 0).toString(16).padStart(8, '0'))
        .reverse()
        .join('')
        .slice(-result.length)
        .toUpperCase();
    } else {
      trapped = op.startsWith('f32') ? fpu.compareS(predicate, 5, 0, 2) : fpu.compareD(predicate, 5, 0, 2);
      got = fpu.condition(5) ? '1' : '0';
    }
    const fcsr = fpu.words[FCSR_WORD]! & ~conditionBit(5);
    if (trapped || got !== result || fcsr !== ((flags << 2) | (flags << 12) | Number(rm))) {
      failed.push(`${line}: got ${got}, FCSR ${fcsr.toString(16)}`);
    }
  }
  return failed;
}

describe('TestFloat vectors', () => {
  test('the fixture is whole', () => {
    expect(lines.length).toBe(42_016);
  });
  test('integer arithmetic alone', () => {
    expect(failures(new SoftFpu())).toEqual([]);
  });
  test('with native short cuts', () => {
    expect(failures(new Fpu())).toEqual([]);
  });
});
