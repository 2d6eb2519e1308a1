// What GNU as 2.40 makes of cases that generated programs or gcc's output once told apart; its words are written down here.
import { expect, it } from 'vitest';
import { type AssembleOptions, assemble } from '../index.ts';

/** The words of .text, and its relocations as `offset:type:symbol`. */
function text(source: string, options: AssembleOptions = {}) {
  const { sections, diagnostics } = assemble(source, options);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { bytes, relocations } = sections.find(({ name }) => name === '.text')!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true).toString(16));
  return { words, relocations: relocations.map(({ offset, type, symbol }) => `${offset}:${type}:${symbol}`) };
}

const wordsOf = (source: string, options: AssembleOptions = {}) => text(source, options).words;
const PADDED = ['0', '0'];

it('keeps MIPS I loads apart from what uses them, and takes no load into a slot', () => {
  const options = { level: 'mips1' } as const;
  expect(wordsOf(' lw $4,0($5)\n addu $6,$4,$5\n', options)).toEqual(['8ca40000', '0', '853021', '0']);
  expect(wordsOf(' lw $4,0($5)\n jal x\n', options)).toEqual(['8ca40000', 'c000000', ...PADDED]);
  expect(wordsOf(' lw $4,0($5)\n', options)).toEqual(['8ca40000', '0', ...PADDED]);
});

it('lets an instruction of a .set noreorder block stand in for a nop', () => {
  const options = { level: 'mips2' } as const;
  const source = (block: string) => ` mfhi $5\n .set noreorder\n ${block}\n .set reorder\n .align 2\n sync\n`;
  expect(wordsOf(source('addu $4,$4,$4'), options)).toEqual(['2810', '842021', '0', 'f']);
  expect(wordsOf(source('mult $4,$5'), options)).toEqual(['2810', '0', '0', '850018', 'f', '0', '0', '0']);
});

it('has no hazard reach over an unconditional jump, whoever filled its slot', () => {
  const source = ' .set noreorder\n jal x\n lw $4,0($5)\n .set reorder\n addu $4,$4,$4\n';
  expect(wordsOf(source, { level: 'mips1' })).toEqual(['c000000', '8ca40000', '842021', '0']);
});

it('calls by way of the global offset table, and by the page of what turns out to be local', () => {
  const source = ' .cprestore 16\n jal ext\n jal own\nown: nop\n';
  const { words, relocations } = text(source, { pic: true });
  expect(words.slice(0, 9)).toEqual([
    ...['afbc0010', '8f990000', '320f809', '0', '8fbc0010'],
    ...['8f990000', '27390028', '320f809', '0'],
  ]);
  expect(relocations).toEqual(['4:11:ext', '8:37:ext', '20:9:.text', '24:6:.text', '28:37:own']);
});

it('reaches small data from $gp, also what only the end of the source shows to be small', () => {
  const source = ' lw $4,later\n lw $4,large\n .extern later, 4\n .extern large, 9\n';
  const { words, relocations } = text(source, { smallData: 8 });
  expect(words).toEqual(['8f840000', '3c040000', '8c840000', '0']);
  expect(relocations).toEqual(['0:7:later', '4:5:large', '8:6:large']);
});

it('pairs a high half with the low half of an alternative that was not taken', () => {
  const { relocations } = text(' lui $24,%hi(ext)\n jal ext\n', { pic: true });
  expect(relocations).toEqual(['4:11:ext', '0:5:ext', '8:37:ext']);
});

it('makes an alias the place, local though that may be global', () => {
  const source = ' .globl f\n .type f,@function\nf: nop\n .size f,.-f\n g = f\n lui $4,%hi(g)\n addiu $4,$4,%lo(g)\n';
  expect(text(source).relocations).toEqual(['4:5:.text', '8:6:.text']);
  expect(assemble(source).symbols.find(({ name }) => name === 'g')).toMatchObject({ binding: 'local', size: 4 });
});

it('knows which level has an instruction', () => {
  const codes = (source: string, options: AssembleOptions) => assemble(source, options).diagnostics.map((d) => d.code);
  expect(codes(' madd.s $f2,$f4,$f6,$f8\n', { level: 'mips32' })).toEqual(['KSEG_ASM_LEVEL']);
  expect(codes(' c.eq.s $fcc1,$f2,$f4\n', { level: 'mips3' })).toEqual(['KSEG_ASM_LEVEL']);
  expect(codes(' ll $4,x\n', { level: 'mips1' })).toEqual(['KSEG_ASM_LEVEL']);
});

it('goes on describing procedures where it has described one, after .cfi_sections', () => {
  const procedure = ' .cfi_startproc\n nop\n .cfi_endproc\n';
  const sizes = (source: string) =>
    Object.fromEntries(
      assemble(source, { level: 'mips1' })
        .sections.filter(({ name }) => /frame/.test(name))
        .map(({ name, bytes }) => [name, bytes.length]),
    );
  expect(sizes(`${procedure} .cfi_sections .debug_frame\n${procedure}`)).toEqual({
    '.eh_frame': 0x3c,
    '.debug_frame': 0x20,
  });
  const debugged = ` .cfi_sections .debug_frame\n${procedure}`;
  expect(sizes(debugged)).toEqual({ '.debug_frame': 0x20 });
  const { diagnostics } = assemble(`${debugged} .cfi_sections .eh_frame\n`);
  expect(diagnostics.map(({ code }) => code)).toEqual(['KSEG_ASM_CFI']);
});

it("takes a line number along with another piece's branch, also from behind .set noreorder's nops", () => {
  const block = ' c.ult.s $f28,$f2\n .set noreorder\n li $4,1\n .set reorder\n .loc 1 7\n addiu $4,$4,1\n';
  const source = ` .file 1 "a.c"\n${block} .align 2\n nop\n .align 2\n sltu $5,$6,$7\n b 1f\n1: nop\n .section .debug_info\n .byte 1\n`;
  const lines = assemble(source, { level: 'mips1' }).sections.find(({ name }) => name === '.debug_line')!;
  // DW_LNE_set_address: the addiu stands at 8.
  expect([...lines.bytes.subarray(0x24, 0x2b)]).toEqual([0, 5, 2, 4, 0, 0, 0]);
});

it('pads odd bytes with a microMIPS nop until something tells which kind of code this is', () => {
  expect(wordsOf(' .byte 1, 2\n .align 2\n .set reorder\n .byte 3, 4\n .align 2\n')).toEqual([
    'c000201',
    '403',
    ...PADDED,
  ]);
  expect(wordsOf(' .byte 1\n .align 2\n nop\n')).toEqual(['c000001', '0', ...PADDED]);
});

it('loads an address into $0 by way of $at, as into any register that is its own base', () => {
  expect(wordsOf(' la $0,0x12345678\n')).toEqual(['3c011234', '34215678', ...PADDED]);
  expect(wordsOf(' la $0,5($0)\n')).toEqual(['24000005', '0', ...PADDED]);
});

it('leaves of an alternative not taken as many words as it had nops', () => {
  const { words } = text(' ld $28,g1\n .align 4\ng1: nop\n', { level: 'mips1', smallData: 8 });
  expect(words.slice(0, 4)).toEqual(['8f9c0000', '3c010000', '8c3c0020', '8c3d0024']);
});

it('has no hazard reach over a position-independent jump either', () => {
  const source = ' .set noreorder\n j 1f\n mfc3 $3,$5\n1: .set reorder\n .align 2\n addu $4,$4,$4\n';
  expect(wordsOf(source, { level: 'mips1', pic: true })).toEqual(['10000001', '4c032800', '842021', '0']);
});
