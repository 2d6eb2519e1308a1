// For tests only: runs FPU instructions on qemu-mipsel's 24Kf and reads back
// results and FCSR. The guest is an ELF built here word by word, so nothing but
// the emulator itself has to be installed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const QEMU = 'qemu-mipsel';

/** Why the oracle cannot be asked here, or undefined when it can. */
export const oracleMissing: string | undefined =
  spawnSync(QEMU, ['--version']).status === 0 ? undefined : `${QEMU} is not installed (Debian: qemu-user)`;

/** One instruction with its operands: fs = $f0, ft = $f2, fr = $f4, fd = $f6, each [low word, high word]. */
export interface Case {
  readonly fs: readonly [number, number];
  readonly ft: readonly [number, number];
  readonly fr: readonly [number, number];
  readonly fcsr: number;
}

export interface Outcome {
  readonly fd: readonly [number, number];
  readonly fcsr: number;
}

/** What $f6 holds before each instruction. */
export const SENTINEL = 0x5a5a_5a5a;

const RECORD = 48;
const BASE = 0x0040_0000;
const ALIGN = 0x1_0000;
/** Offsets in the image: the sigaction of SIGFPE, then its handler and the program. */
const ACTION = 0x60;
const CODE = 0x80;
const SA_SIGINFO = 8; // MIPS has its own numbers

/**
 * Runs every group's code (up to five words) on every case of the group. An instruction that traps (SIGFPE) is skipped: its
 * destination keeps `SENTINEL` and FCSR.Cause stays set.
 */
export function askQemu(
  groups: readonly { readonly code: readonly number[]; readonly cases: readonly Case[] }[],
): Outcome[][] {
  const [zero, v0, a0, a1, a2, a3, t0, t1, t2] = [0, 2, 4, 5, 6, 7, 8, 9, 10];
  const code: number[] = [];
  const immediate = (op: number, rs: number, rt: number, value: number) =>
    code.push(((op << 26) | (rs << 21) | (rt << 16) | (value & 0xffff)) >>> 0);
  const constant = (rt: number, value: number) => {
    immediate(0x0f, zero, rt, value >>> 16);
    immediate(0x0d, rt, rt, value);
  };
  const [LW, SW, LDC1, SDC1, ADDIU, BNE] = [0x23, 0x2b, 0x35, 0x3d, 0x09, 0x05];

  const size = groups.reduce((sum, group) => sum + group.cases.length * RECORD, 0);
  const start = BASE + ALIGN + Math.ceil((groups.length * 24 * 4 + 0x200) / ALIGN) * ALIGN;
  const SYSCALL = 0x0c;

  // The handler moves the interrupted program counter, which Linux's o32 ucontext (third argument) keeps at 32.
  const HANDLER_WORDS = 6;
  immediate(LW, a2, t0, 32);
  code.push(0);
  immediate(ADDIU, t0, t0, 4);
  immediate(SW, a2, t0, 32);
  code.push(0x03e0_0008, 0); // jr ra
  const SIGFPE = 8;
  constant(a0, SIGFPE);
  constant(a1, BASE + ACTION);
  constant(a2, 0);
  constant(a3, 16);
  constant(v0, 4194); // rt_sigaction
  code.push(SYSCALL);

  let at = start;
  for (const { code: words, cases } of groups) {
    if (cases.length === 0) throw new Error('a group without cases');
    constant(t0, at);
    constant(t1, (at += cases.length * RECORD));
    const loop = code.length;
    immediate(LDC1, t0, 0, 0);
    immediate(LDC1, t0, 2, 8);
    immediate(LDC1, t0, 4, 16);
    immediate(LDC1, t0, 6, 32);
    immediate(LW, t0, t2, 24);
    code.push(0x44c0_f800 | (t2 << 16)); // ctc1 t2, $31
    code.push(...words);
    code.push(0x4440_f800 | (t2 << 16)); // cfc1 t2, $31
    code.push(0x44c0_f800); // ctc1 zero, $31
    immediate(SDC1, t0, 6, 32);
    immediate(SW, t0, t2, 40);
    immediate(ADDIU, t0, t0, RECORD);
    immediate(BNE, t0, t1, loop - code.length - 1);
    code.push(0);
  }
  constant(a0, 1);
  constant(a1, start);
  constant(a2, size);
  constant(v0, 4004); // write
  code.push(SYSCALL);
  constant(a0, 0);
  constant(v0, 4001); // exit
  code.push(SYSCALL);

  const image = new DataView(new ArrayBuffer(start - BASE + size));
  const put = (offset: number, ...words: number[]) => {
    for (const [i, word] of words.entries()) image.setUint32(offset + 4 * i, word, true);
  };
  put(
    0,
    0x464c_457f,
    0x0001_0101,
    0,
    0,
    0x0008_0002,
    1,
    BASE + CODE + 4 * HANDLER_WORDS,
    52,
    0,
    0x7000_1000,
    0x0020_0034,
    1,
  );
  put(52, 1, 0, BASE, BASE, image.byteLength, image.byteLength, 7, ALIGN);
  put(ACTION, SA_SIGINFO, BASE + CODE);
  put(CODE, ...code);
  at = start - BASE;
  for (const { cases } of groups) {
    for (const { fs, ft, fr, fcsr } of cases) {
      put(at, ...fs, ...ft, ...fr, fcsr, 0, SENTINEL, SENTINEL);
      at += RECORD;
    }
  }

  const folder = mkdtempSync(join(tmpdir(), 'kseg-fpu-'));
  try {
    const file = join(folder, 'guest');
    writeFileSync(file, new Uint8Array(image.buffer), { mode: 0o755 });
    const run = spawnSync(QEMU, ['-cpu', '24Kf', file], { maxBuffer: size + 4096, timeout: 60_000 });
    if (run.status !== 0 || run.stdout.length !== size) {
      throw new Error(`${QEMU}: ${run.signal ?? run.status}, ${run.stdout.length} of ${size} bytes: ${run.stderr}`);
    }
    const out = new DataView(run.stdout.buffer, run.stdout.byteOffset, size);
    at = -RECORD;
    return groups.map(({ cases }) =>
      cases.map(() => {
        at += RECORD;
        const word = (offset: number) => out.getUint32(at + offset, true);
        return { fd: [word(32), word(36)] as const, fcsr: word(40) };
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
