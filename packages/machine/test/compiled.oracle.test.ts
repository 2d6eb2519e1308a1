// Compiled C: programs of csmith's print the same checksum on QEMU's Malta and on ours, at every level of optimisation, with and without
// an FPU, in both byte orders. KSEG_ORACLE_C says how many; those of a variant share executables.
import { readElf } from '@kseg/elf';
import { describe, expect, it } from 'vitest';
import { compile, compilerMissing, generate, SKIP_AT, type Variant, variants } from './oracle/compile.ts';
import { boot, untilReset } from './oracle/kseg.ts';
import * as L from './oracle/layout.ts';
import { qemuMissing, runOnQemu } from './oracle/qemu.ts';

const missing = compilerMissing ?? qemuMissing;
if (missing !== undefined) console.info(`compiled C skipped: ${missing}`);

const PROGRAMS = Number(process.env['KSEG_ORACLE_C'] ?? 24);
const SEED = 1000 * Number(process.env['KSEG_PROP_SEED'] ?? 1);
/** Programs to an executable, at most. */
const BATCH = 25;
/** Instructions that a program may take; csmith's can run for ever. */
const LIMIT = 20_000_000;

/** What each program printed, by its number; programs that go on and on are missing. */
const texts = (output: string): ReadonlyMap<number, string> =>
  new Map([...output.matchAll(/#(\d+) (checksum = [0-9A-F]+)/g)].map(([, number, text]) => [Number(number), text!]));

/** Runs them all on ours; what does not end is left at its limit. */
function runOnKseg(kernel: Uint8Array, count: number, { endian, isa }: Variant) {
  const machine = boot({ kernel }, { endian, cpu: coreOf(isa), ram: L.RAM });
  const { entry } = readElf(kernel).header;
  let output = '';
  machine.console!.onOutput((byte) => {
    output += String.fromCharCode(byte);
  });
  let endless = 0;
  for (let before = ''; !untilReset(machine, LIMIT); ) {
    // It goes on by itself, and by nothing that an exception has done.
    expect(machine.cpu.statistics.exceptions).toEqual({});
    if (output === before) {
      expect(++endless).toBeLessThanOrEqual(count);
      machine.cpu.pc = entry;
    }
    before = output;
  }
  return texts(output);
}

const coreOf = (isa: Variant['isa']) => (isa === 'mips1' ? '24Kc' : '24Kf');

describe.skipIf(missing !== undefined)('compiled C', () => {
  const each = Math.ceil(PROGRAMS / variants.length);
  it.each(variants.map((variant, i) => [`${variant.endian} ${variant.optimise} ${variant.isa}`, variant, i] as const))(
    `${each} programs print the same, %s`,
    async (_, variant, number) => {
      let compared = 0;
      for (let seed = SEED + number * 10_000; compared < each; seed += BATCH) {
        const count = Math.min(BATCH, each - compared);
        const sources = Array.from({ length: count }, (_, i) => generate(seed + i, variant));
        const kernel = compile(sources, variant);
        const kseg = runOnKseg(kernel, count, variant);
        const skip = Uint8Array.from({ length: (count + 3) & ~3 }, (_, i) => (kseg.has(i) ? 0 : 1));
        const { endian } = variant;
        const { output, failure } = await runOnQemu(
          { kernel, rom: { at: SKIP_AT, bytes: skip } },
          { endian, cpu: coreOf(variant.isa), ram: L.RAM, timeout: 60_000 },
        );
        expect(failure).toBeUndefined();
        const qemu = texts(output);
        for (const [i, text] of kseg) expect(text, `csmith --seed ${seed + i}`).toBe(qemu.get(i));
        expect([...qemu.keys()]).toEqual([...kseg.keys()]);
        compared += kseg.size;
        // Most of csmith's programs end.
        expect(kseg.size).toBeGreaterThan(0.5 * count - 2);
      }
    },
    120_000 + 10_000 * each,
  );
});
