import { SHF, SHT, STB } from '@kseg/elf';
import type { Layout } from './layout.ts';
import type { InputSection } from './object.ts';
import { sectionsOf, select } from './plan.ts';
import type { Resolution } from './resolve.ts';

/** Types of section that whoever loads the program looks for, so that nothing needs to refer to them. */
const FOUND_BY_TYPE: ReadonlySet<number> = new Set([
  SHT.NOTE,
  SHT.INIT_ARRAY,
  SHT.FINI_ARRAY,
  SHT.PREINIT_ARRAY,
  SHT.MIPS_ABIFLAGS,
]);

/** Sections for debuggers, which may refer to what they describe. */
const DEBUGGING = /^\.(debug|line|stab|gnu\.linkonce\.wi\.)/;

/**
 * Sections that neither the entry nor anything the layout KEEPs leads to (`ld --gc-sections`). Debug information and
 * remarks go with the last section of their file.
 */
export function garbage(
  { objects, symbols }: Resolution,
  layout: Layout,
  entry: string | undefined,
): Set<InputSection> {
  const alive = new Set<InputSection>();
  const waiting: InputSection[] = [];
  const reach = (section: InputSection) => {
    if (alive.has(section)) return;
    alive.add(section);
    waiting.push(section);
  };
  const reachSymbol = (name: string) => {
    const section = symbols.get(name)?.section;
    if (section !== undefined && 'object' in section) reach(section);
  };

  if (entry !== undefined) reachSymbol(entry);
  for (const statement of layout.statements)
    if ('section' in statement)
      for (const item of statement.contents)
        if ('sections' in item && item.keep) for (const input of select(item, objects, new Set())) reach(input);
  for (const { sections } of objects) for (const one of sections) if (FOUND_BY_TYPE.has(one.type)) reach(one);

  for (let section = waiting.pop(); section !== undefined; section = waiting.pop())
    for (const relocation of section.relocations) {
      const { binding, name, place } = section.object.symbols[relocation.symbol]!;
      if (binding !== STB.LOCAL) reachSymbol(name);
      else if (typeof place !== 'string') reach(place);
    }

  // Blobs stay, but the names of one that nobody refers to are its own affair.
  for (const symbol of symbols.values())
    if (symbol.object?.flags === undefined && symbol.section !== undefined && 'object' in symbol.section)
      if (!alive.has(symbol.section)) symbol.local = true;

  const dead = new Set<InputSection>();
  for (const object of objects) {
    if (object.flags === undefined) continue;
    const all = sectionsOf(object);
    const someAlive = all.some((one) => alive.has(one));
    for (const one of all) {
      const describes = (one.flags & SHF.ALLOC) === 0 && (one.relocations.length === 0 || DEBUGGING.test(one.name));
      if (describes ? !someAlive : !alive.has(one)) dead.add(one);
    }
  }
  return dead;
}
