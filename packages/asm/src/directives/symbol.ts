// Properties of symbols.
import { SHF, SHT } from '@kseg/elf';
import type { Assembler, Directive } from '../assembler.ts';
import { Complaint, closest } from '../diagnostics.ts';
import { RELOCATION_NAMES } from '../mips/relocations.ts';
import { shapeOf } from '../section-shapes.ts';
import { STB_GLOBAL, STB_WEAK, type Sym } from '../symbols.ts';

/** Applies to every name of a list. */
function each(apply: (asm: Assembler, sym: Sym) => void): Directive {
  return (asm) => {
    const { cur } = asm;
    do {
      const sym = asm.symbols.get(cur.expectName('a symbol'));
      asm.symbols.enter(sym);
      apply(asm, sym);
    } while (cur.eatComma() && !cur.atEnd());
  };
}

const global = each((_, sym) => {
  if (sym.binding !== STB_WEAK) sym.binding = STB_GLOBAL;
});
const weak = each((_, sym) => {
  sym.binding = STB_WEAK;
});
const visibility = (value: number) =>
  each((_, sym) => {
    sym.other = (sym.other & ~3) | value;
  });

const TYPES: Readonly<Record<string, number>> = {
  notype: 0,
  object: 1,
  function: 2,
  common: 5,
  tls_object: 6,
  gnu_indirect_function: 10,
  gnu_unique_object: 1,
  STT_NOTYPE: 0,
  STT_OBJECT: 1,
  STT_FUNC: 2,
  STT_TLS: 6,
  STT_COMMON: 5,
};

/** `.type name, @function`. */
const type: Directive = (asm) => {
  const { cur } = asm;
  const sym = asm.symbols.get(cur.expectName('a symbol'));
  asm.symbols.enter(sym);
  cur.eatComma();
  cur.skipSpace();
  const mark = cur.peek();
  if (mark === 64 || mark === 37 || mark === 35) cur.pos++;
  const start = cur.pos;
  const word = mark === 34 ? cur.string() : cur.name();
  const value = TYPES[word];
  if (value === undefined) throw new Complaint('KSEG_ASM_SYMBOL', `unknown symbol type '${word}'`, start, cur.pos);
  if (value !== 0) sym.type = value;
};

/** `.size name, expression`. */
const size: Directive = (asm) => {
  const { cur } = asm;
  const sym = asm.symbols.get(cur.expectName('a symbol'));
  asm.symbols.enter(sym);
  cur.expectComma();
  sym.size = asm.expression();
};

function assignment(once: boolean): Directive {
  return (asm) => {
    const { cur } = asm;
    const name = cur.expectName('a symbol');
    cur.expectComma();
    asm.assign(name, once);
  };
}

/** `.comm name, size [, alignment in bytes]`. */
const common: Directive = (asm) => {
  const { cur } = asm;
  const name = cur.expectName('a symbol');
  cur.expectComma();
  const bytes = asm.absolute();
  const align = cur.eatComma() ? asm.absolute() : 0;
  if (bytes < 0 || bytes > 0x7fff_ffff)
    throw new Complaint('KSEG_ASM_VALUE', `size ${bytes} of '${name}' is out of range`);
  const sym = asm.symbols.get(name);
  asm.symbols.enter(sym);
  if (sym.local) {
    allocate(asm, sym, bytes, align === 0 ? 0 : Math.log2(align));
    sym.type = 1;
    return;
  }
  if (sym.common === null && sym.defined) throw new Complaint('KSEG_ASM_SYMBOL', `symbol '${name}' is already defined`);
  sym.common = { size: Math.max(bytes, sym.common?.size ?? 0), align: align === 0 ? naturalAlign(bytes) : align };
  sym.binding = STB_GLOBAL;
  sym.type = 1;
};

const naturalAlign = (bytes: number) => (bytes >= 16 ? 16 : bytes >= 8 ? 8 : bytes >= 4 ? 4 : bytes >= 2 ? 2 : 1);

/** `.lcomm name, size`. */
const localCommon: Directive = (asm) => {
  const { cur } = asm;
  const name = cur.expectName('a symbol');
  cur.expectComma();
  const bytes = asm.absolute();
  const align = cur.eatComma() ? Math.log2(asm.absolute()) : bytes >= 8 ? 3 : bytes >= 4 ? 2 : bytes >= 2 ? 1 : 0;
  allocate(asm, asm.symbols.get(name), bytes, align);
};

/** Room in .bss (or .sbss, when small enough). */
function allocate(asm: Assembler, sym: Sym, bytes: number, power: number): void {
  if (sym.defined) throw new Complaint('KSEG_ASM_SYMBOL', `symbol '${sym.name}' is already defined`);
  const small = bytes > 0 && bytes <= asm.options.smallData;
  const section = asm.section(small ? '.sbss' : '.bss', () => shapeOf(small ? '.sbss' : '.bss'));
  const current = asm.here;
  const labels = asm.pendingLabels;
  // Behind what the source itself puts into the section, as GNU as does.
  asm.here = section.subsection(1);
  if (power > 0) asm.pad(power);
  sym.location = asm.here.here();
  asm.here.fill(bytes, 0);
  asm.here = current;
  asm.pendingLabels = labels;
  sym.common = null;
  sym.type = 1;
  sym.size ??= { plus: null, minus: null, value: bytes, tree: null };
}

/** `.reloc place, name [, expression]`: a relocation of its own, whose field stays as it is. */
const reloc: Directive = (asm) => {
  const { cur } = asm;
  const place = asm.expression();
  cur.expectComma();
  const start = cur.pos;
  const name = cur.expectName('a relocation');
  const type = RELOCATION_NAMES.get(name);
  if (type === undefined)
    throw new Complaint(
      'KSEG_ASM_RELOCATION',
      `unknown relocation '${name}'`,
      start,
      cur.pos,
      closest(name, RELOCATION_NAMES.keys()),
    );
  const value = cur.eatComma() ? asm.expression() : null;
  if (value !== null && (value.plus === null || value.minus !== null || value.tree !== null))
    throw new Complaint('KSEG_ASM_VALUE', 'a relocation is made against a symbol', start, cur.end);
  asm.requests.push({ section: asm.here.section, place, type, symbol: value?.plus ?? null, source: asm.place() });
};

/** `.ident "text"`: into .comment. */
const ident: Directive = (asm) => {
  const text = asm.cur.string();
  asm.target.breakSequence();
  const section = asm.section('.comment', () => ({ type: SHT.PROGBITS, flags: SHF.MERGE | SHF.STRINGS, entrySize: 1 }));
  const comment = section.subsection(0);
  if (comment.length === 0) comment.put8(0);
  comment.putString(`${text}\0`);
};

export const symbolDirectives: readonly (readonly [string, Directive])[] = [
  ['.globl', global],
  ['.global', global],
  ['.weak', weak],
  [
    '.local',
    each((_, sym) => {
      sym.local = true;
    }),
  ],
  ['.hidden', visibility(2)],
  ['.internal', visibility(1)],
  ['.protected', visibility(3)],
  ['.type', type],
  ['.size', size],
  ['.reloc', reloc],
  ['.ident', ident],
  ['.equ', assignment(false)],
  ['.equiv', assignment(true)],
  ['.comm', common],
  ['.lcomm', localCommon],
];
