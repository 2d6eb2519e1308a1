// Compiled C: programs of csmith's print the same checksum on QEMU's Malta and on ours, at every level of optimisation, with and without
// an FPU, in both byte orders. KSEG_ORACLE_C says how many.
import { describe, expect, it } from 'vitest';
import { compile, compilerMissing, generate, type Variant, variants } from './oracle/compile.ts';
import { boot, untilReset } from './oracle/kseg.ts';
import * as L from './oracle/layout.ts';
import { qemuMissing, runOnQemu } from './oracle/qemu.ts';

const missing = compilerMissing ?? qemuMissing;
if (missing !== undefined) console.info(`compiled C skipped: ${missing}`);

const PROGRAMS = Number(process.env['KSEG_ORACLE_C'] ?? 12);
const SEED = 1000 * Number(process.env['KSEG_PROP_SEED'] ?? 1);
/** Instructions that a program may take; csmith's can run for ever. */
const LIMIT = 200_000_000;

/** What both print; `undefined` for a program that takes too long. */
async function outputs(source: string, variant: Variant): Promise<{ kseg: string; qemu: string } | undefined> {
  const kernel = compile(source, variant);
  const { endian } = variant;
  const cpu = variant.isa === 'mips1' ? '24Kc' : '24Kf';
  const { output, failure } = await runOnQemu({ kernel }, { endian, cpu, ram: L.RAM, timeout: 5000 });
  if (failure !== undefined) return undefined;
  const machine = boot({ kernel }, { endian, cpu, ram: L.RAM });
  let text = '';
  machine.console!.onOutput((byte) => {
    text += String.fromCharCode(byte);
  });
  return { kseg: untilReset(machine, LIMIT) ? text : `${text}(does not end)`, qemu: output };
}

describe.skipIf(missing !== undefined)('compiled C', () => {
  it(
    `${PROGRAMS} programs print the same`,
    async () => {
      let compared = 0;
      for (let i = 0; compared < PROGRAMS && i < 4 * PROGRAMS; i++) {
        const variant = variants[compared % variants.length]!;
        const both = await outputs(generate(SEED + i, variant), variant);
        if (both === undefined) continue;
        expect(both.qemu).toMatch(/^checksum = [0-9A-F]+/);
        expect(both.kseg, `csmith --seed ${SEED + i}, ${JSON.stringify(variant)}`).toBe(both.qemu);
        compared++;
      }
      expect(compared).toBe(PROGRAMS);
    },
    60_000 + 5000 * PROGRAMS,
  );
});
