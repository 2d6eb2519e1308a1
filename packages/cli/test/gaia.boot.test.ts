import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { kseg, scratch } from './kseg.ts';

const { path, dispose } = scratch();
afterAll(dispose);

describe('kseg run --board gaia3', () => {
  it('boots our monitor through the ROM, and ends with status 0 when it goes back there', () => {
    const { status, stdout } = kseg(['run', '--board', 'gaia3', '--expect', '> ', '--send', 'pq', '--expect', 'never']);
    expect(stdout).toContain('GAIA Architecture\n\nWaiting for input...\n\rLoading... [0 KB /');
    expect(stdout).toContain('\n.....*##    ');
    expect(status).toBe(0);
  });

  it('loads an image at once with --fast', () => {
    // mov r1, 'A'; mov r2, 0x80000000; st r1, r2, 0x1000; halt
    const image = new Uint32Array([16, 0x2080_0041, 0x3100_8000, 0x8088_0400, 0xffff_ffff]);
    writeFileSync(path('a.img'), new Uint8Array(image.buffer));
    const { status, stdout } = kseg(['run', '--board', 'gaia3', '--kernel', path('a.img'), '--fast']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'A' });
  });

  it('takes the ways of the simulators: FPU, checks, timer', () => {
    const run = (...options: string[]) => kseg(['run', '--board', 'gaia3', '--fast', ...options]);
    const drawn = (fpu: string) => run('--fpu', fpu, '--expect', '> ', '--send', 'p', '--expect', '> ').stdout;
    expect(drawn('ieee').length).toBe(drawn('rtl').length);
    // mov r1, 0x80000000; mov r2, 1; st r2, r1, 0x1200; nop: translation is on, and there is no table.
    const image = new Uint32Array([16, 0x3080_8000, 0x2100_0001, 0x8104_0480, 0]);
    writeFileSync(path('wild.img'), new Uint8Array(image.buffer));
    const strict = run('--kernel', path('wild.img'), '--mmu', 'strict');
    expect([strict.status, strict.stderr]).toEqual([
      3,
      expect.stringMatching(/does not check: directoryEntryAbsent.* at 0x0000200c$/m),
    ]);
    const ticks = (timer: string) =>
      JSON.parse(run('--timer', timer, '--expect', '> ', '--send', 't', '--expect', '> ', '--stats').stderr).ticks;
    // Twelve turns of the two tasks.
    expect(ticks('emcc') - ticks('sim')).toBeGreaterThan(11 * (996_600 - 933_300));
    expect(run('--timer', 'fast').stderr).toMatch(/--timer/);
  });

  it('refuses images the ROM would hang on, and options the board has no use for', () => {
    writeFileSync(path('bad.img'), new Uint8Array([8, 0, 0, 0, 1, 2, 3, 4]));
    const bad = kseg(['run', '--board', 'gaia3', '--kernel', path('bad.img')]);
    expect([bad.status, bad.stderr]).toEqual([2, expect.stringMatching(/announces 8 bytes, but 4 follow/)]);
    const ram = kseg(['run', '--board', 'gaia3', '--ram', '8M']);
    expect([ram.status, ram.stderr]).toEqual([2, expect.stringMatching(/board gaia3 does not take --ram/)]);
  });

  it('takes a session up from a snapshot', () => {
    const run = ['run', '--board', 'gaia3', '--fast'];
    kseg([...run, '--expect', '> ', '--save', path('s.snap')]);
    const { stdout } = kseg([...run, '--load', path('s.snap'), '--expect', '> '], { input: 'd2000\r' });
    expect(stdout).toMatch(/^d 2000\n00002000 [0-9a-f]{8} /);
  });
});

it('kseg boards lists gaia3, prints its map, and exports what other boards export', () => {
  const exported = (form: string) => kseg(['boards', 'gaia3', '--export', form]).stdout;
  expect(kseg(['boards']).stdout).toMatch(/^gaia3 +a student CPU/m);
  expect(kseg(['boards', 'gaia3']).stdout).toMatch(/^\| 0x80001000–0x80001fff \| 4 KB \| registers \| device/m);
  expect(exported('header')).toContain('#define GAIA3_REGISTERS_BASE 0x80001000u');
  expect(exported('ld')).toContain('sram (rwx) : ORIGIN = 0x00000000, LENGTH = 0x00400000');
  expect(exported('map')).toMatch(/^\| 0x00000000–0x003fffff \| 4 MB \| sram/m);
  expect(exported('dts')).toMatch(/cpu@0 \{[^}]*compatible = "kseg,gaia3-cpu";/);
});
