import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { unixKernel } from '@kseg/unix';
import { afterAll, expect, it } from 'vitest';
import { command, kseg, scratch, shell } from './kseg.ts';

const { path, dispose } = scratch();
afterAll(dispose);
const stats = (stderr: string) => JSON.parse(stderr.split('\n').find((line) => line.startsWith('{'))!);

it('--engine changes nothing but the time it takes', () => {
  const session = shell(
    'ls | wc',
    'cat README README README > f; wc f',
    'grep e f | wc; cat f f f | wc',
    'mkdir d; ls d',
  );
  const [interpreted, translated] = ['interpreter', 'translator'].map((engine) => {
    const snapshot = path(`${engine}.snapshot`);
    const { status, stdout, stderr } = kseg(['run', '--engine', engine, '--stats', '--save', snapshot, ...session]);
    expect(status).toBe(0);
    const { instructions, exceptions, ticks, engine: ran, translation } = stats(stderr);
    expect(ran).toBe(engine);
    return { stdout, snapshot: readFileSync(snapshot), counts: { instructions, exceptions, ticks }, translation };
  });
  expect(translated!.stdout).toBe(interpreted!.stdout);
  expect(translated!.counts).toEqual(interpreted!.counts);
  expect(translated!.snapshot.equals(interpreted!.snapshot)).toBe(true);
  expect(interpreted!.translation).toBeUndefined();
  expect(translated!.translation.regions).toBeGreaterThan(5);
});

it('the interpreter serves, with a notice, where the core has no translator', () => {
  // Not for this core: it faults, and so it goes on.
  const kernel = path('kernel.elf');
  writeFileSync(kernel, unixKernel({ disk: 'ata' }));
  const args = ['run', '--cpu', 'R3000A', '--kernel', kernel, '--stats', '--max-instructions', '1000'];
  const { stderr } = kseg([...args, '--engine', 'auto']);
  expect(stderr).toMatch(/^kseg: the interpreter serves: loads of an R3000A arrive one instruction late/);
  expect(stats(stderr).engine).toBe('interpreter');
  expect(kseg(args).stderr).not.toMatch(/serves/);
  const asked = kseg([...args, '--engine', 'translator']);
  expect(asked.stderr).toMatch(/^kseg: no translator for board "r4k": loads of an R3000A .*\n$/);
  expect(asked.status).toBe(2);
});

it('the interpreter serves, with a notice, where the host has no WebAssembly', () => {
  const args = [command, 'run', '--engine', 'auto', '--expect', '$ '];
  const { status, stderr, stdout } = spawnSync(process.execPath, ['--jitless', ...args], {
    encoding: 'utf8',
    input: '',
  });
  expect(stderr).toMatch(/^kseg: the interpreter serves: the host has no WebAssembly/m);
  expect(stdout).toMatch(/\$ $/);
  expect(status).toBe(0);
});

it('an engine that does not exist is told with those that do', () => {
  const { status, stderr } = kseg(['run', '--engine', 'fast']);
  expect(stderr).toMatch(/auto, translator, interpreter/);
  expect(status).toBe(2);
});
