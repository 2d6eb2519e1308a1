import { beforeEach, describe, expect, it } from 'vitest';
import { ENDIANS, op, type Rig, rig } from '../test/rig.ts';

const V0 = 2;
const T0 = 8;
const T1 = 9;
const K0 = 26;

const STATUS = 12;
const CAUSE = 13;
const EPC = 14;
const BADVADDR = 8;
const CONTEXT = 4;
const ENTRYHI = 10;

const code = (cause: number) => (cause >>> 2) & 31;

describe.each(ENDIANS)('exceptions, %s-endian', (endian) => {
  let m: Rig;
  beforeEach(() => {
    m = rig(endian);
  });

  /** Puts words at 0x8000_1000 and runs until an exception has been taken, at most `steps` instructions. */
  function runToException(words: readonly number[], steps = 20): void {
    m.put(0x1000, words);
    for (let i = 0; i < steps && (m.cpu.readCp0(STATUS) & 2) === 0; i++) m.cpu.run(1);
  }

  it.each([
    ['syscall', [op('syscall', 7)], 8],
    ['break', [op('break', 1, 2)], 9],
    ['reserved instruction', [0x7c00_0001], 10],
    ['trap', [op('teq', 0, 0, 3)], 13],
    ['overflow', [op('lui', T0, 0x7fff), op('add', T1, T0, T0)], 12],
    ['unaligned load', [op('lw', T0, 2, 0)], 4],
    ['unaligned store', [op('sh', T0, 1, 0)], 5],
    ['bus error', [op('lui', T0, 0xbe00), op('lw', T1, 0, T0)], 7],
    ['coprocessor 1 unusable', [0x4600_0000], 11],
    ['coprocessor 2 unusable', [op('mfc2', T0, 3)], 11],
  ])('takes %s at the general vector', (_, words, expected) => {
    runToException(words);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(expected);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_1000 + 4 * (words.length - 1));
    expect(m.cpu.readCp0(STATUS) & 2).toBe(2);
    // The faulting instruction does not retire; the budget of that run went to the handler, which is all NOPs.
    expect(m.cpu.pc).toBe(0x8000_0184);
    expect(m.timeline.now).toBe(words.length);
  });

  it('names the coprocessor in Cause.CE', () => {
    runToException([0x4600_0000]);
    expect((m.cpu.readCp0(CAUSE) >>> 28) & 3).toBe(1);
  });

  it('leaves the destination of an overflowing ADD alone', () => {
    m.cpu.setGpr(T1, 77);
    runToException([op('lui', T0, 0x7fff), op('add', T1, T0, T0)]);
    expect(m.cpu.gpr(T1)).toBe(77);
  });

  it.each([
    ['taken', op('beq', 0, 0, 8)],
    ['not taken', op('bne', 0, 0, 8)],
  ])('a fault in the slot of a branch %s points at the branch, with BD', (_, branch) => {
    runToException([op('addiu', T0, 0, 1), branch, op('syscall', 0)]);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_1004);
    expect(m.cpu.readCp0(CAUSE) >>> 31).toBe(1);
  });

  it('a fault at the target of a branch, behind another branch, has no BD', () => {
    // beq jumps over a second branch, to the instruction behind it
    runToException([op('beq', 0, 0, 8), 0, op('bne', 0, 0, 0), op('syscall', 0)]);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_100c);
    expect(m.cpu.readCp0(CAUSE) >>> 31).toBe(0);
  });

  it('nullifies the slot of a likely branch that is not taken; it does not retire', () => {
    runToException([op('bnel', 0, 0, 8), op('addiu', T0, 0, 1), op('syscall', 0)]);
    expect(m.cpu.gpr(T0)).toBe(0);
    expect(m.timeline.now).toBe(2);
    expect(m.cpu.readCp0(CAUSE) >>> 31).toBe(0);
  });

  it('a branch in a delay slot is a reserved instruction', () => {
    runToException([op('beq', 0, 0, 8), op('beq', 0, 0, 8)]);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(10);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_1000);
  });

  it.each([
    ['first in its page', 0x1ffc],
    ['further on', 0x1ff8],
  ])('a branch in a delay slot %s is one with a breakpoint on words of that place, too', (_, at) => {
    const slot = 0x8000_0000 + at + 4;
    m.put(at, [op('bgezl', 0, 12), op('jal', 0x5000)]);
    // On no word that is executed here.
    m.cpu.addBreakpoint(slot + 0x8000);
    m.cpu.pc = slot - 4;
    m.cpu.run(2);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(10);
    expect(m.cpu.readCp0(CAUSE) >>> 31).toBe(1);
    expect(m.cpu.readCp0(EPC)).toBe(slot - 4);
    expect(m.cpu.gpr(31)).toBe(0);
  });

  it('a branch behind a branch, reached by a jump, is a branch', () => {
    // 1000: j 100c; nop; 1008: beq (never executed); 100c: bne 101c
    m.put(0x1000, [
      op('j', 0x100c),
      0,
      op('beq', 0, 0, 8),
      op('bne', K0, 0, 12),
      op('addiu', T0, 0, 5),
      0,
      0,
      op('addiu', T1, 0, 6),
    ]);
    m.cpu.setGpr(K0, 1);
    m.cpu.run(5);
    expect(m.cpu.gpr(T0)).toBe(5);
    expect(m.cpu.gpr(T1)).toBe(6);
    expect(m.timeline.now).toBe(5);
  });

  it('uses the refill vector, and fills in BadVAddr, Context and EntryHi', () => {
    m.cpu.writeCp0(ENTRYHI, 0x45);
    m.cpu.writeCp0(CONTEXT, 0xff80_0000);
    runToException([op('lui', T0, 0x0123), op('lw', T1, 0x4568, T0)]);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(2);
    expect(m.cpu.readCp0(BADVADDR)).toBe(0x0123_4568);
    expect(m.cpu.readCp0(ENTRYHI)).toBe(0x0123_4045);
    expect(m.cpu.readCp0(CONTEXT)).toBe((0xff80_0000 | ((0x0123_4568 >>> 13) << 4)) >>> 0);
    expect(m.cpu.pc).toBe(0x8000_0004);
    expect(m.cpu.statistics.tlbRefills).toBe(1);
  });

  it('with EXL set goes to the general vector and keeps EPC and BD', () => {
    m.cpu.writeCp0(EPC, 0x8000_5000);
    m.cpu.writeCp0(STATUS, 2);
    m.put(0x1000, [op('lw', T1, 0x4568, 0)]);
    m.cpu.run(1);
    expect(m.cpu.pc).toBe(0x8000_0184);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_5000);
  });

  it('an address error leaves EntryHi alone', () => {
    m.cpu.writeCp0(ENTRYHI, 0x4000_0001);
    runToException([op('lw', T0, 0x101, 0)]);
    expect(m.cpu.readCp0(BADVADDR)).toBe(0x101);
    expect(m.cpu.readCp0(ENTRYHI)).toBe(0x4000_0001);
  });

  it.each([
    ['BEV', 1 << 22, 0, 0xbfc0_0380],
    ['EBase', 0, 0x8001_0000, 0x8001_0180],
  ])('follows %s', (_, status, ebase, vector) => {
    m.cpu.writeCp0(STATUS, status);
    m.cpu.writeCp0(15, ebase || 0x8000_0000, 1);
    runToException([op('syscall', 0)]);
    expect(m.cpu.pc).toBe(vector + 4);
  });

  it('a jump to an odd address faults on the fetch, not in the jump', () => {
    runToException([op('addiu', T0, 0, 0x1235), op('jr', T0), 0]);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(4);
    expect(m.cpu.readCp0(EPC)).toBe(0x1235);
    expect(m.cpu.readCp0(BADVADDR)).toBe(0x1235);
  });

  it('a fetch that nothing answers is a bus error', () => {
    runToException([op('lui', T0, 0xbe00), op('jr', T0), 0]);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(6);
    expect(m.cpu.readCp0(EPC)).toBe(0xbe00_0000);
  });

  it('keeps user mode out of CP0 and of kernel segments', () => {
    const user = (words: readonly number[]) => {
      m = rig(endian);
      // One page of user code at 0x1000, through TLB entry 0.
      m.cpu.writeCp0(0, 0);
      m.cpu.writeCp0(ENTRYHI, 0);
      m.cpu.writeCp0(2, 1);
      m.cpu.writeCp0(3, (1 << 6) | 7);
      m.put(0x1000, [op('tlbwi'), op('eret')]);
      m.put(0x1008, words);
      m.cpu.writeCp0(EPC, 0x1008);
      m.cpu.writeCp0(STATUS, 0x12);
      for (let i = 0; i < 10 && (m.cpu.readCp0(STATUS) & 2) !== 0; i++) m.cpu.run(1);
      for (let i = 0; i < 10 && (m.cpu.readCp0(STATUS) & 2) === 0; i++) m.cpu.run(1);
      return m.cpu.readCp0(CAUSE);
    };
    expect(code(user([op('mfc0', T0, 12)]))).toBe(11);
    expect(code(user([op('lui', T0, 0x8000), op('lw', T0, 0, T0)]))).toBe(4);
    expect(code(user([op('lui', T0, 0x8000), op('sw', T0, 0, T0)]))).toBe(5);
    expect(code(user([op('syscall', 0)]))).toBe(8);
    expect(m.cpu.readCp0(EPC)).toBe(0x1008);
  });

  it('ERET returns to ErrorEPC and clears ERL before it looks at EXL', () => {
    m.cpu.writeCp0(EPC, 0x8000_2000);
    m.cpu.writeCp0(30, 0x8000_3000);
    m.cpu.writeCp0(STATUS, 6);
    m.put(0x1000, [op('eret')]);
    m.cpu.run(1);
    expect(m.cpu.pc).toBe(0x8000_3000);
    expect(m.cpu.readCp0(STATUS) & 6).toBe(2);
  });

  it('ERET breaks the link of LL', () => {
    m.cpu.writeCp0(EPC, 0x8000_1008);
    m.cpu.setGpr(T1, 0);
    m.put(0x1000, [op('ll', T0, 0x2000, K0), op('eret'), op('sc', V0, 0x2000, K0)]);
    m.cpu.setGpr(K0, 0x8000_0000);
    m.cpu.setGpr(V0, 5);
    m.cpu.writeCp0(STATUS, 2);
    m.cpu.run(3);
    expect(m.cpu.gpr(V0)).toBe(0);
    expect(m.ram.read(0x2000, 4)).toBe(0);
  });

  it('SC stores while the link holds, and fails when the word has changed', () => {
    m.cpu.setGpr(K0, 0x8000_0000);
    m.put(0x1000, [
      op('ll', T0, 0x2000, K0),
      op('addiu', T0, T0, 1),
      op('sc', T0, 0x2000, K0),
      op('ll', T1, 0x2000, K0),
      op('sc', T1, 0x2000, K0),
    ]);
    m.cpu.run(4);
    expect(m.cpu.gpr(T0)).toBe(1);
    expect(m.ram.read(0x2000, 4)).toBe(1);
    m.ram.write(0x2000, 4, 9);
    m.cpu.run(1);
    expect(m.cpu.gpr(T1)).toBe(0);
    expect(m.ram.read(0x2000, 4)).toBe(9);
  });

  it('says so when every handler faults on its own first instruction', () => {
    m.cpu.writeCp0(15, 0x9fff_f000, 1);
    m.put(0x1000, [op('syscall', 0)]);
    expect(m.cpu.run(1000)).toEqual({ kind: 'stuck', address: 0x9fff_f180 });
    expect(m.timeline.now).toBe(0);
  });

  it.each([
    ['load', 2, op('lw', T0, 4, K0)],
    ['store', 1, op('sb', T0, 5, K0)],
  ])('takes a watch exception on a %s, before the access', (_, bit, word) => {
    m.cpu.setGpr(K0, 0x8000_2000);
    m.cpu.setGpr(T0, 77);
    m.cpu.writeCp0(19, 1 << 30);
    m.cpu.writeCp0(18, 0x8000_2000 | bit);
    runToException([op('lw', T1, 8, K0), op('sw', T1, 8, K0), word]);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(23);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_1008);
    expect(m.cpu.readCp0(19) & 7).toBe(bit);
    expect(m.cpu.gpr(T0)).toBe(77);
    expect(m.ram.read(0x2005, 1)).toBe(0);
    m.cpu.writeCp0(19, (1 << 30) | 7);
    expect(m.cpu.readCp0(19) & 7).toBe(0);
  });

  it('takes a watch exception on a fetch, and only there', () => {
    m.cpu.writeCp0(19, 1 << 30);
    m.cpu.writeCp0(18, 0x8000_1008 | 4);
    runToException([op('addiu', T0, 0, 1), op('addiu', T0, 0, 2), op('addiu', T0, 0, 3), 0]);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(23);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_1008);
    expect(m.cpu.gpr(T0)).toBe(2);
  });

  it('defers a watch exception while EXL is set', () => {
    m.cpu.writeCp0(19, 1 << 30);
    m.cpu.writeCp0(18, 0x8000_2000 | 2);
    m.cpu.writeCp0(STATUS, 2);
    m.cpu.writeCp0(EPC, 0x8000_1100);
    m.cpu.setGpr(K0, 0x8000_2000);
    m.put(0x1000, [op('lw', T0, 0, K0), op('eret')]);
    m.cpu.run(1);
    expect(m.cpu.readCp0(CAUSE) & (1 << 22)).toBe(1 << 22);
    m.cpu.run(2);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(23);
    expect(m.cpu.readCp0(CAUSE) & (1 << 22)).toBe(0);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_1100);
  });

  it('returns from debug mode', () => {
    m.put(0x1000, [op('sdbbp', 0), op('addiu', T0, 0, 1)]);
    m.put(0x1fc0_0480, [op('mfc0', T1, 24), op('addiu', T1, T1, 4), op('mtc0', T1, 24), op('deret')]);
    m.cpu.run(5);
    expect(m.cpu.gpr(T0)).toBe(1);
    expect(m.cpu.readCp0(23) & 0x4000_0000).toBe(0);
  });
});

describe.each(ENDIANS)('interrupts and time, %s-endian', (endian) => {
  let m: Rig;
  beforeEach(() => {
    m = rig(endian);
  });

  it('takes an interrupt between any two instructions, and between a branch and its slot with BD', () => {
    const program = [op('addiu', T0, T0, 1), op('beq', 0, 0, -8), op('addiu', T1, T1, 1)];
    for (let when = 0; when < 9; when++) {
      m = rig(endian);
      m.put(0x1000, program);
      m.cpu.writeCp0(STATUS, 0x0401);
      const line = m.cpu.irq(2);
      const port = m.timeline.port('x');
      port.handle(() => line.set(true));
      port.at(when, 'x');
      m.cpu.run(100);
      const step = when % 3;
      expect(m.cpu.readCp0(EPC)).toBe(0x8000_1000 + [0, 4, 4][step]!);
      expect(m.cpu.readCp0(CAUSE) >>> 31).toBe(step === 2 ? 1 : 0);
      expect(m.cpu.gpr(T0)).toBe(Math.floor((when + 2) / 3));
      expect(m.cpu.gpr(T1)).toBe(Math.floor(when / 3));
      expect(m.timeline.now).toBe(100);
    }
  });

  it('uses vector 0x200 when Cause.IV is set', () => {
    m.cpu.writeCp0(CAUSE, 1 << 23);
    m.cpu.writeCp0(STATUS, 0x0401);
    m.cpu.irq(2).set(true);
    m.cpu.run(1);
    expect(m.cpu.pc).toBe(0x8000_0204);
  });

  it('takes software interrupts, and none while IE, IM, EXL or ERL say no', () => {
    for (const status of [0x0100, 0x0001, 0x0103, 0x0105]) {
      m.cpu.writeCp0(CAUSE, 0x100);
      m.cpu.writeCp0(STATUS, status);
      m.cpu.pc = 0x8000_1000;
      m.cpu.run(1);
      expect(m.cpu.pc).toBe(0x8000_1004);
    }
    m.cpu.writeCp0(STATUS, 0x0101);
    m.cpu.run(1);
    expect(m.cpu.pc).toBe(0x8000_0184);
  });

  it('EI and DI return the old Status', () => {
    m.put(0x1000, [op('ei', T0), op('di', T1)]);
    m.cpu.run(2);
    expect(m.cpu.gpr(T0) & 1).toBe(0);
    expect(m.cpu.gpr(T1) & 1).toBe(1);
    expect(m.cpu.readCp0(STATUS) & 1).toBe(0);
  });

  it('counts every second tick, and interrupts at Compare exactly', () => {
    m.cpu.writeCp0(STATUS, 0x8001);
    m.put(0x1000, [op('addiu', T0, 0, 50), op('mtc0', T0, 11)]);
    m.cpu.run(99);
    expect(m.cpu.readCp0(9)).toBe(49);
    expect(m.cpu.readCp0(CAUSE) & 0x4000_8000).toBe(0);
    m.cpu.run(1);
    expect(m.cpu.readCp0(CAUSE) & 0x4000_8000).toBe(0x4000_8000);
    expect(m.cpu.pc).toBe(0x8000_1000 + 400);
    m.cpu.run(1);
    expect(m.cpu.pc).toBe(0x8000_0184);
    m.cpu.writeCp0(11, 1000);
    expect(m.cpu.readCp0(CAUSE) & 0x4000_8000).toBe(0);
  });

  it('never interrupts before Compare was written', () => {
    m.cpu.writeCp0(STATUS, 0x8001);
    m.cpu.writeCp0(9, 0xffff_fff0);
    m.cpu.run(1000);
    expect(m.cpu.readCp0(9)).toBe(484);
    expect(m.cpu.readCp0(CAUSE) & 0x8000).toBe(0);
  });

  it('Cause.DC stops Count', () => {
    m.cpu.run(10);
    m.cpu.writeCp0(CAUSE, 1 << 27);
    m.cpu.run(10);
    expect(m.cpu.readCp0(9)).toBe(5);
    m.cpu.writeCp0(CAUSE, 0);
    m.cpu.run(10);
    expect(m.cpu.readCp0(9)).toBe(10);
  });

  it('WAIT waits for an interrupt, and says until when', () => {
    m.cpu.writeCp0(STATUS, 0x8001);
    m.put(0x1000, [op('addiu', T0, 0, 5000), op('mtc0', T0, 11), op('wait', 0), op('addiu', T1, 0, 1)]);
    expect(m.cpu.run(100)).toEqual({ kind: 'waiting', deadline: 10_000 });
    expect(m.timeline.now).toBe(3);
    m.cpu.skipTo(Number.POSITIVE_INFINITY);
    expect(m.timeline.now).toBe(10_000);
    m.cpu.run(1);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_100c);
    expect(m.cpu.pc).toBe(0x8000_0184);
    expect(m.cpu.statistics.instructions).toBe(4);
  });

  it('WAIT does not wait for a timer whose line is masked', () => {
    m.cpu.writeCp0(STATUS, 0x0401);
    m.put(0x1000, [op('addiu', T0, 0, 5000), op('mtc0', T0, 11), op('wait', 0), op('addiu', T1, 0, 1)]);
    expect(m.cpu.run(100)).toEqual({ kind: 'waiting', deadline: Number.POSITIVE_INFINITY });
    m.timeline.port('device').at(12_000, 'some event');
    expect(m.cpu.run(100)).toEqual({ kind: 'waiting', deadline: 12_000 });
    m.cpu.skipTo(Number.POSITIVE_INFINITY);
    expect(m.timeline.now).toBe(10_000);
    expect(m.cpu.readCp0(CAUSE) & 0x8000).toBe(0x8000);
    m.cpu.writeCp0(STATUS, 0x8401);
    expect(m.cpu.run(1)).toEqual({ kind: 'budget' });
  });

  it('WAIT with nothing to come waits for ever', () => {
    m.put(0x1000, [op('wait', 0)]);
    expect(m.cpu.run(100)).toEqual({ kind: 'waiting', deadline: Number.POSITIVE_INFINITY });
    m.cpu.writeCp0(STATUS, 0x0401);
    m.cpu.irq(2).set(true);
    expect(m.cpu.run(1)).toEqual({ kind: 'budget' });
  });

  it('time is exact when a device looks at it, in a delay slot too', () => {
    m.cpu.setGpr(K0, 0xb000_0000);
    m.put(0x1000, [0, op('sw', 0, 0, K0), op('b', 8), op('sw', 0, 4, K0), 0, op('lw', T0, 8, K0)]);
    m.device.value = 0xdead_beef;
    m.cpu.run(6);
    expect(m.device.log.map(({ op: kind, offset, now }) => [kind, offset, now])).toEqual([
      ['write', 0, 1],
      ['write', 4, 3],
      ['read', 8, 4],
    ]);
    expect(m.cpu.gpr(T0)).toBe(0xdead_beef);
    expect(m.cpu.pc).toBe(0x8000_101c);
  });

  it('an interrupt raised by a store comes before the next instruction', () => {
    m.cpu.writeCp0(STATUS, 0x0401);
    m.cpu.setGpr(K0, 0xb000_0000);
    m.device.onAccess = () => m.cpu.irq(2).set(true);
    m.put(0x1000, [op('sw', 0, 0, K0), op('addiu', T0, 0, 1)]);
    m.cpu.run(2);
    expect(m.cpu.readCp0(EPC)).toBe(0x8000_1004);
    expect(m.cpu.gpr(T0)).toBe(0);
  });

  it('a stop that is requested when an interrupt is taken comes before the handler’s first instruction', () => {
    m.cpu.writeCp0(STATUS, 0x0401);
    m.put(0x1000, [op('nop'), op('nop')]);
    m.put(0x180, [op('addiu', T0, 0, 1)]);
    m.cpu.onException(() => m.cpu.requestStop());
    m.cpu.irq(2).set(true);
    expect(m.cpu.run(5)).toEqual({ kind: 'requested' });
    expect(m.cpu.pc).toBe(0x8000_0180);
    expect(m.timeline.now).toBe(0);
  });

  it('stops while time is held, and at the host’s request', () => {
    const hold = m.timeline.port('disk').hold();
    expect(m.cpu.run(5)).toEqual({ kind: 'held' });
    hold.dispose();
    m.device.onAccess = () => m.cpu.requestStop();
    m.cpu.setGpr(K0, 0xb000_0000);
    m.put(0x1000, [op('sw', 0, 0, K0)]);
    expect(m.cpu.run(5)).toEqual({ kind: 'requested' });
    expect(m.timeline.now).toBe(1);
    m.cpu.halt();
    expect(m.cpu.run(5)).toEqual({ kind: 'halted' });
    m.cpu.reset();
    expect(m.cpu.pc).toBe(0xbfc0_0000);
  });
});
