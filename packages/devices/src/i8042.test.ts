import { describe, expect, it } from 'vitest';
import { Bench } from '../test/bench.ts';
import { I8042 } from './i8042.ts';

const DATA = 0;
const COMMAND = 4;

function make() {
  const bench = new Bench();
  let resets = 0;
  const controller = new I8042({
    keyboardIrq: bench.line('keyboard'),
    mouseIrq: bench.line('mouse'),
    onReset: () => resets++,
  });
  const command = (...values: number[]) => {
    for (const [index, value] of values.entries()) controller.write(index === 0 ? COMMAND : DATA, 1, value);
  };
  const status = () => controller.read(COMMAND, 1);
  const answers = () => {
    const bytes = [];
    while (status() & 1) bytes.push(controller.read(DATA, 1));
    return bytes;
  };
  return { bench, controller, command, status, answers, resets: () => resets };
}

describe('I8042', () => {
  it('tests itself and keeps its command byte', () => {
    const { command, status, answers } = make();
    expect(status()).toBe(0x10);
    command(0xaa);
    expect(answers()).toEqual([0x55]);
    expect(status()).toBe(0x1c);
    command(0x20);
    expect(answers()).toEqual([0x03]);
    command(0x60, 0x34);
    command(0x20);
    expect(answers()).toEqual([0x34]);
  });

  it('loops bytes back as the mouse’s', () => {
    const { command, status, controller } = make();
    for (const value of [0x5a, 0xa5, 0xf0]) {
      command(0xd3, value);
      expect(status() & 0x21).toBe(0x21);
      expect(controller.read(DATA, 1)).toBe(value);
    }
  });

  it('has a keyboard and a mouse that answer', () => {
    const { controller, command, answers, bench } = make();
    controller.write(DATA, 1, 0xff);
    expect(bench.level('keyboard')).toBe(true);
    expect(answers()).toEqual([0xfa, 0xaa]);
    expect(bench.level('keyboard')).toBe(false);
    controller.write(DATA, 1, 0xf2);
    expect(answers()).toEqual([0xfa, 0xab, 0x83]);
    controller.write(DATA, 1, 0xed);
    controller.write(DATA, 1, 0x02);
    expect(answers()).toEqual([0xfa, 0xfa]);
    command(0xd4, 0xff);
    expect(bench.level('mouse')).toBe(true);
    expect(answers()).toEqual([0xfa, 0xaa, 0x00]);
  });

  it('delivers scan codes, an edge each, unless the port is off', () => {
    const { controller, command, bench, answers } = make();
    controller.type([0x1e, 0x9e]);
    expect(answers()).toEqual([0x1e, 0x9e]);
    expect(bench.log.filter((entry) => JSON.stringify(entry) === '["keyboard",true]')).toHaveLength(2);
    command(0xad);
    controller.type([0x1e]);
    expect(answers()).toEqual([]);
    command(0xae);
    expect(answers()).toEqual([0x1e]);
  });

  it('resets the machine by a pulse', () => {
    const { command, resets } = make();
    command(0xff);
    expect(resets()).toBe(0);
    command(0xfe);
    command(0xd1, 0xfe);
    expect(resets()).toBe(2);
  });
});
