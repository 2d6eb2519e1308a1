import { expect, it } from 'vitest';
import { session } from './boot-aor3000.ts';

it('reaches a prompt in user mode, fills more pages than the TLB has entries, and survives a program that reads the kernel', () => {
  expect(session(['uptime', 'fill', 'oops', 'fill', '?']).split('\n')).toEqual([
    'kernel: 64 TLB entries, 100 ticks a second',
    'user mode',
    '$ uptime',
    '5',
    '$ fill',
    '338350',
    '$ oops',
    expect.stringMatching(/^trap 00000004 at 0040[0-9a-f]{4}$/),
    'user mode',
    '$ fill',
    '338350',
    '$ ?',
    'uptime, fill, oops',
    '$ ',
  ]);
});
