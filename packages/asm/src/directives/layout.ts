// Alignment, origin, and which section bytes go to.
import { SHF, SHT } from '@kseg/elf';
import type { Assembler, Directive } from '../assembler.ts';
import { isDigit } from '../cursor.ts';
import { Complaint } from '../diagnostics.ts';
import { ORDINARY, type Section, type SectionGroup, type SectionKind, type SectionShape } from '../section.ts';
import { shapeOf } from '../section-shapes.ts';

/** `.align`/`.p2align` count in powers of two, `.balign` in bytes. */
function align(inBytes: boolean, canTurnOff: boolean): Directive {
  return (asm, name) => {
    const { cur } = asm;
    const start = cur.pos;
    let power = cur.atEnd() ? (inBytes ? 1 : 0) : asm.absolute();
    if (inBytes) {
      const bytes = power === 0 ? 1 : power;
      power = Math.log2(bytes);
      if (!Number.isInteger(power))
        throw new Complaint('KSEG_ASM_VALUE', `${name} ${bytes} is not a power of two`, start, cur.pos);
    }
    if (power < 0 || power > 28) {
      asm.warn(`alignment ${power} is out of range, 28 is taken`);
      power = power < 0 ? 0 : 28;
    }
    let fill: number | null = null;
    let max = 0;
    if (cur.eatComma() && !cur.atEnd() && cur.peek() !== 44) fill = asm.absolute() & 0xff;
    if (cur.eatComma()) max = asm.absolute();
    if (canTurnOff) asm.autoAlign = power !== 0;
    if (power === 0) return;
    asm.alignTo(power, fill, max, canTurnOff ? asm.pendingLabels : []);
  };
}

const org: Directive = (asm) => {
  const target = asm.expression();
  const fill = asm.cur.eatComma() ? asm.absolute() : 0;
  asm.moveTo(target, fill & 0xff);
};

/** `.text`, `.data`, `.bss` with an optional subsection number. */
function standard(name: string, align: number, withSymbol: boolean): Directive {
  return (asm) => {
    const number = asm.cur.atEnd() ? 0 : asm.absolute();
    const section = asm.section(name);
    section.raiseAlign(align);
    if (withSymbol) asm.sectionSymbol(section);
    asm.enter(section, number);
  };
}

const section: Directive = (asm) => {
  const { cur } = asm;
  enterSection(asm);
  cur.skipSpace();
};

const pushSection: Directive = (asm) => {
  asm.sectionStack.push({ here: asm.here, previous: asm.previous });
  enterSection(asm);
};

/** What a `.section` line says of the section. */
interface GivenShape {
  flags?: number;
  type?: number;
  entrySize: number;
  group: SectionGroup | null;
  /** The symbol whose section this one goes with in linked order. */
  linkedTo: SectionKind['linkedTo'];
}

/** `name [, subsection] [, "flags" [, @type [, entsize] [, linked-to] [, group [, comdat]]]]`. */
function enterSection(asm: Assembler): void {
  const { cur } = asm;
  const start = cur.pos;
  const name = cur.peek() === 34 ? cur.string() : cur.word();
  if (name === '') throw new Complaint('KSEG_ASM_SYNTAX', 'expected a section name', start, cur.end);
  let number = 0;
  const shape: GivenShape = { entrySize: 0, group: null, linkedTo: null };
  if (cur.eatComma()) {
    cur.skipSpace();
    if (cur.peek() !== 34) {
      number = asm.absolute();
      if (cur.eatComma()) cur.skipSpace();
    }
    if (cur.peek() === 34) parseFlags(asm, shape);
  }
  const named = asm.sections.some((other) => other.name === name);
  const usual = shapeOf(name);
  const made: SectionShape = {
    // The MIPS psABI gives debugging information a type of its own, whatever the source says.
    type: usual.type === SHT.MIPS_DWARF ? usual.type : (shape.type ?? usual.type),
    flags: shape.flags === undefined ? usual.flags : shape.flags | (usual.flags & SHF.MIPS_GPREL),
    entrySize: shape.entrySize,
  };
  const { group, linkedTo } = shape;
  const retained = ((shape.flags ?? 0) & SHF.GNU_RETAIN) !== 0;
  const kind = group === null && linkedTo === null && !retained ? ORDINARY : { group, linkedTo, retained };
  const section = asm.section(name, made, kind);
  if (!named) asm.sectionSymbol(section);
  asm.enter(section, number);
}

const FLAGS: Readonly<Record<string, number>> = {
  a: SHF.ALLOC,
  w: SHF.WRITE,
  x: SHF.EXECINSTR,
  M: SHF.MERGE,
  S: SHF.STRINGS,
  G: SHF.GROUP,
  T: SHF.TLS,
  e: SHF.EXCLUDE,
  o: SHF.LINK_ORDER,
  R: SHF.GNU_RETAIN,
};

const TYPES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    progbits: SHT.PROGBITS,
    nobits: SHT.NOBITS,
    note: SHT.NOTE,
    init_array: SHT.INIT_ARRAY,
    fini_array: SHT.FINI_ARRAY,
    preinit_array: SHT.PREINIT_ARRAY,
  }),
);

function parseFlags(asm: Assembler, shape: GivenShape): void {
  const { cur } = asm;
  const start = cur.pos;
  let flags = 0;
  for (const letter of cur.string()) {
    if (letter === '?') {
      shape.group = asm.here.section.kind.group;
      if (shape.group !== null) flags |= SHF.GROUP;
      continue;
    }
    const bit = FLAGS[letter];
    if (bit === undefined) throw new Complaint('KSEG_ASM_SECTION', `unknown section flag '${letter}'`, start, cur.pos);
    flags |= bit;
  }
  shape.flags = flags;
  if (cur.eatComma()) {
    cur.skipSpace();
    const mark = cur.peek();
    if (mark === 64 || mark === 37 || mark === 34) {
      let word: string;
      if (mark === 34) word = cur.string();
      else {
        cur.pos++;
        word = isDigit(cur.peek()) ? cur.word() : cur.name();
      }
      const type = TYPES.get(word) ?? (/^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : undefined);
      if (type === undefined) throw new Complaint('KSEG_ASM_SECTION', `unknown section type '${word}'`, start, cur.pos);
      shape.type = type;
    }
    if (flags & SHF.MERGE && cur.eatComma()) shape.entrySize = asm.absolute();
    if (flags & SHF.LINK_ORDER && cur.eatComma()) {
      // 0: with nothing
      const symbol = cur.eat(48) ? '' : cur.expectName('a symbol');
      if (symbol !== '') shape.linkedTo = { name: symbol, place: asm.place() };
    }
    if (flags & SHF.GROUP && shape.group === null && cur.eatComma()) {
      const signature = cur.expectName('the name of a group');
      const comdat = cur.eatComma();
      if (comdat && cur.name() !== 'comdat') throw cur.complain('KSEG_ASM_SYNTAX', 'expected comdat');
      shape.group = { signature, comdat };
    }
  }
}

const popSection: Directive = (asm) => {
  const entry = asm.sectionStack.pop();
  if (entry === undefined) throw new Complaint('KSEG_ASM_SECTION', '.popsection without .pushsection');
  asm.switchTo(entry.here);
  asm.previous = entry.previous;
};

const previous: Directive = (asm) => {
  if (asm.previous === null) throw new Complaint('KSEG_ASM_SECTION', '.previous without an earlier section');
  asm.switchTo(asm.previous);
};

const subsection: Directive = (asm) => {
  const current: Section = asm.here.section;
  asm.enter(current, asm.absolute());
};

export const layoutDirectives: readonly (readonly [string, Directive])[] = [
  ['.align', align(false, true)],
  ['.p2align', align(false, false)],
  ['.balign', align(true, false)],
  ['.org', org],
  ['.text', standard('.text', 0, true)],
  ['.data', standard('.data', 0, true)],
  ['.bss', standard('.bss', 0, true)],
  ['.rdata', standard('.rodata', 4, false)],
  ['.sdata', standard('.sdata', 4, false)],
  ['.section', section],
  ['.pushsection', pushSection],
  ['.popsection', popSection],
  ['.previous', previous],
  ['.subsection', subsection],
];
