import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Client, digits, machineWith, ORIGIN } from '../test/rig.ts';
import { machineTarget } from './machine-target.ts';

/** Texts with the protocol's own words in them, so that some get past the names. */
const word = fc.constantFrom(
  ...[
    'g',
    'G',
    'm',
    'M',
    'X',
    'p',
    'P',
    'Z0',
    'Z2',
    'z1',
    'Z7',
    'c',
    's',
    'C05',
    'vCont;',
    'vCont',
    'qRcmd,',
    '?',
    'H',
  ],
  ...[
    'qXfer:features:read:target.xml:',
    'qXfer:',
    'valueOf',
    'QStartNoAckMode',
    'T',
    ',',
    ':',
    '=',
    ';',
    '-1',
    '0',
    '4',
  ],
  ...['80001000', 'ffffffff80001020', 'ffffffff', '73657274', 'deadbeef', '3', '#', '$', '}', '+', '-', '\x03'],
);
const packet = fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 6 }).map((parts) => parts.join(''));
const noise = fc.array(
  fc.oneof(
    packet.map((text) => ({ text })),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ bytes })),
  ),
  { maxLength: 30 },
);

it('whatever comes, nothing throws and the next question is answered', () => {
  fc.assert(
    fc.property(noise, fc.constantFrom('24Kf' as const, 'R3000A' as const), (all, cpu) => {
      const { machine } = machineWith(undefined, { cpu, endian: 'big', engine: 'interpreter' });
      const target = machineTarget(machine);
      let over = false;
      const attach = target.attach.bind(target);
      target.attach = (onStop) => {
        const { dispose } = attach(onStop);
        return {
          dispose: () => {
            over = true;
            dispose();
          },
        };
      };
      let client = new Client(target);
      for (const one of all) {
        if ('text' in one) client.ask(one.text);
        else client.session.receive(one.bytes);
        target.run(20);
      }
      // Whatever began before has ended now, and whatever still went is stopped.
      client.send('#00\x03');
      // Asked to end, it has: there may be another.
      if (over) client = new Client(target);
      target.run(20);
      client.packets.length = 0;
      machine.write(ORIGIN & 0x1fff_ffff, Uint8Array.of(1, 2, 3, 4));
      expect(client.ask('m80001000,4')).toBe('01020304');
      expect(client.ask(`P5=${digits(0x1234_5678, 'big')}`)).toBe('OK');
      expect(machine.cpu.gpr(5)).toBe(0x1234_5678);
    }),
  );
});
