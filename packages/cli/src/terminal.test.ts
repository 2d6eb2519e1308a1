import { expect, it } from 'vitest';
import { Escapes } from './terminal.ts';

function typed(...keys: string[]) {
  const guest: number[] = [];
  const commands: string[] = [];
  const escapes = new Escapes(
    (bytes) => guest.push(...bytes),
    (command) => commands.push(command),
  );
  for (const key of keys) escapes.feed(new TextEncoder().encode(key));
  return { guest: String.fromCharCode(...guest), commands };
}

it('leaves everything but Ctrl-A to the guest, Ctrl-C included', () => {
  expect(typed('ls\r', '\x03')).toEqual({ guest: 'ls\r\x03', commands: [] });
});

it('takes the key after Ctrl-A for itself, in one piece or two', () => {
  expect(typed('a\x01xb')).toEqual({ guest: 'ab', commands: ['quit'] });
  expect(typed('\x01', 'H')).toEqual({ guest: '', commands: ['help'] });
  expect(typed('\x01', 'q')).toEqual({ guest: '', commands: [] });
});

it('sends Ctrl-A itself when it is typed twice', () => {
  expect(typed('\x01\x01x')).toEqual({ guest: '\x01x', commands: [] });
});
