import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bus from '@kseg/bus';
import { expect, it } from 'vitest';
import * as devices from './index.ts';

const path = join(import.meta.dirname, '..', 'README.md');
const readme = readFileSync(path, 'utf8');

/** The functions on Malta's PCI bus, by the name of their class. */
function pciFunctions(): Record<string, devices.PciConfigSpace> {
  const pci = new devices.PciBus();
  const timeline = new bus.Timeline(1e8);
  const dma = { read: (_address: number, length: number) => new Uint8Array(length), write() {} };
  const slot = 10;
  const channels = ['ide0', 'ide1'].map((name) => new devices.AtaChannel({ scheduler: timeline.port(name) }));
  return {
    Gt64120: new devices.Gt64120({ endian: 'little', pci }).config,
    Piix4Isa: new devices.Piix4Isa({ pci, slot }).config,
    Piix4Ide: new devices.Piix4Ide({ pci, slot, dma, channels: [channels[0]!, channels[1]!] }).config,
    Piix4Usb: new devices.Piix4Usb({ pci, slot, scheduler: timeline.port('usb') }).config,
    Piix4Pm: new devices.Piix4Pm({ pci, slot, scheduler: timeline.port('pm') }).config,
    Pcnet: new devices.Pcnet({ pci, slot: 11, dma, mac: new Uint8Array(6) }).config,
  };
}
/** Registers of a function that say what it is or that are its own. */
const telling = ({ registers, spec }: devices.PciConfigSpace) =>
  registers
    .filter(
      ({ name }) => /^(VENDOR|DEVICE|CLASS|BAR\d)$/.test(name) || spec.registers?.some((own) => own.name === name),
    )
    .sort((a, b) => a.offset - b.offset);

it('the README’s register tables are those of the data (vitest -u writes them)', async () => {
  const tables = new Set<string>();
  const functions = pciFunctions();
  const configurations = readme.replace(/<!-- configuration (\w+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const table = bus.registerTable(telling(functions[name]!));
    delete functions[name];
    return `<!-- configuration ${name} -->\n\n${table}\n\n<!-- end -->`;
  });
  expect(Object.keys(functions)).toEqual([]);
  const fresh = configurations.replace(/<!-- registers (\w+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    tables.add(name);
    const registers = (devices as Record<string, unknown>)[name] as readonly bus.RegisterSpec[];
    return `<!-- registers ${name} -->\n\n${bus.registerTable(registers)}\n\n<!-- end -->`;
  });
  // A formatter may align the columns.
  const loose = (text: string) => text.replace(/[ -]*\|[ -]*/g, '|');
  if (loose(fresh) !== loose(readme)) await expect(fresh).toMatchFileSnapshot(path);
  const declared = Object.entries(devices).filter(([, value]) => Array.isArray(value) && 'offset' in (value[0] ?? {}));
  expect([...tables].sort()).toEqual(declared.map(([name]) => name).sort());
});
