import { expect, it } from 'vitest';
import { disposable, Listeners } from './subscription.ts';

it('a disposable ends once, and with its block', () => {
  let ended = 0;
  const end = () => {
    ended++;
  };
  const first = disposable(end);
  first.dispose();
  first.dispose();
  expect(ended).toBe(1);
  disposable(end)[Symbol.dispose]();
  expect(ended).toBe(2);
});

it('listeners hear everything from when they were added to when they are disposed of', () => {
  const heard: string[] = [];
  const used: boolean[] = [];
  const listeners = new Listeners<[number]>((any) => used.push(any));
  const both = (n: number) => void heard.push(`b${n}`);
  const a = listeners.add((n) => {
    heard.push(`a${n}`);
    // In the middle of a call: those who were there hear this one.
    if (n === 2) once.dispose();
  });
  const once = listeners.add(both);
  const twice = listeners.add(both);
  listeners.notify(1);
  listeners.notify(2);
  listeners.notify(3);
  expect(heard).toEqual(['a1', 'b1', 'b1', 'a2', 'b2', 'b2', 'a3', 'b3']);
  twice.dispose();
  once.dispose();
  expect(used).toEqual([true]);
  a.dispose();
  expect(used).toEqual([true, false]);
  expect(listeners.all).toEqual([]);
});
