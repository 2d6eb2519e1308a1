import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { unixKernel } from '@kseg/unix';
import { afterAll, describe, expect, it } from 'vitest';
import { gdb, noGdb } from '../../gdb/test/gdb.ts';
import { kseg, scratch, shell, startKseg } from './kseg.ts';

const { path, folder, dispose } = scratch();
afterAll(dispose);

/** The command, waiting for a debugger on any free port. */
async function waiting(...args: readonly string[]) {
  const child = startKseg(['run', '--gdb', '0', ...args], folder, ['ignore', 'pipe', 'pipe']);
  const exit = once(child, 'exit') as Promise<[status: number | null, signal: string | null]>;
  const said = { out: '', err: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  while (!said.err.includes('\n')) await once(child.stderr!, 'data');
  const port = Number(/^kseg: waiting for gdb: target remote localhost:(\d+)\n/.exec(said.err)![1]);
  return { child, said, exit, port };
}

const frame = (text: string) => {
  const sum = [...text].reduce((total, letter) => total + letter.charCodeAt(0), 0) & 0xff;
  return `$${text}#${sum.toString(16).padStart(2, '0')}`;
};

/** A debugger that sends packets and takes answers. */
async function dial(port: number): Promise<{ socket: Socket; ask: (text: string) => Promise<string> }> {
  const socket = connect(port, 'localhost');
  let text = '';
  socket.setEncoding('latin1').on('data', (more) => {
    text += more;
  });
  await once(socket, 'connect');
  return {
    socket,
    ask: async (packet) => {
      text = '';
      socket.write(frame(packet));
      while (!/\$[^#]*#..$/.test(text)) await once(socket, 'data');
      return /\$([^#]*)#..$/.exec(text)![1]!;
    },
  };
}

describe('kseg run --gdb', () => {
  it('executes nothing before a debugger has come, and is the same run with its stops as without', async () => {
    const script = shell('ls | wc', 'echo done');
    const alone = kseg(['run', '--stats', '--save', path('alone'), ...script]);
    const { child, said, exit, port } = await waiting('--stats', '--save', path('debugged'), ...script);
    const { ask } = await dial(port);
    // Where exceptions go: many times over, and each time a look at everything.
    expect(await ask('Z0,80000180,4')).toBe('OK');
    expect(await ask('m80100000,4')).toMatch(/^[0-9a-f]{8}$/);
    expect(said.out).toBe('');
    for (let stop = 0; stop < 100; stop++) {
      expect(await ask('vCont;c:1')).toBe('T05thread:1;');
      expect((await ask('g')).slice(8 * 37, 8 * 38)).toBe('80010080');
      await ask('m80000000,1000');
    }
    expect(await ask('D')).toBe('OK');
    expect(await exit).toEqual([0, null]);
    expect(child.exitCode).toBe(0);
    expect(said.out.replaceAll('\r\n', '\n')).toBe(alone.stdout);
    const counts = (stderr: string) => {
      const { end, instructions, ticks, exceptions } = JSON.parse(stderr.split('\n').find((line) => line[0] === '{')!);
      return { end, instructions, ticks, exceptions };
    };
    expect(counts(said.err)).toEqual(counts(alone.stderr));
    expect(readFileSync(path('debugged')).equals(readFileSync(path('alone')))).toBe(true);
  });

  it('ends with status 0 when the debugger kills, after a second has been turned away', async () => {
    const { said, exit, port } = await waiting();
    const { socket, ask } = await dial(port);
    expect(await ask('?')).toBe('T05thread:1;');
    const other = connect(port, 'localhost').on('error', () => {});
    await once(other, 'close');
    socket.write(frame('k'));
    expect(await exit).toEqual([0, null]);
    expect(said.err).toMatch(/gdb is here\n.*turned away: one at a time\n/);
  });

  it('stands for the next debugger when a connection is lost, and tells a waiting one of the end', async () => {
    const { said, exit, port } = await waiting('--timeout', '100', ...shell('echo hello'));
    const lost = await dial(port);
    await lost.ask('Z0,80100000,4');
    lost.socket.destroy();
    while (!said.err.includes('gone')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(said.out).toBe('');
    const { ask } = await dial(port);
    expect(await ask('c')).toBe('W00');
    expect(await exit).toEqual([0, null]);
  });

  it('takes signals while it waits', async () => {
    const { child, exit } = await waiting();
    child.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGTERM']);
  });

  it('says in one line what is wrong', async () => {
    const taken = createServer().listen(0, 'localhost');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    for (const [args, says] of [
      [['--gdb', String(port)], /^kseg: cannot wait for a debugger at localhost:\d+: the port is in use; .*\n$/],
      [['--gdb', 'tcp::1234'], /^kseg: .*Give \[HOST:\]PORT, such as 1234 or localhost:1234\.\n$/],
      [['--gdb', '0', '--board', 'gaia3'], /^kseg: this machine has no MIPS core, .*\n$/],
    ] as const) {
      const { status, stderr } = kseg(['run', ...args]);
      expect(stderr).toMatch(says);
      expect(status).toBe(2);
    }
    taken.close();
  });
});

if (noGdb !== undefined) console.warn(`gdb-multiarch on our Unix: ${noGdb}`);

it.skipIf(noGdb !== undefined).each(['little', 'big'] as const)(
  'gdb-multiarch debugs our Unix’s kernel, %s-endian',
  async (endian) => {
    writeFileSync(path(`${endian}.elf`), unixKernel({ disk: 'ata', endian }));
    const { said, exit, port } = await waiting('--endian', endian, ...shell('echo hello'));
    const answers = await gdb([
      `file ${path(`${endian}.elf`)}`,
      `target remote localhost:${port}`,
      'break console_write',
      'continue',
      'backtrace',
      'x/i $pc',
      'finish',
      'monitor tlb',
      'monitor tlb 0x7fff0000',
      'monitor tlb nonsense',
      'delete',
      'detach',
    ]);
    expect(answers[1]).toMatch(/0x80100000 in _start \(\)/);
    expect(answers[3]).toMatch(/Breakpoint 1, 0x80[0-9a-f]{6} in console_write \(\)/);
    expect(answers[4]).toMatch(/#0 .* in console_write \(\)\n#1 .* in system_call \(\)/);
    expect(answers[5]).toMatch(/^=> 0x80[0-9a-f]{6} <console_write\+\d+>:/);
    expect(answers[6]).toMatch(/in system_call \(\)/);
    expect(answers[7]).toMatch(/^0x80000000 0x9fffffff +512 MB +kseg0 +0x00000000 rw/m);
    expect(answers[8]).toMatch(/load at 0x7fff0000\n(.*\n)* +result +TLB refill/);
    expect(answers[9]).toMatch(/Give a 32-bit address/);
    expect(await exit).toEqual([0, null]);
    expect(said.out).toMatch(/hello\r?\n\$ $/);
  },
);
