import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Endian, readElf } from '@kseg/elf';
import { MB, PROMPT, type Session } from './session.ts';

const emulators: Readonly<Record<Endian, string>> = { little: 'qemu-system-mipsel', big: 'qemu-system-mips' };

/** Why QEMU cannot be asked, if so. */
export function withoutQemu(endian: Endian): string | undefined {
  const found = spawnSync(emulators[endian], ['--version']).status === 0;
  return found ? undefined : `${emulators[endian]} is not installed (Debian: qemu-system-mips)`;
}

const T0 = 8;
const T1 = 9;
const lui = (rt: number, imm: number) => (0x3c000000 | (rt << 16) | imm) >>> 0;
const ori = (rt: number, rs: number, imm: number) => (0x34000000 | (rs << 21) | (rt << 16) | imm) >>> 0;
const sw = (rt: number, offset: number, base: number) => (0xac000000 | (base << 21) | (rt << 16) | offset) >>> 0;
const store = (address: number, value: number) => [
  lui(T0, address >>> 16),
  ori(T0, T0, address & 0xffff),
  lui(T1, value >>> 16),
  ori(T1, T1, value & 0xffff),
  sw(T1, 0, T0),
];
const swap = (v: number) => ((v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24)) >>> 0;

/**
 * A boot ROM that makes QEMU's Malta look like the r4k board: it moves the GT-64120's windows so that the ISA ports
 * appear at 0x14000000, leaves the parameter block below 16 MB, and jumps to the kernel.
 */
function bootRom(endian: Endian, ram: number, entry: number): Uint8Array {
  // The GT-64120's registers are little-endian whatever the CPU is.
  const gt = (address: number, value: number) => store(address, endian === 'little' ? value : swap(value));
  const code = [
    ...gt(0xb400_0068, 0xdf), // the registers themselves: to 0x1be00000
    ...gt(0xbbe0_0058, 0x1000_0000 >>> 21), // PCI memory 0
    ...gt(0xbbe0_0060, 0x1f),
    ...gt(0xbbe0_0080, 0x1820_0000 >>> 21), // PCI memory 1
    ...gt(0xbbe0_0088, 0x0bc0_0000 >>> 21),
    ...gt(0xbbe0_0048, 0x1400_0000 >>> 21), // PCI I/O
    ...gt(0xbbe0_0050, 0x0400_0000 >>> 21),
    ...store(0x80ff_fef8, ram),
    ...store(0x80ff_fefc, 0x1234_5678),
    lui(T0, entry >>> 16),
    ori(T0, T0, entry & 0xffff),
    0x0100_0008, // jr t0
    0,
  ];
  const words = [0x1000_0005, 0, 0, 0, 0, 0, ...code]; // branch over the word that Malta changes
  const rom = new DataView(new ArrayBuffer(4 * words.length));
  // A little-endian Malta swaps the words of its ROM file, so big-endian is right for both.
  words.forEach((word, i) => {
    rom.setUint32(4 * i, word);
  });
  return new Uint8Array(rom.buffer);
}

/** Runs a session on QEMU's Malta until the last line's prompt or `power off`; rejects after `timeout` seconds. */
export async function onQemu(session: Session & { readonly timeout?: number }): Promise<string> {
  const { endian = 'little', kernel, ram = 32 * MB, lines, timeout = 60 } = session;
  const folder = mkdtempSync(join(tmpdir(), 'unix-on-qemu-'));
  const rom = join(folder, 'rom');
  const elf = join(folder, 'kernel');
  writeFileSync(rom, bootRom(endian, ram, readElf(kernel).header.entry));
  writeFileSync(elf, kernel);
  const child = spawn(
    emulators[endian],
    [
      ...[
        '-M',
        'malta',
        '-cpu',
        '24Kf',
        '-m',
        `${ram / MB}`,
        '-display',
        'none',
        '-monitor',
        'none',
        '-serial',
        'stdio',
      ],
      ...['-nic', 'none', '-vga', 'none', '-bios', rom, '-device', `loader,file=${elf}`],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let text = '';
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`QEMU took more than ${timeout} s; so far:\n${text}`)),
        timeout * 1000,
      );
      const left = [...lines];
      let seen = 0;
      child.on('error', reject);
      child.on('exit', () => resolve());
      child.stdout.setEncoding('latin1').on('data', (part: string) => {
        text += part.replaceAll('\r', '');
        if (text.endsWith('power off\n') || /^panic: .*\n/m.test(text)) return resolve();
        if (!text.endsWith(PROMPT) || text.length === seen) return;
        seen = text.length;
        const line = left.shift();
        if (line === undefined) return resolve();
        child.stdin.write(`${line}\n`);
      });
      child.on('close', () => clearTimeout(late));
    });
    return text;
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}
