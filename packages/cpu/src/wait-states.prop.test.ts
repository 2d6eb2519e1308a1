// What a slow device costs: time and nothing else, wherever a run is cut.
import { withWaitStates } from '@kseg/bus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENDIANS, op, rig } from '../test/rig.ts';
import type { ModelName } from './index.ts';

const [T0, T1, T2] = [8, 9, 10];
const SLOW = 0xb000_2000;
/** A loop with two accesses of one instruction, one of several, and one in a slot. */
const PROGRAM = [
  op('lui', T0, SLOW >>> 16),
  op('lbu', T1, 0x2000, T0),
  op('sw', T2, 0x2004, T0),
  op('swl', T2, 0x2006, T0),
  op('addiu', T2, T2, 1),
  op('bne', T2, 0, -20),
  op('sh', T1, 0x2008, T0),
];

function machine(endian: 'little' | 'big', model: ModelName, ticks: number, events: readonly number[]) {
  const m = rig(endian, model);
  const device = withWaitStates(m.device, m.timeline, ticks);
  m.map.add({ name: 'slow', base: 0x1000_2000, size: 0x1000, kind: 'device', device });
  const log: string[] = [];
  m.device.onAccess = () => log.push(`access at ${m.timeline.now}, Count ${m.cpu.readCp0(9)}`);
  const port = m.timeline.port('event');
  port.handle((key, time) => log.push(`event ${key} of ${time} at ${m.timeline.now}, Count ${m.cpu.readCp0(9)}`));
  for (const [key, time] of events.entries()) port.at(time, String(key));
  m.put(0x1000, PROGRAM);
  return { ...m, log };
}

describe.each(ENDIANS)('a slow device, %s-endian', (endian) => {
  it.each(['24Kc', 'R3000A'] as const)('costs a %s time behind the instruction, at every budget the same', (model) => {
    const pieces = fc.array(fc.nat(9), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(600)), (budgets, ticks, events) => {
        const whole = machine(endian, model, ticks, events);
        const cut = machine(endian, model, ticks, events);
        for (const budget of budgets) cut.cpu.run(budget);
        whole.cpu.run(budgets.reduce((sum, budget) => sum + budget, 0));
        expect(cut.log).toEqual(whole.log);
        expect(cut.cpu.save()).toEqual(whole.cpu.save());
        expect(cut.timeline.save()).toEqual(whole.timeline.save());
        const retired = budgets.reduce((sum, budget) => sum + budget, 0);
        const accesses = whole.log.filter((line) => line.startsWith('access')).length;
        expect(whole.cpu.statistics.instructions).toBe(retired);
        expect(whole.timeline.now).toBe(retired + ticks * accesses);
        for (const line of whole.log) {
          const [, time, now] = /^event \d+ of (\d+) at (\d+)/.exec(line) ?? [];
          expect(now).toBe(time);
        }
      }),
      { numRuns: 20 },
    );
  });
});
