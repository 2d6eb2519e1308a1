import { assembleGaia } from '@kseg/asm/gaia';
import { describe, expect, it } from 'vitest';
import { Rig } from '../test/rig.ts';

const START = 0x2000;
const SERIAL = 0x8000_1000;
const [INTHANDLER, INTENABLE, EPC, CAUSE, VAENABLE, PDADDR] = [0x100, 0x104, 0x108, 0x10c, 0x200, 0x204];

const words = (text: string): number[] => {
  const { bytes } = assembleGaia([{ name: 'test.s', text: `main:\n${text}\n` }], { start: null, sizeHeader: false });
  return [...new Uint32Array(bytes.slice().buffer)];
};
/** Runs every instruction of a program without branches once. */
const run = (text: string, rig = new Rig()): Rig => {
  const code = words(text);
  rig.program(code).cpu.run(code.length);
  return rig;
};
const special = (rig: Rig, offset: number) => rig.registers.peek(offset, 4);

describe('the core of GAIA3, as measured on its RTL', () => {
  it('starts with registers 0 at the boot ROM', () => {
    const { cpu } = new Rig();
    expect([cpu.pc, cpu.gpr(1), cpu.gpr(31)]).toEqual([0x8000_0000, 0, 0]);
  });

  it('drops writes to r0', () => {
    expect(run('ldl r0, 5\nadd r0, r0, r0, 5\nadd r1, r0, r0, 0').cpu.gpr(1)).toBe(0);
  });

  it('ignores the low bits of the addresses of words', () => {
    const rig = run('mov r1, 0x3003\nmov r2, 0x12345678\nst r2, r1, 0\nld r3, r1, -4\nld r4, r1, 0');
    expect(rig.sram.read(0x3000, 4)).toBe(0x1234_5678);
    expect(rig.cpu.gpr(4)).toBe(0x1234_5678);
  });

  it('extends the sign of bytes, and wraps memory at 4 MB', () => {
    const rig = run('mov r1, 0x3000\nmov r2, 0x80\nstb r2, r1, 1\nmov r1, 0x403000\nldb r3, r1, 1\nld r4, r1, 0');
    expect([rig.cpu.gpr(3), rig.cpu.gpr(4)]).toEqual([0xffff_ff80, 0x8000]);
    expect(run('mov r1, 0x80002000\nld r2, r1, 0').cpu.gpr(2)).toBe(words('mov r1, 0x80002000')[0]);
  });

  it('gives a whole word for a byte of the ROM, and drops writes there', () => {
    const rig = new Rig();
    rig.rom.write(4, 4, 0x1234_5678);
    run('mov r1, 0x80000000\nst r1, r1, 4\nldb r2, r1, 5\nld r3, r1, 4', rig);
    expect([rig.cpu.gpr(2), rig.cpu.gpr(3)]).toEqual([0x1234_5678, 0x1234_5678]);
  });

  it('decodes the special registers at their exact addresses, for bytes too', () => {
    const rig = run(
      'mov r1, 0x80001000\nldb r2, r1, 0\nldb r3, r1, 4\nldb r4, r1, 0x108\nld r5, r1, 8\nmov r6, 65\nstb r6, r1, 0\nadd r7, r1, 1\nld r8, r7, 0x100',
    );
    expect([2, 3, 4, 5, 8].map((n) => rig.cpu.gpr(n))).toEqual([0xffff_ffff, 1, 0, 0xffff_ffff, 0]);
    expect(rig.sent).toEqual([65]);
  });

  it('does nothing for the debug operation and the unassigned one', () => {
    const rig = new Rig();
    rig.program([0xa080_0001, 0xb000_0000]).cpu.run(2);
    expect([rig.cpu.pc, rig.cpu.gpr(1)]).toEqual([START + 8, 0]);
  });

  it('writes 0 for ALU and FPU tags that are not assigned', () => {
    const rig = new Rig();
    rig.cpu.setGpr(1, 5);
    rig.cpu.setGpr(2, 5);
    rig.program([0x0080_0009, 0x1100_0003]).cpu.run(2);
    expect([rig.cpu.gpr(1), rig.cpu.gpr(2)]).toEqual([0, 0]);
  });

  it('jumps through the register that it links into', () => {
    const rig = run('mov r1, 0x3000\njr r1, r1');
    expect([rig.cpu.pc, rig.cpu.gpr(1)]).toEqual([0x3000, START + 8]);
  });

  it('enters the handler on SYSENTER whatever INTENABLE says, and comes back with interrupts enabled', () => {
    const rig = new Rig();
    rig.registers.write(INTHANDLER, 4, 0x3000);
    rig.sram.write(0x3000, 4, words('sysexit')[0]!);
    run('sysenter', rig);
    expect([rig.cpu.pc, special(rig, CAUSE), special(rig, EPC), special(rig, INTENABLE)]).toEqual([
      0x3000,
      3,
      START + 4,
      0,
    ]);
    rig.cpu.step();
    expect([rig.cpu.pc, special(rig, INTENABLE)]).toEqual([START + 4, 1]);
  });

  it('interrupts the instruction behind the one that enables, with EPC behind that', () => {
    const rig = new Rig();
    rig.registers.write(INTHANDLER, 4, 0x3000);
    rig.registers.receive([1]);
    run('mov r1, 0x80000000\nmov r2, 1\nst r2, r1, 0x1104', rig);
    expect(rig.cpu.pc).toBe(START + 12);
    rig.cpu.step();
    expect([rig.cpu.pc, special(rig, CAUSE), special(rig, EPC)]).toEqual([0x3004, 2, START + 16]);
  });

  it('lets the interrupt win over SYSENTER, which is executed later', () => {
    const rig = new Rig();
    rig.registers.write(INTHANDLER, 4, 0x3000);
    rig.registers.write(INTENABLE, 4, 1);
    rig.registers.receive([1]);
    run('sysenter', rig);
    expect([special(rig, CAUSE), special(rig, EPC)]).toEqual([2, START + 4]);
  });

  it('takes what is pending before the target of SYSEXIT', () => {
    const rig = new Rig();
    rig.registers.write(INTHANDLER, 4, 0x3000);
    rig.registers.write(EPC, 4, 0x5000);
    rig.registers.receive([1]);
    rig.program(words('sysexit\nnop')).cpu.run(2);
    expect([rig.cpu.pc, special(rig, EPC)]).toEqual([0x3004, 0x5004]);
  });

  it('never interrupts behind a store that disables', () => {
    const rig = new Rig({ timerPeriod: 3 });
    rig.registers.write(INTENABLE, 4, 1);
    run('mov r1, 0x80000000\nst r0, r1, 0x1104\nnop\nnop\nnop', rig);
    expect([rig.cpu.pc, special(rig, CAUSE)]).toEqual([START + 20, 0]);
  });

  it('translates without looking at any flag, and never the special window', () => {
    const rig = new Rig();
    rig.sram.write(0x1_0000, 4, 0x1_1000);
    rig.sram.write(0x1_1000 + 4 * 2, 4, START);
    rig.sram.write(0x1_1000 + 4 * 5, 4, 0x2_0000);
    rig.sram.write(0x2_0000, 4, 77);
    rig.registers.write(PDADDR, 4, 0x1_0abc);
    rig.registers.write(VAENABLE, 4, 1);
    run('mov r1, 0x5000\nld r2, r1, 0\nmov r1, 0x80001000\nld r3, r1, 0x204', rig);
    expect([rig.cpu.gpr(2), rig.cpu.gpr(3)]).toEqual([77, 0x1_0abc]);
  });

  it('sees a table entry that the program has just changed', () => {
    const rig = new Rig();
    rig.sram.write(0x1_0000, 4, 0x1_1000);
    for (let page = 0; page < 1024; page++) rig.sram.write(0x1_1000 + 4 * page, 4, page << 12);
    rig.sram.write(0x2_0000, 4, 77);
    rig.registers.write(PDADDR, 4, 0x1_0000);
    rig.registers.write(VAENABLE, 4, 1);
    run('mov r1, 0x5000\nld r2, r1, 0\nmov r3, 0x11000\nmov r4, 0x20000\nst r4, r3, 20\nld r5, r1, 0', rig);
    expect([rig.cpu.gpr(2), rig.cpu.gpr(5)]).toEqual([0, 77]);
  });

  it('executes what a program has just written, the next word included', () => {
    const [five] = words('ldl r5, 5');
    const rig = new Rig();
    rig.cpu.setGpr(1, START);
    rig.cpu.setGpr(2, five!);
    rig.program([...words('st r2, r1, 4'), 0]).cpu.run(2);
    expect(rig.cpu.gpr(5)).toBe(5);
  });
});

describe('GaiaCpu', () => {
  it('waits in a branch to itself while an interrupt may come, and has halted when none can', () => {
    const rig = new Rig();
    rig.registers.write(INTENABLE, 4, 1);
    rig.program(words('halt'));
    expect(rig.cpu.run(1000)).toEqual({ kind: 'waiting', deadline: 963_925 });
    rig.registers.write(INTENABLE, 4, 0);
    expect(rig.cpu.run(1000)).toEqual({ kind: 'halted' });
  });

  it('has halted when the program goes back to the ROM', () => {
    const rig = new Rig();
    rig.program(words('mov r1, 0x80000000\njr r29, r1'));
    expect(rig.cpu.run(1000).kind).toBe('halted');
    expect(rig.timeline.now).toBe(2);
    rig.cpu.reset();
    expect(rig.cpu.run(10).kind).toBe('budget');
  });

  it('reports in strict mode what the hardware does not check', () => {
    const rig = new Rig({ mmu: 'strict' });
    rig.registers.write(PDADDR, 4, 0x1_0000);
    rig.program(words('mov r1, 0x80000000\nmov r2, 1\nst r2, r1, 0x1200\nnop'));
    expect(rig.cpu.run(10)).toMatchObject({
      kind: 'problem',
      address: START + 12,
      problems: ['directoryEntryAbsent', 'pageAbsent', 'colour'],
    });
    expect(rig.cpu.pc).toBe(START + 12);
  });

  it('finds the special registers behind translation when decoding physical addresses', () => {
    const rig = new Rig({ decode: 'physical' });
    rig.sram.write(0x1_0000, 4, 0x1_1001);
    rig.sram.write(0x1_1000 + 4 * 2, 4, START | 1);
    rig.sram.write(0x1_1000 + 4 * 5, 4, SERIAL | 1);
    rig.registers.write(PDADDR, 4, 0x1_0000);
    rig.registers.write(VAENABLE, 4, 1);
    run('mov r1, 0x5000\nld r2, r1, 0x204\nst r1, r1, 0', rig);
    expect([rig.cpu.gpr(2), rig.sent]).toEqual([0x1_0000, [0]]);
  });

  it('stops between instructions when a listener asks', () => {
    const rig = new Rig();
    rig.outside.handle(() => rig.cpu.requestStop());
    rig.outside.at(3, 'stop');
    expect(rig.program([0, 0, 0, 0, 0]).cpu.run(100).kind).toBe('requested');
    expect(rig.timeline.now).toBe(3);
  });

  it('refuses budgets and registers that are none', () => {
    const { cpu } = new Rig();
    expect(() => cpu.run(1.5)).toThrow(expect.objectContaining({ code: 'KSEG_CPU_BUDGET' }));
    expect(() => cpu.gpr(32)).toThrow(expect.objectContaining({ code: 'KSEG_CPU_REGISTER' }));
  });
});
