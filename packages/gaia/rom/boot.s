# The boot ROM of board gaia3, at 0x80000000: takes a program from the serial line and starts it.
#
# Protocol: four bytes of size, lowest first, then that many bytes, a multiple of 4. They go to 0x2000, and there it starts, with
# rsp = rbp = 0x400000, r3 = 0x2000, translation and interrupts off.
#
# r3 load address, r4 size, r5 bytes loaded, r2 word read; r1 and r6 up: scratch.
main:
    mov rsp, 0x400000
    mov rbp, rsp
    mov r3, 0x2000
    write r1, "\r\nGAIA Architecture\r\n\r\nWaiting for input...\r\n"
    jl r28, word
    mov r4, r2
    mov r5, 0
load:
    beq r5, r4, loaded
    and r6, r5, 1023
    bnz r6, store
    write r1, "\rLoading... ["
    shr r8, r5, 10
    jl r28, number
    write r1, " KB / "
    add r8, r4, 1023
    shr r8, r8, 10
    jl r28, number
    write r1, " KB]"
store:
    jl r28, word
    add r6, r3, r5
    st r2, r6, 0
    add r5, r5, 4
    br load
loaded:
    write r1, "\rLoading completed!              \r\n\r\n"
    jr r29, r3

# r2 := the next four bytes of the line.
word:
    read r2
    read r6
    shl r6, r6, 8
    or r2, r2, r6
    read r6
    shl r6, r6, 16
    or r2, r2, r6
    read r6
    shl r6, r6, 24
    or r2, r2, r6
    jr r29, r28

# Prints r8, which is below 10000, with a comma behind the thousands.
number:
    mov r7, 0x80000000
    mov r9, divisors
    mov r10, 0
digit:
    ld r11, r9, 0
    mov r12, 48
count:
    cmpult r6, r8, r11
    bnz r6, counted
    sub r8, r8, r11
    add r12, r12, 1
    br count
counted:
    # Leading zeros are not printed, but the last digit is.
    cmpne r6, r12, 48
    or r10, r10, r6
    cmpeq r13, r11, 1
    or r6, r10, r13
    bz r6, quiet
    st r12, r7, 0x1000
    cmpeq r6, r11, 1000
    bz r6, quiet
    mov r12, 44
    st r12, r7, 0x1000
quiet:
    add r9, r9, 4
    bz r13, digit
    jr r29, r28

divisors:
    .int 1000, 100, 10, 1
