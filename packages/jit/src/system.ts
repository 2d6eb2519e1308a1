// What an operating system does most, without a way through JavaScript: system calls, ERET, the Status and EntryHi moves of a context
// switch, TLB refills. Hand-written WebAssembly over the state block, the MMU's words in it, and the soft TLB; each function leaves what is
// not everyday to the interpreter's code. Sections are those of the MIPS32 PRA vol. III.
import { state as S } from '@kseg/cpu/engine';
import {
  CP0_BAD_VADDR,
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_PAGE_MASK,
  CP0_RANDOM,
  CP0_WIRED,
  STATE_SEED,
  STATE_TLB,
} from '@kseg/mmu';
import type { SoftTlbLayout } from '@kseg/mmu/soft-tlb';
import { type Code, Expressions } from './expressions.ts';
import { TYPE } from './signatures.ts';
import { FunctionBody, W } from './wasm.ts';

/** Where things are, in bytes of the arena unless told otherwise, and what the core is. */
export interface SystemOptions {
  readonly state: number;
  readonly softTlb: SoftTlbLayout;
  /** Entries of the TLB; 0 without one. */
  readonly entries: number;
  /** Bits of Status that MTC0 writes. */
  readonly statusMask: number;
  /** Cause.TI is there. */
  readonly release2: boolean;
  readonly ram: number;
  readonly ramSize: number;
  /** One byte for each 4 KB of main memory: not 0 where there is code. */
  readonly codePages: number;
  readonly mailbox: number;
}

/** Words through which these functions and JavaScript tell each other things, from `mailbox` on. */
export const MAIL = {
  /** What to do when a region has ended with all its callers: 0 when an access found nothing, else GO_ON from PC, or STOP. */
  resume: 0,
  /** Not 0: leave everything to JavaScript. */
  handsOff: 1,
  /** Bits of the TLB entries that have been written here. */
  written: 2,
  /** Exceptions taken here, by code, and TLB refills among them. */
  exceptions: 4,
  refills: 36,
  /** Address (31:8) and ASID of the last refill exception taken here, if no entry has been written since. Never one of page 0, ASID 0. */
  missed: 37,
} as const;
export const MAIL_WORDS = 40;
export const GO_ON = 1;
export const STOP = 2;

// Modes of translation.
const KERNEL = 0;
const USER = 2;
// Bits of Status, Cause (§9).
const IE = 1;
const EXL = 2;
const ERL = 4;
const KSU = 0x18;
const BEV = 1 << 22;
const EXCEPTION_CODE = 0x7c;
const INTERRUPTS = 0xff00;
// Exception codes.
const MODIFIED = 1;
/** On a load or fetch; that on a store is the next. */
const TLB_LOAD = 2;
const SYSCALL = 8;
// Entries as `@kseg/mmu` keeps them: tag, mask, even and odd page.
const GLOBAL = 0x100;
const ASID = 0xff;
const DIRTY = 4;
const VALID = 2;
/** The mask of 4 KB pages. */
const SMALL = 0x1800;
const BELOW_PAIR = 0x7ff;
// Primary opcodes from 32 on, as bits: loads, stores, and those of halfwords, words and doublewords that must be aligned.
const bits = (...opcodes: number[]): number => opcodes.reduce((sum, opcode) => sum | (1 << (opcode - 32)), 0);
const LOADS = bits(0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x35);
const STORES = bits(0x28, 0x29, 0x2a, 0x2b, 0x2e, 0x39, 0x3d);
const HALVES = bits(0x21, 0x25, 0x29);
const WORDS = bits(0x23, 0x2b, 0x31, 0x39);
const DOUBLES = bits(0x35, 0x3d);

interface SystemFunction {
  readonly type: number;
  readonly body: FunctionBody;
}

export interface System {
  readonly functions: readonly SystemFunction[];
  /** Of `functions`: the long way (first, second, pc, left) as regions import it. */
  readonly rare: number;
  /** () -> whether the access that regions have left may be tried again from PC, or PC is a vector now. */
  readonly miss: number;
  /** (pc) -> the same of an instruction fetch. */
  readonly fetch: number;
}

/** `base`: index of the first of the functions in the module; `javascript`: index of the import that carries out whatever instruction. */
export function system(options: SystemOptions, base: number, javascript: number): System {
  const { state, softTlb, entries, statusMask, ram, ramSize, codePages, mailbox } = options;
  const mmu = (word: number) => S.MMU_STATE + word;
  const tlb = state + 4 * mmu(STATE_TLB);
  const index = {
    setMode: base,
    raise: base + 1,
    findEntry: base + 2,
    enter: base + 3,
    translate: base + 4,
    clear: base + 5,
    writeEntry: base + 6,
  };

  const notation = (body: FunctionBody) => {
    const x = new Expressions(body);
    const zero = x.const(0);
    return {
      x,
      zero,
      word: (place: number) => x.load(zero, state + 4 * place),
      setWord: (place: number, value: Code) => x.store(zero, state + 4 * place, value),
      mail: (place: number) => x.load(zero, mailbox + 4 * place),
      setMail: (place: number, value: Code) => x.store(zero, mailbox + 4 * place, value),
      /** Word `place` of the soft TLB's layout. */
      soft: (place: number) => x.load(zero, 4 * place),
    };
  };

  /** The read table of a mode, by 4 times the number of the slot; that for writes comes behind it. */
  const tablesOf = (x: Expressions, slot: Code, mode: Code): Code =>
    x.add(x.op(W.i32Mul, x.add(x.add(slot, mode), x.const(1)), x.const(softTlb.stride)), x.const(softTlb.tables));

  /** (mode): chooses the soft TLB's tables. */
  const setMode = new FunctionBody(1);
  {
    const { x, setWord, soft } = notation(setMode);
    const [mode] = [0];
    const table = setMode.local();
    setWord(S.MODE, x.get(mode));
    x.set(table, tablesOf(x, x.shl(soft(softTlb.current), 2), x.get(mode)));
    setWord(S.READ_BASE, x.get(table));
    setWord(S.WRITE_BASE, x.add(x.get(table), x.const(softTlb.stride)));
  }

  /** (code, pc, inSlot, refill): takes an exception (§6.2.2). */
  const raise = new FunctionBody(4);
  {
    const { x, zero, word, setWord, mail, setMail } = notation(raise);
    const [code, pc, inSlot, refill] = [0, 1, 2, 3];
    const [status, cause, offset] = [raise.local(), raise.local(), raise.local()];
    const count = mailbox + 4 * MAIL.exceptions;
    const at = x.shl(x.get(code), 2);
    x.store(at, count, x.add(x.load(at, count), x.const(1)));
    setMail(MAIL.refills, x.add(mail(MAIL.refills), x.get(refill)));
    x.set(status, word(S.STATUS));
    x.set(cause, word(S.CAUSE));
    x.set(offset, x.const(0x180));
    x.if(x.isZero(x.mask(x.get(status), EXL)), () => {
      setWord(S.EPC, x.sub(x.get(pc), x.shl(x.get(inSlot), 2)));
      x.set(cause, x.or(x.mask(x.get(cause), 0x7fff_ffff), x.shl(x.get(inSlot), 31)));
      x.if(x.get(refill), () => x.set(offset, zero));
    });
    setWord(S.CAUSE, x.or(x.mask(x.get(cause), ~EXCEPTION_CODE), x.shl(x.get(code), 2)));
    setWord(S.STATUS, x.or(x.get(status), x.const(EXL)));
    const normal = x.mask(word(S.EBASE), 0xffff_f000);
    const vectors = x.op(W.select, x.const(0xbfc0_0200), normal, x.mask(x.get(status), BEV));
    setWord(S.PC, x.add(vectors, x.get(offset)));
    setWord(S.IN_SLOT, zero);
    x.call(index.setMode, zero)();
  }

  /** (probe): the lowest entry that matches a virtual page and ASID, times 16; or -1. */
  const findEntry = new FunctionBody(1);
  {
    const { x } = notation(findEntry);
    const [probe] = [0];
    const [at, difference] = [findEntry.local(), findEntry.local()];
    // Four a turn: every model has a multiple of that.
    if (entries > 0)
      x.for(at, 0, 16 * entries, 64, () => {
        for (let entry = 0; entry < 64; entry += 16) {
          x.set(difference, x.xor(x.get(probe), x.load(x.get(at), tlb + entry)));
          const mask = x.or(x.load(x.get(at), tlb + entry + 4), x.const(BELOW_PAIR));
          const samePage = x.isZero(x.and(x.get(difference), x.xor(mask, x.const(-1))));
          x.if(samePage, () => {
            // The ASID counts unless the entry is global.
            const other = x.mask(x.get(difference), ASID);
            const local = x.sub(x.field(x.load(x.get(at), tlb + entry), 8, 1), x.const(1));
            x.if(x.isZero(x.and(other, local)), () => x.return(x.add(x.get(at), x.const(entry))));
          });
        }
      });
    x.const(-1)();
  }

  /** (va, page, through, mode): enters a valid page in the soft TLB, from its word and the bits of the address that it leaves. 0: JavaScript must. */
  const enter = new FunctionBody(4);
  {
    const { x, zero, soft } = notation(enter);
    const [va, page, through, mode] = [0, 1, 2, 3];
    const [pa, list, count, base, slot] = [enter.local(), enter.local(), enter.local(), enter.local(), enter.local()];
    /** Enters it in the table at a word index, and in the list of what is filled. */
    const fill = (table: Code) => {
      const entry = x.shl(x.add(table, x.shrU(x.get(va), 12)), 2);
      x.if(x.isZero(x.load(entry)), () => {
        const end = x.shl(x.add(x.get(list), x.get(count)), 2);
        x.store(end, 0, x.shrU(entry, 2));
        x.set(count, x.add(x.get(count), x.const(1)));
      });
      x.store(entry, 0, x.sub(x.add(x.const(ram), x.get(pa)), x.mask(x.get(va), ~0xfff)));
    };
    const frame = x.and(x.get(page), x.xor(x.get(through), x.const(-1)));
    x.set(pa, x.mask(x.or(frame, x.and(x.get(va), x.get(through))), ~0xfff));
    x.set(slot, x.shl(soft(softTlb.current), 2));
    x.set(count, x.load(x.get(slot), 4 * softTlb.counts));
    const full = x.op(W.i32GtU, x.get(count), x.const(softTlb.fillLimit - 2));
    x.if(x.or(x.op(W.i32GeU, x.get(pa), x.const(ramSize)), full), () => x.return(zero));
    x.set(base, tablesOf(x, x.get(slot), x.get(mode)));
    const modes = x.op(W.i32Shl, x.const(1), x.get(mode));
    x.store(x.get(slot), 4 * softTlb.modes, x.or(x.load(x.get(slot), 4 * softTlb.modes), modes));
    x.set(list, x.add(x.op(W.i32Mul, soft(softTlb.current), x.const(softTlb.fillLimit)), x.const(softTlb.lists)));
    fill(x.get(base));
    const code = x.load(x.shrU(x.get(pa), 12), codePages, W.i32Load8U);
    x.if(x.and(x.isZero(code), x.field(x.get(page), 2, 1)), () => fill(x.add(x.get(base), x.const(softTlb.stride))));
    x.store(x.get(slot), 4 * softTlb.counts, x.get(count));
    x.const(1)();
  }

  /**
   * (va, store, pc, inSlot): looks an address up in the TLB (§4.8). 0: JavaScript must; 1: the soft TLB has its page now; 2: the exception
   * has been taken.
   */
  const translate = new FunctionBody(4);
  {
    const { x, zero, word, setWord, setMail } = notation(translate);
    const [va, store, pc, inSlot] = [0, 1, 2, 3];
    const [at, mask, page] = [translate.local(), translate.local(), translate.local()];
    const asid = x.mask(word(mmu(CP0_ENTRY_HI)), ASID);
    /** Raises, with the registers that tell what was translated. */
    const fault = (code: Code, refill: number) => {
      setWord(mmu(CP0_BAD_VADDR), x.get(va));
      const context = x.mask(word(mmu(CP0_CONTEXT)), 0xff80_0000);
      setWord(mmu(CP0_CONTEXT), x.or(context, x.mask(x.shrU(x.get(va), 9), 0x007f_fff0)));
      setWord(mmu(CP0_ENTRY_HI), x.or(x.mask(x.get(va), 0xffff_e000), asid));
      x.call(index.raise, code, x.get(pc), x.get(inSlot), x.const(refill))();
      x.return(x.const(2));
    };
    const loadOrStore = x.add(x.const(TLB_LOAD), x.get(store));
    if (entries > 0) {
      x.set(at, x.call(index.findEntry, x.or(x.mask(x.get(va), ~BELOW_PAIR), asid)));
      x.if(x.op(W.i32LtS, x.get(at), zero), () => {
        setMail(MAIL.missed, x.or(x.mask(x.get(va), ~ASID), asid));
        fault(loadOrStore, 1);
      });
      x.set(mask, x.or(x.load(x.get(at), tlb + 4), x.const(BELOW_PAIR)));
      // The highest bit of the mask tells the even page from the odd one; what is below goes through.
      const through = x.shrU(x.get(mask), 1);
      const odd = x.and(x.and(x.get(va), x.get(mask)), x.xor(through, x.const(-1)));
      x.set(page, x.load(x.add(x.get(at), x.op(W.select, x.const(4), zero, odd)), tlb + 8));
      x.if(x.isZero(x.mask(x.get(page), VALID)), () => fault(loadOrStore, 0));
      x.if(x.and(x.get(store), x.isZero(x.mask(x.get(page), DIRTY))), () => fault(x.const(MODIFIED), 0));
      x.call(index.enter, x.get(va), x.get(page), through, word(S.MODE))();
    } else zero();
  }

  /** (tag): forgets an entry's pair of 4 KB pages in every slot of the soft TLB that they may be in. */
  const clear = new FunctionBody(1);
  {
    const { x } = notation(clear);
    const [tag] = [0];
    const [slot, at] = [clear.local(), clear.local()];
    const tableBytes = 4 * softTlb.stride;
    x.for(slot, 0, 4 * softTlb.slots, 4, () =>
      x.if(x.load(x.get(slot), 4 * softTlb.modes), () => {
        const mine = x.eq(x.load(x.get(slot), 4 * softTlb.asids), x.mask(x.get(tag), ASID));
        x.if(x.or(mine, x.mask(x.get(tag), GLOBAL)), () => {
          const pair = x.shl(x.shrU(x.get(tag), 13), 3);
          x.set(at, x.add(x.op(W.i32Mul, x.get(slot), x.const(tableBytes)), pair));
          // Each slot has two tables for each of two modes; the first slot comes behind the empty table.
          for (const mode of [KERNEL, USER])
            x.if(x.mask(x.load(x.get(slot), 4 * softTlb.modes), 1 << mode), () => {
              for (const table of [mode + 1, mode + 2]) {
                const offset = 4 * softTlb.tables + table * tableBytes;
                // Written only where it must be: the host's page behind a word never written stays unallocated.
                const filled = x.isZero(x.op(W.i64Eqz, x.load(x.get(at), offset, W.i64Load)));
                const nothing = () => clear.const64(0, 0);
                x.if(filled, () => x.store(x.get(at), offset, nothing, W.i64Store));
              }
            });
        });
      }),
    );
  }

  /** (entry times 16): TLBWI and TLBWR of 4 KB pages over an entry of such. 0: JavaScript must. */
  const writeEntry = new FunctionBody(1);
  {
    const { x, zero, word, mail, setMail } = notation(writeEntry);
    const [at] = [0];
    const [tag, number, page] = [writeEntry.local(), writeEntry.local(), writeEntry.local()];
    const large = x.or(word(mmu(CP0_PAGE_MASK)), x.xor(x.load(x.get(at), tlb + 4), x.const(SMALL)));
    x.if(large, () => x.return(zero));
    x.call(index.clear, x.load(x.get(at), tlb))();
    const [lo0, lo1] = [word(mmu(CP0_ENTRY_LO0)), word(mmu(CP0_ENTRY_LO1))];
    const global = x.shl(x.mask(x.and(lo0, lo1), 1), 8);
    x.set(tag, x.or(x.mask(word(mmu(CP0_ENTRY_HI)), 0xffff_e0ff), global));
    x.store(x.get(at), tlb, x.get(tag));
    for (const [offset, lo] of [
      [8, lo0],
      [12, lo1],
    ] as const)
      x.store(x.get(at), tlb + offset, x.or(x.mask(x.shl(lo, 6), ~0xfff), x.mask(lo, 0x3e)));
    x.call(index.clear, x.get(tag))();
    x.set(number, x.shrU(x.get(at), 4));
    const bit = x.op(W.i32Shl, x.const(1), x.get(number));
    x.if(
      x.op(W.i32LtU, x.get(number), x.const(32)),
      () => setMail(MAIL.written, x.or(mail(MAIL.written), bit)),
      () => setMail(MAIL.written + 1, x.or(mail(MAIL.written + 1), bit)),
    );
    // What missed before any other entry was written matches this one alone, and its access will be tried again in the mode that was left.
    const missed = mail(MAIL.missed);
    const other = x.mask(x.xor(missed, x.get(tag)), 0xffff_e000 | ASID);
    const isUsers = x.isZero(x.op(W.i32LtS, missed, zero));
    const knownMode = x.isZero(x.mask(word(S.STATUS), 8));
    x.if(x.and(x.and(isUsers, knownMode), x.and(x.isZero(other), x.ne(missed, zero))), () => {
      const odd = x.field(missed, 12, 1);
      x.set(page, x.load(x.add(x.get(at), x.shl(odd, 2)), tlb + 8));
      const mode = x.field(word(S.STATUS), 3, 2);
      x.if(x.mask(x.get(page), VALID), () => {
        x.call(index.enter, missed, x.get(page), x.const(0xfff), mode)();
        writeEntry.op(W.drop);
      });
    });
    setMail(MAIL.missed, zero);
    x.const(1)();
  }

  /** (): an access has been left to the interpreter at PC, all registers in the state block. */
  const miss = new FunctionBody(0);
  {
    const { x, zero, word, mail } = notation(miss);
    const [pc, instruction, opcode, va, store] = Array.from({ length: 5 }, () => miss.local()) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const giveUp = () => x.return(zero);
    const entryOf = (base: number, address: number) => x.load(x.shl(x.add(word(base), x.shrU(x.get(address), 12)), 2));
    x.if(mail(MAIL.handsOff), giveUp);
    x.set(pc, word(S.PC));
    x.set(instruction, entryOf(S.READ_BASE, pc));
    x.if(x.isZero(x.get(instruction)), giveUp);
    x.set(instruction, x.load(x.add(x.get(instruction), x.get(pc))));
    x.set(opcode, x.shrU(x.get(instruction), 26));
    x.if(x.op(W.i32LtU, x.get(opcode), x.const(32)), giveUp);
    // Shifts take the opcode modulo 32.
    const is = (set: number) => x.mask(x.op(W.i32ShrU, x.const(set), x.get(opcode)), 1);
    x.set(store, is(STORES));
    x.if(x.isZero(x.or(x.get(store), is(LOADS))), giveUp);
    const offset = x.op(W.i32Extend16S, x.get(instruction));
    x.set(va, x.add(x.load(x.shl(x.field(x.get(instruction), 21, 5), 2), state), offset));
    const unaligned = [
      [HALVES, 1],
      [WORDS, 3],
      [DOUBLES, 7],
    ] as const;
    const masks = unaligned.map(([set, low]) => x.op(W.i32Mul, is(set), x.const(low)));
    x.if(x.and(x.get(va), masks.reduce(x.or)), giveUp);
    // kseg0 and kseg1 are not the TLB's; the upper half is not user mode's, which is mode 2.
    x.if(x.eq(x.shrU(x.get(va), 30), x.const(2)), giveUp);
    x.if(x.and(x.shrU(word(S.MODE), 1), x.shrU(x.get(va), 31)), giveUp);
    // What the soft TLB has already was looked for elsewhere: the site must learn.
    x.if(
      x.get(store),
      () => x.if(entryOf(S.WRITE_BASE, va), giveUp),
      () => x.if(entryOf(S.READ_BASE, va), giveUp),
    );
    const inSlot = word(S.IN_SLOT);
    x.set(opcode, x.call(index.translate, x.get(va), x.get(store), x.get(pc), inSlot));
    // A store beside code finds no entry ever; in a slot there is no region to go on in.
    x.if(x.eq(x.get(opcode), x.const(1)), () => {
      x.if(x.and(x.get(store), x.isZero(entryOf(S.WRITE_BASE, va))), giveUp);
      x.if(inSlot, giveUp);
    });
    x.get(opcode)();
  }

  /** (pc): the soft TLB has no page for an address that is about to be executed. */
  const fetch = new FunctionBody(1);
  {
    const { x, zero, word, mail } = notation(fetch);
    const [pc] = [0];
    x.if(mail(MAIL.handsOff), () => x.return(zero));
    x.if(x.eq(x.shrU(x.get(pc), 30), x.const(2)), () => x.return(zero));
    x.if(x.or(x.mask(x.get(pc), 3), x.and(x.shrU(word(S.MODE), 1), x.shrU(x.get(pc), 31))), () => x.return(zero));
    x.if(x.load(x.shl(x.add(word(S.READ_BASE), x.shrU(x.get(pc), 12)), 2)), () => x.return(zero));
    x.call(index.translate, x.get(pc), zero, x.get(pc), zero)();
  }

  /** (first, second, pc, left): the long way of an instruction outside a slot; returns as JavaScript's does. */
  const rare = new FunctionBody(4);
  {
    const { x, zero, word, setWord, mail, setMail, soft } = notation(rare);
    const [first, second, pc, left] = [0, 1, 2, 3];
    const [handler, value, status, slot] = [rare.local(), rare.local(), rare.local(), rare.local()];
    const goOn = () => x.return(zero);
    /** Ends what runs, to go on at PC. */
    const resume = (retired: number) => {
      setMail(MAIL.resume, x.const(GO_ON));
      x.return(x.xor(x.sub(x.get(left), x.const(retired)), x.const(-1)));
    };
    /** For one of `handlers`: `code`, and what falls out of it is JavaScript's. */
    const on = (handlers: readonly number[], code: Code) =>
      x.if(handlers.map((number) => x.eq(x.get(handler), x.const(number))).reduce(x.or), code);
    const rt = x.field(x.get(first), 14, 5);
    const setRt = (result: Code) => x.if(rt, () => x.store(x.shl(rt, 2), state, result));
    const rtValue = x.load(x.shl(rt, 2), state);
    /** The line of the timer's interrupt (IntCtl.IPTI). */
    const line = () => {
      x.set(slot, x.shrU(word(S.INT_CTL), 29));
      return x.add(x.const(8), x.op(W.select, x.get(slot), x.const(7), x.get(slot)));
    };
    const cause = (timerLine: Code) => {
      const timer = x.op(W.i32Shl, word(S.TIMER_PENDING), timerLine);
      return x.or(x.or(word(S.CAUSE), word(S.IRQ_LINES)), timer);
    };
    /** Whether an interrupt would come with `status`. */
    const interrupted = (): Code => {
      const now = cause(line());
      const pending = x.and(now, x.mask(x.get(status), INTERRUPTS));
      return x.and(x.ne(pending, zero), x.eq(x.mask(x.get(status), IE | EXL | ERL), x.const(IE)));
    };
    /** Sets Status unless that calls for more than `then`. */
    const setStatus = (then: Code) =>
      x.if(x.isZero(interrupted()), () => {
        setWord(S.STATUS, x.get(status));
        then();
      });
    const field = (low: number, count: number) => x.field(x.get(second), low, count);
    const register = x.or(x.shl(field(11, 5), 3), field(0, 3));
    const onRegister = (number: number, code: Code) => x.if(x.eq(register, x.const(8 * number)), code);

    x.set(handler, x.mask(x.get(first), 255));
    x.if(x.isZero(mail(MAIL.handsOff)), () => {
      on([78], () => {
        // SYSCALL
        x.call(index.raise, x.const(SYSCALL), x.get(pc), zero, zero)();
        resume(0);
      });
      const base = x.load(x.shl(x.field(x.get(first), 8, 6), 2), state);
      /** Sets `value` to the host address of the word at base + offset, and `slot` to its physical one, if both are at hand. */
      const find = (table: number, then: Code) => {
        x.set(value, x.add(base, x.get(second)));
        x.set(slot, x.load(x.shl(x.add(word(table), x.shrU(x.get(value), 12)), 2)));
        x.if(x.get(slot), () => {
          x.set(value, x.add(x.get(value), x.get(slot)));
          x.set(slot, x.sub(x.get(value), x.const(ram)));
          const inside = x.op(W.i32LtU, x.get(slot), x.const(ramSize));
          x.if(x.and(inside, x.isZero(x.mask(x.get(value), 3))), then);
        });
      };
      on([76], () =>
        find(S.READ_BASE, () => {
          // LL; its destination may be the sink.
          setWord(S.LL_BIT, x.const(1));
          setWord(S.LL_ADDR, x.get(slot));
          setWord(S.LL_VALUE, x.load(x.get(value)));
          x.store(x.shl(x.field(x.get(first), 14, 6), 2), state, x.load(x.get(value)));
          goOn();
        }),
      );
      on([77], () =>
        find(S.WRITE_BASE, () => {
          // SC
          const sameWord = x.and(x.eq(word(S.LL_ADDR), x.get(slot)), x.eq(word(S.LL_VALUE), x.load(x.get(value))));
          x.set(status, x.and(word(S.LL_BIT), sameWord));
          x.if(x.get(status), () => x.store(x.get(value), 0, rtValue));
          setWord(S.LL_BIT, zero);
          setRt(x.get(status));
          goOn();
        }),
      );
      // All else is for kernel mode.
      x.if(x.isZero(word(S.MODE)), () => {
        on([98], () => {
          // ERET
          x.set(status, x.mask(word(S.STATUS), ~EXL));
          const toKnownMode = x.isZero(x.or(x.mask(x.get(status), ERL), x.mask(x.get(status), 8)));
          x.if(toKnownMode, () =>
            setStatus(() => {
              setWord(S.LL_BIT, zero);
              setWord(S.PC, word(S.EPC));
              x.call(index.setMode, x.field(x.get(status), 3, 2))();
              resume(1);
            }),
          );
        });
        on([93], () => {
          // MTC0
          onRegister(12, () => {
            const kept = x.mask(word(S.STATUS), ~statusMask);
            x.set(status, x.or(kept, x.mask(rtValue, statusMask)));
            // Kernel mode must stay.
            const error = x.mask(x.get(status), ERL);
            const leaves = x.and(x.mask(x.get(status), KSU), x.sub(x.field(x.get(status), 1, 1), x.const(1)));
            x.if(x.isZero(x.or(error, leaves)), () => setStatus(goOn));
          });
          if (entries === 0) return;
          onRegister(10, () => {
            x.set(value, x.mask(rtValue, 0xffff_e0ff));
            const asid = x.mask(x.get(value), ASID);
            const same = x.isZero(x.mask(x.xor(x.get(value), word(mmu(CP0_ENTRY_HI))), ASID));
            x.if(same, () => {
              setWord(mmu(CP0_ENTRY_HI), x.get(value));
              goOn();
            });
            x.for(slot, 0, 4 * softTlb.slots, 4, () =>
              x.if(x.eq(x.load(x.get(slot), 4 * softTlb.asids), asid), () => {
                setWord(mmu(CP0_ENTRY_HI), x.get(value));
                x.store(zero, 4 * softTlb.current, x.shrU(x.get(slot), 2));
                x.store(zero, 4 * softTlb.uses, x.add(soft(softTlb.uses), x.const(1)));
                x.store(x.get(slot), 4 * softTlb.lastUse, soft(softTlb.uses));
                x.call(index.setMode, zero)();
                goOn();
              }),
            );
          });
          onRegister(0, () =>
            x.if(x.op(W.i32LtU, rtValue, x.const(entries)), () => {
              setWord(mmu(CP0_INDEX), x.or(x.mask(word(mmu(CP0_INDEX)), 0x8000_0000), rtValue));
              goOn();
            }),
          );
        });
        on([92], () => {
          // MFC0
          onRegister(13, () => {
            x.set(value, cause(line()));
            if (options.release2) x.set(value, x.or(x.get(value), x.shl(word(S.TIMER_PENDING), 30)));
            setRt(x.get(value));
            goOn();
          });
          if (entries === 0) return;
          for (const number of [CP0_INDEX, CP0_PAGE_MASK, CP0_WIRED])
            onRegister(number, () => {
              setRt(word(mmu(number)));
              goOn();
            });
        });
        on([106], () => {
          // CACHE: there is none; an operation on an address that is always there does nothing.
          const offset = x.op(W.i32Extend16S, x.get(second));
          const unmapped = x.eq(x.shrU(x.add(base, offset), 30), x.const(2));
          x.if(x.or(unmapped, x.isZero(field(20, 1))), goOn);
        });
        on([101], () => {
          // DI
          x.set(status, word(S.STATUS));
          setRt(x.get(status));
          setWord(S.STATUS, x.mask(x.get(status), ~IE));
          goOn();
        });
        on([102], () => {
          // EI
          x.set(value, word(S.STATUS));
          x.set(status, x.or(x.get(value), x.const(IE)));
          setStatus(() => {
            setRt(x.get(value));
            goOn();
          });
        });
        if (entries === 0) return;
        // Of code that is mapped itself, the mapping may go.
        x.if(x.eq(x.shrU(x.get(pc), 30), x.const(2)), () => {
          on([95], () => {
            // TLBWI
            const at = x.shl(x.mask(word(mmu(CP0_INDEX)), 63), 4);
            x.if(x.call(index.writeEntry, at), goOn);
          });
          on([96], () => {
            // TLBWR; Random moves on as the seeded policy of `@kseg/mmu` has it.
            x.set(value, word(mmu(CP0_RANDOM)));
            x.if(x.call(index.writeEntry, x.shl(x.get(value), 4)), () => {
              const seed = x.add(x.op(W.i32Mul, word(mmu(STATE_SEED)), x.const(1664525)), x.const(1013904223));
              setWord(mmu(STATE_SEED), seed);
              const low = word(mmu(CP0_WIRED));
              const room = x.sub(x.const(entries - 1), low);
              const drawn = x.shrU(x.op(W.i32Mul, x.shrU(word(mmu(STATE_SEED)), 16), room), 16);
              x.set(slot, x.add(low, drawn));
              const notAgain = x.add(x.get(slot), x.op(W.i32GeS, x.get(slot), x.get(value)));
              const only = x.op(W.i32LeS, room, zero);
              setWord(mmu(CP0_RANDOM), x.op(W.select, x.const(entries - 1), notAgain, only));
              goOn();
            });
          });
          on([97], () => {
            // TLBP
            x.set(value, x.call(index.findEntry, word(mmu(CP0_ENTRY_HI))));
            const none = x.or(word(mmu(CP0_INDEX)), x.const(0x8000_0000));
            const found = x.shrU(x.get(value), 4);
            const missing = x.op(W.i32LtS, x.get(value), zero);
            setWord(mmu(CP0_INDEX), x.op(W.select, none, found, missing));
            goOn();
          });
        });
      });
    });
    x.call(javascript, x.get(first), x.get(second), x.get(pc), x.get(left))();
  }

  const functions = [
    { type: TYPE.take, body: setMode },
    { type: TYPE.raise, body: raise },
    { type: TYPE.test, body: findEntry },
    { type: TYPE.rare, body: enter },
    { type: TYPE.rare, body: translate },
    { type: TYPE.take, body: clear },
    { type: TYPE.test, body: writeEntry },
    { type: TYPE.give, body: miss },
    { type: TYPE.test, body: fetch },
    { type: TYPE.rare, body: rare },
  ];
  return { functions, miss: base + 7, fetch: base + 8, rare: base + 9 };
}
