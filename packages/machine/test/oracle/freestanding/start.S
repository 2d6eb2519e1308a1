# Entry of a compiled test program: a stack, the FPU where there is one, main, and a reset of the board.
        .set    noreorder
        .globl  __start
__start:
        lui     $29, 0x80f0
        lui     $8, START_STATUS
        mtc0    $8, $12
        .fill   4, 4, 0
        jal     main
        addiu   $29, $29, -32
        lui     $8, 0xbf00
        addiu   $9, $0, 0x42
        sw      $9, 0x500($8)
1:      b       1b
        nop
