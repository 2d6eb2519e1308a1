import { SHN, STT } from './constants.ts';
import type { ElfFile, ElfSymbol } from './types.ts';

/** Where an address lies: in `symbol`, `offset` bytes behind its start. */
export interface SymbolAt {
  readonly symbol: ElfSymbol;
  readonly offset: number;
}

/**
 * Finds symbols by name and by address. Addresses resolve as a debugger wants them: the nearest symbol at or below
 * the address, if its size covers it; one of unknown size (0, as assembler labels have) reaches to the next symbol.
 */
export class SymbolIndex {
  private readonly byName = new Map<string, ElfSymbol>();
  private readonly sorted: ElfSymbol[];

  constructor(symbols: readonly ElfSymbol[]) {
    const defined = symbols.filter(({ section }) => section !== SHN.UNDEF && section !== SHN.COMMON);
    for (const symbol of defined) {
      const known = this.byName.get(symbol.name);
      if (symbol.name !== '' && (known === undefined || (known.binding === 0 && symbol.binding !== 0)))
        this.byName.set(symbol.name, symbol);
    }
    const places = defined.filter(
      ({ type, section, name }) =>
        name !== '' && type !== STT.SECTION && type !== STT.FILE && (section !== SHN.ABS || type !== STT.NOTYPE),
    );
    // Of several names for one address the last one wins: prefer sized, then global, then the first in the table.
    const rank = (symbol: ElfSymbol) => (symbol.size > 0 ? 2 : 0) + (symbol.binding !== 0 ? 1 : 0);
    this.sorted = places.sort((a, b) => a.value - b.value || rank(a) - rank(b) || b.index - a.index);
  }

  /** The symbol called `name`; a global one goes before locals. */
  find(name: string): ElfSymbol | undefined {
    return this.byName.get(name);
  }

  /** The symbol that holds `address`. */
  at(address: number): SymbolAt | undefined {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]!.value <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = this.sorted[low - 1];
    if (symbol === undefined) return undefined;
    const offset = address - symbol.value;
    return symbol.size === 0 || offset < symbol.size ? { symbol, offset } : undefined;
  }
}

/** The {@link SymbolIndex} of a file. */
export function indexSymbols(file: ElfFile): SymbolIndex {
  return new SymbolIndex(file.symbols);
}
