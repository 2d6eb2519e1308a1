/* Where a program begins, and its system calls. */
#include "../../include/abi.h"

        .text
        .globl  _start
_start: jal     main
        jal     exit

        .macro  call name, number
        .globl  \name
        .type   \name, @function
\name:  li      $v0, \number
        syscall
        jr      $ra
        .endm

        call    fork, SYS_fork
        call    exit, SYS_exit
        call    wait, SYS_wait
        call    pipe, SYS_pipe
        call    read, SYS_read
        call    kill, SYS_kill
        call    exec, SYS_exec
        call    fstat, SYS_fstat
        call    chdir, SYS_chdir
        call    dup, SYS_dup
        call    getpid, SYS_getpid
        call    sbrk, SYS_sbrk
        call    sleep, SYS_sleep
        call    uptime, SYS_uptime
        call    open, SYS_open
        call    write, SYS_write
        call    mknod, SYS_mknod
        call    unlink, SYS_unlink
        call    link, SYS_link
        call    mkdir, SYS_mkdir
        call    close, SYS_close

/* int system_call(a0, a1, a2, a3, number): any number at all */
        .globl  system_call
system_call:
        lw      $v0, 16($sp)
        syscall
        jr      $ra
