import { type Endian, SHF, SHT } from '@kseg/elf';
import { defaultLayout } from './default-layout.ts';
import { fail, LinkError, type LinkProblem } from './errors.ts';
import { garbage } from './garbage.ts';
import { inHashOrder } from './hash-order.ts';
import { encodeImage } from './image.ts';
import { assignedNames, type Expression, type Layout } from './layout.ts';
import { mapFile } from './map.ts';
import { mergeSections } from './merge.ts';
import { mergeFlags, mergeRecords, setGp } from './mips.ts';
import type { InputSection, LinkObject } from './object.ts';
import type { OutputSection } from './output.ts';
import { dropStaleProcedures } from './pdr.ts';
import { place, symbolAddress } from './place.ts';
import { allocateCommon, makePlan } from './plan.ts';
import { relocate } from './relocate.ts';
import { type GlobalSymbol, type LinkInput, type Resolution, resolve } from './resolve.ts';
import { parseScript } from './script.ts';

export interface LinkOptions {
  /** Objects, archives and blobs, in the order of a linker's command line. */
  readonly objects: readonly LinkInput[];
  /** A layout, or a linker script as text. By default `defaultLayout()`. */
  readonly layout?: Layout | string;
  /** Where execution starts: a symbol or an address (`ld -e`). */
  readonly entry?: string | number;
  /** Symbols to define before anything else, with numbers or expressions (`ld --defsym`). */
  readonly defsym?: Readonly<Record<string, Expression>>;
  /** Address of `.text` in the default layout (`ld -Ttext`). */
  readonly textAddress?: number;
  /** Leaves out sections that nothing leads to from the entry or a KEEP (`ld --gc-sections`). */
  readonly gcSections?: boolean;
  /** Leaves the symbol table out (`ld -s`). */
  readonly strip?: boolean;
  /** Makes offsets in the file agree with addresses modulo the page size, for loaders that map files. Default true; false is `ld -n`. */
  readonly paged?: boolean;
  /** Needed only when all inputs are blobs. */
  readonly endian?: Endian;
}

/** A section of a finished image. */
export interface LinkedSection {
  readonly name: string;
  readonly address: number;
  readonly loadAddress: number;
  readonly size: number;
}

export interface LinkResult {
  /** The executable, an ELF file. */
  readonly bytes: Uint8Array;
  readonly entry: number;
  readonly sections: readonly LinkedSection[];
  /** Addresses of all global symbols. */
  readonly symbols: ReadonlyMap<string, number>;
  /** The map file, text. */
  readonly map: string;
  readonly warnings: readonly string[];
}

/**
 * Links objects, archives and blobs to a static MIPS executable, as GNU ld would.
 *
 * @throws LinkError with all `problems` found (undefined and duplicate symbols, relocations out of reach or not for
 * static code, sections that overlap or do not fit), ElfError for a malformed object.
 */
export function link(options: LinkOptions): LinkResult {
  const resolution = resolve(options.objects, options.endian);
  const { objects, symbols, problems } = resolution;
  const endian = commonEndian(objects, options.endian, problems);
  const flags = mergeFlags(objects, problems);
  const layout = layoutOf(options);

  const assigned = assignedNames(layout);
  for (const symbol of inHashOrder(symbols.values(), assigned)) allocate(symbol);
  const start = options.entry ?? layout.entry;
  const dead = options.gcSections
    ? garbage(resolution, layout, typeof start === 'number' ? undefined : (start ?? '__start'))
    : new Set<InputSection>();
  dropStaleProcedures(resolution);
  const plan = makePlan(layout, objects, dead);
  const outputs = plan.statements.flatMap((statement) => (statement.kind === 'section' ? [statement.output] : []));
  for (const output of outputs) mergeSections(output.inputs);
  mergeRecords(outputs, endian);
  const { sections } = place(plan, symbols);
  checkOverlaps(sections, problems);

  const gpSymbol = symbols.get('_gp');
  const gp = gpSymbol === undefined ? undefined : symbolAddress(gpSymbol);
  setGp(outputs, gp ?? 0, endian === 'little');
  const warnings: string[] = [];
  const context = { symbols, gp, problems, warnings };
  const contents = new Map<OutputSection, Uint8Array>();
  for (const section of sections) {
    if (section.type !== SHT.NOBITS) contents.set(section, sectionBytes(section, endian, context));
  }
  const entry = entryAddress(options.entry ?? plan.entry, resolution, sections, warnings);
  if (problems.length > 0) throw new LinkError(problems);

  const abiVersion = 0;
  return {
    bytes: encodeImage({
      ...{ endian, entry, flags, abiVersion, sections, contents, objects, symbols, assigned },
      segments: layout.segments,
      strip: options.strip ?? false,
      paged: options.paged ?? true,
    }),
    entry,
    sections: sections.map(({ name, address, loadAddress, size }) => ({ name, address, loadAddress, size })),
    symbols: addresses(symbols),
    map: mapFile(sections, resolution),
    warnings,
  };
}

function layoutOf({ layout, defsym = {}, textAddress }: LinkOptions): Layout {
  const base = typeof layout === 'string' ? parseScript(layout) : (layout ?? defaultLayout(textAddress));
  const definitions = Object.entries(defsym).map(([assign, to]) => ({ assign, to }));
  return { ...base, statements: [...definitions, ...base.statements] };
}

function commonEndian(objects: readonly LinkObject[], wanted: Endian | undefined, problems: LinkProblem[]): Endian {
  const machines = objects.filter(({ flags }) => flags !== undefined);
  const endian = wanted ?? machines[0]?.endian;
  if (endian === undefined) return fail('KSEG_LD_INPUT', 'only blobs to link: say which endian');
  for (const object of machines) {
    if (object.endian === endian) continue;
    const message = `${object.name}: ${object.endian}-endian, the rest of the link is ${endian}-endian`;
    problems.push({ code: 'KSEG_LD_INCOMPATIBLE', message, file: object.name });
  }
  return endian;
}

function allocate(symbol: GlobalSymbol) {
  const { state, object } = symbol;
  if (object === undefined || (state !== 'common' && state !== 'small-common')) return;
  const { section, offset } = allocateCommon(symbol, object, state);
  Object.assign(symbol, { state: 'defined', section, value: offset });
}

function checkOverlaps(sections: readonly OutputSection[], problems: LinkProblem[]) {
  const loaded = sections.filter(({ flags, size }) => (flags & SHF.ALLOC) !== 0 && size > 0);
  for (const key of ['address', 'loadAddress'] as const) {
    const inFile = key === 'address' ? loaded : loaded.filter(({ type }) => type !== SHT.NOBITS);
    const sorted = [...inFile].sort((a, b) => a[key] - b[key]);
    for (let i = 1; i < sorted.length; i++) {
      const [below, above] = [sorted[i - 1]!, sorted[i]!];
      if (below[key] + below.size <= above[key]) continue;
      const what = key === 'address' ? 'addresses' : 'load addresses';
      const message = `${what} of ${below.name} and ${above.name} overlap at 0x${above[key].toString(16)}`;
      problems.push({ code: 'KSEG_LD_OVERLAP', message });
    }
  }
}

function sectionBytes(section: OutputSection, endian: Endian, context: Parameters<typeof relocate>[3]): Uint8Array {
  if (section.content !== undefined) return section.content;
  const bytes = new Uint8Array(section.size);
  if (section.fill !== 0) {
    for (const { offset, size } of section.gaps)
      for (let i = 0; i < size; i++) bytes[offset + i] = section.fill >>> (24 - (i & 3) * 8);
  }
  for (const input of section.inputs) {
    const content = input.merged?.bytes() ?? input.bytes;
    const at = bytes.subarray(input.offset, input.offset + input.size);
    if (input.type !== SHT.NOBITS) at.set(content);
    if (input.relocations.length > 0) relocate(input, at, section.address + input.offset, context);
  }
  const view = new DataView(bytes.buffer);
  const little = endian === 'little';
  for (const { offset, size, value } of section.data) {
    if (size === 1) view.setUint8(offset, value);
    else if (size === 2) view.setUint16(offset, value, little);
    else if (size === 4) view.setUint32(offset, value, little);
    else {
      view.setUint32(offset + (little ? 0 : 4), value, little);
      view.setUint32(offset + (little ? 4 : 0), 0, little);
    }
  }
  return bytes;
}

/** `-e`, ENTRY, or the start of .text with a warning, as ld does it. */
function entryAddress(
  entry: string | number | undefined,
  { symbols, problems }: Resolution,
  sections: readonly OutputSection[],
  warnings: string[],
): number {
  if (typeof entry === 'number') return entry >>> 0;
  const symbol = symbols.get(entry ?? '__start');
  const address = symbol === undefined ? undefined : symbolAddress(symbol);
  if (address !== undefined) return address;
  if (entry !== undefined) {
    problems.push({ code: 'KSEG_LD_UNDEFINED', message: `entry symbol ${entry} is not defined`, symbol: entry });
    return 0;
  }
  const code = (one: OutputSection) => one.name === '.text' || (one.flags & SHF.EXECINSTR) !== 0;
  const text = sections.find(code)?.address ?? 0;
  warnings.push(`no entry given and no __start: execution starts at 0x${text.toString(16)}`);
  return text;
}

function addresses(symbols: ReadonlyMap<string, GlobalSymbol>): Map<string, number> {
  const out = new Map<string, number>();
  for (const [name, symbol] of symbols) {
    const address = symbolAddress(symbol);
    if (address !== undefined) out.set(name, address);
  }
  return out;
}
