import { describe, expect, it } from 'vitest';
import { preprocess } from './cpp.ts';

const files: Record<string, string> = { 'regs.h': '#pragma once\n#define t0 $8\n#define a0 $4\n' };
const run = (source: string) => {
  const { text, diagnostics } = preprocess(source, {
    name: 'a.S',
    defines: { __ASSEMBLER__: '1' },
    resolve: (path) => files[path] ?? null,
  });
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('# '));
  return { lines: lines.map((line) => line.trim().replace(/\s+/g, ' ')), diagnostics };
};

describe('preprocess', () => {
  it('replaces names, in included files too', () => {
    expect(run('#include "regs.h"\n move t0, a0 /* t0 */ // a0\n').lines).toEqual(['move $8, $4']);
  });

  it('expands macros with arguments, strings and joined words', () => {
    const source =
      '#define LEAF(f) .globl f; .ent f; f:\n#define CAT(a,b) a ## b\n#define STR(x) #x\nLEAF(main)\nCAT(l,w) $4,0($5)\n.asciz STR(a "b")\n';
    expect(run(source).lines).toEqual(['.globl main; .ent main; main:', 'lw $4,0($5)', '.asciz "a \\"b\\""']);
  });

  it('never expands a macro inside itself, and takes arguments over lines', () => {
    expect(run('#define x x + 1\n#define f(a, b) a-b\n.word x, f(1,\n 2)\n').lines).toEqual(['.word x + 1, 1-2']);
  });

  it('chooses by conditions', () => {
    const source =
      '#define N 3\n#if N > 2 && defined(__ASSEMBLER__) && !defined Q\n.byte 1\n#elif 1\n.byte 2\n#else\n.byte 3\n#endif\n#ifdef Q\n#if junk (\n#endif\n.byte 4\n#endif\n';
    expect(run(source)).toEqual({ lines: ['.byte 1'], diagnostics: [] });
  });

  it('keeps line numbers', () => {
    const { text } = preprocess('#define A \\\n 1\n\n.word A\n', { name: 'a.S', defines: {}, resolve: () => null });
    expect(text.split('\n')).toEqual(['# 1 "a.S"', '', '', '', '.word 1', '']);
  });

  it('passes variable arguments and leaves numbers such as 1f alone', () => {
    expect(run('#define f 9\n#define all(first, ...) .word first, __VA_ARGS__\nall(1, 2, f)\nb 1f\n').lines).toEqual([
      '.word 1, 2, 9',
      'b 1f',
    ]);
  });

  it('reports missing files and unbalanced conditionals where they stand', () => {
    const { diagnostics } = run('\n#include "gone.h"\n#if 1\n');
    expect(diagnostics.map(({ line, message }) => [line, message])).toEqual([
      [2, "cannot find 'gone.h'"],
      [3, '#if without #endif'],
    ]);
  });
});
