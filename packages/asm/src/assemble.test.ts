import { describe, expect, it } from 'vitest';
import { type AssemblyError, asm, assemble, assembleFlat, formatDiagnostic } from './index.ts';

const words = (source: string, options = {}) =>
  [...assembleFlat(source, options).words].map((w) => w.toString(16).padStart(8, '0'));

describe('assembleFlat', () => {
  it('resolves labels, local labels and delay slots', () => {
    expect(
      words(
        `
        .set noreorder
        start:  lui $t0, %hi(data)
                addiu $t0, $t0, %lo(data)
        1:      bnez $t0, 1b
                nop
                beqz $t0, 1f
                nop
        1:      j start
                nop
        data:   .word start, data + 4, -1`,
        { origin: 0xbfc0_0000 },
      ),
    ).toEqual([
      '3c08bfc0',
      '25080020',
      '1500ffff',
      '00000000',
      '11000001',
      '00000000',
      '0bf00000',
      '00000000',
      'bfc00000',
      'bfc00024',
      'ffffffff',
    ]);
  });

  it('fills delay slots in reorder mode as GNU as does', () => {
    expect(words('x: addiu $5,$5,1\n beq $4,$6,x\n')).toEqual(['1086ffff', '24a50001']);
    expect(words('x: addiu $4,$4,1\n beq $4,$6,x\n')).toEqual(['24840001', '1086fffe', '00000000']);
  });

  it('writes both byte orders', () => {
    const source = '.word 0x11223344\n.half 0x5566\n.byte 1, 2\n.ascii "ab"\n.asciiz "c"';
    expect([...assembleFlat(source, { endian: 'big' }).bytes]).toEqual([
      0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 1, 2, 97, 98, 99, 0,
    ]);
    expect([...assembleFlat(source, { endian: 'little' }).bytes]).toEqual([
      0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 1, 2, 97, 98, 99, 0,
    ]);
  });

  it('expands li and la', () => {
    expect(words('li $4,5\nli $4,-5\nli $4,0x8000\nli $4,0x12340000\nli $4,0x12345678')).toEqual([
      '24040005',
      '2404fffb',
      '34048000',
      '3c041234',
      '3c041234',
      '34845678',
    ]);
  });

  it('throws one error with every diagnostic', () => {
    try {
      assembleFlat(' bogus $4\n addui $4,$5,1\n lw $4\n', { name: 'boot.S', preprocess: false });
      expect.unreachable();
    } catch (e) {
      const error = e as AssemblyError;
      expect(error.code).toBe('KSEG_ASM_FAILED');
      expect(error.data.diagnostics.map(formatDiagnostic)).toEqual([
        "boot.S:1:2: error: unknown instruction 'bogus'",
        "boot.S:2:2: error: unknown instruction 'addui'; did you mean 'addiu'?",
        "boot.S:3:2: error: 'lw' takes 2 operands, not 1",
      ]);
    }
  });

  it('knows labels by any name', () => {
    const { symbols } = assembleFlat('nop\n__proto__: nop\nconstructor:\n');
    expect(Object.entries(symbols)).toEqual([
      ['__proto__', 4],
      ['constructor', 8],
    ]);
  });

  it('names undefined symbols', () => {
    expect(() => assembleFlat('nop\n  jal nowhere\n')).toThrow(":2:3: error: symbol 'nowhere' is not defined");
  });
});

describe('asm template', () => {
  it('interpolates numbers', () => {
    expect([...asm`li $t0, ${7}`.flat({ endian: 'big' }).bytes]).toEqual([0x24, 8, 0, 7]);
  });
});

describe('text macros', () => {
  it('substitutes, repeats and iterates', () => {
    expect(
      words(`
        .macro twice a, b=3
        .word \\a, \\b
        .endm
        twice 1
        twice 4, 5
        .rept 2
        .byte 9, 9, 9, 9
        .endr
        .irp x, 1, 2
        .word \\x
        .endr
        .if 1 > 2
        .word 99
        .else
        .word 77
        .endif`),
    ).toEqual([
      '00000001',
      '00000003',
      '00000004',
      '00000005',
      '09090909',
      '09090909',
      '00000001',
      '00000002',
      '0000004d',
    ]);
  });
});

describe('assemble', () => {
  it('makes an ELF object', () => {
    const { object, symbols, diagnostics } = assemble('.globl main\nmain: jal ext\n');
    expect(diagnostics).toEqual([]);
    expect([...object!.subarray(0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46]);
    expect(symbols.map(({ name, binding, section }) => [name, binding, section])).toEqual([
      ['main', 'global', '.text'],
      ['ext', 'global', '*UND*'],
    ]);
  });

  it('writes text as UTF-8, half a character as U+FFFD', () => {
    const { bytes } = assembleFlat('.ascii "é€😀\ud800"');
    expect([...bytes]).toEqual([0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xef, 0xbf, 0xbd]);
  });

  it.each(['.type x, @constructor', '.section x, "a", @constructor', 'lw $4, %constructor(x)($5)', '.set constructor'])(
    'rejects %s',
    (source) => {
      const { object, diagnostics } = assemble(source);
      expect([object, diagnostics.map(({ message }) => /unknown .*constructor/.test(message))]).toEqual([null, [true]]);
    },
  );

  it.each([
    ['.byte 1\n.space ext\n', '<source>:2:1: error: the size of .space is not a constant'],
    ['1: .uleb128 ext\n', '<source>:1:1: error: the value is not a constant'],
    ['.org ext\n', '<source>:1:1: error: the target of .org is not in this section'],
    ['1: .space 2f-1b+1\n2:\n', '<source>:1:1: error: the size of .space is not a constant'],
    ['.space 2f-1f\n1: .uleb128 2f-1b\n2:\n.space .\n', '<source>:4:1: error: the size of .space is not a constant'],
    [
      '.cfi_startproc\n.cfi_lsda 0,-x\n.cfi_endproc\n',
      '<source>:2:1: error: the expression is too complex for a relocation',
    ],
    ['.file 2 "b.c"\n.loc 2 1\nnop\n', '<source>:1:1: error: there is no .file 1, though later ones are given'],
  ])('says where what is the matter with %j', (source, message) => {
    const { diagnostics } = assemble(source);
    expect(diagnostics.map(formatDiagnostic)).toEqual([message]);
  });

  it('has a .loc with a view take effect at once, others with the next instruction', () => {
    const rows = (options: string) => {
      const { sections } = assemble(`.file 1 "a.c"\nnop\n.loc 1 5 0${options}\n`);
      return sections.find(({ name }) => name === '.debug_line')?.size ?? 0;
    };
    expect(['', ' view V', ' view 0', ' is_stmt 0'].map((options) => rows(options) > 0)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('takes text alone', () => {
    const { object, diagnostics } = assemble({ name: 'a.s', text: ' nop' } as unknown as string);
    expect(object).toBeNull();
    expect(diagnostics).toEqual([expect.objectContaining({ code: 'KSEG_ASM_SOURCE', line: 1, column: 1 })]);
  });

  it('leaves out a hash whose first byte in the byte order is zero, as GNU as does', () => {
    const sizes = (hash: string) =>
      (['little', 'big'] as const).map((endian) => {
        const source = `.file 0 "/the/dir" "x/a.c" md5 0x${hash}\n.file 1 "a.c"\n.file 2 "dir/b.c"\n.section .debug_info\n.byte 1\n`;
        return assemble(source, { endian }).sections.find(({ name }) => name === '.debug_line')!.size;
      });
    // One hash makes room for those of all three files.
    const [bare, hashed] = [67, 67 + 2 + 3 * 16];
    expect(sizes('00112233445566778899aabbccddeeff')).toEqual([hashed, bare]);
    expect(sizes('ff112233445566778899aabbccddee00')).toEqual([bare, hashed]);
    expect(sizes('ff112233445566778899aabbccddeeff')).toEqual([hashed, hashed]);
    expect(sizes('00112233445566778899aabbccddee00')).toEqual([bare, bare]);
  });
});
