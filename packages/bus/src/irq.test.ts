import { expect, it } from 'vitest';
import { Wire } from './irq.ts';

it('tells its sink each change of level once', () => {
  const levels: boolean[] = [];
  const line = new Wire('pic.4', (level) => levels.push(level)).connect('uart');
  for (const level of [false, true, true, false]) line.set(level);
  expect(levels).toEqual([true, false]);
});

it('refuses a second driver, naming both', () => {
  const wire = new Wire('pic.4', () => {});
  wire.connect('uart0');
  expect(() => wire.connect('uart1')).toThrow(
    expect.objectContaining({ code: 'KSEG_BUS_IRQ_DRIVEN_TWICE', data: { line: 'pic.4', a: 'uart0', b: 'uart1' } }),
  );
});

it('wired-or is high while any driver is', () => {
  const levels: boolean[] = [];
  const wire = new Wire('pirq', (level) => levels.push(level), { wiredOr: true });
  const [a, b] = [wire.connect('a'), wire.connect('b')];
  a.set(true);
  b.set(true);
  a.set(false);
  expect(wire.level).toBe(true);
  b.set(false);
  expect(levels).toEqual([true, false]);
  expect(wire.drivers).toEqual(['a', 'b']);
});

it('restores its levels without a word to the sink', () => {
  const levels: boolean[] = [];
  const wire = new Wire('w', (level) => levels.push(level));
  const line = wire.connect('d');
  line.set(true);
  const saved = wire.save();
  line.set(false);
  wire.load(saved);
  expect([wire.level, levels]).toEqual([true, [true, false]]);
  line.set(false);
  expect(levels).toEqual([true, false, false]);
});
