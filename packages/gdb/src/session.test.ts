import { models } from '@kseg/cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { Client, digits, ENDIANS, hex, machineWith, ORIGIN, summing } from '../test/rig.ts';
import { type MachineTarget, machineTarget } from './machine-target.ts';
import { PACKET_SIZE } from './packet.ts';

const NOWHERE = 0x0040_0000;

describe.each(ENDIANS)('a session, %s-endian', (endian) => {
  let { machine, symbols } = machineWith();
  let target: MachineTarget;
  let client: Client;
  beforeEach(() => {
    ({ machine, symbols } = machineWith(summing, { endian }));
    target = machineTarget(machine);
    client = new Client(target);
  });
  const word = (value: number) => digits(value, endian);
  const point = (name: string) => `${hex(symbols[name]!)},4`;
  /** Lets the target run until it stands and returns the packet that says why. */
  const stop = (text: string, runs = 5): string | undefined => {
    const answer = client.ask(text);
    for (let i = 0; i < runs && client.packets.length === 0; i++) target.run(1000);
    return answer ?? client.packets.shift();
  };

  it('stops the machine as it begins, and no time passes until it is let go', () => {
    expect(client.ask('?')).toBe('T05thread:1;');
    expect(target.run(1000)).toEqual({ kind: 'held' });
    target.skip(10);
    expect([machine.now, machine.cpu.pc]).toEqual([0, ORIGIN]);
  });

  it('answers what gdb asks first', () => {
    expect(client.ask('qSupported:multiprocess+;swbreak+')).toMatch(
      /^PacketSize=4000;QStartNoAckMode\+;.*vContSupported\+/,
    );
    expect(
      ['vMustReplyEmpty', 'Hg0', 'Hc-1', 'qTStatus', 'qC', 'qfThreadInfo', 'qsThreadInfo', 'qAttached', 'T1'].map(
        (text) => client.ask(text),
      ),
    ).toEqual(['', 'OK', 'OK', '', 'QC1', 'm1', 'l', '1', 'OK']);
    expect(client.ask('vCont?')).toBe('vCont;c;C;s;S');
    expect(client.ask('qThreadExtraInfo,1')).toBe('32344b66');
    // Going backwards is not here.
    expect([client.ask('bc'), client.ask('bs'), client.ask('valueOf'), client.ask('')]).toEqual(['', '', '', '']);
  });

  it('gives the registers in GDB’s order', () => {
    machine.cpu.setGpr(31, 0x1234_5678);
    machine.cpu.lo = 1;
    machine.cpu.hi = 2;
    machine.cpu.setFpr(3, 0x3fc0_0000);
    machine.cpu.writeCp0(14, 0x8000_0000);
    const g = client.ask('g')!;
    expect(g).toHaveLength(73 * 8);
    const at = (n: number) => g.slice(8 * n, 8 * n + 8);
    expect([31, 33, 34, 37, 41, 72].map(at)).toEqual([0x1234_5678, 1, 2, ORIGIN, 0x3fc0_0000, 0x8000_0000].map(word));
    expect([client.ask('p25'), client.ask('p47'), client.ask('p200')]).toEqual([
      word(ORIGIN),
      word(0x0073_9300),
      'E01',
    ]);
  });

  it('writes registers, one or all; what cannot be written is said so', () => {
    expect(client.ask(`P2=${word(0xffff_fff0)}`)).toBe('OK');
    expect(client.ask(`P29=${word(0x4000_0000)}`)).toBe('OK');
    expect([machine.cpu.gpr(2), machine.cpu.fpr(3)]).toEqual([0xffff_fff0, 0x4000_0000]);
    // BadVAddr and FIR, with another value and with their own
    expect([client.ask(`P23=${word(1)}`), client.ask(`P23=${word(0)}`), client.ask(`P47=${word(0)}`)]).toEqual([
      'E01',
      'OK',
      'E01',
    ]);
    const g = client.ask('g')!.match(/.{8}/g)!;
    g[4] = word(0xaaaa_5555);
    g[33] = word(7);
    g[35] = word(9);
    expect(client.ask(`G${g.join('')}`)).toBe('OK');
    expect([machine.cpu.gpr(4), machine.cpu.lo, machine.cpu.readCp0(8), machine.cpu.pc]).toEqual([
      0xaaaa_5555,
      7,
      0,
      ORIGIN,
    ]);
    expect([client.ask('G00'), client.ask(`G${'0'.repeat(74 * 8)}`), client.ask('P2=1'), client.ask('P')]).toEqual(
      Array(4).fill('E01'),
    );
  });

  it('writing all registers as they are leaves a branch its delay slot', () => {
    target.resume('continue');
    machine.cpu.pc = symbols['branch']!;
    machine.cpu.setGpr(16, 5);
    machine.run(1);
    expect(client.ask('?')).toBe('T05thread:1;');
    expect(client.ask(`G${client.ask('g')}`)).toBe('OK');
    expect(machine.cpu.inDelaySlot).toBe(true);
  });

  it('reads and writes memory by virtual address, in digits and in bytes', () => {
    expect(client.ask(`m${hex(symbols['counter']!)},4`)).toBe(word(100));
    expect(client.ask('M80002001,3:0a0b0c')).toBe('OK');
    expect(client.ask('X80002004,4:#$}*')).toBe('OK');
    expect(client.ask('mffffffff80002000,8')).toBe('000a0b0c23247d2a');
    expect(client.ask('Xffffffff80002000,0:')).toBe('OK');
    // As much as there is, or fits.
    expect(client.ask('m800ffffe,8')).toBe('0000');
    expect(client.ask('m80000000,ffffffff')).toHaveLength(PACKET_SIZE - 4);
  });

  it('an address that is not there, or a packet that does not add up, is an error', () => {
    const at = hex(NOWHERE);
    for (const text of [
      `m${at},4`,
      `M${at},1:00`,
      `X${at},1:a`,
      'm80001000',
      'm,',
      'mx,4',
      'M80002000,2:00',
      'M80002000,1:0',
      'X80002000,2:a',
    ])
      expect(client.ask(text)).toBe('E01');
    expect(client.ask(`m${'0'.repeat(PACKET_SIZE)},4`)).toBe('E01');
  });

  it('describes itself in pieces', () => {
    let xml = '';
    for (let piece = 'm'; piece[0] === 'm'; xml += piece.slice(1))
      piece = client.ask(`qXfer:features:read:target.xml:${xml.length.toString(16)},1f`)!;
    expect(xml).toBe(target.description);
    expect(xml).toContain('<architecture>mips:isa32r2</architecture>');
    expect(client.ask('qXfer:features:read:target.xml:ffffff,10')).toBe('l');
    expect([client.ask('qXfer:features:read:other.xml:0,10'), client.ask('qXfer:memory-map:read::0,10')]).toEqual([
      '',
      '',
    ]);
  });

  it.each(['Z0', 'Z1'])('stops in front of a breakpoint of %s until it is taken out', (kind) => {
    expect([client.ask(`${kind},${point('branch')}`), client.ask(`${kind},${point('branch')}`)]).toEqual(['OK', 'OK']);
    expect(stop('vCont;c:p1.-1')).toBe('T05thread:1;');
    expect([machine.cpu.pc, machine.cpu.gpr(4), machine.now]).toEqual([symbols['branch'], 1, 8]);
    expect(stop('c')).toBe('T05thread:1;');
    expect(machine.cpu.gpr(4)).toBe(2);
    expect(client.ask(`${kind.replace('Z', 'z')},${point('branch')}`)).toBe('OK');
    expect(stop('C05')).toBeUndefined();
    expect(machine.cpu.gpr(4)).toBe(5);
  });

  it.each([
    ['Z2', 'watch', 'sw'],
    ['Z3', 'rwatch', 'lw'],
    ['Z4', 'awatch', 'lw'],
  ])('stops in front of what %s watches, and names it', (kind, name, what) => {
    const counter = symbols['counter']!;
    // Inside the word: an access of the word reaches it, and the address is the one asked for.
    expect(client.ask(`${kind},${hex(counter + 1)},1`)).toBe('OK');
    expect(stop('c')).toBe(`T05thread:1;${name}:${hex(counter + 1)};`);
    expect(machine.cpu.pc).toBe(symbols['loop']! + (what === 'lw' ? 4 : 12));
    expect(client.ask('?')).toMatch(name);
    expect(stop('c')).toMatch(name);
    expect(client.ask(`${kind.replace('Z', 'z')},${hex(counter + 1)},1`)).toBe('OK');
    expect(stop('c')).toBeUndefined();
  });

  it('there are no other kinds of points, and none of no size', () => {
    expect([client.ask('Z5,80001000,4'), client.ask('z5,80001000,4')]).toEqual(['', '']);
    expect([client.ask('Z0,80001000,0'), client.ask('Z0,80001000'), client.ask('Z,,')]).toEqual(['E01', 'E01', 'E01']);
  });

  it.each(['s', 'S05', 'vCont;s:1;c'])('%s executes one instruction, one with a breakpoint too', (text) => {
    expect(client.ask(`Z0,${point('start')}`)).toBe('OK');
    const length = symbols['branch']! - ORIGIN + 8;
    for (let at = 4; at <= length; at += 4) {
      expect(stop(text)).toBe('T05thread:1;');
      // The branch goes to the loop's beginning behind its slot.
      expect(machine.cpu.pc).toBe(at < length ? ORIGIN + at : symbols['loop']);
      expect(machine.now).toBe(at / 4);
    }
  });

  it('an interrupt stops a machine that runs, and is nothing to one that stands', () => {
    client.send('\x03');
    expect(client.packets).toEqual([]);
    expect(stop('c')).toBeUndefined();
    client.send('\x03');
    expect(client.packets.splice(0)).toEqual(['T02thread:1;']);
    expect(target.run(1000)).toEqual({ kind: 'held' });
    expect(client.ask('vCont;t')).toBe('E01');
  });

  it('acknowledges until it is told not to, and sends again what was not understood', () => {
    client.send('$qC#b4');
    expect(client.raw).toBe('+$QC1#c5');
    client.send('-');
    expect(client.raw).toBe('+$QC1#c5$QC1#c5');
    client.send('+$qC#b5');
    expect(client.raw).toBe('+$QC1#c5$QC1#c5-');
    expect(client.ask('QStartNoAckMode')).toBe('QC1');
    client.raw = '';
    client.send('$qC#00');
    expect(client.raw).toBe('$QC1#c5');
  });

  it('monitor commands answer in words', () => {
    const said = (line: string) => {
      client.packets.length = 0;
      const first = client.ask(`qRcmd,${Buffer.from(line).toString('hex')}`)!;
      expect(client.packets.pop()).toBe('OK');
      return [first, ...client.packets].map((o) => Buffer.from(o.slice(1), 'hex').toString()).join('');
    };
    machine.run(3);
    expect(said(' time ')).toBe('3 instructions, 3 ticks of 100000000 a second\n');
    target.monitor.set('echo', { help: 'says it', run: (rest) => rest });
    expect(said('echo  a long one')).toBe('a long one');
    expect(said(`echo ${'ä'.repeat(4000)}`)).toBe('ä'.repeat(4000));
    for (const line of ['help', 'what?', ''])
      expect(said(line)).toBe(
        'monitor commands:\n  reset  the machine’s reset button\n  time   instructions retired and virtual time\n  echo   says it\n',
      );
    expect(said('reset')).toMatch(/^reset;/);
    expect(machine.cpu.pc).toBe(0xbfc0_0000);
    expect([client.ask('qRcmd,7'), client.ask('qRcmd')]).toEqual(['E01', 'E01']);
  });

  it.each(['D', 'D;1'])('%s takes the breakpoints out and lets the machine run on', (text) => {
    client.ask(`Z0,${point('loop')}`);
    client.ask(`Z2,${point('counter')}`);
    expect(client.ask(text)).toBe('OK');
    expect(target.run(1000)).toEqual({ kind: 'budget' });
    expect(machine.now).toBe(1000);
    expect(client.ask('?')).toBeUndefined();
  });

  it.each([
    ['k', undefined],
    ['vKill;1', 'OK'],
  ])('%s ends the run', (text, answer) => {
    expect(client.ask(text)).toBe(answer);
    expect(target.run(1000)).toEqual({ kind: 'stopped' });
    target.resume('continue');
    expect(target.run(1000)).toEqual({ kind: 'stopped' });
  });

  it('a connection that is lost leaves the machine standing, without breakpoints, for the next', () => {
    client.ask(`Z0,${point('loop')}`);
    client.session.close();
    expect(target.run(1000)).toEqual({ kind: 'held' });
    client = new Client(target);
    expect(stop('c')).toBeUndefined();
    expect(machine.cpu.gpr(4)).toBe(5);
  });

  it('the end of the host’s run is told to a debugger that waits, and to no other', () => {
    client.session.end();
    expect(client.packets).toEqual([]);
    client.ask('c');
    client.session.end();
    expect(client.packets).toEqual(['W00']);
  });
});

it.each(Object.keys(models) as (keyof typeof models)[])('a %s has its registers described and readable', (cpu) => {
  const { machine } = machineWith(summing, { cpu: cpu as '24Kf' });
  const target = machineTarget(machine);
  const client = new Client(target);
  const numbers = [...target.description.matchAll(/regnum="(\d+)"/g)].map(([, n]) => Number(n));
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const n of numbers) expect(client.ask(`p${n.toString(16)}`)).toMatch(/^[0-9a-f]{8}$/);
  expect(client.ask('g')).toHaveLength(73 * 8);
  expect(/<architecture>(.*)<\/architecture>/.exec(target.description)![1]).toBe(
    cpu === 'R3000A' ? 'mips:3000' : ['4Kc', '4Km', 'R4000'].includes(cpu) ? 'mips:isa32' : 'mips:isa32r2',
  );
  expect(target.description.includes('"ebase"')).toBe(machine.cpu.model.release === 2);
});
