import { existsSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kseg, scratch } from './kseg.ts';

// Firmware that nobody here wrote: Debian's u-boot-qemu, or whatever KSEG_U_BOOT names.
const firmware = process.env['KSEG_U_BOOT'] ?? '/usr/lib/u-boot/maltael/u-boot.bin';
const missing = !existsSync(firmware);
if (missing)
  console.warn(`U-Boot on Malta: skipped, for ${firmware} is not there: install u-boot-qemu or give KSEG_U_BOOT`);

const { path, dispose } = scratch();
afterAll(dispose);

const PROMPT = 'maltael # ';
/** One session with the firmware in a flash that outlives it. What came after each line, and the statistics. */
function session(...lines: readonly string[]) {
  const typed = lines.flatMap((line) => ['--expect', PROMPT, '--send', `${line}\\n`]);
  const { status, stdout, stderr } = kseg([
    ...['run', '--board', 'malta', '--ram', '256M', '--bios', firmware, '--flash', path('flash.bin')],
    ...['--net', 'user', '--stats', '--timeout', '90', ...typed, '--expect', PROMPT],
  ]);
  const [banner = '', ...answers] = stdout.split(PROMPT);
  return { status, banner, answers, stats: JSON.parse(stderr.trim().split('\n').at(-1)!) as { display: string } };
}

describe.skipIf(missing)('U-Boot on Malta', () => {
  let first: ReturnType<typeof session>;
  beforeAll(() => {
    first = session(
      ...['version', 'pci', 'md.l bfc00000 4', 'flinfo', 'printenv baudrate'],
      ...['setenv autoload no; dhcp', 'ping 10.0.2.2', 'setenv kept across; saveenv', 'reset', 'printenv kept'],
    );
  }, 120_000);
  const answer = (line: number) => first.answers[line]!;

  it('finds RAM, flash, serial line and network card', () => {
    expect(first.status).toBe(0);
    expect(first.banner).toMatch(/Board: MIPS Malta CoreLV.*DRAM: +256 MiB.*Flash: 4 MiB.*eth0: pcnet#0/s);
    expect(first.stats.display).toBe('U-Boot  ');
  });

  it('sees every function on the PCI bus', () => {
    expect(
      [...answer(1).matchAll(/^00\.(..\...) +0x(....) +0x(....)/gm)].map(([, at, ...ids]) => [at, ...ids]),
    ).toEqual([
      ['00.00', '11ab', '4620'],
      ['0a.00', '8086', '7110'],
      ['0a.01', '8086', '7111'],
      ['0a.02', '8086', '7112'],
      ['0a.03', '8086', '7113'],
      ['0b.00', '1022', '2000'],
    ]);
  });

  it('reads its own first instructions, its flash and its environment', () => {
    expect(answer(2)).toMatch(/^bfc00000: 1000[0-9a-f]{4} 00000000/m);
    expect(answer(3)).toMatch(/CFI conformant flash \(16 x 16\) +Size: 4 MB in 64 Sectors/);
    expect(answer(4)).toMatch(/baudrate=\d+/);
  });

  it('gets an address and an echo from the gateway', () => {
    expect(answer(5)).toContain('DHCP client bound to address 10.0.2.15');
    expect(answer(6)).toContain('host 10.0.2.2 is alive');
  });

  it('keeps its environment over a reset, and in the file for the next session', () => {
    expect(answer(7)).toMatch(/Protected|done|OK/);
    expect(answer(8)).toContain('Board: MIPS Malta');
    expect(answer(8)).not.toContain('bad CRC');
    expect(answer(9)).toContain('kept=across');
    expect(statSync(path('flash.bin')).size).toBe(4 << 20);
    const next = session('printenv kept');
    expect(next.banner).not.toContain('bad CRC');
    expect(next.answers[0]).toContain('kept=across');
  }, 120_000);
});
