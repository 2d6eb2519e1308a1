// The kernel under every generated program: it walks a page table on a TLB miss, sets the dirty bit on a store to a clean page, counts
// where interrupts came, skips what faults, and does on system calls what translated code must survive.
import { Code } from './code.ts';
import * as L from './layout.ts';

const [ZERO, V0, A1, K0, K1, FP] = [0, 2, 5, 26, 27, 30];
/** CP0 registers, as operands. */
const [INDEX, LO0, LO1, BAD_VADDR, COUNT, HI, COMPARE, STATUS, CAUSE, EPC] = [0, 2, 3, 8, 9, 10, 11, 12, 13, 14];
const KSEG0_HIGH = L.KSEG0 >>> 16;

/** What a program asks for in v0. */
export const calls = {
  nothing: 0,
  nextAsid: 1,
  movePage: 2,
  writeRandom: 3,
  swapMode: 4,
  patch: 5,
  invalidate: 6,
  touch: 7,
};

/** The vectors and what they lead to, as words by physical address. */
export const kernel: ReadonlyMap<number, readonly number[]> = new Map([
  [L.REFILL, refill()],
  [L.GENERAL, vector(L.HANDLER)],
  [L.INTERRUPT, interrupt()],
  [L.HANDLER, handler()],
]);

function vector(to: number): number[] {
  const code = new Code(L.KSEG0 + L.GENERAL);
  code.jump('j', { address: L.KSEG0 + to });
  code.op('nop');
  return code.finish();
}

/** MIPS32 PRA vol. III §4: EntryLo pairs from a linear table of the address space. */
function refill(): number[] {
  const code = new Code(L.KSEG0 + L.REFILL);
  code.op('mfc0', K0, HI);
  code.op('andi', K0, K0, L.ASIDS - 1);
  code.op('sll', K0, K0, 8);
  code.op('mfc0', K1, BAD_VADDR);
  code.op('srl', K1, K1, 13);
  code.op('andi', K1, K1, L.PAIRS - 1);
  code.op('sll', K1, K1, 3);
  code.op('addu', K0, K0, K1);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('addu', K1, K0, K1);
  code.op('lw', K0, L.PAGE_TABLE, K1);
  code.op('lw', K1, L.PAGE_TABLE + 4, K1);
  code.op('mtc0', K0, LO0);
  code.op('mtc0', K1, LO1);
  code.op('ehb');
  code.op('tlbwr');
  code.op('eret');
  return code.finish();
}

/** Counts where it came, sets the timer anew and quietens whoever asked. */
function interrupt(): number[] {
  const code = new Code(L.KSEG0 + L.INTERRUPT);
  code.op('mfc0', K0, EPC);
  code.op('srl', K0, K0, 2);
  code.op('andi', K0, K0, 0xfff);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('addu', K0, K0, K1);
  code.op('lbu', K1, L.INTERRUPTED, K0);
  code.op('addiu', K1, K1, 1);
  code.op('sb', K1, L.INTERRUPTED, K0);
  code.op('mfc0', K0, COUNT);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('lw', K1, L.PERIOD, K1);
  code.op('addu', K0, K0, K1);
  code.op('mtc0', K0, COMPARE);
  code.op('lui', K1, 0xa000 | (L.DEVICE >>> 16));
  code.op('sw', ZERO, L.ACKNOWLEDGE, K1);
  code.op('mfc0', K0, CAUSE);
  code.op('addiu', K1, ZERO, ~0x300);
  code.op('and', K0, K0, K1);
  code.op('mtc0', K0, CAUSE);
  code.op('ehb');
  code.op('eret');
  return code.finish();
}

function handler(): number[] {
  const code = new Code(L.KSEG0 + L.HANDLER);
  const [system, modified, lost, inSlot, drop] = Array.from({ length: 5 }, () => code.label());
  const leave = () => {
    code.op('ehb');
    code.op('eret');
  };
  code.op('mfc0', K0, CAUSE);
  code.op('andi', K1, K0, 0x7c);
  code.branch('beq', [K1, ZERO], { address: L.KSEG0 + L.INTERRUPT });
  code.op('xori', K0, K1, 8 << 2);
  code.branch('beq', [K0, ZERO], system!);
  code.op('xori', K0, K1, 1 << 2);
  code.branch('beq', [K0, ZERO], modified!);
  // A fetch that failed: the program has lost its way.
  code.op('mfc0', K0, EPC);
  code.op('mfc0', K1, BAD_VADDR);
  code.branch('beq', [K0, K1], lost!);
  code.op('mfc0', K1, CAUSE);
  code.branch('bltz', [K1], inSlot!);
  code.op('addiu', K0, K0, 4);
  code.op('mtc0', K0, EPC);
  leave();
  code.place(inSlot!);
  code.op('addiu', K0, K0, 4);
  code.op('mtc0', K0, EPC);
  leave();

  code.place(lost!);
  code.op('lui', K0, KSEG0_HIGH);
  code.op('lw', K1, L.RESTART_STATUS, K0);
  code.op('lw', K0, L.RESTART, K0);
  code.op('mtc0', K0, EPC);
  code.op('mfc0', K0, STATUS);
  code.op('and', K0, K0, K1);
  code.op('mtc0', K0, STATUS);
  leave();

  code.place(modified!);
  code.op('mfc0', K1, HI);
  code.op('tlbp');
  code.op('ehb');
  code.op('tlbr');
  code.op('ehb');
  for (const register of [LO0, LO1]) {
    code.op('mfc0', K0, register);
    code.op('ori', K0, K0, 4);
    code.op('mtc0', K0, register);
  }
  code.op('mtc0', K1, HI);
  code.op('ehb');
  code.op('tlbwi');
  leave();

  code.place(system!);
  code.op('mfc0', K1, CAUSE);
  code.op('mfc0', K0, EPC);
  const notInSlot = code.label();
  code.branch('bgez', [K1], notInSlot);
  code.op('addiu', K0, K0, 4);
  code.op('addiu', K0, K0, 4);
  code.place(notInSlot);
  code.op('mtc0', K0, EPC);
  const cases = Object.values(calls).map(() => code.label());
  for (const [i, label] of cases.entries()) {
    code.op('andi', K0, V0, 7);
    code.op('xori', K0, K0, i);
    code.branch('beq', [K0, ZERO], label);
    code.op('nop');
  }
  code.place(cases[calls.nothing]!);
  leave();

  code.place(cases[calls.nextAsid]!);
  code.op('mfc0', K0, HI);
  code.op('addiu', K0, K0, 1);
  code.op('andi', K0, K0, L.ASIDS - 1);
  code.op('mtc0', K0, HI);
  leave();

  // The first page of data gets another frame, in the page table and by dropping its TLB entry.
  code.place(cases[calls.movePage]!);
  code.op('mfc0', K0, HI);
  code.op('andi', K0, K0, L.ASIDS - 1);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('sw', K0, L.SCRATCH, K1);
  code.op('sll', K0, K0, 8);
  code.op('addu', K1, K1, K0);
  code.op('lw', K0, L.PAGE_TABLE + 8 * (L.DATA >>> 13), K1);
  code.op('xori', K0, K0, L.PAGE >>> 6);
  code.op('sw', K0, L.PAGE_TABLE + 8 * (L.DATA >>> 13), K1);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('lw', K0, L.SCRATCH, K1);
  code.op('ori', K0, K0, L.DATA);
  code.op('mtc0', K0, HI);
  code.op('ehb');
  code.op('tlbp');
  code.op('ehb');
  code.branch('beq', [ZERO, ZERO], drop!);
  code.op('nop');

  code.place(cases[calls.writeRandom]!);
  code.op('tlbwr');
  leave();

  code.place(cases[calls.swapMode]!);
  code.op('mfc0', K0, STATUS);
  code.op('xori', K0, K0, 0x10);
  code.op('mtc0', K0, STATUS);
  leave();

  code.place(cases[calls.patch]!);
  code.op('lui', K0, KSEG0_HIGH);
  code.op('lw', K1, L.PATCH, K0);
  code.op('lw', K0, 0, K1);
  code.op('xori', K0, K0, 1);
  code.op('sw', K0, 0, K1);
  leave();

  // A miss with EXL set comes to the general vector, and EPC stays.
  code.place(cases[calls.touch]!);
  code.op('lw', K0, 0, FP);
  code.op('sw', K0, 4, FP);
  leave();

  code.place(cases[calls.invalidate]!);
  code.op('mfc0', K0, HI);
  code.op('andi', K0, K0, L.ASIDS - 1);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('sw', K0, L.SCRATCH, K1);
  code.op('andi', K0, A1, 15);
  code.op('mtc0', K0, INDEX);

  // Into the TLB entry that Index names, if any, goes one that matches nothing; EntryHi as it was.
  code.place(drop!);
  code.op('mfc0', K0, INDEX);
  const missing = code.label();
  code.branch('bltz', [K0], missing);
  code.op('sll', K0, K0, 13);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('addu', K0, K0, K1);
  code.op('mtc0', K0, HI);
  code.op('mtc0', ZERO, LO0);
  code.op('mtc0', ZERO, LO1);
  code.op('ehb');
  code.op('tlbwi');
  code.place(missing);
  code.op('lui', K1, KSEG0_HIGH);
  code.op('lw', K0, L.SCRATCH, K1);
  code.op('mtc0', K0, HI);
  leave();
  return code.finish();
}
