// QEMU's Malta as the second opinion: an executable goes in, the RAM it leaves behind comes out.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endian } from '@kseg/bus';

const program = (endian: Endian) => (endian === 'little' ? 'qemu-system-mipsel' : 'qemu-system-mips');

/** Why QEMU cannot be asked here, or undefined when it can. */
export const qemuMissing: string | undefined = (['little', 'big'] as const)
  .map(program)
  .filter((name) => spawnSync(name, ['--version']).status !== 0)
  .map((name) => `${name} is not installed (Debian: qemu-system-misc)`)[0];

/** What is loaded: an executable, and bytes (a multiple of four) over the boot ROM's from a physical address on. */
export interface Loaded {
  readonly kernel: Uint8Array;
  readonly rom?: { readonly at: number; readonly bytes: Uint8Array };
}

/**
 * Runs a kernel on `-M malta` until the guest resets the board, and returns RAM and what was printed on the first serial port;
 * `failure` when it did not get there. RAM is a file in memory that QEMU maps: nothing has to be carried out through a device.
 */
export async function runOnQemu(
  { kernel, rom }: Loaded,
  { endian, cpu, ram, timeout = 30_000 }: { endian: Endian; cpu: string; ram: number; timeout?: number },
): Promise<{ ram: Uint32Array; output: string; failure?: string }> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'kseg-qemu-'));
  try {
    const [kernelFile, romFile, memory] = ['kernel', 'rom', 'ram'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(kernelFile, kernel);
    if (rom !== undefined) writeFileSync(romFile, rom.bytes);
    const loader =
      rom === undefined ? [] : ['-device', `loader,file=${romFile},addr=0x${rom.at.toString(16)},force-raw=on`];
    const size = `${ram >>> 20}M`;
    const child = spawn(
      program(endian),
      // biome-ignore format: an option and its value to a line
      [
        '-M', 'malta,memory-backend=ram',
        '-object', `memory-backend-file,id=ram,mem-path=${memory},share=on,size=${size}`,
        '-m', size,
        '-cpu', cpu,
        '-kernel', kernelFile, ...loader,
        '-display', 'none', '-vga', 'none', '-nic', 'none', '-parallel', 'none', '-monitor', 'none',
        '-serial', 'stdio',
        '-no-reboot',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('latin1').on('data', (text: string) => {
      complaint += text;
    });
    let hung = false;
    const watch = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, timeout);
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    clearTimeout(watch);
    const failure = hung ? 'QEMU hangs' : status === 0 ? undefined : `QEMU crashes: ${complaint}`;
    // As words of the guest's.
    const bytes = readFileSync(memory);
    if (endian === 'big') bytes.swap32();
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    return { ram: words, output, ...(failure === undefined ? {} : { failure }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
