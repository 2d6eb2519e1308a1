import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { kseg, scratch, shell, startKseg } from './kseg.ts';

const { path, folder, dispose } = scratch();
afterAll(dispose);
const stats = (stderr: string) => JSON.parse(stderr.split('\n').find((line) => line.startsWith('{'))!);

describe('kseg run', () => {
  it('boots the Unix to its shell and answers a script', () => {
    const { status, stdout } = kseg(['run', ...shell('echo one two | wc', 'mkdir d; ls d')]);
    expect(stdout).toMatch(/\n1 2 8\n/);
    expect(status).toBe(0);
  });

  it('feeds piped input and ends with status 0 when the guest powers off', () => {
    const { status, stdout } = kseg(['run'], { input: 'echo piped\nhalt\n' });
    expect(stdout).toMatch(/\$ piped\n/);
    expect(status).toBe(0);
  });

  it('ends with status 3 at a limit, naming the text it waited for', () => {
    const { status, stderr } = kseg(['run', '--max-instructions', '100_000', '--expect', 'login:']);
    expect(stderr).toMatch(/instructions are used up; still waiting for "login:"/);
    expect(status).toBe(3);
    const timed = kseg(['run', '--timeout', '0.001', '--expect', 'login:']);
    expect(timed.stderr).toMatch(/time is up/);
    expect(timed.status).toBe(3);
  });

  it('ends by itself with status 3 when the guest can only wait for ever', () => {
    const { status, stderr } = kseg(['run', '--expect', 'never to come']);
    expect(stderr).toMatch(/wait for ever; still waiting for "never to come"/);
    expect(status).toBe(3);
  });

  it('puts raw bytes into memory beside the kernel', () => {
    // Over the boot RAM: lui t0,0xbfff; ori t0,0xfff0; li t1,'R'; sw t1,0(t0); b .; nop
    const code = [0x3c08bfff, 0x3508fff0, 0x24090052, 0xad090000, 0x1000ffff, 0];
    writeFileSync(path('code.bin'), new Uint8Array(Uint32Array.from(code).buffer));
    writeFileSync(path('kernel.bin'), new Uint8Array(4));
    const board = ['--board', 'aor3000', '--kernel', path('kernel.bin'), '--max-instructions', '1000'];
    expect(kseg(['run', ...board, '--raw', `${path('code.bin')}@0x1fc00000`, '--expect', 'R']).status).toBe(0);
  });

  it('prints statistics as one line of JSON', () => {
    const { stderr } = kseg(['run', '--stats', ...shell('ls')]);
    const { end, instructions, seconds, mips, exceptions, tlbRefills } = stats(stderr);
    expect(end).toBe('stopped');
    expect(instructions).toBeGreaterThan(100_000);
    expect(seconds).toBeGreaterThan(0);
    expect(mips).toBeGreaterThan(0);
    expect(exceptions.syscall).toBeGreaterThan(10);
    expect(tlbRefills).toBeGreaterThan(10);
  });

  it('does the same thing twice, to the instruction and to the bit', () => {
    const args = ['run', '--stats', ...shell('ls | wc', 'cat README > f; cat f')];
    const runs = ['one', 'two'].map((name) => {
      const { stderr } = kseg([...args, '--save', path(`${name}.snapshot`)]);
      const told = stats(stderr);
      // But for what the host's clock says: it also cuts the run into slices, by which the translator comes to other samples.
      return { ...told, seconds: 0, mips: 0, translation: undefined };
    });
    expect(runs[1]).toEqual(runs[0]);
    expect(readFileSync(path('one.snapshot')).equals(readFileSync(path('two.snapshot')))).toBe(true);
  });

  it('goes on from a snapshot as if it had never been saved', () => {
    const first = kseg(['run', ...shell('echo before > f'), '--save', path('mid.snapshot')]);
    expect(first.status).toBe(0);
    const second = kseg([
      'run',
      '--load',
      path('mid.snapshot'),
      '--send',
      'cat f\\n',
      '--expect',
      'before',
      '--expect',
      '$ ',
    ]);
    expect(second.stdout).toMatch(/before/);
    expect(second.status).toBe(0);
  });

  it('keeps what is written with ",write" and drops it without', () => {
    const image = path('disk.img');
    expect(kseg(['mkfs', image, '--unix']).status).toBe(0);
    const before = readFileSync(image);
    const dropped = kseg(['run', '--disk', image, ...shell('echo lost > f')]);
    expect(dropped.stderr).toMatch(/disk\.img were discarded; to keep them, boot with --disk .*disk\.img,write/);
    expect(readFileSync(image).equals(before)).toBe(true);

    expect(kseg(['run', '--disk', `${image},write`, ...shell('echo kept > f')]).status).toBe(0);
    expect(kseg(['run', '--disk', image, ...shell('cat f')]).stdout).toMatch(/\nkept\n/);
    expect(kseg(['cat', image, 'f']).stdout).toBe('kept\n');
    expect(kseg(['fsck', image])).toMatchObject({ status: 0, stdout: expect.stringMatching(/no errors/) });
    expect(kseg(['extract', image, path('out')]).status).toBe(0);
    expect(readFileSync(path('out/f'), 'utf8')).toBe('kept\n');
    expect(existsSync(path('out/sh'))).toBe(true);
  });

  it('runs a board from a file', () => {
    writeFileSync(
      path('board.mjs'),
      "export default (options, { machine }) => ({ ...machine.r4k(options), name: 'mine' });",
    );
    const { status, stdout } = kseg(['run', '--board', 'board.mjs', ...shell('echo from a file')], { cwd: folder });
    expect(stdout).toMatch(/\nfrom a file\n/);
    expect(status).toBe(0);
    expect(kseg(['boards', path('board.mjs')]).stdout).toMatch(/^mine: CPU 24Kf/);
  });

  it('says why a board file cannot be loaded', () => {
    writeFileSync(path('broken.mjs'), "import 'no-such-package'; export default 1;");
    const { status, stderr } = kseg(['run', '--board', path('broken.mjs')]);
    expect(stderr).toMatch(/^kseg: .*broken\.mjs could not be loaded: .*no-such-package.*\n/);
    expect(status).toBe(2);
  });

  it('ends quickly and quietly on SIGTERM', async () => {
    const process = startKseg(['run'], folder);
    await once(process.stdout!, 'data');
    process.kill('SIGTERM');
    const [, signal] = await once(process, 'exit');
    expect(signal).toBe('SIGTERM');
  });
});

it.each([[['--help']], [['run', '--help']], [['mkfs', '--help']], [['fsck', '--help']], [['boards', '--help']]])(
  '%j explains itself with an example',
  (args) => {
    const { status, stdout } = kseg(args);
    expect(stdout).toMatch(/Example:/);
    expect(status).toBe(0);
  },
);

it('kseg --version, kseg boards', () => {
  expect(kseg(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(kseg(['boards']).stdout).toMatch(/^r4k /m);
  expect(kseg(['boards', 'mips']).stdout).toMatch(/uart0 +\| device \| pic\.4/);
  expect(kseg(['boards', 'r4k', '--export', 'dts']).stdout).toMatch(
    /compatible = "ns16550a";\s+reg = <0x140003f8 0x8>/,
  );
  expect(kseg(['boards', 'r4k', '--export', 'header']).stdout).toMatch(/#define R4K_UART0_BASE 0x140003f8u/);
});
