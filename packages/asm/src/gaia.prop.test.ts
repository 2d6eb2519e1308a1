import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AssemblyError } from './diagnostics.ts';
import { assembleGaia } from './gaia.ts';

const operand = fc.oneof(
  fc.constantFrom('r1', 'r29', 'rsp', 'rk0', 'main', 'x', 'nowhere', '[r1 + 8]', '[x]', '[0x12345]', '[rbp - 4', '1.5'),
  fc.integer({ min: -0x8000_0001, max: 0x1_0000_0000 }).map(String),
  fc.constantFrom('x - main', '(1 << 3) | ~x', '7 % 0', '"a\\n#,"', '"a', "'", ''),
);
const statement = fc
  .tuple(
    fc.constantFrom(
      ...'main: x: .global .set .align .byte .short .int .float .string .word add sub shl cmpgt fcmpge blt- bfgt+ beq+'.split(
        ' ',
      ),
      ...'ld st ldb stb ldl ldh jl jr bne bz br mov movb neg not sextb zextw push pop call ret enter read write nop'.split(
        ' ',
      ),
      ...'constructor halt break sysenter'.split(' '),
    ),
    fc.array(operand, { maxLength: 4 }),
  )
  .map(([name, operands]) => `${name} ${operands.join(', ')}`);
const sound = fc.constantFrom(
  ...[
    'add r1, r2, -128',
    'mov r1, 0x12345678',
    'mov [r1 + 0x40000], main',
    'movb r2, [main]',
    'call main',
    'jl r3, main',
  ],
  ...[
    'blt r1, 300, main',
    'push 7',
    'enter 8',
    '.space 70000',
    '.align 64',
    '.int main + 4',
    '.string "a"',
    'write r1, "#"',
  ],
);
const source = fc
  .array(fc.oneof({ weight: 20, arbitrary: sound }, { weight: 1, arbitrary: statement }), { maxLength: 8 })
  .map((statements) => ['.global main', 'main:', ...statements, '.align 4'].join('\n'));

it('makes an image, or says in one AssemblyError what is wrong in which line of which source', () => {
  fc.assert(
    fc.property(source, source, fc.constantFrom('main', null), (first, second, start) => {
      try {
        const sources = [
          { name: 'a.s', text: first },
          { name: 'b.s', text: second, library: true },
        ];
        const { bytes } = assembleGaia(sources, { start });
        expect(bytes.length % 4).toBe(0);
      } catch (e) {
        const { code, data } = e as AssemblyError;
        expect(code, `${e}`).toBe('KSEG_ASM_FAILED');
        for (const { file, line, message } of data.diagnostics) {
          expect(['a.s', 'b.s', '<start>']).toContain(file);
          expect(line).toBeGreaterThanOrEqual(file === '<start>' ? 0 : 1);
          expect(message).not.toBe('');
        }
      }
    }),
  );
});
