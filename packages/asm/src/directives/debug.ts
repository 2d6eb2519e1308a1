// Line numbers and call frame information.
import type { Assembler, Directive } from '../assembler.ts';
import { isDigit } from '../cursor.ts';
import { Complaint } from '../diagnostics.ts';
import { CFA, FrameDescription, type FrameInstruction, OMITTED } from '../dwarf/frame.ts';
import type { SourceLine } from '../dwarf/line.ts';
import { isConstant } from '../expression.ts';
import { register as registerNamed } from '../mips/registers.ts';

/** `.file "name"` names the source in the symbol table, `.file number "path"` numbers it for `.loc`; the first of either kind names it. */
const file: Directive = (asm) => {
  const { cur } = asm;
  cur.skipSpace();
  if (cur.peek() === 34) {
    asm.sourceFiles.push(cur.string());
    return;
  }
  const start = cur.pos;
  const number = asm.absolute();
  if (number < 0 || number > 0xffff)
    throw new Complaint('KSEG_ASM_VALUE', `${number} is no number of a source file`, start, cur.pos);
  let path = cur.string();
  cur.skipSpace();
  let directory: string | null = null;
  if (cur.peek() === 34) {
    directory = path;
    path = cur.string();
  }
  if (asm.sourceFiles.length === 0) asm.sourceFiles.push(path);
  asm.lines.addFile(number, directory, path, cur.atEnd() ? null : hash(asm, number));
};

/** `md5 0x…`: the sixteen bytes, as a number in the target's byte order. */
function hash(asm: Assembler, fileNumber: number): number[] {
  const { cur } = asm;
  const start = cur.pos;
  const word = cur.name();
  if (word !== 'md5' || (asm.lines.version < 5 && fileNumber !== 0))
    throw new Complaint('KSEG_ASM_SYNTAX', `unknown .file option '${word || cur.rest()}'`, start, cur.end);
  const digits = /^0x([0-9a-f]{32})$/i.exec(cur.word())?.[1];
  if (digits === undefined) throw new Complaint('KSEG_ASM_VALUE', 'md5 needs 32 hexadecimal digits', start, cur.pos);
  const bytes = Array.from({ length: 16 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
  return asm.little ? bytes.reverse() : bytes;
}

/** Options of `.loc` that stand alone. */
const MARKS: Readonly<Record<string, Partial<SourceLine>>> = {
  basic_block: { basicBlock: true },
  prologue_end: { prologueEnd: true },
  epilogue_begin: { epilogueBegin: true },
};

/** `.loc file line [column] [options]`. */
const loc: Directive = (asm) => {
  const { cur } = asm;
  const number = () => {
    const v = asm.absolute();
    if (v < 0 || v > 0x7fff_ffff) throw new Complaint('KSEG_ASM_VALUE', `${v} is out of range for .loc`);
    return v;
  };
  const fileNumber = number();
  if (asm.lines.files[fileNumber] === undefined)
    throw new Complaint('KSEG_ASM_VALUE', `there is no .file ${fileNumber} before this`);
  let change: Partial<SourceLine> = { file: fileNumber, line: number() };
  cur.skipSpace();
  if (isDigit(cur.peek())) change.column = number();
  while (!cur.atEnd()) {
    const start = cur.pos;
    const word = cur.name();
    if (Object.hasOwn(MARKS, word)) change = { ...change, ...MARKS[word] };
    else if (word === 'is_stmt') change.isStatement = number() !== 0;
    else if (word === 'isa') change.isa = number();
    else if (word === 'discriminator') change.discriminator = number();
    else if (word === 'view') change.view = view(asm);
    else throw new Complaint('KSEG_ASM_SYNTAX', `unknown .loc option '${word || cur.rest()}'`, start, cur.end);
  }
  asm.lines.locate(change);
};

/** `view symbol`, `view 0`, `view -0`. */
function view(asm: Assembler): SourceLine['view'] {
  const { cur } = asm;
  if (cur.eat(45)) {
    asm.absolute();
    return 'reset';
  }
  cur.skipSpace();
  if (isDigit(cur.peek())) {
    asm.absolute();
    return null;
  }
  const name = cur.expectName('a symbol');
  const sym = asm.symbols.get(name);
  if (sym.defined) throw new Complaint('KSEG_ASM_SYMBOL', `symbol '${name}' is already defined`);
  sym.computed = 0;
  return sym;
}

// ---- call frame information ------------------------------------------------------

const startProcedure: Directive = (asm) => {
  const { frames, here, cur } = asm;
  if (frames.open.has(here)) throw new Complaint('KSEG_ASM_CFI', '.cfi_startproc inside of another');
  const word = cur.atEnd() ? '' : cur.name();
  if (word !== '' && word !== 'simple') throw new Complaint('KSEG_ASM_SYNTAX', `unknown option '${word}'`);
  const description = new FrameDescription(here.here(), frames.useSections(), asm.place(), word === 'simple');
  frames.open.set(here, description);
  frames.all.push(description);
};

function current(asm: Assembler, name: string): FrameDescription {
  const description = asm.frames.open.get(asm.here);
  if (description === undefined) throw new Complaint('KSEG_ASM_CFI', `${name} outside of .cfi_startproc`);
  return description;
}

const endProcedure: Directive = (asm, name) => {
  current(asm, name).end = asm.here.here();
  asm.frames.open.delete(asm.here);
};

const sections: Directive = (asm) => {
  const { cur } = asm;
  let [eh, debug] = [false, false];
  do {
    if (cur.atEnd()) break;
    const word = cur.name();
    if (word === '.eh_frame') eh = true;
    else if (word === '.debug_frame') debug = true;
    else throw new Complaint('KSEG_ASM_SECTION', `'${word}' holds no call frame information`);
  } while (cur.eatComma());
  if (eh && asm.frames.all.length > 0 && !asm.frames.sections.eh)
    throw new Complaint('KSEG_ASM_CFI', 'procedures before this went without .eh_frame');
  asm.frames.sections = { eh, debug };
};

/** A register by name or number. */
function dwarfRegister(asm: Assembler): number {
  const { cur } = asm;
  cur.skipSpace();
  if (cur.peek() === 36) {
    const r = registerNamed(cur);
    if (r >= 0 && r < 32) return r;
    throw cur.complain('KSEG_ASM_OPERAND', `expected a register, found '${cur.rest()}'`);
  }
  const r = asm.absolute();
  if (r < 0 || r > 0x7fff_ffff) throw new Complaint('KSEG_ASM_OPERAND', `there is no register ${r}`);
  return r;
}

function registerAndOffset(asm: Assembler): [number, number] {
  const r = dwarfRegister(asm);
  asm.cur.expectComma();
  return [r, asm.absolute()];
}

/** A directive that adds the instruction that `read` makes of its operands. */
function adding(read: (asm: Assembler, fde: FrameDescription) => FrameInstruction): Directive {
  return (asm, name) => {
    const description = current(asm, name);
    description.add(read(asm, description), asm.here.here());
  };
}

const ofRegister = (op: number) => adding((asm) => ({ op, a: dwarfRegister(asm) }));
const ofOffset = (op: number, base: (fde: FrameDescription) => number) =>
  adding((asm, fde) => {
    const [a, offset] = registerAndOffset(asm);
    if (offset % 4 !== 0) throw new Complaint('KSEG_ASM_CFI', `offset ${offset} is no multiple of 4`);
    return { op, a, b: offset - base(fde) };
  });

const cfaOffset = (base: (fde: FrameDescription) => number) =>
  adding((asm, fde) => {
    fde.cfaOffset = base(fde) + asm.absolute();
    return { op: CFA.defCfaOffset, a: fde.cfaOffset };
  });

/** `.cfi_restore r, …`, and its like with a list of registers. */
function eachRegister(op: number): Directive {
  return (asm, name) => {
    const fde = current(asm, name);
    do fde.add({ op, a: dwarfRegister(asm) }, asm.here.here());
    while (asm.cur.eatComma());
  };
}

/** `.cfi_personality`, `.cfi_lsda`: an encoding and what it encodes. */
function pointer(set: (fde: FrameDescription, value: FrameDescription['lsda']) => void): Directive {
  return (asm, name) => {
    const fde = current(asm, name);
    const encoding = asm.absolute();
    if (encoding === OMITTED) {
      set(fde, null);
      return;
    }
    if (![0, 1, 2, 3, 4].includes(encoding & 7) || (encoding & 0x60) !== 0)
      throw new Complaint('KSEG_ASM_CFI', `0x${encoding.toString(16)} is no pointer encoding of this processor`);
    asm.cur.expectComma();
    const target = asm.expression();
    if (isConstant(target)) throw new Complaint('KSEG_ASM_CFI', `${name} needs a symbol`);
    set(fde, { encoding, target, place: asm.place() });
  };
}

const rawBytes = adding((asm) => {
  const bytes: number[] = [];
  do bytes.push(asm.absolute() & 0xff);
  while (asm.cur.eatComma());
  return { op: CFA.escape, bytes };
});

export const debugDirectives: readonly (readonly [string, Directive])[] = [
  ['.file', file],
  ['.loc', loc],
  ['.cfi_sections', sections],
  ['.cfi_startproc', startProcedure],
  ['.cfi_endproc', endProcedure],
  [
    '.cfi_def_cfa',
    adding((asm, fde) => {
      const [a, b] = registerAndOffset(asm);
      fde.cfaOffset = b;
      return { op: CFA.defCfa, a, b };
    }),
  ],
  ['.cfi_def_cfa_register', ofRegister(CFA.defCfaRegister)],
  ['.cfi_def_cfa_offset', cfaOffset(() => 0)],
  ['.cfi_adjust_cfa_offset', cfaOffset((fde) => fde.cfaOffset)],
  ['.cfi_offset', ofOffset(CFA.offset, () => 0)],
  ['.cfi_rel_offset', ofOffset(CFA.offset, (fde) => fde.cfaOffset)],
  ['.cfi_val_offset', ofOffset(CFA.valOffset, () => 0)],
  [
    '.cfi_register',
    adding((asm) => {
      const a = dwarfRegister(asm);
      asm.cur.expectComma();
      return { op: CFA.register, a, b: dwarfRegister(asm) };
    }),
  ],
  ['.cfi_restore', eachRegister(CFA.restore)],
  ['.cfi_undefined', eachRegister(CFA.undefined)],
  ['.cfi_same_value', eachRegister(CFA.sameValue)],
  [
    '.cfi_remember_state',
    adding((_, fde) => {
      fde.rememberedOffsets.push(fde.cfaOffset);
      return { op: CFA.rememberState };
    }),
  ],
  [
    '.cfi_restore_state',
    adding((_, fde) => {
      fde.cfaOffset = fde.rememberedOffsets.pop() ?? fde.cfaOffset;
      return { op: CFA.restoreState };
    }),
  ],
  ['.cfi_window_save', adding(() => ({ op: CFA.windowSave }))],
  ['.cfi_escape', rawBytes],
  ['.cfi_return_column', (asm, name) => void (current(asm, name).returnColumn = dwarfRegister(asm))],
  ['.cfi_signal_frame', (asm, name) => void (current(asm, name).signal = true)],
  [
    '.cfi_personality',
    pointer((fde, value) => {
      fde.personality = value;
    }),
  ],
  [
    '.cfi_lsda',
    pointer((fde, value) => {
      fde.lsda = value;
    }),
  ],
];
