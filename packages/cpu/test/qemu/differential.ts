// The same random programs on QEMU's malta and on our core: building the ELF, running it on both, and telling where they differ.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Arena, type Endian, Memory, PhysicalMap, Timeline } from '@kseg/bus';
import { Cpu, type ModelName } from '../../src/index.ts';

export const PROGRAM_WORDS = 48;

export interface Case {
  readonly status: number;
  readonly fcsr: number;
  readonly hi: number;
  readonly lo: number;
  /** 32 words. */
  readonly gpr: readonly number[];
  /** 64 words. */
  readonly fpr: readonly number[];
  /** DSPControl, then HI and LO of accumulators 1 to 3: 7 words. */
  readonly dsp: readonly number[];
  /** PROGRAM_WORDS words. */
  readonly program: readonly number[];
}

const RESULT_WORDS = 38 + 64 + 7;
const names: readonly string[] = [
  ...Array.from({ length: 32 }, (_, i) => `r${i}`),
  'hi',
  'lo',
  'fcsr',
  'faults',
  'hash of faults',
  'hash of memory',
  ...Array.from({ length: 64 }, (_, i) => `f${i >> 1}.${i & 1 ? 'high' : 'low'}`),
  'dspcontrol',
  ...Array.from({ length: 6 }, (_, i) => `ac${1 + (i >> 1)}.${i & 1 ? 'lo' : 'hi'}`),
];

export interface Difference {
  readonly index: number;
  /** `name: QEMU's value, ours`. */
  readonly words: readonly string[];
}

/** Which tools are missing, as a reason to skip; undefined when all are there. */
export function missingTools(endian: Endian): string | undefined {
  const el = endian === 'little' ? 'el' : '';
  for (const tool of [`mips${el}-linux-gnu-gcc`, `qemu-system-mips${el}`])
    if (spawnSync(tool, ['--version']).error) return `${tool} is not installed`;
  return undefined;
}

/** Runs the cases on both and returns those that end differently. */
export function compare(cases: readonly Case[], endian: Endian, model: ModelName): Difference[] {
  const directory = mkdtempSync(join(tmpdir(), 'kseg-differential-'));
  try {
    const elf = build(cases, endian, directory);
    const theirs = onQemu(elf, endian, model, directory);
    const ours = onKseg(elf, endian, model);
    const expected = 4 * RESULT_WORDS * cases.length;
    if (theirs.length !== expected) throw new Error(`QEMU sent ${theirs.length} of ${expected} bytes`);
    if (ours.length !== expected) throw new Error(`we sent ${ours.length} of ${expected} bytes`);
    return cases.flatMap((_, index) => {
      const words = names.flatMap((name, i) => {
        const at = 4 * (RESULT_WORDS * index + i);
        const [a, b] = [theirs.readUInt32BE(at), ours.readUInt32BE(at)];
        return a === b ? [] : [`${name}: ${a.toString(16)}, ${b.toString(16)}`];
      });
      return words.length === 0 ? [] : [{ index, words }];
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same difference with as many instructions as possible turned into NOPs. */
export function shrink(failing: Case, endian: Endian, model: ModelName): { words: readonly string[]; case: Case } {
  let best = failing;
  for (let progress = true; progress; ) {
    const alive = best.program.flatMap((word, i) => (word === 0 ? [] : [i]));
    const without = (indices: readonly number[]): Case => ({
      ...best,
      program: best.program.map((word, i) => (indices.includes(i) ? 0 : word)),
    });
    // Halves first, then single instructions: all variants in one run.
    const half = alive.length >> 1;
    const variants = [alive.slice(0, half), alive.slice(half), ...alive.map((i) => [i])].filter(
      ({ length }) => length > 0,
    );
    const [first] = compare(variants.map(without), endian, model);
    progress = first !== undefined;
    if (first !== undefined) best = without(variants[first.index]!);
  }
  return { words: compare([best], endian, model)[0]?.words ?? [], case: best };
}

function build(cases: readonly Case[], endian: Endian, directory: string): string {
  const lines = cases.map(({ status, fcsr, hi, lo, gpr, fpr, dsp, program }) =>
    [status, fcsr, hi, lo, ...gpr, ...fpr, ...dsp, ...program]
      .map((word) => `0x${(word >>> 0).toString(16)}`)
      .join(','),
  );
  writeFileSync(join(directory, 'cases.inc'), lines.map((line) => `.word ${line}\n`).join(''));
  const out = join(directory, 'cases.elf');
  const flags =
    '-march=mips32r2 -mabi=32 -mno-abicalls -fno-pic -nostdlib -static -Wl,-e,_start -Wl,--build-id=none -Wl,-Ttext=0x80100000';
  execFileSync(`mips${endian === 'little' ? 'el' : ''}-linux-gnu-gcc`, [
    ...flags.split(' '),
    `-I${directory}`,
    '-o',
    out,
    fileURLToPath(new URL('harness.S', import.meta.url)),
  ]);
  return out;
}

function onQemu(elf: string, endian: Endian, model: ModelName, directory: string): Buffer {
  const serial = join(directory, 'serial');
  execFileSync(
    `qemu-system-mips${endian === 'little' ? 'el' : ''}`,
    [
      '-M',
      'malta',
      '-cpu',
      model,
      '-m',
      '64',
      '-kernel',
      elf,
      '-display',
      'none',
      '-vga',
      'none',
      '-nic',
      'none',
      '-monitor',
      'none',
      '-serial',
      `file:${serial}`,
      '-no-reboot',
    ],
    { timeout: 60_000, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return readFileSync(serial);
}

function onKseg(elf: string, endian: Endian, model: ModelName): Buffer {
  const { cpu, ram, sent } = board(endian, model);
  cpu.pc = load(readFileSync(elf), endian, ram);
  cpu.writeCp0(12, 0x0040_0000);
  for (;;) {
    const stop = cpu.run(10_000_000);
    if (stop.kind === 'halted') return Buffer.from(sent);
    if (stop.kind !== 'budget') throw new Error(`stopped: ${JSON.stringify(stop)}`);
  }
}

const boards = new Map<string, { cpu: Cpu; ram: Memory; sent: number[]; timeline: Timeline }>();

/** The least of a Malta: RAM, the UART, the reset register. One for each kind, used again. */
function board(endian: Endian, model: ModelName) {
  const key = `${endian} ${model}`;
  let found = boards.get(key);
  if (found === undefined) {
    const bytes = 16 << 20;
    const arena = new Arena([...Cpu.regions(), { name: 'ram', bytes }]);
    const map = new PhysicalMap(endian);
    const timeline = new Timeline(320e6);
    const ram = new Memory(arena, 'ram', endian);
    const sent: number[] = [];
    const cpu = new Cpu({ model, endian, arena, map, timeline });
    const device = (read: (offset: number) => number, write: (offset: number, value: number) => void) => ({
      read,
      write: (offset: number, _width: number, value: number) => write(offset, value),
      reset() {},
      save: () => null,
      load() {},
    });
    const uart = device(
      (offset) => (offset === 5 ? 0x60 : 0),
      (offset, value) => {
        if (offset === 0) sent.push(value & 0xff);
      },
    );
    map.add({ name: 'ram', base: 0, size: bytes, kind: 'ram', memory: ram });
    map.add({ name: 'uart', base: 0x1800_03f8, size: 8, kind: 'device', device: uart });
    map.add({
      name: 'reset',
      base: 0x1f00_0500,
      size: 4,
      kind: 'device',
      device: device(
        () => 0,
        () => cpu.halt(),
      ),
    });
    found = { cpu, ram, sent, timeline };
    boards.set(key, found);
  }
  found.sent.length = 0;
  found.timeline.reset();
  found.cpu.reset();
  found.ram.fill(0);
  return found;
}

function load(bytes: Buffer, endian: Endian, ram: Memory): number {
  const little = endian === 'little';
  const word = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const count = little ? bytes.readUInt16LE(44) : bytes.readUInt16BE(44);
  for (let i = 0; i < count; i++) {
    const at = word(28) + 32 * i;
    const offset = word(at + 4);
    if (word(at) === 1) ram.writeBytes(word(at + 12) & 0x1fff_ffff, bytes.subarray(offset, offset + word(at + 16)));
  }
  return word(24);
}
