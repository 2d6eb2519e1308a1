import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assembleGaia } from '@kseg/asm/gaia';
import { describe, expect, it } from 'vitest';
import { Rig } from '../test/rig.ts';
import { bootRom } from './boot-rom.ts';

const at = (...path: string[]) => join(import.meta.dirname, ...path);

/** Boots `image` through the ROM; what was printed and where execution went. */
function boot(image: Uint8Array) {
  const rig = new Rig();
  rig.rom.writeBytes(0, bootRom());
  let fed = 0;
  const feed = () => {
    fed += rig.registers.receive(image.subarray(fed));
  };
  rig.registers.onDrain(feed);
  feed();
  // Until the program is loaded, and then to the jump.
  for (let i = 0; i < 5_000_000 && rig.cpu.pc !== 0x2000; i++) rig.cpu.step();
  return { rig, text: String.fromCharCode(...rig.sent) };
}

const image = (payload: Uint8Array) => {
  const bytes = new Uint8Array(4 + payload.length);
  new DataView(bytes.buffer).setUint32(0, payload.length, true);
  bytes.set(payload, 4);
  return bytes;
};

describe('the boot ROM', () => {
  it('is what its source assembles to (vitest -u writes it)', async () => {
    const text = readFileSync(at('..', 'rom', 'boot.s'), 'utf8');
    const { bytes } = assembleGaia([{ name: 'boot.s', text }], { entry: 0x8000_0000, start: null, sizeHeader: false });
    expect(bytes.length).toBeLessThanOrEqual(4096);
    const words = Array.from(new Uint32Array(bytes.slice().buffer), (word) => word.toString(16).padStart(8, '0'));
    const lines = words.map((_, i) => (i % 12 ? '' : `  '${words.slice(i, i + 12).join(' ')}',\n`)).join('');
    const source = readFileSync(at('boot-rom.ts'), 'utf8');
    const fresh = source.replace(/(const WORDS = \[\n)[^\]]*(\])/, `$1${lines}$2`);
    if (fresh !== source) await expect(fresh).toMatchFileSnapshot(at('boot-rom.ts'));
    expect(bootRom()).toEqual(bytes);
  });

  it('prints what the hardware’s prints, loads to 0x2000 and starts there', () => {
    const payload = Uint8Array.from({ length: 2052 }, (_, i) => (i * 7) & 0xff);
    const { rig, text } = boot(image(payload));
    expect(text).toBe(
      '\r\nGAIA Architecture\r\n\r\nWaiting for input...\r\n' +
        '\rLoading... [0 KB / 3 KB]\rLoading... [1 KB / 3 KB]\rLoading... [2 KB / 3 KB]' +
        `\rLoading completed!${' '.repeat(14)}\r\n\r\n`,
    );
    expect(rig.sram.readBytes(0x2000, 2052)).toEqual(payload);
    expect([3, 30, 31].map((n) => rig.cpu.gpr(n))).toEqual([0x2000, 0x40_0000, 0x40_0000]);
    expect([0x104, 0x200].map((offset) => rig.registers.read(offset, 4))).toEqual([0, 0]);
  });

  it('writes thousands of kilobytes with a comma', () => {
    const rig = new Rig();
    rig.rom.writeBytes(0, bootRom());
    rig.registers.receive([0, 0x40, 0x3f, 0]);
    rig.runTo(20_000);
    expect(String.fromCharCode(...rig.sent)).toContain('[0 KB / 4,048 KB]');
  });

  it('starts at once when there is nothing to load', () => {
    const { text } = boot(image(new Uint8Array(0)));
    expect(text).not.toContain('Loading...');
    expect(text).toContain('Loading completed!');
  });
});
