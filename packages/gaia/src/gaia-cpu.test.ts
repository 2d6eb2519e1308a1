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
/** Runs every instruction of a program without branches once, or `count` of one with some. */
const run = (text: string, rig = new Rig(), count?: number): Rig => {
  const code = words(text);
  rig.program(code).cpu.run(count ?? code.length);
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

  describe('with caches', () => {
    const PAGE = 0x40_0000;
    const TABLE = 0x1_1000;
    /** Translation on: the code where it is, and at 0x400000 a page of the same colour, then one of another, for frame 0x20000 both. */
    const aliased = (mmu: 'vivt' | 'hardware' = 'vivt') => {
      const rig = new Rig({ mmu });
      rig.sram.write(0x1_0000, 4, TABLE | 1);
      rig.sram.write(0x1_0004, 4, (TABLE + 0x1000) | 1);
      for (let page = 0; page < 1024; page++) rig.sram.write(TABLE + 4 * page, 4, (page << 12) | 1);
      for (const page of [0, 1, 4]) rig.sram.write(TABLE + 0x1000 + 4 * page, 4, 0x2_0000 | 1);
      rig.sram.write(0x2_0000, 4, 111);
      rig.sram.write(0x2_4000, 4, 222);
      rig.registers.write(PDADDR, 4, 0x1_0000);
      rig.registers.write(VAENABLE, 4, 1);
      rig.cpu.setGpr(10, PAGE);
      rig.cpu.setGpr(11, PAGE + 0x1000);
      rig.cpu.setGpr(12, PAGE + 0x4000);
      rig.cpu.setGpr(13, 0x8000_0000);
      return rig;
    };
    /** Makes the page at 0x400000 that of frame 0x24000, by its table. */
    const EDIT = `mov r1, ${TABLE + 0x1000}\nmov r2, ${0x2_4001}\nst r2, r1, 0\n`;

    it('uses an old translation until PDADDR or VAENABLE is written, for loads and for stores', () => {
      const before = `ld r3, r10, 0\n${EDIT}ld r4, r10, 0\nmov r5, 5\nst r5, r10, 4\n`;
      for (const write of [`mov r6, ${0x1_0000}\nst r6, r13, 0x1204`, 'mov r6, 1\nst r6, r13, 0x1200']) {
        const { cpu, sram } = run(`${before}${write}\nld r7, r10, 0`, aliased());
        expect([3, 4, 7].map((n) => cpu.gpr(n))).toEqual([111, 111, 222]);
        expect([sram.read(0x2_0004, 4), sram.read(0x2_4004, 4)]).toEqual([5, 0]);
      }
    });

    it('sees a change at once where nothing was cached, as without caches', () => {
      expect(run(`${EDIT}ld r4, r10, 0`, aliased()).cpu.gpr(4)).toBe(222);
      expect(run(`ld r3, r10, 0\n${EDIT}ld r4, r10, 0`, aliased('hardware')).cpu.gpr(4)).toBe(222);
    });

    it('keeps aliases of one colour equal, which evict each other, and lets those of two colours part', () => {
      const same = run('ld r3, r10, 0\nmov r5, 5\nst r5, r12, 0\nld r4, r10, 0', aliased());
      expect([same.cpu.gpr(3), same.cpu.gpr(4)]).toEqual([111, 5]);
      const other = run('ld r3, r10, 0\nmov r5, 5\nst r5, r11, 0\nld r4, r10, 0', aliased());
      expect([other.cpu.gpr(3), other.cpu.gpr(4), other.sram.read(0x2_0000, 4)]).toEqual([111, 111, 5]);
    });

    it('executes what was stored at the same address, and what it has cached when it was stored through another', () => {
      // A function at 0x400000 that sets r9; it is called, changed and called again.
      const [one, two, back] = words('ldl r9, 1\nldl r9, 2\njr r29, r28');
      const through = (register: string) => {
        const rig = aliased();
        rig.sram.write(0x2_0000, 4, one!);
        rig.sram.write(0x2_0004, 4, back!);
        rig.cpu.setGpr(14, two!);
        return run(`jr r28, r10\nmov r8, r9\nst r14, ${register}, 0\njr r28, r10\nnop`, rig, 9).cpu.gpr(9);
      };
      expect([through('r10'), through('r11')]).toEqual([2, 1]);
    });

    it('goes on from a snapshot with what was cached', () => {
      const code = `ld r3, r10, 0\n${EDIT}`;
      const rig = run(`${code}ld r4, r10, 0`, aliased(), words(code).length);
      const other = aliased();
      other.sram.writeBytes(0, rig.sram.readBytes(0, rig.sram.size));
      other.registers.load(rig.registers.save());
      other.cpu.load(rig.cpu.save());
      other.cpu.run(1);
      expect(other.cpu.gpr(4)).toBe(111);
      expect(() => new Rig({ mmu: 'vivt', decode: 'physical' })).toThrow(
        expect.objectContaining({ code: 'KSEG_GAIA_OPTIONS' }),
      );
    });
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
    expect(() => cpu.run(1.5)).toThrow(expect.objectContaining({ code: 'KSEG_GAIA_BUDGET' }));
    expect(() => cpu.gpr(32)).toThrow(expect.objectContaining({ code: 'KSEG_GAIA_REGISTER' }));
  });
});
