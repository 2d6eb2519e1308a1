// What an operating system does most, without a way through JavaScript: system calls, ERET, the Status and EntryHi moves of a context
// switch, TLB refills, LL and SC. Hand-written WebAssembly over the state block, the MMU's words in it, and the soft TLB; each function leaves
// what is not everyday to the interpreter's code. Sections are those of the MIPS32 PRA vol. III.
import { HANDLER as H, state as S } from '@kseg/cpu/engine';
import { CP0_ENTRY_HI, CP0_INDEX, CP0_PAGE_MASK, CP0_RANDOM, CP0_WIRED, STATE_SEED } from '@kseg/mmu';
import { exceptionFunctions } from './exceptions.ts';
import type { Code } from './expressions.ts';
import { ASID, type Indices, mmu, type SystemOptions, vocabulary } from './handwritten.ts';
import { GO_ON, MAIL } from './mailbox.ts';
import { missFunctions } from './misses.ts';
import { TYPE } from './signatures.ts';
import { ALONE, type Steps } from './steps.ts';
import { tlbFunctions } from './tlb.ts';
import { FunctionBody, W } from './wasm.ts';

// Bits of Status and Cause (§9).
const IE = 1;
const EXL = 2;
const ERL = 4;
const KSU = 0x18;
const INTERRUPTS = 0xff00;
/** An exception code. */
const SYSCALL = 8;

/** Instead of what is left: the instruction has not been carried out. */
export const UNDONE = 0x8000_0000 | 0;

interface SystemFunction {
  readonly type: number;
  readonly body: FunctionBody;
}

export interface System {
  readonly functions: readonly SystemFunction[];
  /** Of `functions`: (first, second, pc, left) of an instruction outside a slot, as JavaScript's, or UNDONE. */
  readonly quick: number;
  /** The same as regions import it: JavaScript does what is undone. */
  readonly rare: number;
  /** () -> whether the access that regions have left may be tried again from PC, or PC is a vector now. */
  readonly miss: number;
  /** (pc) -> the same of an instruction fetch. */
  readonly fetch: number;
}

/** `base`: index of the first of the functions in the module; `javascript`: index of the import that carries out whatever instruction. */
export function* system(options: SystemOptions, base: number, javascript: number): Steps<System> {
  const index: Indices = {
    setMode: base,
    raise: base + 1,
    findEntry: base + 2,
    enter: base + 3,
    translate: base + 4,
    clear: base + 5,
    writeEntry: base + 6,
    physical: base + 9,
    quick: base + 10,
    javascript,
  };
  const exceptions = exceptionFunctions(options, index);
  yield ALONE;
  const tlb = tlbFunctions(options, index);
  yield ALONE;
  const misses = missFunctions(options, index);
  yield ALONE;
  const quick = everyday(options, index);
  const rare = new FunctionBody(4);
  {
    const { x } = vocabulary(options, rare);
    const [first, second, pc, left] = [0, 1, 2, 3];
    const result = rare.local();
    const operands = [first, second, pc, left].map(x.get);
    x.set(result, x.call(index.quick, ...operands));
    x.if(x.eq(x.get(result), x.const(UNDONE)), () => x.set(result, x.call(index.javascript, ...operands)));
    x.get(result)();
  }
  const functions = [
    { type: TYPE.take, body: exceptions.setMode },
    { type: TYPE.raise, body: exceptions.raise },
    { type: TYPE.test, body: tlb.findEntry },
    { type: TYPE.rare, body: tlb.enter },
    { type: TYPE.rare, body: tlb.translate },
    { type: TYPE.take, body: tlb.clear },
    { type: TYPE.test, body: tlb.writeEntry },
    { type: TYPE.give, body: misses.miss },
    { type: TYPE.test, body: misses.fetch },
    { type: TYPE.test, body: tlb.physical },
    { type: TYPE.rare, body: quick },
    { type: TYPE.rare, body: rare },
  ];
  return { functions, miss: base + 7, fetch: base + 8, quick: base + 10, rare: base + 11 };
}

/** (first, second, pc, left): an instruction outside a slot, if it is one of these and nothing about it is uncommon. */
function everyday(options: SystemOptions, index: Indices): FunctionBody {
  const { state, softTlb, entries, statusMask, ram, ramSize } = options;
  const quick = new FunctionBody(4);
  {
    const { x, zero, word, setWord, mail, setMail, soft } = vocabulary(options, quick);
    const [first, second, pc, left] = [0, 1, 2, 3];
    const [handler, value, status] = [quick.local(), quick.local(), quick.local()];
    const [slot, va] = [quick.local(), quick.local()];
    const goOn = () => x.return(x.sub(x.get(left), x.const(1)));
    /** Ends what runs, to go on at PC. */
    const resume = (retired: number) => {
      setMail(MAIL.resume, x.const(GO_ON));
      x.return(x.xor(x.sub(x.get(left), x.const(retired)), x.const(-1)));
    };
    /** For a handler: `code`, and what falls out of it is undone. */
    const on = (number: number, code: Code) => x.if(x.eq(x.get(handler), x.const(number)), code);
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
      on(H.SYSCALL, () => {
        x.call(index.raise, x.const(SYSCALL), x.get(pc), zero, zero)();
        resume(0);
      });
      const base = x.load(x.shl(x.field(x.get(first), 8, 6), 2), state);
      /** Sets `value` to the host address of the word at base + offset, and `slot` to its physical one, if both are at hand. */
      const find = (table: number, then: Code) => {
        x.set(va, x.add(base, x.get(second)));
        x.set(slot, x.load(x.shl(x.add(word(table), x.shrU(x.get(va), 12)), 2)));
        x.if(x.get(slot), () => {
          x.set(value, x.add(x.get(va), x.get(slot)));
          x.set(slot, x.sub(x.get(value), x.const(ram)));
          const inside = x.op(W.i32LtU, x.get(slot), x.const(ramSize));
          // Memory that is shown twice has two addresses.
          const isIts = x.eq(x.call(index.physical, x.get(va)), x.get(slot));
          x.if(x.and(inside, x.isZero(x.mask(x.get(value), 3))), () => x.if(isIts, then));
        });
      };
      on(H.LL, () =>
        find(S.READ_BASE, () => {
          // Its destination may be the sink.
          setWord(S.LL_BIT, x.const(1));
          setWord(S.LL_ADDR, x.get(slot));
          setWord(S.LL_VALUE, x.load(x.get(value)));
          x.store(x.shl(x.field(x.get(first), 14, 6), 2), state, x.load(x.get(value)));
          goOn();
        }),
      );
      on(H.SC, () =>
        find(S.WRITE_BASE, () => {
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
        on(H.ERET, () => {
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
        on(H.MTC0, () => {
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
        on(H.MFC0, () => {
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
        // There is no cache: an operation on an address that is always there does nothing.
        const unmapped = () => x.eq(x.shrU(x.add(base, x.op(W.i32Extend16S, x.get(second))), 30), x.const(2));
        on(H.CACHE, () => x.if(x.or(unmapped(), x.isZero(field(20, 1))), goOn));
        on(H.SYNCI, () => x.if(unmapped(), goOn));
        on(H.DI, () => {
          x.set(status, word(S.STATUS));
          setRt(x.get(status));
          setWord(S.STATUS, x.mask(x.get(status), ~IE));
          goOn();
        });
        on(H.EI, () => {
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
          on(H.TLBWI, () => {
            const at = x.shl(x.mask(word(mmu(CP0_INDEX)), 63), 4);
            x.if(x.call(index.writeEntry, at), goOn);
          });
          on(H.TLBWR, () => {
            // Random moves on as the seeded policy of `@kseg/mmu` has it.
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
          on(H.TLBP, () => {
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
    x.const(UNDONE)();
  }
  return quick;
}
