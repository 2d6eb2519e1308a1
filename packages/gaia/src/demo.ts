/**
 * Source of a small monitor for board gaia3, for `assembleGaia` of `@kseg/asm/gaia` with its default options: it prints a picture with the
 * FPU, dumps memory, and lets two tasks take turns by the timer, each with a page of its own behind the same address.
 *
 * @module
 */
export const demoSource = `
# Subroutines are called with jl r28 and are leaves; r29 is the assembler's.
.set STACK, 0x8000
.set PRIVATE, 0x100000        # one address, another page for each task
.set TABLES, 0x200000         # directory and table of task A, then of task B
.set PAGE_A, 0x204000
.set PAGE_B, 0x208000         # of the same cache colour as PRIVATE

main:
    mov rsp, STACK
    mov r1, welcome
    jl r28, puts
prompt:
    mov r1, ready
    jl r28, puts
    read r1
    write r1
    mov r2, r1
    mov r1, newline
    beq r2, 'p', picture
    beq r2, 't', tasks
    beq r2, 'd', dump
    beq r2, 'q', quit
    mov r1, help
    jl r28, puts
    br prompt

# Back to the boot ROM, which waits for the next program.
quit:
    jl r28, puts
    mov r1, 0x80000000
    jr r1

# ---- the Mandelbrot set, 21 lines of 64

picture:
    jl r28, puts
    mov r10, -1.2
    mov r11, 21
line:
    mov r12, -2.2
    mov r13, 64
point:
    mov r3, 0
    mov r4, 0
    mov r9, 0
    mov r14, 4.0
iterate:
    fmul r5, r3, r3
    fmul r6, r4, r4
    fadd r7, r5, r6
    bflt r14, r7, escaped
    fmul r8, r3, r4
    fsub r3, r5, r6
    fadd r3, r3, r12
    fadd r8, r8, r8
    fadd r4, r8, r10
    add r9, r9, 1
    blt r9, 36, iterate
escaped:
    shr r9, r9, 2
    mov r1, shades
    add r1, r1, r9
    ldb r1, r1, 0
    write r1
    mov r1, 0.05
    fadd r12, r12, r1
    sub r13, r13, 1
    bnz r13, point
    mov r1, newline
    jl r28, puts
    mov r1, 0.12
    fadd r10, r10, r1
    sub r11, r11, 1
    bnz r11, line
    br prompt

# ---- d: a hexadecimal address, then 64 bytes from there

dump:
    mov r5, 0
    mov r1, 32
    write r1
digit:
    read r1
    beq r1, 13, show
    beq r1, 10, show
    write r1
    sub r2, r1, 48
    cmpult r3, r2, 10
    bnz r3, digit_known
    or r2, r1, 32
    sub r2, r2, 87
    and r2, r2, 15
digit_known:
    shl r5, r5, 4
    or r5, r5, r2
    br digit
show:
    mov r6, 4
    and r5, r5, -4
show_line:
    mov r1, newline
    jl r28, puts
    mov r1, r5
    jl r28, hex
    mov r7, 4
show_word:
    mov r1, 32
    write r1
    ld r1, r5, 0
    jl r28, hex
    add r5, r5, 4
    sub r7, r7, 1
    bnz r7, show_word
    sub r6, r6, 1
    bnz r6, show_line
    mov r1, newline
    jl r28, puts
    br prompt

# ---- t: two tasks

tasks:
    jl r28, puts
    # Both directories have one table, which leaves 4 MB where they are, but for the page at PRIVATE.
    mov r1, TABLES
    mov r2, PAGE_A
    mov r3, 'A'
    jl r28, space
    mov r1, TABLES + 0x2000
    mov r2, PAGE_B
    mov r3, 'B'
    jl r28, space
    mov r1, 0x80000000
    mov r2, switch
    st r2, r1, 0x1100
    mov r2, TABLES
    st r2, r1, 0x1204
    mov r2, 1
    st r2, r1, 0x1200
    # Both start at the same place, A at once.
    mov r2, task
    mov r3, task_b
    st r2, r3, 0
    mov r3, task_a
    mov r4, current
    st r3, r4, 0
    mov r3, 12
    mov r4, switches
    st r3, r4, 0
    mov r2, 1
    st r2, r1, 0x1104
task:
    mov r1, PRIVATE
    ld r2, r1, 0
task_step:
    mov r3, 150000
task_wait:
    sub r3, r3, 1
    bnz r3, task_wait
    write r2
    br task_step

# Makes a directory at r1 whose page at PRIVATE is that at r2, with r3 in its first word.
space:
    st r3, r2, 0
    add r4, r1, 0x1000
    or r5, r4, 7
    st r5, r1, 0
    mov r5, 7
    mov r6, 1024
space_entry:
    st r5, r4, 0
    add r5, r5, 0x1000
    add r4, r4, 4
    sub r6, r6, 1
    bnz r6, space_entry
    or r5, r2, 7
    st r5, r1, 0x1400
    jr r29, r28

# The timer's interrupt: the other task's turn. A key, or enough turns, end it.
switch:
    mov rk0, current
    ld rk0, rk0, 0
${registers('st')}
    mov rk1, 0x80000000
    ld r1, rk1, 0x1108
    sub r1, r1, 4
    st r1, rk0, 0
    ld r1, rk1, 0x110c
    bne r1, 1, leave_tasks
    mov r1, switches
    ld r2, r1, 0
    sub r2, r2, 1
    st r2, r1, 0
    bz r2, leave_tasks
    ld rk0, rk0, 128
    mov r1, current
    st rk0, r1, 0
    ld r1, rk0, 132
    st r1, rk1, 0x1204
    ld r1, rk0, 0
    st r1, rk1, 0x1108
${registers('ld')}
    sysexit
leave_tasks:
    st r0, rk1, 0x1200
    mov rsp, STACK
    mov r1, newline
    jl r28, puts
    br prompt

# ---- what they share

# Prints the string at r1.
puts:
    ldb r2, r1, 0
    bz r2, puts_end
    write r2
    add r1, r1, 1
    br puts
puts_end:
    jr r29, r28

# Prints r1 in eight digits.
hex:
    mov r2, 28
hex_digit:
    shr r3, r1, r2
    and r3, r3, 15
    mov r4, digits
    add r4, r4, r3
    ldb r3, r4, 0
    write r3
    sub r2, r2, 4
    bge r2, 0, hex_digit
    jr r29, r28

.align 4
current:
    .int 0
switches:
    .int 0
# PC, registers, the other task, the directory.
task_a:
    .space 128
    .int task_b, TABLES
task_b:
    .space 128
    .int task_a, TABLES + 0x2000
welcome:
    .string "\\r\\nkseg: a monitor for GAIA3\\r\\n"
ready:
    .string "> "
newline:
    .string "\\r\\n"
help:
    .string "\\r\\np: a picture, t: two tasks, d ADDRESS: 64 bytes of memory, q: quit\\r\\n"
digits:
    .string "0123456789abcdef"
shades:
    .string ".,:;-=+*# "
`.replace(/'(\w)'/g, (_, letter: string) => String(letter.charCodeAt(0)));

/** Saves to or restores from the area at rk0 all registers but rk0 and rk1. */
function registers(access: 'ld' | 'st'): string {
  const numbers = Array.from({ length: 31 }, (_, i) => i + 1).filter((n) => n !== 26 && n !== 27);
  return numbers.map((n) => `    ${access} r${n}, rk0, ${4 * n}`).join('\n');
}
