import { describe, expect, it } from 'vitest';
import { Timeline } from './scheduler.ts';

const noTime = (what: string) =>
  expect.objectContaining({ code: 'KSEG_BUS_TIME', message: expect.stringContaining(what) });

describe('what is no time', () => {
  it('sets no event, and leaves those that are set', () => {
    const timeline = new Timeline(1000);
    const port = timeline.port('timer');
    port.at(7, 'tick');
    for (const time of [Number.NaN, 0 / 0, undefined, '5'])
      expect(() => port.at(time as number, 'tick')).toThrow(noTime(`event "tick" of "timer" is at ${time}`));
    expect([port.due('tick'), timeline.deadline]).toEqual([7, 7]);
  });

  it('is no end of a skip', () => {
    const timeline = new Timeline(1000);
    const port = timeline.port('timer');
    expect(() => timeline.skipTo(Number.NaN)).toThrow(noTime('the end of a skip is at NaN'));
    expect(() => timeline.skipTo(Number.POSITIVE_INFINITY)).toThrow(noTime('Infinity'));
    expect(timeline.now).toBe(0);
    port.at(7, 'tick');
    timeline.skipTo(Number.POSITIVE_INFINITY);
    expect(timeline.now).toBe(7);
  });
});

it('an event at Infinity is none', () => {
  const timeline = new Timeline(1000);
  const port = timeline.port('timer');
  port.at(7, 'tick');
  port.at(Number.POSITIVE_INFINITY, 'tick');
  expect(port.due('tick')).toBe(undefined);
  expect(timeline.save()).toEqual({ now: 0, events: [] });
});
