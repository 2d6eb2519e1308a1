// The guest's side of the differential tests: runs every program of a batch from its record, takes its exceptions, and leaves its
// registers behind. Written for any core of the MIPS32 family; what a core lacks is left out by `traits`.
import { assembleFlat } from '@kseg/asm';
import type { Endian } from '@kseg/bus';
import * as L from './layout.ts';
import type { Traits } from './traits.ts';

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;
const gprs = Array.from({ length: 32 }, (_, i) => i).filter((i) => i !== 0 && i !== 26 && i !== 27);
const lines = (list: readonly string[]) => list.join('\n');

/** Interrupt lines and the timer depend on time: they are not compared. */
const CAUSE_MASK = 0xbfff_03ff;

export interface Runtime {
  /** At physical 0, and at `L.BOOT_VECTORS`. */
  readonly vectors: Uint8Array;
  readonly bootVectors: Uint8Array;
  /** At `L.RUNTIME`. */
  readonly code: Uint8Array;
  readonly entry: number;
}

export function runtime(endian: Endian, traits: Traits): Runtime {
  const has = ([name, number, select]: readonly [string, number, number]) =>
    (traits.release2 || !L.isRelease2(name)) &&
    (traits.threads || !L.isThreads(name)) &&
    (traits.tlb > 0 || !L.isTlbRegister(number, select));
  const source = `
        .set    noreorder
        .set    noat
        .set    SCRATCH, ${hex(L.SCRATCH)}
        # The 8259s keep quiet.
start:  lui     $8, 0xb800
        addiu   $9, $0, 0xff
        sb      $9, 0x21($8)
        sb      $9, 0xa1($8)
        lui     $8, 0x8000
        li      $9, ${hex(L.KSEG0 + L.RECORD)}
        sw      $9, SCRATCH+${L.scratch.record}($8)

        # --- the next program
next:   lui     $26, 0x8000
        lw      $1, SCRATCH+${L.scratch.left}($26)
        beqz    $1, over
        nop
        lw      $27, SCRATCH+${L.scratch.record}($26)
        li      $8, 0x10000000
        mtc0    $8, $12
        ehb
${traits.tlb === 0 ? '' : clearTlb(traits)}
        # A refill of the last page sets BadVAddr, Context and EntryHi alike before each program; its ERET breaks a link.
        addiu   $8, $0, 1
        sw      $8, SCRATCH+${L.scratch.quiet}($26)
        lw      $0, ${traits.tlb === 0 ? '1($26)' : '-4($0)'}
        lui     $26, 0x8000
        lw      $27, SCRATCH+${L.scratch.record}($26)
        # Cause.CE is left by the last "coprocessor unusable" alone.
        lwc2    $0, SCRATCH($26)
        lui     $26, 0x8000
        lw      $27, SCRATCH+${L.scratch.record}($26)
        sw      $0, SCRATCH+${L.scratch.quiet}($26)
        # The runtime's own LL leaves the same LLAddr.
        ll      $0, SCRATCH($26)
${traits.fpu ? restoreFpu(traits) : ''}
${traits.dsp ? restoreDsp : ''}
        # A program that shares its place with others is put there.
        lw      $8, ${L.record('codeSource')}($27)
        lw      $9, ${L.record('place')}($27)
        beqz    $8, 1f
        addiu   $11, $8, ${L.CODE_BYTES}
0:      lw      $10, 0($8)
        addiu   $8, $8, 4
        sw      $10, 0($9)
        bne     $8, $11, 0b
        addiu   $9, $9, 4
        lw      $8, ${L.record('dataSource')}($27)
        lw      $9, ${L.record('data')}($27)
        addiu   $11, $8, ${L.DATA_BYTES}
0:      lw      $10, 0($8)
        addiu   $8, $8, 4
        sw      $10, 0($9)
        bne     $8, $11, 0b
        addiu   $9, $9, 4
1:      lw      $8, ${L.record('tlbCount')}($27)
        beqz    $8, 2f
        move    $9, $27
        move    $10, $0
1:      lw      $11, ${L.record('tlb0.hi')}($9)
        lw      $12, ${L.record('tlb0.lo0')}($9)
        lw      $13, ${L.record('tlb0.lo1')}($9)
        lw      $14, ${L.record('tlb0.mask')}($9)
        mtc0    $11, $10
        mtc0    $12, $2
        mtc0    $13, $3
        mtc0    $14, $5
        mtc0    $10, $0
        ehb
        tlbwi
        addiu   $10, $10, 1
        bne     $10, $8, 1b
        addiu   $9, $9, 16
2:
${lines(
  L.initialCp0
    .filter(has)
    .map(([name, number, select]) => `        lw $8, ${L.record(name)}($27)\n        mtc0 $8, $${number}, ${select}`),
)}
        lw      $8, ${L.record('hi')}($27)
        mthi    $8
        lw      $8, ${L.record('lo')}($27)
        mtlo    $8
        # The timer, or a Compare that all agree on.
        lw      $8, ${L.record('timer')}($27)
        beqz    $8, 2f
        mtc0    $0, $11
${setTimer}
2:
        lw      $8, ${L.record('status')}($27)
        lw      $9, ${L.record('flags')}($27)
        andi    $9, $9, ${L.flags.eret}
        beqz    $9, 3f
        ori     $10, $8, 2
        # With EXL, the mode that \`status\` names begins behind the ERET.
        mtc0    $10, $12
        lw      $9, ${L.record('entry')}($27)
        mtc0    $9, $14
        ehb
${lines(gprs.map((i) => `        lw $${i}, ${L.record('r0') + 4 * i}($27)`))}
        move    $26, $0
        move    $27, $0
        eret
3:      mtc0    $8, $12
        ehb
        lw      $26, ${L.record('entry')}($27)
${lines(gprs.map((i) => `        lw $${i}, ${L.record('r0') + 4 * i}($27)`))}
        move    $27, $26
        move    $26, $0
        jr      $27
        move    $27, $0

        # --- a program has ended: in kernel mode, wherever it came from
finish: lui     $26, 0x8000
        lw      $27, SCRATCH+${L.scratch.record}($26)
        lw      $27, ${L.record('result')}($27)
${lines(gprs.map((i) => `        sw $${i}, ${L.result('r0') + 4 * i}($27)`))}
        mfhi    $8
        sw      $8, ${L.result('hi')}($27)
        mflo    $8
        sw      $8, ${L.result('lo')}($27)
${lines(
  L.finalCp0
    .filter(has)
    .map(([name, number, select]) =>
      lines([
        `        mfc0 $8, $${number}, ${select}`,
        ...(name === 'cause' ? [`        li $9, ${hex(CAUSE_MASK)}`, '        and $8, $8, $9'] : []),
        `        sw $8, ${L.result(`cp0.${name}`)}($27)`,
      ]),
    ),
)}
        li      $8, ${hex((traits.fpu ? 0x2000_0000 : 0) | (traits.dsp ? 0x0100_0000 : 0) | 0x1000_0000)}
        mtc0    $8, $12
        ehb
${traits.fpu ? saveFpu(traits) : ''}
${traits.dsp ? saveDsp : ''}
        lw      $8, SCRATCH+${L.scratch.record}($26)
        lw      $9, ${L.record('flags')}($8)
        andi    $9, $9, ${L.flags.tlb}
        beqz    $9, 5f
        nop
${traits.tlb === 0 ? '' : saveTlb(traits)}
5:      lw      $8, SCRATCH+${L.scratch.record}($26)
        lw      $8, ${L.record('data')}($8)
        addiu   $9, $8, ${L.DATA_BYTES}
        addiu   $11, $27, ${L.result('memory+0')}
0:      lw      $10, 0($8)
        addiu   $8, $8, 4
        sw      $10, 0($11)
        bne     $8, $9, 0b
        addiu   $11, $11, 4
        li      $8, ${hex(L.FINISHED)}
        sw      $8, ${L.result('finished')}($27)
        lw      $8, SCRATCH+${L.scratch.record}($26)
        addiu   $8, $8, ${L.RECORD_BYTES}
        sw      $8, SCRATCH+${L.scratch.record}($26)
        lw      $8, SCRATCH+${L.scratch.left}($26)
        addiu   $8, $8, -1
        j       next
        sw      $8, SCRATCH+${L.scratch.left}($26)

        # --- all done: the board resets, which ends the run
over:   lui     $8, 0xbf00
        addiu   $9, $0, 0x42
        sw      $9, 0x500($8)
6:      b       6b
        nop

        # --- an exception; $26 names the vector
common: lui     $27, 0x8000
        sw      $8, SCRATCH+${L.scratch.saved}($27)
        sw      $9, SCRATCH+${L.scratch.saved + 4}($27)
        sw      $10, SCRATCH+${L.scratch.saved + 8}($27)
        lw      $8, SCRATCH+${L.scratch.quiet}($27)
        bnez    $8, skip
        nop
        # The timer is set again, and the program goes on as if nothing had happened.
        mfc0    $8, $13
        andi    $9, $8, 0x7c
        bnez    $9, 1f
        mfc0    $9, $12
        and     $9, $9, $8
        andi    $9, $9, 0x8000
        beqz    $9, 1f
        lw      $8, SCRATCH+${L.scratch.record}($27)
        lw      $8, ${L.record('timer')}($8)
${setTimer}
        b       9f
        mfc0    $8, $14
1:      lw      $8, SCRATCH+${L.scratch.record}($27)
        lw      $8, ${L.record('result')}($8)
        lw      $9, ${L.result('exceptions')}($8)
        addiu   $10, $9, 1
        sw      $10, ${L.result('exceptions')}($8)
        andi    $9, $9, ${L.LOG_ENTRIES - 1}
        sll     $9, $9, 5
        addu    $8, $8, $9
        sw      $26, ${L.result('exception0.vector')}($8)
        mfc0    $9, $13
        li      $10, ${hex(CAUSE_MASK)}
        and     $9, $9, $10
        sw      $9, ${L.result('exception0.cause')}($8)
${lines(
  (
    [
      ['epc', 14],
      ['status', 12],
      ['badvaddr', 8],
      ['entryhi', 10],
      ['context', 4],
      ['index', 0],
    ] as const
  )
    .filter(([name, number]) => has([name, number, 0]))
    .map(([name, number]) => `        mfc0 $9, $${number}\n        sw $9, ${L.result(`exception0.${name}`)}($8)`),
)}
        # Go on behind the instruction, or behind the delay slot it is in; not behind an interrupt.
        mfc0    $9, $13
        andi    $10, $9, 0x7c
        bnez    $10, skip
        nop
        li      $10, ~0x300
        and     $9, $9, $10
        mtc0    $9, $13
        mfc0    $8, $14
        b       7f
        nop
skip:   mfc0    $9, $13
        mfc0    $8, $14
        bltz    $9, 8f
        addiu   $8, $8, 4
        b       7f
        nop
8:      addiu   $8, $8, 4
7:      lw      $9, SCRATCH+${L.scratch.quiet}($27)
        bnez    $9, 9f
        nop
        # A program that has lost its way, or takes too many exceptions, has ended.
        lw      $10, SCRATCH+${L.scratch.record}($27)
        lw      $9, ${L.record('result')}($10)
        lw      $9, ${L.result('exceptions')}($9)
        sltiu   $9, $9, 200
        beqz    $9, lost
        lw      $9, ${L.record('codeStart')}($10)
        subu    $9, $8, $9
        lw      $10, ${L.record('codeBytes')}($10)
        sltu    $9, $9, $10
        beqz    $9, lost
        nop
9:      mtc0    $8, $14
        ehb
        lw      $8, SCRATCH+${L.scratch.saved}($27)
        lw      $9, SCRATCH+${L.scratch.saved + 4}($27)
        lw      $10, SCRATCH+${L.scratch.saved + 8}($27)
        move    $26, $0
        move    $27, $0
        eret
        # --- a debug exception: where and why is added up, and execution goes on behind the instruction, which is in no slot
debug:  lui     $27, 0x8000
        sw      $8, SCRATCH+${L.scratch.saved}($27)
        sw      $9, SCRATCH+${L.scratch.saved + 4}($27)
        lw      $8, SCRATCH+${L.scratch.record}($27)
        lw      $8, ${L.record('result')}($8)
        lw      $9, ${L.result('debug')}($8)
        sll     $26, $9, 1
        addu    $9, $9, $26
        mfc0    $26, $24
        addu    $9, $9, $26
        # DExcCode and DBD are in DEVIATIONS.md.
        mfc0    $27, $23
        andi    $27, $27, 0x3f
        addu    $9, $9, $27
        sw      $9, ${L.result('debug')}($8)
        addiu   $26, $26, 4
        mtc0    $26, $24
        lui     $27, 0x8000
        lw      $8, SCRATCH+${L.scratch.saved}($27)
        lw      $9, SCRATCH+${L.scratch.saved + 4}($27)
        move    $26, $0
        move    $27, $0
        ehb
        deret
lost:   lw      $8, SCRATCH+${L.scratch.saved}($27)
        lw      $9, SCRATCH+${L.scratch.saved + 4}($27)
        b       finish
        lw      $10, SCRATCH+${L.scratch.saved + 8}($27)
`;
  const origin = L.KSEG0 + L.RUNTIME;
  const code = assembleFlat(source, { origin, endian });
  const { common, start, finish, debug } = code.symbols;
  const vector = (offset: number) =>
    `        .org ${offset}\n        j ${hex(common!)}\n        addiu $26, $0, ${offset + 1}\n`;
  const vectors = assembleFlat(
    `        .set noreorder\n${L.VECTORS.map(vector).join('')}
        .org    ${L.FINISH}
        j       ${hex(finish!)}
        nop`,
    { origin: L.KSEG0, endian },
  );
  const bootVector = (offset: number) =>
    `        .org ${offset}\n        li $27, ${hex(common!)}\n        jr $27\n        addiu $26, $0, ${offset + 0x801}\n`;
  const bootVectors = assembleFlat(
    `        .set noreorder
${[0, 0x100, 0x180, 0x200].map(bootVector).join('')}
        .org ${L.DEBUG_VECTOR}
        li $27, ${hex(debug!)}
        jr $27
        nop`,
    {
      origin: 0xa000_0000 + L.BOOT_VECTORS,
      endian,
    },
  );
  return { vectors: vectors.bytes, bootVectors: bootVectors.bytes, code: code.bytes, entry: start! };
}

/** Sets the timer $8 counts ahead: again if Count has got there before Compare, as it can where the host's time passes. */
const setTimer = `
7:      mfc0    $9, $9
        addu    $9, $9, $8
        mtc0    $9, $11
        mfc0    $10, $9
        subu    $10, $9, $10
        blez    $10, 7b
        nop
`;

const clearTlb = ({ tlb }: Traits) => `
        li      $8, 0x80000000
        move    $9, $0
        mtc0    $0, $2
        mtc0    $0, $3
        mtc0    $0, $5
1:      mtc0    $8, $10
        mtc0    $9, $0
        ehb
        tlbwi
        addiu   $9, $9, 1
        sltiu   $10, $9, ${tlb}
        bnez    $10, 1b
        addiu   $8, $8, 0x2000
`;

const saveTlb = ({ tlb }: Traits) => `
        move    $9, $0
        move    $10, $27
4:      mtc0    $9, $0
        ehb
        tlbr
        ehb
        mfc0    $8, $10
        sw      $8, ${L.result('tlb0.hi')}($10)
        mfc0    $8, $2
        sw      $8, ${L.result('tlb0.lo0')}($10)
        mfc0    $8, $3
        sw      $8, ${L.result('tlb0.lo1')}($10)
        mfc0    $8, $5
        sw      $8, ${L.result('tlb0.mask')}($10)
        addiu   $9, $9, 1
        sltiu   $8, $9, ${tlb}
        bnez    $8, 4b
        addiu   $10, $10, 16
`;

const FR = 0x0400_0000;

/** CU1 (and MX), and FR as the word in $9 has it: with FR clear there are 16 doubles. $9 becomes FR alone. */
const enableFpu = ({ dsp }: Traits) => `
        lui     $8, ${hex(FR >>> 16)}
        and     $9, $9, $8
        lui     $8, ${dsp ? '0x3100' : '0x3000'}
        or      $8, $8, $9
        mtc0    $8, $12
        ehb
`;

/** Loads or stores all doubles there are. */
const transfer = ({ fpu64 }: Traits, op: 'ldc1' | 'sdc1', offset: number) => {
  const line = (i: number) => `        ${op} $f${i}, ${offset + 8 * i}($27)`;
  const all = Array.from({ length: 32 }, (_, i) => i);
  const even = lines(all.filter((i) => (i & 1) === 0).map(line));
  if (!fpu64) return even;
  return `${even}
        beqz    $9, 1f
        nop
${lines(all.filter((i) => (i & 1) === 1).map(line))}
1:`;
};

const restoreFpu = (traits: Traits) => `
        lw      $9, ${L.record('status')}($27)
${enableFpu(traits)}
        ctc1    $0, $31
${transfer(traits, 'ldc1', L.record('f0.0'))}
        lw      $8, ${L.record('fcsr')}($27)
        ctc1    $8, $31
`;

const saveFpu = (traits: Traits) => `
        cfc1    $8, $31
        sw      $8, ${L.result('fcsr')}($27)
        ctc1    $0, $31
        lw      $9, ${L.result('cp0.status')}($27)
${enableFpu(traits)}
${transfer(traits, 'sdc1', L.result('f0.0'))}
`;

// The assembler's own level has no DSP instructions: their words, all on $8.
const mthi = (ac: number) => hex(0x0000_0011 | (8 << 21) | (ac << 11));
const mtlo = (ac: number) => hex(0x0000_0013 | (8 << 21) | (ac << 11));
const mfhi = (ac: number) => hex(0x0000_0010 | (8 << 11) | (ac << 21));
const mflo = (ac: number) => hex(0x0000_0012 | (8 << 11) | (ac << 21));
const WRDSP = hex(0x7c00_04f8 | (8 << 21) | (0x3f << 11));
const RDDSP = hex(0x7c00_04b8 | (8 << 11) | (0x3f << 16));

const restoreDsp = `
        li      $8, 0x11000000
        mtc0    $8, $12
        ehb
${lines(
  [1, 2, 3].flatMap((ac) => [
    `        lw $8, ${L.record(`ac${ac}.hi`)}($27)\n        .word ${mthi(ac)}`,
    `        lw $8, ${L.record(`ac${ac}.lo`)}($27)\n        .word ${mtlo(ac)}`,
  ]),
)}
        lw      $8, ${L.record('dspcontrol')}($27)
        .word   ${WRDSP}
`;

const saveDsp = lines([
  ...[1, 2, 3].flatMap((ac) => [
    `        .word ${mfhi(ac)}\n        sw $8, ${L.result(`ac${ac}.hi`)}($27)`,
    `        .word ${mflo(ac)}\n        sw $8, ${L.result(`ac${ac}.lo`)}($27)`,
  ]),
  `        .word ${RDDSP}\n        sw $8, ${L.result('dspcontrol')}($27)`,
]);
