import { beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../test/bench.ts';
import { GaiaRegisters } from './gaia-registers.ts';

const SERIAL = 0;
const SERIALWE = 4;
const INTENABLE = 0x104;
const EPC = 0x108;
const CAUSE = 0x10c;

let bench: Bench;
let registers: GaiaRegisters;

beforeEach(() => {
  bench = new Bench();
  registers = new GaiaRegisters({ scheduler: bench.port(), irq: bench.line('irq'), sink: bench.note('sent') });
  registers.write(0x100, 4, 0x8000_2000);
});

describe('the registers of GAIA3', () => {
  it('give bytes received in turn, and all ones when there are none', () => {
    registers.receive([0x41, 0xff]);
    expect([0, 1, 2].map(() => registers.read(SERIAL, 4))).toEqual([0x41, 0xff, 0xffff_ffff]);
  });

  it('take no more than 256 bytes, and tell when there is room', () => {
    let drained = 0;
    registers.onDrain(() => drained++);
    expect(registers.receive(new Uint8Array(300))).toBe(256);
    expect(registers.room).toBe(0);
    registers.read(SERIAL, 4);
    expect([drained, registers.room]).toEqual([1, 1]);
  });

  it('answer at their exact addresses only: ones beside the serial line, zeros elsewhere', () => {
    expect([1, 8, 0xff].map((offset) => registers.read(offset, 4))).toEqual([0xffff_ffff, 0xffff_ffff, 0xffff_ffff]);
    expect([0x101, 0x110, 0x208].map((offset) => registers.read(offset, 4))).toEqual([0, 0, 0]);
    registers.write(0x105, 4, 1);
    expect(registers.enabled).toBe(false);
  });

  it('keep one bit of INTENABLE and VAENABLE, and all of the others', () => {
    for (const offset of [0x100, INTENABLE, EPC, CAUSE, 0x200, 0x204]) registers.write(offset, 4, 0xffff_ffff);
    expect([0x100, INTENABLE, EPC, CAUSE, 0x200, 0x204].map((offset) => registers.read(offset, 4))).toEqual([
      0xffff_ffff, 1, 0xffff_ffff, 0xffff_ffff, 1, 0xffff_ffff,
    ]);
    registers.write(SERIALWE, 4, 0);
    expect(registers.read(SERIALWE, 4)).toBe(1);
  });

  it('interrupt every 963,925 ticks, once for all that nobody served, timer before serial line', () => {
    bench.advance(963_924);
    registers.write(INTENABLE, 4, 1);
    expect(registers.pending).toBe(false);
    bench.advance(1);
    registers.receive([1]);
    bench.advance(3 * 963_925);
    expect(registers.pending).toBe(true);
    expect(registers.accept(0x1000)).toBe(0x8000_2000);
    expect([CAUSE, EPC, INTENABLE].map((offset) => registers.read(offset, 4))).toEqual([1, 0x1004, 0]);
    expect(registers.pending).toBe(false);
    expect(registers.leave()).toBe(0x1004);
    registers.accept(0x2000);
    expect(registers.read(CAUSE, 4)).toBe(2);
    registers.leave();
    expect(registers.pending).toBe(true);
    registers.read(SERIAL, 4);
    expect(registers.pending).toBe(false);
  });

  it('drive the line while an interrupt is pending and enabled', () => {
    registers.receive([1]);
    expect(bench.level('irq')).toBe(false);
    registers.write(INTENABLE, 4, 1);
    expect(bench.level('irq')).toBe(true);
    registers.read(SERIAL, 4);
    expect(bench.level('irq')).toBe(false);
  });

  it('take SYSENTER whatever INTENABLE says', () => {
    expect(registers.enter(0x44)).toBe(0x8000_2000);
    expect([CAUSE, EPC].map((offset) => registers.read(offset, 4))).toEqual([3, 0x44]);
  });

  it('tell the core of every write to VAENABLE and PDADDR', () => {
    let told = 0;
    registers.onTranslation(() => told++);
    registers.write(0x200, 4, 0);
    registers.write(0x204, 4, 0x5000);
    expect([told, registers.pdaddr, registers.vaenable]).toEqual([2, 0x5000, false]);
  });

  it('send at 230,400 baud when asked to, dropping what finds 256 bytes queued', () => {
    bench = new Bench();
    registers = new GaiaRegisters({ scheduler: bench.port(), sink: bench.note('sent'), transmit: 'baud' });
    for (let i = 0; i < 254; i++) registers.write(SERIAL, 4, i);
    expect(registers.read(SERIALWE, 4)).toBe(1);
    for (let i = 254; i < 300; i++) registers.write(SERIAL, 4, i);
    expect(registers.read(SERIALWE, 4)).toBe(0);
    bench.advance(4340);
    expect(bench.log).toEqual([['sent', '0']]);
    bench.advance(300 * 4340);
    expect(bench.log).toHaveLength(256);
  });
});
