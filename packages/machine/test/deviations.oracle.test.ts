// Each entry of packages/cpu/DEVIATIONS.md on both machines: what QEMU does, and what we do instead.
import { readFileSync } from 'node:fs';
import { assembleFlat } from '@kseg/asm';
import { describe, expect, it } from 'vitest';
import { type Deviation, deviations, masks } from './deviations.ts';
import { runBoth } from './oracle/fuzz.ts';
import * as L from './oracle/layout.ts';
import { codeAddress, codeAt, dataAddress, dataAt, type Program } from './oracle/program.ts';
import { qemuMissing } from './oracle/qemu.ts';
import { traitsOf } from './oracle/traits.ts';

if (qemuMissing !== undefined) console.info(`QEMU's deviations skipped: ${qemuMissing}`);

/** The MT ASE's registers as they are at reset: what does not have them takes no notice. */
const STARTED = { mvpcontrol: 1, vpeconf0: 3, tcstatus: 0x2000 };

function programOf({ source, user = false, status = 0, gprs = {}, cpu }: Deviation): Program {
  const { words } = assembleFlat(`.set noreorder\n.set noat\n${source}\n`, { origin: codeAddress(0, user) });
  const page = (physical: number, flags: number) => ((physical >>> 12) << 6) | flags;
  return {
    slot: 0,
    gprs: Array.from({ length: 32 }, (_, i) => gprs[i] ?? (i === 28 ? dataAddress(0, user) : 0)),
    hi: 0,
    lo: 0,
    status: status | (user ? 0x10 : 0),
    cp0: {
      ebase: 0x8000_0000,
      ...STARTED,
      config: traitsOf(cpu).config,
      errorepc: L.KSEG0 + L.FINISH,
      epc: L.KSEG0 + L.FINISH,
    },
    fcsr: 0,
    fprs: [],
    dsp: [],
    user,
    tlb: user ? [{ hi: L.USER, lo0: page(codeAt(0), 0x1b), lo1: page(dataAt(0), 0x1f), mask: 0 }] : [],
    timer: 0,
    compareTlb: false,
    data: [],
    code: [...words, 0, 0],
  };
}

describe.skipIf(qemuMissing !== undefined)('deviations', () => {
  it.each(deviations)('$title', async (deviation) => {
    const [both] = await runBoth([programOf(deviation)], 'little', traitsOf(deviation.cpu));
    const word = (result: Uint32Array, name: string) => (result[L.result(name) / 4]! & (masks[name] ?? -1)) >>> 0;
    const seen = Object.keys(deviation.shows).map((name) => [name, [word(both!.kseg, name), word(both!.qemu, name)]]);
    expect(Object.fromEntries(seen)).toEqual(deviation.shows);
  });
});

it('has each in the list, and no other', () => {
  const list = readFileSync(new URL('../../cpu/DEVIATIONS.md', import.meta.url), 'utf8');
  const titles = [...list.matchAll(/^\| ([^|]+?) *\|/gm)].map(([, title]) => title).slice(2);
  expect([...titles].sort()).toEqual(deviations.map(({ title }) => title).sort());
});
