// Sections to addresses and references filled in, for images that need no linker.
import { SHF } from '@kseg/elf';
import type { Assembler } from '../assembler.ts';
import type { FlatImage } from '../flat.ts';
import type { Section } from '../section.ts';
import { applyFixups } from './relocate.ts';
import { R } from './relocations.ts';

/** Places sections from `origin` on and resolves every reference; problems become diagnostics. */
export function linkFlat(asm: Assembler, origin: number): FlatImage {
  const relocations = applyFixups(asm, asm.resolver);
  const loaded = asm.sections.filter((s) => (s.shape.flags & SHF.ALLOC) !== 0 && s.size > 0 && !METADATA.has(s.name));
  const order = [...loaded.filter((s) => !s.nobits), ...loaded.filter((s) => s.nobits)];
  const address = new Map<Section, number>();
  let at = origin;
  let end = origin;
  for (const section of order) {
    const unit = 2 ** section.align;
    // The first section starts where the image does, whatever alignment it would like.
    if (at !== origin) at = Math.ceil(at / unit) * unit;
    address.set(section, at);
    at += section.size;
    if (!section.nobits) end = at;
  }
  const bytes = new Uint8Array(end - origin);
  for (const section of order) if (!section.nobits) bytes.set(section.contents, address.get(section)! - origin);

  const missing = new Set<string>();
  for (const section of order) {
    for (const { offset, type, symbol, addend, place: source } of relocations.get(section) ?? []) {
      const complain = (message: string) => asm.diagnose('error', 'KSEG_ASM_LINK', message, source, '');
      const place = address.get(section)! + offset;
      let target = addend;
      if (symbol !== null) {
        const v = asm.resolver.symbol(symbol)!;
        if (v.symbol !== null) {
          const { name } = v.symbol;
          if (!missing.has(name)) complain(`symbol '${name}' is not defined`);
          missing.add(name);
          continue;
        }
        // A reduced symbol's addend already counts from its section's start.
        target +=
          (v.section === null ? 0 : (address.get(v.section) ?? 0)) +
          (symbol.sectionSymbol === null ? Number(v.value) : 0);
      }
      target >>>= 0;
      const i = place - origin;
      const word = get(asm, bytes, i);
      switch (type) {
        case R.R32:
          put(asm, bytes, i, target);
          break;
        case R.PC32:
          put(asm, bytes, i, (target - place) >>> 0);
          break;
        case R.R26:
          if (((place + 4) ^ target) >>> 28 !== 0) complain(`jump at 0x${place.toString(16)} leaves its 256 MB region`);
          put(asm, bytes, i, (word & 0xfc00_0000) | ((target >>> 2) & 0x3ff_ffff));
          break;
        case R.HI16:
          put(asm, bytes, i, (word & 0xffff_0000) | ((target + 0x8000) >>> 16));
          break;
        case R.LO16:
          put(asm, bytes, i, (word & 0xffff_0000) | (target & 0xffff));
          break;
        case R.PC16: {
          const distance = (target - place) | 0;
          if (distance < -0x2_0000 || distance > 0x1_ffff)
            complain(`branch at 0x${place.toString(16)} is out of range`);
          put(asm, bytes, i, (word & 0xffff_0000) | ((distance >> 2) & 0xffff));
          break;
        }
        default:
          complain(`relocation type ${type} at 0x${place.toString(16)} needs a linker`);
      }
    }
  }

  const addresses: [name: string, address: number][] = [];
  for (const sym of asm.symbols.values()) {
    if (!sym.defined || sym.common !== null) continue;
    const v = asm.resolver.symbol(sym);
    if (v === null || v.symbol !== null) continue;
    addresses.push([sym.name, ((v.section === null ? 0 : (address.get(v.section) ?? 0)) + Number(v.value)) >>> 0]);
  }
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  const padded = new Uint8Array(words.length * 4);
  padded.set(bytes);
  for (let i = 0; i < words.length; i++) words[i] = get(asm, padded, i * 4);
  return { bytes, words, origin, symbols: Object.fromEntries(addresses) };
}

const METADATA: ReadonlySet<string> = new Set(['.reginfo', '.MIPS.abiflags']);

function get(asm: Assembler, b: Uint8Array, at: number): number {
  return asm.little
    ? b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)
    : (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
}

function put(asm: Assembler, b: Uint8Array, at: number, v: number): void {
  for (let i = 0; i < 4; i++) b[at + (asm.little ? i : 3 - i)] = v >>> (8 * i);
}
