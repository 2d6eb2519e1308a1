import { afterEach, expect, it, vi } from 'vitest';
import { Display } from './display.ts';

afterEach(() => vi.restoreAllMocks());

it('shows the board’s text in the title of a terminal, and nowhere when there is none', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const piped = new Display('malta', false);
  expect(piped.text).toBeUndefined();
  piped.show('U-Boot  ');
  expect([piped.text, write.mock.calls.length]).toEqual(['U-Boot  ', 0]);
  new Display('malta', true).show('U-Boot  ');
  expect(write.mock.calls).toEqual([['\x1b]2;kseg malta [U-Boot  ]\x07']]);
});
