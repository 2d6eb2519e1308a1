import { isElf, STB } from '@kseg/elf';
import { type ArchiveMember, isArchive, readArchive } from './archive.ts';
import { fail, type LinkProblem } from './errors.ts';
import { blobObject, elfObject, type InputSection, type LinkObject, type ObjectSymbol } from './object.ts';
import type { OutputSection } from './output.ts';

/** A file to link: an ELF object or an `ar` archive (told apart by their first bytes), or a blob. */
export interface LinkInput {
  /** Its name in messages, the map and file patterns; for a blob also the stem of its symbols. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** `'binary'` takes the bytes as they are, as `ld -b binary` does. */
  readonly format?: 'binary';
}

/** A symbol that all objects share. */
export interface GlobalSymbol {
  readonly name: string;
  state: 'undefined' | 'weak-undefined' | 'defined' | 'weak' | 'common' | 'small-common' | 'script';
  /** Offset in `section`, or an absolute value. Alignment while common. */
  value: number;
  size: number;
  type: number;
  other: number;
  /** Nobody outside knows it: the layout hides it, or it names a blob that nothing refers to. */
  local: boolean;
  /** The section that holds it; an output section when the layout defined it there. */
  section: InputSection | OutputSection | undefined;
  /** Who defined it or, while undefined, who asked for it first. */
  object: LinkObject | undefined;
}

/** All objects of a link and the symbols they share. */
export interface Resolution {
  readonly objects: readonly LinkObject[];
  readonly symbols: Map<string, GlobalSymbol>;
  readonly problems: LinkProblem[];
}

/**
 * Reads the inputs in order and joins their symbols. An archive member comes in when it defines a symbol that is
 * undefined when the archive's turn comes, as with GNU ld.
 */
export function resolve(inputs: readonly LinkInput[], endian: LinkObject['endian'] | undefined): Resolution {
  const objects: LinkObject[] = [];
  const symbols = new Map<string, GlobalSymbol>();
  const problems: LinkProblem[] = [];

  for (const input of inputs) {
    if (input.format === 'binary') {
      // Byte order does not change a blob; the objects tell it, so that it can come before them.
      const blob = blobObject(input.name, input.bytes, endian ?? 'little');
      add(blob);
    } else if (isArchive(input.bytes)) addArchive(input);
    else if (isElf(input.bytes)) add(elfObject(input.name, input.bytes));
    else
      fail('KSEG_LD_INPUT', `${input.name}: neither an ELF object nor an archive; give a blob as format 'binary'`, {
        file: input.name,
      });
  }
  return { objects, symbols, problems };

  function add(object: LinkObject) {
    objects.push(object);
    for (const symbol of object.symbols) {
      if (symbol.binding !== STB.LOCAL) join(symbols, object, symbol, problems);
    }
  }

  function addArchive({ name, bytes }: LinkInput) {
    const archive = readArchive(bytes, name);
    const index = archive.symbols ?? archive.members.flatMap((member) => definitions(name, member));
    const taken = new Set<ArchiveMember>();
    for (let again = true; again; ) {
      again = false;
      for (const { name: symbol, member } of index) {
        if (taken.has(member) || symbols.get(symbol)?.state !== 'undefined') continue;
        taken.add(member);
        add(elfObject(`${name}(${member.name})`, member.bytes));
        again = true;
      }
    }
  }
}

/** What an archive member defines, for archives without a symbol table. */
function definitions(archive: string, member: ArchiveMember) {
  if (!isElf(member.bytes)) return [];
  return elfObject(`${archive}(${member.name})`, member.bytes)
    .symbols.filter(({ binding, place }) => binding !== STB.LOCAL && place !== 'undefined')
    .map(({ name }) => ({ name, member }));
}

/** Joins one object's view of a symbol with what is known of it (gABI ch. 4 "Symbol Table": global, weak, common). */
function join(
  symbols: Map<string, GlobalSymbol>,
  object: LinkObject,
  symbol: ObjectSymbol,
  problems: LinkProblem[],
): void {
  const { name, place } = symbol;
  const weak = symbol.binding === STB.WEAK;
  let known = symbols.get(name);
  if (known === undefined) {
    known = {
      name,
      state: 'weak-undefined',
      value: 0,
      size: 0,
      type: 0,
      other: 0,
      local: false,
      section: undefined,
      object,
    };
    symbols.set(name, known);
  }
  const isUndefined = known.state === 'undefined' || known.state === 'weak-undefined';
  if (place === 'undefined') {
    if (known.state === 'weak-undefined' && !weak) Object.assign(known, { state: 'undefined', object });
    return;
  }
  if (place === 'common' || place === 'small-common') {
    if (known.state === 'common' || known.state === 'small-common') {
      // The larger one decides where it goes; alignments add up to the strictest.
      const value = Math.max(known.value, symbol.value);
      if (symbol.size > known.size) Object.assign(known, { size: symbol.size, object, state: place });
      known.value = value;
    } else if (isUndefined || known.state === 'weak') {
      const { value, size, type, other } = symbol;
      Object.assign(known, { state: place, value, size, type, other, section: undefined, object });
    }
    return;
  }
  if (weak && !isUndefined) return;
  if (known.state === 'defined') {
    problems.push({
      code: 'KSEG_LD_DUPLICATE',
      message: `${object.name}: ${name} is defined here and in ${known.object?.name}`,
      file: object.name,
      symbol: name,
    });
    return;
  }
  Object.assign(known, {
    state: weak ? 'weak' : 'defined',
    value: symbol.value,
    size: symbol.size,
    type: symbol.type,
    other: symbol.other,
    section: place === 'absolute' ? undefined : place,
    object,
  });
}
