// What systems written for the lost `mips` board ask of vectors and the TLB, on both boards and in both byte orders.
import { describe, expect, it } from 'vitest';
import { boot, pass, pcs } from './kernel.ts';

describe.each(pcs)('$name', (pc) => {
  it('runs a kernel linked at 0x80000000 that has its vectors in its image', () => {
    const skip = `
        mfc0    $k0, $EPC
        addiu   $k0, $k0, 4
        mtc0    $k0, $EPC
        ehb
        eret
    `;
    const { machine, output } = boot(pc, {
      refill: `say 'R'\n${skip}`,
      general: `say 'G'\n${skip}`,
      interrupt: `
        say     'I'
        lui     $t0, 0x0080
        mtc0    $t0, $Cause
        ehb
        eret
      `,
      main: `
        lw      $t0, 0x2000($zero)
        syscall
        teq     $zero, $zero
        sw      $t0, 0x4000($zero)
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
    pass(machine, 10_000);
    expect(output()).toBe('RGGRI.');
  });

  it('reaches its devices through a wired page of 256 MB, which random writes leave alone', () => {
    const { machine, output } = boot(pc, {
      main: `
        li      $t0, 0xfffff000         # more bits than there are
        mtc0    $t0, $PageMask
        ehb
        mfc0    $t1, $PageMask
        hex     $t1
        lui     $t0, 0xc000             # 0xc0000000 shows physical 0, 0xd0000000 physical 0x10000000
        mtc0    $t0, $EntryHi
        li      $t0, 0x17               # uncached, dirty, valid, global
        mtc0    $t0, $EntryLo0
        li      $t0, (0x10000000 >> 6) | 0x17
        mtc0    $t0, $EntryLo1
        mtc0    $zero, $Index
        ehb
        tlbwi
        li      $t0, 2
        mtc0    $t0, $Wired
        mtc0    $zero, $PageMask
        lui     $s7, ${(pc.ports - 0xa000_0000 + 0xc000_0000) >>> 16}
        li      $t0, 500                # write other pages over the rest, 500 times
        li      $t3, 15
1:      sll     $t1, $t0, 13
        mtc0    $t1, $EntryHi
        mfc0    $t2, $Random
        sltu    $t4, $t2, $t3           # the lowest that Random has been
        movn    $t3, $t2, $t4
        ehb
        tlbwr
        addiu   $t0, $t0, -1
        bnez    $t0, 1b
        nop
        addiu   $t3, $t3, '0'
        put     $t3
        lui     $t0, 0xc000
        mtc0    $t0, $EntryHi
        ehb
        tlbp
        mfc0    $t1, $Index
        hex     $t1
        lui     $t0, 0xc000             # RAM through the even page
        lw      $t1, 0x400($t0)
        lui     $t0, 0x8000
        lw      $t2, 0x400($t0)
        bne     $t1, $t2, 2f
        nop
        say     '='
2:      stop
      `,
    });
    pass(machine, 100_000);
    expect(output()).toBe('1fffe000' + '2' + '00000000' + '=');
  });

  it('gets through a refill that only writes random entries and leaves stale ones and duplicates behind', () => {
    const { machine, output } = boot(pc, {
      refill: `
refill: mfc0    $k0, $BadVAddr
        srl     $k0, $k0, 13
        sll     $k0, $k0, 3
        lui     $k1, 0x8010             # the page table: a pair of EntryLo for every two pages
        addu    $k0, $k0, $k1
        lw      $k1, 0($k0)
        lw      $k0, 4($k0)
        mtc0    $k1, $EntryLo0
        mtc0    $k0, $EntryLo1
        ehb
        tlbwr
        eret
      `,
      // A stale entry that says invalid is not looked for: the pair is written again, wherever Random points, until it wins.
      general: `
        addiu   $s6, $s6, 1
        b       refill
        nop
      `,
      main: `
        li      $s6, 0
        li      $s5, 0
        lui     $s0, 0x8010
        li      $s1, 1
1:      sll     $s2, $s1, 13            # the pages' address; they lie 2 MB higher in memory
        sll     $t0, $s1, 3
        addu    $s3, $s0, $t0
        lui     $t1, 0x0020
        addu    $s4, $s2, $t1
        srl     $t2, $s4, 6
        ori     $t2, $t2, 6
        sw      $t2, 0($s3)             # the even page is there, the odd one is not
        sw      $zero, 4($s3)
        sw      $s1, 0($s2)
        addiu   $t2, $t2, 0x40          # now it is
        sw      $t2, 4($s3)
        li      $t3, 40                 # and the pair gets duplicates, as at every context switch
2:      mtc0    $s2, $EntryHi
        lw      $t0, 0($s3)
        mtc0    $t0, $EntryLo0
        mtc0    $zero, $EntryLo1        # some of them stale
        ehb
        tlbwr
        addiu   $t3, $t3, -1
        bnez    $t3, 2b
        nop
        addiu   $t2, $s2, 4096
        sw      $s1, 0($t2)
        lw      $t0, 0($t2)
        lw      $t1, 0($s2)
        addu    $s5, $s5, $t0
        addu    $s5, $s5, $t1
        lui     $t1, 0x8000             # does memory hold it?
        addu    $t1, $t1, $s4
        lw      $t0, 4096($t1)
        addu    $s5, $s5, $t0
        addiu   $s1, $s1, 1
        slti    $t0, $s1, 100
        bnez    $t0, 1b
        nop
        hex     $s5
        say     '-'
        slti    $t0, $s6, 99            # each stale entry was met at least once
        xori    $t0, $t0, 1
        addiu   $t0, $t0, '0'
        put     $t0
        stop
      `,
    });
    pass(machine, 3_000_000);
    expect(output()).toBe(`${((3 * 99 * 100) / 2).toString(16).padStart(8, '0')}-1`);
  });

  it('has a Random that falls into step with no loop', () => {
    const { machine, output } = boot(pc, {
      // Loops of 1 to 32 instructions more than the shortest; each writes 256 random entries and looks where they went.
      main: `
        li      $s0, 0x2000             # the next address, never used twice
        la      $s1, sled_end
        li      $s2, 32
loop:   li      $s3, 256
        li      $s4, 0                  # entries written
        li      $s5, -1                 # the last one
again:  mtc0    $s0, $EntryHi
        addiu   $s0, $s0, 0x2000
        ehb
        tlbwr
        tlbp
        mfc0    $t0, $Index
        beq     $t0, $s5, twice
        move    $s5, $t0
        li      $t1, 1
        sllv    $t1, $t1, $t0
        or      $s4, $s4, $t1
        jr      $s1
        addiu   $s3, $s3, -1
        ${'nop\n'.repeat(32)}
sled_end: bnez  $s3, again
        nop
        li      $t0, 0xffff
        bne     $s4, $t0, missing
        addiu   $s1, $s1, -4
        addiu   $s2, $s2, -1
        bnez    $s2, loop
        nop
        say     '.'
        stop
twice:  say     'T'
        stop
missing: say    'M'
        hex     $s4
        stop
      `,
    });
    pass(machine, 1_000_000);
    expect(output()).toBe('.');
  });
});
