import { type ElfRelocation, STB } from '@kseg/elf';
import type { InputSection } from './object.ts';
import type { GlobalSymbol, Resolution } from './resolve.ts';

/** Bytes of a procedure descriptor (`.pdr`, what gas's .ent and .frame leave for debuggers). */
const RECORD = 32;

/**
 * Drops the procedure descriptors of functions that lost to another definition of the same name (a weak one to a strong
 * one), as ld does: what they describe is not what the name stands for.
 */
export function dropStaleProcedures({ objects, symbols }: Resolution): void {
  for (const object of objects) {
    for (const section of object.sections) if (section.name === '.pdr') compact(section, symbols);
  }
}

function compact(section: InputSection, symbols: ReadonlyMap<string, GlobalSymbol>): void {
  const { object, bytes, relocations } = section;
  const isStale = ({ symbol }: ElfRelocation) => {
    const { binding, name } = object.symbols[symbol]!;
    return binding !== STB.LOCAL && symbols.get(name)?.object !== object;
  };
  const stale = new Set(relocations.filter(isStale).map(({ offset }) => Math.floor(offset / RECORD)));
  if (stale.size === 0 || bytes.length % RECORD !== 0) return;
  const count = bytes.length / RECORD - stale.size;
  // ld moves records down only as far as the shortened section reaches, so its last places can keep what was there.
  const moved = Array.from({ length: count }, (_, record) => record).filter((record) => !stale.has(record));
  const sources = Array.from({ length: count }, (_, place) => moved[place] ?? place);
  const out = new Uint8Array(count * RECORD);
  sources.forEach((from, to) => {
    out.set(bytes.subarray(from * RECORD, (from + 1) * RECORD), to * RECORD);
  });
  section.bytes = out;
  section.size = out.length;
  section.relocations = sources.flatMap((from, to) =>
    relocations
      .filter(({ offset }) => Math.floor(offset / RECORD) === from)
      .map((relocation) => ({ ...relocation, offset: to * RECORD + (relocation.offset % RECORD) })),
  );
}
