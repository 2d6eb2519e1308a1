import { Assembler } from './assembler.ts';
import { preprocess } from './cpp.ts';
import type { Diagnostic } from './diagnostics.ts';
import { controlDirectives } from './directives/control.ts';
import { dataDirectives } from './directives/data.ts';
import { debugDirectives } from './directives/debug.ts';
import { layoutDirectives } from './directives/layout.ts';
import { symbolDirectives } from './directives/symbol.ts';
import type { LineTable } from './dwarf/line.ts';
import { writeUnit } from './dwarf/unit.ts';
import { Foresight } from './foresight.ts';
import { createMetadata, fileFlags, fillMetadata } from './mips/metadata.ts';
import { applyFixups } from './mips/relocate.ts';
import { Mips } from './mips/target.ts';
import { fileSymbols, groupsOf, linkedSections, writeObject } from './object-file.ts';
import { type AssembleOptions, type Options, withDefaults } from './options.ts';
import type { Relocation } from './resolve.ts';
import type { Section } from './section.ts';

const directives = new Map([
  ...dataDirectives,
  ...layoutDirectives,
  ...symbolDirectives,
  ...controlDirectives,
  ...debugDirectives,
]);

/** A section as assembled. */
export interface AssembledSection {
  readonly name: string;
  /** sh_type and sh_flags. */
  readonly type: number;
  readonly flags: number;
  /** In bytes. */
  readonly align: number;
  readonly size: number;
  /** Empty for NOBITS. */
  readonly bytes: Uint8Array;
  readonly relocations: readonly { offset: number; type: number; symbol: string; addend: number }[];
}

export interface AssembledSymbol {
  readonly name: string;
  /** Offset in its section, or the number of an absolute symbol, or the alignment of a common one. */
  readonly value: number;
  readonly size: number;
  readonly binding: 'local' | 'global' | 'weak';
  /** Name of its section; `*ABS*`, `*UND*`, `*COM*` for those without one. */
  readonly section: string;
}

export interface Assembly {
  /** The relocatable ELF32 file; null when there were errors. */
  readonly object: Uint8Array | null;
  readonly sections: readonly AssembledSection[];
  readonly symbols: readonly AssembledSymbol[];
  readonly diagnostics: readonly Diagnostic[];
}

/** An assembly with addresses relative to sections, before it becomes a file. */
export interface Draft {
  readonly asm: Assembler;
  readonly mips: Mips;
}

/** The source behind the C preprocessor, if it is to run. */
function preprocessed(asm: Assembler, source: string, wanted: boolean): string {
  if (typeof source !== 'string') {
    const place = { file: asm.options.name, line: 1, column: 1 };
    asm.diagnose('error', 'KSEG_ASM_SOURCE', 'this is no text: give a string, and its name as an option', place, '');
    return '';
  }
  if (!wanted) return source;
  const { name, defines, resolve, endian } = asm.options;
  const E = endian === 'little' ? 'EL' : 'EB';
  const predefined = {
    __ASSEMBLER__: '1',
    __mips__: '1',
    __mips: '32',
    _mips: '1',
    [`__MIPS${E}__`]: '1',
    [`__MIPS${E}`]: '1',
    [`_MIPS${E}`]: '1',
    [`MIPS${E}`]: '1',
  };
  const { text, diagnostics } = preprocess(source, { name, defines: { ...predefined, ...defines }, resolve });
  for (const d of diagnostics) asm.diagnose(d.severity, d.code, d.message, d, d.text);
  return text;
}

/** Readings of one source until its guesses are right: two almost always do. */
const MAX_READINGS = 8;

/** Reads the source to its end and gives every label its place in its section. */
export function draft(source: string, given: AssembleOptions, padded: boolean): Draft {
  const options = withDefaults(given);
  let known: readonly number[] | null = [];
  for (let reading = 1; ; reading++) {
    const foresight: Foresight = new Foresight(known);
    const drafted = read(source, options, given.preprocess ?? options.name.endsWith('.S'), foresight);
    known = foresight.corrections();
    if (known !== null && reading < MAX_READINGS) continue;
    finish(drafted, padded);
    return drafted;
  }
}

/** What is made only when all has been read: first what describes the code by its addresses. */
function finish({ asm, mips }: Draft, padded: boolean): void {
  const { resolver, lines, frames } = asm;
  const described = lines.wanted;
  if (described || frames.all.length > 0) {
    resolver.layOut();
    lines.numberViews();
    if (described) {
      const sections = lines.undescribed;
      lines.write();
      if (sections.length > 0) writeUnit(asm, { version: unitVersion(lines, asm.options), sections, ...lines.source });
    }
    frames.write();
  }
  fillMetadata(mips);
  resolver.layOut();
  resolver.joinAll(padded);
}

/** .debug_info as it was asked for, and at least as .debug_line has to be. */
const unitVersion = (lines: LineTable, { debug }: Options) =>
  lines.version === 5 || debug === 0 ? lines.version : debug;

function read(source: string, options: Options, preprocess: boolean, foresight: Foresight): Draft {
  const asm = new Assembler(options, directives, foresight);
  const mips = new Mips(asm);
  asm.target = mips;
  const text = asm.section('.text');
  const data = asm.section('.data');
  const bss = asm.section('.bss');
  for (const section of [text, data, bss]) {
    section.align = 4;
    section.subsection(0);
    asm.sectionSymbol(section);
  }
  asm.here = text.subsection(0);
  createMetadata(asm);
  for (const [name, value] of Object.entries(options.symbols))
    asm.setSymbol(name, { plus: null, minus: null, value, tree: null }, false);
  asm.run(preprocessed(asm, source, preprocess), options.name);
  mips.breakSequence();
  for (const [n, sym] of asm.symbols.danglingNumeric())
    asm.diagnose(
      'error',
      'KSEG_ASM_SYMBOL',
      `there is no label '${n}:' behind a reference to ${n}f`,
      asm.forwardReferences.get(sym)!,
      `${n}f`,
    );
  return { asm, mips };
}

/**
 * Assembles MIPS source in GNU syntax to a relocatable ELF32 object (o32, REL).
 * Errors in the source are diagnostics, all of them in one run; nothing is thrown.
 */
export function assemble(source: string, options: AssembleOptions = {}): Assembly {
  const { asm, mips } = draft(source, options, true);
  const relocations = applyFixups(asm, asm.resolver);
  const groups = groupsOf(asm.sections);
  const links = linkedSections(asm);
  const symbols = fileSymbols(asm, asm.sections, groups);
  const failed = asm.diagnostics.some(({ severity }) => severity === 'error');
  return {
    object: failed ? null : writeObject(asm, asm.sections, groups, links, symbols, relocations, fileFlags(mips)),
    sections: asm.sections.map((section) => describeSection(section, relocations.get(section) ?? [])),
    symbols: symbols
      .filter(({ name }) => name !== '')
      .map(({ name, value, size, binding, section }) => ({
        name,
        value,
        size,
        binding: binding === 0 ? 'local' : binding === 2 ? 'weak' : 'global',
        section:
          typeof section === 'string'
            ? { undefined: '*UND*', absolute: '*ABS*', common: '*COM*' }[section]
            : section.name,
      })),
    diagnostics: asm.diagnostics,
  };
}

function describeSection(section: Section, relocations: readonly Relocation[]): AssembledSection {
  const { name, shape, align, size, contents } = section;
  return {
    name,
    type: shape.type,
    flags: shape.flags >>> 0,
    align: 2 ** align,
    size,
    bytes: contents,
    relocations: relocations.map(({ offset, type, symbol, addend }) => ({
      offset,
      type,
      symbol: symbol?.sectionSymbol?.name ?? symbol?.name ?? '',
      addend,
    })),
  };
}
