import type { OutputSection } from './output.ts';
import { inputAddress, symbolAddress } from './place.ts';
import type { Resolution } from './resolve.ts';

const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;

/** The map file: every output section with its inputs and their symbols, by address. */
export function mapFile(sections: readonly OutputSection[], { symbols }: Resolution): string {
  const lines: string[] = [];
  const named = [...symbols.values()].flatMap((symbol) => {
    const address = symbolAddress(symbol);
    return address === undefined ? [] : [{ ...symbol, address }];
  });
  const inside = new Map<unknown, typeof named>();
  for (const symbol of named) {
    const list = inside.get(symbol.section);
    if (list === undefined) inside.set(symbol.section, [symbol]);
    else list.push(symbol);
  }
  const byAddress = (a: { address: number }, b: { address: number }) => a.address - b.address;
  const listSymbols = (holder: unknown) => {
    for (const { name, address } of (inside.get(holder) ?? []).sort(byAddress))
      lines.push(`${' '.repeat(16)} ${hex(address)}            ${name}`);
  };
  for (const section of sections) {
    const load = section.loadAddress === section.address ? '' : ` load address ${hex(section.loadAddress)}`;
    lines.push('', `${section.name.padEnd(16)} ${hex(section.address)} ${hex(section.size)}${load}`);
    for (const input of section.inputs) {
      if (input.size === 0) continue;
      const address = inputAddress({ ...input, merged: undefined }, 0) ?? 0;
      lines.push(` ${input.name.padEnd(15)} ${hex(address)} ${hex(input.size)} ${input.object.name}`);
      listSymbols(input);
    }
    listSymbols(section);
  }
  const absolute = named.filter(({ section }) => section === undefined).sort(byAddress);
  if (absolute.length > 0) lines.push('', 'Absolute symbols');
  for (const { name, address } of absolute) lines.push(`${' '.repeat(16)} ${hex(address)}            ${name}`);
  return `${lines.slice(1).join('\n')}\n`;
}
