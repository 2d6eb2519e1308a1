import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from './scheduler.ts';

const command = fc.oneof(
  fc.record({
    kind: fc.constant('at' as const),
    owner: fc.constantFrom('a', 'b'),
    key: fc.constantFrom('x', 'y', 'z'),
    time: fc.nat(200),
  }),
  fc.record({
    kind: fc.constant('cancel' as const),
    owner: fc.constantFrom('a', 'b'),
    key: fc.constantFrom('x', 'y', 'z'),
  }),
  fc.record({ kind: fc.constant('run' as const), ticks: fc.nat(50) }),
  fc.record({ kind: fc.constant('stall' as const), ticks: fc.nat(50) }),
);

/** Two devices on a timeline that note what fires. */
function line() {
  const timeline = new Timeline(1_000_000);
  const fired: string[] = [];
  const ports = { a: timeline.port('a'), b: timeline.port('b') };
  for (const [owner, port] of Object.entries(ports))
    port.handle((key, time) => fired.push(`${timeline.now}:${owner}.${key}@${time}`));
  const run = (ticks: number) => {
    const end = timeline.progress + ticks;
    while (timeline.deadline - timeline.stalled <= end) {
      timeline.now = Math.max(timeline.now, timeline.deadline);
      timeline.fire();
    }
    timeline.now = end + timeline.stalled;
  };
  return { timeline, fired, ports, run };
}

describe('the timeline', () => {
  it('fires each event once, at its time, earliest first; a moved event fires only at its last time', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const { timeline, fired, ports, run } = line();
        let pending: { owner: string; key: string; time: number }[] = [];
        const expected: string[] = [];
        let [stall, stalled] = [0, 0];
        for (const c of commands) {
          if (c.kind === 'stall') {
            timeline.stall(c.ticks);
            stall += c.ticks;
            continue;
          }
          if (c.kind === 'run') {
            const end = timeline.now + stall + c.ticks;
            stalled += stall;
            stall = 0;
            const due = pending.filter(({ time }) => time <= end).sort((p, q) => p.time - q.time);
            expected.push(...due.map(({ owner, key, time }) => `${time}:${owner}.${key}@${time}`));
            pending = pending.filter(({ time }) => time > end);
            run(c.ticks);
            expect([timeline.now, timeline.stalled, timeline.progress]).toEqual([end, stalled, end - stalled]);
            continue;
          }
          pending = pending.filter(({ owner, key }) => owner !== c.owner || key !== c.key);
          if (c.kind === 'cancel') ports[c.owner].cancel(c.key);
          else {
            const time = Math.max(c.time, timeline.now);
            pending.push({ owner: c.owner, key: c.key, time });
            ports[c.owner].at(c.time, c.key);
            expect(ports[c.owner].due(c.key)).toBe(time);
          }
          const others = pending.filter(({ owner, key }) => owner !== 'a' || key !== 'x');
          expect(timeline.deadlineBut('a', 'x')).toBe(Math.min(...others.map(({ time }) => time)));
        }
        expect(fired).toEqual(expected);
      }),
    );
  });

  it('saved and loaded into a fresh one goes on the same', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const first = line();
        for (const c of commands) {
          if (c.kind === 'at') first.ports[c.owner].at(c.time, c.key);
          else if (c.kind === 'cancel') first.ports[c.owner].cancel(c.key);
          else if (c.kind === 'stall') first.timeline.stall(c.ticks);
          else first.run(c.ticks);
        }
        const second = line();
        second.timeline.load(structuredClone(first.timeline.save()));
        first.fired.length = 0;
        first.run(300);
        second.run(300);
        expect(second.fired).toEqual(first.fired);
        expect(second.timeline.save()).toEqual(first.timeline.save());
      }),
    );
  });

  it('runs an event that a handler sets for the present', () => {
    const timeline = new Timeline(1);
    const port = timeline.port('d');
    const seen: string[] = [];
    port.handle((key) => {
      seen.push(key);
      if (key === 'first') port.at(port.now, 'second');
    });
    port.at(5, 'first');
    timeline.now = 5;
    timeline.fire();
    expect(seen).toEqual(['first', 'second']);
    expect(timeline.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it('stands still while held', () => {
    const timeline = new Timeline(1);
    const port = timeline.port('disk');
    let done = 0;
    port.handle(() => done++);
    port.at(0, 'done');
    const hold = port.hold();
    timeline.fire();
    expect(done).toBe(0);
    hold.dispose();
    hold.dispose();
    timeline.fire();
    expect([done, timeline.holds]).toEqual([1, 0]);
  });

  it('lets no stall pass while held', () => {
    const timeline = new Timeline(1);
    const hold = timeline.port('disk').hold();
    timeline.stall(5);
    timeline.fire();
    timeline.skipTo(9);
    expect([timeline.now, timeline.deadline]).toEqual([0, 0]);
    hold.dispose();
    timeline.fire();
    expect([timeline.now, timeline.stalled, timeline.deadline]).toEqual([5, 5, Number.POSITIVE_INFINITY]);
  });

  it('skips to an event and no further, and nowhere while held or back', () => {
    const timeline = new Timeline(1);
    const port = timeline.port('clock');
    const fired: number[] = [];
    port.handle(() => fired.push(timeline.now));
    port.at(10, 'tick');
    const hold = port.hold();
    timeline.skipTo(20);
    expect(timeline.now).toBe(0);
    hold.dispose();
    timeline.skipTo(4);
    timeline.skipTo(2);
    expect([timeline.now, fired]).toEqual([4, []]);
    timeline.skipTo(20);
    expect([timeline.now, fired]).toEqual([10, [10]]);
    timeline.skipTo(20);
    expect(timeline.now).toBe(20);
  });

  it('refuses two owners of one name and a clock that does not tick', () => {
    const timeline = new Timeline(1);
    timeline.port('x');
    expect(() => timeline.port('x')).toThrow(expect.objectContaining({ code: 'KSEG_BUS_DUPLICATE_NAME' }));
    expect(() => new Timeline(0)).toThrow(expect.objectContaining({ code: 'KSEG_BUS_CLOCK' }));
  });
});
