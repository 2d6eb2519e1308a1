// Properties of symbols.
import { SHF, SHT, STB, STT } from '@kseg/elf';
import type { Assembler, Directive } from '../assembler.ts';
import { Complaint, closest } from '../diagnostics.ts';
import { RELOCATION_NAMES } from '../mips/relocations.ts';
import type { Sym } from '../symbols.ts';

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
  if (sym.binding !== STB.WEAK) sym.binding = STB.GLOBAL;
});
const weak = each((_, sym) => {
  sym.binding = STB.WEAK;
});
const visibility = (value: number) =>
  each((_, sym) => {
    sym.other = (sym.other & ~3) | value;
  });

/** Processor-independent, but of GNU systems only. */
const STT_GNU_IFUNC = 10;
const TYPES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    notype: STT.NOTYPE,
    object: STT.OBJECT,
    function: STT.FUNC,
    common: STT.COMMON,
    tls_object: STT.TLS,
    gnu_indirect_function: STT_GNU_IFUNC,
    gnu_unique_object: STT.OBJECT,
    STT_NOTYPE: STT.NOTYPE,
    STT_OBJECT: STT.OBJECT,
    STT_FUNC: STT.FUNC,
    STT_TLS: STT.TLS,
    STT_COMMON: STT.COMMON,
  }),
);

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
  const value = TYPES.get(word);
  if (value === undefined) throw new Complaint('KSEG_ASM_SYMBOL', `unknown symbol type '${word}'`, start, cur.pos);
  if (value !== STT.NOTYPE) sym.type = value;
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
    sym.type = STT.OBJECT;
    return;
  }
  if (sym.common === null && sym.defined) throw new Complaint('KSEG_ASM_SYMBOL', `symbol '${name}' is already defined`);
  sym.common = { size: Math.max(bytes, sym.common?.size ?? 0), align: align === 0 ? naturalAlign(bytes) : align };
  sym.binding = STB.GLOBAL;
  sym.type = STT.OBJECT;
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
  const { here } = asm;
  // Behind what the source itself puts into the section, as GNU as does.
  asm.here = asm.section(small ? '.sbss' : '.bss').subsection(1);
  if (power > 0) asm.pad(power);
  sym.location = asm.here.here();
  asm.here.fill(bytes, 0);
  asm.here = here;
  sym.common = null;
  sym.type = STT.OBJECT;
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
  const section = asm.section('.comment', { type: SHT.PROGBITS, flags: SHF.MERGE | SHF.STRINGS, entrySize: 1 });
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
