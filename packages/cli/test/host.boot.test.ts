// What the host does to the command: pipes that close, disks that fill, signals, terminals, another kseg.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { command, kseg, scratch, shell, startKseg } from './kseg.ts';

const { path, folder, dispose } = scratch();
afterAll(dispose);

/** For tests that need something of the host's; says so where it is not there. */
const itWith = (path: string) => {
  if (existsSync(path)) return it;
  console.log(`skipped: this host has no ${path}`);
  return it.skip;
};

describe('output', () => {
  it('ends quietly when its reader has gone', async () => {
    const guest = startKseg(['run', ...shell('cat README', 'cat README')], folder, ['ignore', 'pipe', 'pipe']);
    let told = '';
    guest.stderr!.setEncoding('utf8').on('data', (text) => (told += text));
    guest.stdout!.destroy();
    const [code] = await once(guest, 'exit');
    expect(code).toBe(141);
    expect(told).toBe('');
  });

  itWith('/dev/full')('says in one line that the disk is full', async () => {
    for (const args of [
      ['boards', 'r4k'],
      ['run', ...shell('ls')],
    ]) {
      const guest = startKseg(args, folder, ['ignore', openSync('/dev/full', 'w'), 'pipe']);
      let told = '';
      guest.stderr!.setEncoding('utf8').on('data', (text) => (told += text));
      const [code] = await once(guest, 'exit');
      expect(told).toBe('kseg: standard output: the disk is full\n');
      expect(code).toBe(2);
    }
  });
});

describe('input', () => {
  it('does not keep a script waiting, however long it stays open', async () => {
    const guest = startKseg(['run', '--expect', 'NEVER'], folder, ['pipe', 'ignore', 'pipe']);
    let told = '';
    guest.stderr!.setEncoding('utf8').on('data', (text) => (told += text));
    const [code] = await once(guest, 'exit');
    expect(told).toMatch(/wait for ever; still waiting for "NEVER"/);
    expect(code).toBe(3);
  });

  it('of any length is taken no faster than the guest reads it', async () => {
    const guest = startKseg(['run', '--timeout', '3'], folder, ['pipe', 'ignore', 'ignore']);
    guest.stdin!.on('error', () => {});
    // Far more than a pipe and the console's queue hold.
    const taken = guest.stdin!.write('x'.repeat(4 << 20));
    expect(taken).toBe(false);
    let drained = false;
    guest.stdin!.once('drain', () => (drained = true));
    await once(guest, 'exit');
    expect(drained).toBe(false);
  });

  it('is bytes, whatever they mean as text', () => {
    const { stdout } = kseg(['run', ...shell('echo \\xc3\\xa9\\xff | wc')]);
    expect(stdout).toMatch(/\n1 1 4\n/);
  });

  it('goes on after a last --send until the guest has done with it', () => {
    const { status, stdout } = kseg(['run', '--expect', '$ ', '--send', 'echo last; halt\\n']);
    expect(stdout).toMatch(/\nlast\n/);
    expect(status).toBe(0);
  });

  itWith('/proc/self/mem')('that cannot be read is told in one line', async () => {
    // Nothing is mapped at address 0.
    const guest = startKseg(['run', '--expect', '$ '], folder, [openSync('/proc/self/mem', 'r'), 'ignore', 'pipe']);
    let told = '';
    guest.stderr!.setEncoding('utf8').on('data', (text) => (told += text));
    const [code] = await once(guest, 'exit');
    expect(told).toMatch(/^kseg: standard input: i\/o error\n/);
    expect(code).toBe(0);
  });
});

it('saves and tells before SIGTERM ends it', async () => {
  const guest = startKseg(['run', '--save', path('term.snapshot')], folder, ['pipe', 'pipe', 'pipe']);
  await once(guest.stdout!, 'data');
  guest.kill('SIGTERM');
  const [, signal] = await once(guest, 'exit');
  expect(signal).toBe('SIGTERM');
  expect(kseg(['run', '--load', path('term.snapshot'), '--expect', '$ ']).status).toBe(0);
});

it('tells the end once, and the statistics last', () => {
  const { stderr } = kseg(['run', '--timeout', '1', '--expect', 'NEVER', '--stats', '--pacing', 'realtime']);
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => /for ever|time is up/.test(line))).toHaveLength(1);
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ end: expect.any(String) });
});

it('lets one process at a time write to an image', async () => {
  const image = path('shared.img');
  expect(kseg(['mkfs', image, '--unix']).status).toBe(0);
  const first = startKseg(['run', '--disk', `${image},write`], folder);
  await once(first.stdout!, 'data');
  const second = kseg(['run', '--disk', `${image},write`, '--expect', '$ ']);
  expect(second.stderr).toMatch(new RegExp(`shared\\.img is being written by process ${first.pid}`));
  expect(second.status).toBe(2);
  // One that only reads does no harm.
  expect(kseg(['run', '--disk', image, '--expect', '$ ']).status).toBe(0);
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(existsSync(`${image}.lock`)).toBe(true);
  expect(kseg(['run', '--disk', `${image},write`, '--expect', '$ ']).status).toBe(0);
  expect(existsSync(`${image}.lock`)).toBe(false);
});

const noTerminal = spawnSync('script', ['--version']).status !== 0;
if (noTerminal) console.log('skipped: there is no script(1) to make a terminal with');
it.skipIf(noTerminal)('goes on when a snapshot cannot be saved', async () => {
  mkdirSync(path('going'));
  writeFileSync(path('session.sh'), `exec "${process.execPath}" "${command}" run --save "${path('going/s')}"\n`);
  const terminal = spawn('script', ['-qec', `sh "${path('session.sh')}"`, '/dev/null'], { stdio: 'pipe' });
  let seen = '';
  const shown = async (text: string) => {
    for (let i = 0; i < 400 && !seen.includes(text); i++) await setTimeout(50);
    expect(seen).toContain(text);
    seen = '';
  };
  terminal.stdout.setEncoding('utf8').on('data', (text) => (seen += text));
  await shown('$ ');
  rmSync(path('going'), { recursive: true });
  terminal.stdin.write('\x01s');
  await shown('s: there is no such file');
  mkdirSync(path('going'));
  terminal.stdin.write('echo still here\r');
  await shown('\nstill here');
  terminal.stdin.write('\x01x');
  await once(terminal, 'exit');
  expect(seen).toContain('kseg: stopped');
});
