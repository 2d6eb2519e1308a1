// What systems written for the lost `mips` board ask of interrupts and timers, on both boards and in both byte orders.
import { describe, expect, it } from 'vitest';
import { boot, pass, pcs } from './kernel.ts';

/** Both 8259s as small systems set them up: no automatic end of interrupt; `lines` are let through. */
const controllers = (lines: number) => `
        li      $t0, 0x11
        sb      $t0, 0x20($s7)
        sb      $t0, 0xa0($s7)
        li      $t0, 0x20
        sb      $t0, 0x21($s7)
        li      $t0, 0x28
        sb      $t0, 0xa1($s7)
        li      $t0, 4
        sb      $t0, 0x21($s7)
        li      $t0, 2
        sb      $t0, 0xa1($s7)
        li      $t0, 1
        sb      $t0, 0x21($s7)
        sb      $t0, 0xa1($s7)
        li      $t0, 0x68
        sb      $t0, 0x20($s7)
        sb      $t0, 0xa0($s7)
        li      $t0, 0x0a
        sb      $t0, 0x20($s7)
        sb      $t0, 0xa0($s7)
        li      $t0, ${~(lines | (lines > 0xff ? 4 : 0)) & 0xff}
        sb      $t0, 0x21($s7)
        li      $t0, ${~(lines >> 8) & 0xff}
        sb      $t0, 0xa1($s7)
`;

/** Asks the controllers by polling who it was, prints the line's number as a hexadecimal digit, runs \`serve\`, and ends the interrupt. */
const polling = (serve: string) => ({
  general: `
        j       service
        nop
`,
  more: `
service: li     $t0, 0x0c
        sb      $t0, 0x20($s7)
        lbu     $t1, 0x20($s7)
        andi    $t1, $t1, 7
        li      $t2, 2
        bne     $t1, $t2, 1f
        move    $t3, $t1
        sb      $t0, 0xa0($s7)
        lbu     $t1, 0xa0($s7)
        andi    $t1, $t1, 7
        addiu   $t3, $t1, 8
1:      li      $t0, 0x0a
        sb      $t0, 0x20($s7)
        addiu   $t0, $t3, '0'
        put     $t0
        ${serve}
        addiu   $t0, $t1, 0x60
        slti    $t2, $t3, 8
        bnez    $t2, 3f
        nop
        sb      $t0, 0xa0($s7)
        li      $t0, 0x62
3:      sb      $t0, 0x20($s7)
        eret
`,
});

/** Lets interrupts of IP2 in and waits for them. */
const idle = `
        li      $t0, 0x10000401
        mtc0    $t0, $Status
        ehb
1:      wait
        b       1b
        nop
`;

describe.each(pcs)('$name', (pc) => {
  it('polls its UART', () => {
    const { machine, output } = boot(pc, {
      main: `
        sb      $zero, 0x3fa($s7)       # no FIFO
        li      $t0, 0x80
        sb      $t0, 0x3fb($s7)
        li      $t0, 12                 # 9600 baud
        sb      $t0, 0x3f8($s7)
        sb      $zero, 0x3f9($s7)
        li      $t0, 3
        sb      $t0, 0x3fb($s7)
1:      lbu     $t0, 0x3fd($s7)
        andi    $t0, $t0, 1
        beqz    $t0, 1b
        nop
        lbu     $t0, 0x3f8($s7)
        xori    $t0, $t0, 0x20
        put     $t0
        b       1b
        nop
      `,
    });
    machine.console!.send('Kernel');
    pass(machine, 3_000_000);
    expect(output()).toBe('kERNEL');
  });

  it('is interrupted by its UART without OUT2, and finds it by polling the 8259', () => {
    const { machine, output } = boot(pc, {
      ...polling(`
2:      lbu     $t0, 0x3fd($s7)
        andi    $t0, $t0, 1
        beqz    $t0, 4f
        nop
        lbu     $t0, 0x3f8($s7)
        put     $t0
        b       2b
        nop
4:
      `),
      main: `
        ${controllers(1 << 4)}
        sb      $zero, 0x3fa($s7)
        sb      $zero, 0x3fc($s7)       # OUT2 is off
        li      $t0, 1
        sb      $t0, 0x3f9($s7)
        lbu     $t0, 0x3fa($s7)
        lbu     $t0, 0x3f8($s7)
        ${idle}
      `,
    });
    pass(machine, 10_000);
    expect(output()).toBe('');
    machine.console!.send('a');
    pass(machine, 3_000_000);
    machine.console!.send('b');
    pass(machine, 3_000_000);
    expect(output()).toBe('4a4b');
  });

  it('polls the second 8259 through the first: the clock chip’s periodic interrupt', () => {
    const { machine, output } = boot(pc, {
      ...polling(`
        li      $t0, 0x0c
        sb      $t0, 0x70($s7)
        lbu     $t0, 0x71($s7)
      `),
      main: `
        ${controllers(1 << 8)}
        li      $t0, 0x0b
        sb      $t0, 0x70($s7)
        li      $t0, 0x42               # PIE
        sb      $t0, 0x71($s7)
        ${idle}
      `,
    });
    // 1024 Hz
    pass(machine, (machine.timeline.hz * 3.5) / 1024);
    expect(output()).toMatch(/^8{3,4}$/);
  });

  it('counts 8254 ticks at the rate that its divisor says', () => {
    const { machine, output, times } = boot(pc, {
      ...polling(''),
      main: `
        ${controllers(1)}
        li      $t0, 0x34
        sb      $t0, 0x43($s7)
        li      $t0, 53782 & 0xff
        sb      $t0, 0x40($s7)
        li      $t0, 53782 >> 8
        sb      $t0, 0x40($s7)
        ${idle}
      `,
    });
    const { hz } = machine.timeline;
    pass(machine, (hz * 53782 * 6.5) / 1_193_182);
    // Setting the mode raises the output, which is an edge of its own.
    expect(output()).toMatch(/^0{6,7}$/);
    const period = (times.at(-1)! - times.at(-6)!) / 5;
    expect(Math.abs(period - (hz * 53782) / 1_193_182)).toBeLessThan(100);
  });

  it('takes Count = Compare at the vector of Cause.IV, says so in Cause.TI, and takes it back when Compare is written', () => {
    const { machine, output, times } = boot(pc, {
      interrupt: `
        mfc0    $t0, $Cause
        srl     $t1, $t0, 30            # TI
        andi    $t1, $t1, 1
        addiu   $t1, $t1, '0'
        put     $t1
        srl     $t1, $t0, 15            # IP7
        andi    $t1, $t1, 1
        addiu   $t1, $t1, '0'
        put     $t1
        mfc0    $t0, $Compare
        addu    $t0, $t0, $s1
        mtc0    $t0, $Compare
        ehb
        mfc0    $t0, $Cause
        srl     $t1, $t0, 30
        andi    $t1, $t1, 1
        addiu   $t1, $t1, '0'
        put     $t1
        eret
      `,
      main: `
        lui     $t0, 0x0080
        mtc0    $t0, $Cause             # IV; DC is clear, Count runs
        li      $s1, 1000000
        mfc0    $t0, $Count
        addu    $t0, $t0, $s1
        mtc0    $t0, $Compare
        li      $t0, 0x10008001
        mtc0    $t0, $Status
        ehb
1:      wait
        b       1b
        nop
      `,
    });
    pass(machine, 2_000_000 * 4 + 10_000);
    expect(output()).toBe('110'.repeat(4));
    expect(times[9]! - times[0]!).toBeGreaterThan(6_000_000 - 200);
    expect(times[9]! - times[0]!).toBeLessThan(6_000_000 + 200);
  });

  it('hears nothing of the timer before Compare has been written, though Count passes it', () => {
    const { machine, output } = boot(pc, {
      main: `
        li      $t0, -16
        mtc0    $t0, $Count
        li      $t0, 0x1000ff01         # as small systems do: every line is let through
        mtc0    $t0, $Status
        ehb
        li      $t1, 1000
1:      addiu   $t1, $t1, -1
        bnez    $t1, 1b
        nop
        mfc0    $t0, $Cause
        say     'c'
        hex     $t0
        stop
      `,
    });
    pass(machine, 100_000);
    expect(output()).toBe('c00000000');
  });

  it('nests an interrupt between EI and ERET', () => {
    const { machine, output } = boot(pc, {
      // The interrupt returns with EXL already clear, so that the next one is taken before its ERET.
      interrupt: `
        say     'i'
        mfc0    $k0, $EPC
        addiu   $s2, $s2, -1
        sll     $t0, $s2, 8             # as many software interrupts as are left
        slti    $t1, $s2, 1
        beqz    $t1, 1f
        nop
        mtc0    $zero, $Cause
1:      mfc0    $t0, $Status
        li      $t1, -4
        and     $t0, $t0, $t1           # EXL and IE off
        mtc0    $t0, $Status
        ehb
        addiu   $sp, $sp, -4
        sw      $k0, 0($sp)
        ei
        ehb
        di
        ehb
        lw      $k0, 0($sp)
        addiu   $sp, $sp, 4
        mtc0    $k0, $EPC
        ehb
        eret
      `,
      main: `
        li      $sp, 0x80008000
        li      $s2, 3
        li      $t0, 0x00800100         # IV, and software interrupt 0
        mtc0    $t0, $Cause
        li      $t0, 0x10000101
        mtc0    $t0, $Status
        ehb
        nop
        say     '.'
        stop
      `,
    });
    pass(machine, 100_000);
    expect(output()).toBe('iii.');
  });
});
