// An interpreter in WebAssembly, for what is not worth its translation: `@kseg/cpu`'s loop over predecoded instructions (interpret.ts, where it
// can be read), made of the code that regions are made of. It carries out what neither raises an exception nor concerns anybody but
// registers and memory; at anything else it stops, with everything in the state block.
import { FIRST_BRANCH, HANDLER as H, state as S } from '@kseg/cpu/engine';
import { loads, lookUp, partOfWord, stores, widths } from './access.ts';
import { isConditional, pushCondition } from './conditions.ts';
import { Expressions } from './expressions.ts';
import { isAccess, isFloatingBranch, isStore } from './instruction.ts';
import { integerEmitter } from './integer.ts';
import { ENDED, LEFT, MAIL, SAMPLED } from './mailbox.ts';
import type { Operands } from './operands.ts';
import { TYPE, types } from './signatures.ts';
import { UNDONE } from './system.ts';
import { encodeModule, FunctionBody, I32, I64, W } from './wasm.ts';

/** Where things are in the arena, in bytes. */
export interface LoopOptions {
  readonly state: number;
  readonly mailbox: number;
  /** The code cache's decoded words, and its `slotOf`. */
  readonly code: number;
  readonly slotOf: number;
  readonly bigEndian: boolean;
  readonly memoryPages: number;
}

// What may be used, as a parameter has it.
export const CP0_USABLE = 1;
export const FPU_USABLE = 2;
export const DSP_USABLE = 4;
/** Status.FR is clear: an odd single is the upper half of a double. */
export const HALF_REGISTERS = 8;

/**
 * (at, page, left, samples, usable) -> left. Executes what is decoded behind the byte address `at`, whose page has the virtual address `page`,
 * for at most `left` instructions, or `samples` taken branches. The mailbox tells why it has stopped.
 */
export type Interpret = (at: number, page: number, left: number, samples: number, usable: number) => number;

/** Bytes of a decoded instruction, and of a page of them. */
const WORD = 8;
const PAGE = 1024 * WORD;

/** All that there is code for. */
const handlers = (): number[] => {
  const all: number[] = [];
  for (let handler = 1; handler < 256; handler++) if (isHere(handler)) all.push(handler);
  return all;
};

const JUMPS = new Set<number>([H.B, H.J, H.JAL, H.JR, H.JALR]);
const LINKS = new Set<number>([H.BLTZAL, H.BGEZAL, H.BLTZALL, H.BGEZALL]);
const LIKELY = new Set<number>([
  H.BEQL,
  H.BNEL,
  H.BLEZL,
  H.BGTZL,
  H.BLTZL,
  H.BGEZL,
  H.BLTZALL,
  H.BGEZALL,
  H.BC1FL,
  H.BC1TL,
]);
/** DSPControl.pos is 32 or more. */
const POS_32 = 32;
/** System instructions that another function carries out as a rule (system.ts), and that change nothing which is taken for granted here. */
const QUICKLY = [H.LL, H.SC, H.DI, H.EI, H.CACHE, H.SYNCI, H.MFC0];
const FOR_KERNEL = new Set<number>([H.MFC0_WORD, H.MTC0_WORD, H.MTC0_ENTRY_LO]);
const FLOATING_MOVES = new Set<number>([H.MFC1, H.MTC1]);

/** Whether the interpreter has code for a handler. */
export const isHere = (handler: number): boolean =>
  integerEmitter(handler) !== undefined ||
  isAccess(handler) ||
  isConditional(handler) ||
  isFloatingBranch(handler) ||
  JUMPS.has(handler) ||
  FLOATING_MOVES.has(handler) ||
  handler === H.BPOSGE32;

/** A module that exports one `Interpret`, as '0'. */
export function encodeLoop(options: LoopOptions): Uint8Array<ArrayBuffer> {
  return encodeModule({
    types: [{ params: new Array(5).fill(I32), results: [I32] }, types[TYPE.rare]],
    memoryPages: options.memoryPages,
    tableSize: 1,
    imports: [],
    functions: [{ type: 0, body: new Loop(options).body }],
  });
}

// Labels, from the outermost: the order in which they are opened. Behind them come those of the handlers.
const STEP = 1;
const SLOW = 2;
const QUICK = 3;
const UNTAKEN = 4;
const TAKEN = 5;
const END_OF_LINE = 6;

/**
 * `at` is the address of the instruction that was fetched last. A *line* is a stretch without a taken branch within one page; `line`, `stop`,
 * `slotEnd` and `pageStart` are addresses before what they tell, as `at` is.
 */
class Loop implements Operands {
  readonly body = new FunctionBody(5);
  readonly #x = new Expressions(this.body);
  // Parameters.
  readonly #at = 0;
  readonly #page = 1;
  readonly #left = 2;
  readonly #samples = 3;
  readonly #usable = 4;
  // Locals.
  readonly #pageStart = this.body.local();
  readonly #line = this.body.local();
  readonly #stop = this.body.local();
  /** The end of a delay slot behind which execution goes on at `target`; 0 when there is none. */
  readonly #slotEnd = this.body.local();
  readonly #target = this.body.local();
  readonly #readBase = this.body.local();
  readonly #writeBase = this.body.local();
  readonly #first = this.body.local();
  readonly #address = this.body.local();
  readonly #entry = this.body.local();
  readonly #value = this.body.local();
  readonly scratch = this.body.local();
  readonly wide = this.body.local(I64);
  /** How many labels are open. */
  #depth = 0;

  constructor(private readonly options: LoopOptions) {
    this.#begin();
    this.#open(W.loop);
    for (let label = SLOW; label <= END_OF_LINE; label++) this.#open(W.block);
    this.#fetch();
    const all = handlers();
    for (const _ of all) this.#open(W.block);
    this.#dispatch(all);
    for (const handler of all) {
      this.#close();
      this.#handler(handler);
    }
    this.#close();
    this.#endOfLine();
    this.#close();
    this.#taken();
    this.#close();
    this.#untaken();
    this.#close();
    this.#quick();
    this.#close();
    this.#slow();
    this.#close();
    this.body.op(W.unreachable);
  }

  // ---- labels

  #open(opcode: number): void {
    this.body.open(opcode);
    this.#depth++;
  }

  #close(): void {
    this.body.op(W.end);
    this.#depth--;
  }

  #to(label: number): void {
    this.body.br(this.#depth - label);
  }

  #toIf(label: number): void {
    this.body.brIf(this.#depth - label);
  }

  // ---- the frame of it

  #word(place: number) {
    return this.#x.load(this.#x.const(0), this.options.state + 4 * place);
  }

  #setWord(place: number, value: () => void): void {
    this.#x.store(this.#x.const(0), this.options.state + 4 * place, value);
  }

  #mail(place: number, value: () => void): void {
    this.#x.store(this.#x.const(0), this.options.mailbox + 4 * place, value);
  }

  /** The virtual address behind `at`, less `by`. */
  #pc(by = 0) {
    const x = this.#x;
    const from = by === 0 ? x.get(this.#at) : x.sub(x.get(this.#at), x.const(by));
    return x.add(x.get(this.#page), x.shrU(x.sub(from, x.get(this.#pageStart)), 1));
  }

  #begin(): void {
    const x = this.#x;
    const { code } = this.options;
    const inPage = x.mask(x.add(x.get(this.#at), x.const(WORD - code)), -PAGE);
    x.set(this.#pageStart, x.add(inPage, x.const(code - WORD)));
    x.set(this.#readBase, x.shl(this.#word(S.READ_BASE), 2));
    x.set(this.#writeBase, x.shl(this.#word(S.WRITE_BASE), 2));
    this.#beginLine();
    x.if(this.#word(S.IN_SLOT), () => {
      this.#setWord(S.IN_SLOT, x.const(0));
      x.set(this.#target, this.#word(S.NEXT_PC));
      x.set(this.#stop, x.add(x.get(this.#at), x.const(WORD)));
      x.set(this.#slotEnd, x.get(this.#stop));
    });
  }

  /** A line from `at` to the end of the page or of the stretch. */
  #beginLine(): void {
    const x = this.#x;
    const { body } = this;
    x.set(this.#line, x.get(this.#at));
    x.set(this.#stop, x.add(x.get(this.#pageStart), x.const(PAGE)));
    const room = x.shrU(x.sub(x.get(this.#stop), x.get(this.#at)), 3);
    x.add(x.get(this.#at), x.shl(x.get(this.#left), 3))();
    body.get(this.#stop);
    x.op(W.i32LtU, x.get(this.#left), room)();
    body.op(W.select);
    body.set(this.#stop);
  }

  #fetch(): void {
    const x = this.#x;
    x.eq(x.get(this.#at), x.get(this.#stop))();
    this.#toIf(END_OF_LINE);
    x.set(this.#at, x.add(x.get(this.#at), x.const(WORD)));
    x.set(this.#first, x.load(x.get(this.#at)));
  }

  #dispatch(all: readonly number[]): void {
    const { body } = this;
    const labels = new Array<number>(256).fill(this.#depth - SLOW);
    for (const handler of QUICKLY) labels[handler] = this.#depth - QUICK;
    // The last one opened is closed first.
    all.forEach((handler, i) => {
      labels[handler] = i;
    });
    this.#x.mask(this.#x.get(this.#first), 255)();
    body.brTable(labels.slice(0, 255), labels[255]!);
  }

  #handler(handler: number): void {
    const integer = integerEmitter(handler);
    if (FOR_KERNEL.has(handler)) this.#slowUnless(CP0_USABLE);
    if (integer !== undefined) {
      integer(this);
      this.#to(STEP);
    } else if (isAccess(handler)) {
      this.#access(handler);
      this.#to(STEP);
    } else if (FLOATING_MOVES.has(handler)) {
      this.#floatingMove(handler);
      this.#to(STEP);
    } else if (JUMPS.has(handler)) this.#jump(handler);
    else this.#branch(handler);
  }

  #slowUnless(usable: number): void {
    const x = this.#x;
    x.isZero(x.mask(x.get(this.#usable), usable))();
    this.#toIf(SLOW);
  }

  // ---- operands

  /** Byte offset of the register whose number is in the field at `low`. */
  #register(low: number) {
    return this.#x.mask(this.#x.shrU(this.#x.get(this.#first), low - 2), 0xfc);
  }

  #push(low: number): void {
    this.#x.load(this.#register(low), this.options.state)();
  }

  #pop(low: number): void {
    this.body.set(this.#value);
    this.#x.store(this.#register(low), this.options.state, this.#x.get(this.#value));
  }

  pushRs(): void {
    this.#push(8);
  }

  pushRt(): void {
    this.#push(14);
  }

  pushRd(): void {
    this.#push(20);
  }

  popRt(): void {
    this.#pop(14);
  }

  popRd(): void {
    this.#pop(20);
  }

  pushHi(): void {
    this.#word(S.HI)();
  }

  pushLo(): void {
    this.#word(S.LO)();
  }

  popHi(): void {
    this.body.set(this.#value);
    this.#setWord(S.HI, this.#x.get(this.#value));
  }

  popLo(): void {
    this.body.set(this.#value);
    this.#setWord(S.LO, this.#x.get(this.#value));
  }

  pushSecond(): void {
    this.#x.load(this.#x.get(this.#at), 4)();
  }

  pushPosition(): void {
    this.#x.field(this.#x.get(this.#first), 20, 6)();
  }

  #secondAsWord() {
    return this.#x.shl(() => this.pushSecond(), 2);
  }

  pushWord(): void {
    this.#x.load(this.#secondAsWord(), this.options.state)();
  }

  storeWord(value: () => void): void {
    this.#x.store(this.#secondAsWord(), this.options.state, value);
  }

  leaveIf(): void {
    this.#toIf(SLOW);
  }

  // ---- loads and stores

  #access(handler: number): void {
    const x = this.#x;
    const { body } = this;
    const { bigEndian, state } = this.options;
    const { log } = widths[handler]!;
    const floating = handler >= H.LWC1 && handler <= H.SDC1;
    if (floating) this.#slowUnless(FPU_USABLE);
    x.set(
      this.#address,
      x.add(
        () => this.pushRs(),
        () => this.pushSecond(),
      ),
    );
    lookUp(body, this.#address, this.#entry, isStore(handler) ? this.#writeBase : this.#readBase, log);
    this.#toIf(SLOW);
    const host = x.add(x.get(this.#entry), x.get(this.#address));
    const rt = () => this.pushRt();
    switch (handler) {
      case H.LWL:
      case H.LWR:
      case H.SWL:
      case H.SWR:
        partOfWord(handler, {
          body,
          bigEndian,
          host: () => {
            x.mask(host, ~3)();
            return 0;
          },
          pushAddress: x.get(this.#address),
          pushRt: rt,
          popRt: () => this.popRt(),
        });
        return;
      case H.LWC1:
        x.store(this.#single(14), state + 4 * S.FPR, x.load(host));
        return;
      case H.SWC1:
        x.store(host, 0, x.load(this.#single(14), state + 4 * S.FPR));
        return;
      case H.LDC1:
        x.store(this.#double(14), state + 4 * S.FPR, this.#inOrder(x.load(host, 0, W.i64Load)), W.i64Store);
        return;
      case H.SDC1:
        x.store(host, 0, this.#inOrder(x.load(this.#double(14), state + 4 * S.FPR, W.i64Load)), W.i64Store);
        return;
    }
    const swap = bigEndian ? [3, 2, 0][log]! : 0;
    const place = swap === 0 ? host : x.xor(host, x.const(swap));
    if (isStore(handler)) x.store(place, 0, rt, stores[handler]!);
    else {
      x.load(place, 0, loads[handler]!)();
      this.popRt();
    }
  }

  // ---- coprocessor 1

  /** A doubleword's halves as the other side has them. */
  #inOrder(value: () => void) {
    return () => {
      value();
      if (this.options.bigEndian) this.body.op(W.i64Const, 32, W.i64Rotl);
    };
  }

  /** 1 where an odd register is part of the even one before it. */
  #isHalf() {
    return this.#x.field(this.#x.get(this.#usable), 3, 1);
  }

  /** Byte offset from FPR of the single whose number is in the field at `low`. */
  #single(low: number) {
    const x = this.#x;
    const number = x.field(x.get(this.#first), low, 5);
    return x.sub(x.shl(number, 3), x.shl(x.and(number, this.#isHalf()), 2));
  }

  #double(low: number) {
    const x = this.#x;
    const number = x.field(x.get(this.#first), low, 5);
    return x.shl(x.sub(number, x.and(number, this.#isHalf())), 3);
  }

  #floatingMove(handler: number): void {
    const x = this.#x;
    const at = this.options.state + 4 * S.FPR;
    this.#slowUnless(FPU_USABLE);
    if (handler === H.MTC1) {
      x.store(this.#single(20), at, () => this.pushRt());
      return;
    }
    x.load(this.#single(20), at)();
    this.popRt();
  }

  // ---- branches

  #branch(handler: number): void {
    const x = this.#x;
    if (isFloatingBranch(handler)) {
      this.#slowUnless(FPU_USABLE);
      const shift = x.field(x.get(this.#first), 14, 5);
      x.mask(x.op(W.i32ShrU, this.#word(S.FCSR), shift), 1)();
      if (handler === H.BC1F || handler === H.BC1FL) this.body.op(W.i32Eqz);
    } else if (handler === H.BPOSGE32) {
      this.#slowUnless(DSP_USABLE);
      x.mask(this.#word(S.DSP_CONTROL), POS_32)();
    } else {
      pushCondition(this, handler);
      if (LINKS.has(handler)) this.#link();
    }
    this.#toIf(TAKEN);
    this.#to(LIKELY.has(handler) ? UNTAKEN : STEP);
  }

  /** $31 = the address behind the delay slot. */
  #link(): void {
    this.#setWord(31, this.#x.add(this.#pc(), this.#x.const(4)));
  }

  #jump(handler: number): void {
    const x = this.#x;
    if (handler === H.B) {
      this.#to(TAKEN);
      return;
    }
    if (handler === H.J || handler === H.JAL)
      x.set(
        this.#target,
        x.or(x.mask(this.#pc(), 0xf000_0000), () => this.pushSecond()),
      );
    else x.set(this.#target, () => this.pushRs());
    if (handler === H.JAL) this.#link();
    if (handler === H.JALR) {
      x.add(this.#pc(), x.const(4))();
      this.popRd();
    }
    this.#toSlot();
  }

  /** To the delay slot, behind which execution goes on at `target`. */
  #toSlot(): void {
    const x = this.#x;
    const { body } = this;
    x.set(this.#slotEnd, x.add(x.get(this.#at), x.const(WORD)));
    // The stop stays where it is at the instruction itself.
    body.get(this.#slotEnd);
    body.get(this.#stop);
    x.ne(x.get(this.#at), x.get(this.#stop))();
    body.op(W.select);
    body.set(this.#stop);
    this.#to(STEP);
  }

  #taken(): void {
    const x = this.#x;
    x.set(
      this.#target,
      x.add(this.#pc(), () => this.pushSecond()),
    );
    this.#toSlot();
  }

  /** A likely branch that is not taken nullifies its slot, which does not retire. */
  #untaken(): void {
    const x = this.#x;
    this.#count(0);
    x.set(this.#target, x.add(this.#pc(), x.const(4)));
    x.set(this.#line, x.get(this.#at));
    x.set(this.#slotEnd, x.get(this.#at));
    x.set(this.#stop, x.get(this.#at));
    this.#to(STEP);
  }

  /** Takes what has retired off `left`: all to `at`, but for `less` bytes of it. */
  #count(less: number): void {
    const x = this.#x;
    const walked = x.sub(x.get(this.#at), x.get(this.#line));
    const retired = less === 0 ? walked : x.sub(walked, x.const(less));
    x.set(this.#left, x.sub(x.get(this.#left), x.shrU(retired, 3)));
  }

  // ---- the ends

  /** What stands before `at`, less `by`, is a branch. */
  #isBranch(by: number) {
    const x = this.#x;
    const word = by === 0 ? x.load(x.get(this.#at)) : x.load(x.sub(x.get(this.#at), x.const(by)));
    return x.op(W.i32GeU, x.mask(word, 255), x.const(FIRST_BRANCH));
  }

  #inSlot(next: () => void): void {
    this.#setWord(S.IN_SLOT, this.#x.const(1));
    this.#setWord(S.NEXT_PC, next);
  }

  #return(pc: () => void, why: number): void {
    const x = this.#x;
    this.#setWord(S.PC, pc);
    this.#mail(MAIL.stopped, x.const(why));
    this.#mail(MAIL.at, x.get(this.#at));
    this.#mail(MAIL.samples, x.get(this.#samples));
    x.return(x.get(this.#left));
  }

  #endOfLine(): void {
    const x = this.#x;
    const { slotOf, code } = this.options;
    this.#count(0);
    // The page or the stretch ends. Behind a branch, the next instruction is its slot.
    x.if(x.ne(x.get(this.#at), x.get(this.#slotEnd)), () => {
      x.if(x.get(this.#slotEnd), () => {
        this.#inSlot(x.get(this.#target));
        this.#return(this.#pc(), ENDED);
      });
      x.if(x.ne(x.get(this.#at), x.get(this.#line)), () =>
        x.if(this.#isBranch(0), () => {
          this.#inSlot(x.add(this.#pc(), x.const(4)));
          this.#return(this.#pc(), ENDED);
        }),
      );
      x.set(this.#target, this.#pc());
    });
    // To the target, if it is decoded, and there is time and nobody to be told.
    x.if(x.get(this.#left), () => {
      x.set(this.#address, x.sub(x.get(this.#target), x.get(this.#page)));
      x.if(x.mask(x.get(this.#address), ~0xffc), () => {
        const table = x.add(x.get(this.#readBase), x.shl(x.shrU(x.get(this.#target), 12), 2));
        x.set(this.#entry, x.load(table));
        const page = x.shrU(x.sub(x.add(x.get(this.#entry), x.get(this.#target)), x.const(64)), 12);
        x.set(this.#value, x.load(x.shl(page, 2), slotOf));
        const known = x.and(x.ne(x.get(this.#entry), x.const(0)), x.ne(x.get(this.#value), x.const(0)));
        x.if(x.and(known, x.isZero(x.mask(x.get(this.#target), 3))), () => {
          x.set(this.#pageStart, x.add(x.shl(x.get(this.#value), 2), x.const(code - WORD)));
          x.set(this.#page, x.mask(x.get(this.#target), ~0xfff));
          x.set(this.#address, x.mask(x.get(this.#target), 0xffc));
        });
      });
      x.if(x.isZero(x.mask(x.get(this.#address), ~0xffc)), () => {
        x.set(this.#at, x.add(x.get(this.#pageStart), x.shl(x.get(this.#address), 1)));
        x.set(this.#samples, x.sub(x.get(this.#samples), x.const(1)));
        x.if(x.isZero(x.get(this.#samples)), () => this.#return(x.get(this.#target), SAMPLED));
        this.#beginLine();
        x.set(this.#slotEnd, x.const(0));
        // Out of two.
        this.body.br(this.#depth - STEP + 2);
      });
    });
    this.#return(x.get(this.#target), ENDED);
  }

  /** What stands at `at`, but behind a taken branch: another function's, and if that does not carry it out, whoever called. */
  #quick(): void {
    const x = this.#x;
    const { body } = this;
    x.isZero(x.load(x.const(0), this.options.mailbox + 4 * MAIL.quick))();
    this.#toIf(SLOW);
    x.eq(x.get(this.#slotEnd), x.get(this.#at))();
    this.#toIf(SLOW);
    x.get(this.#first)();
    this.pushSecond();
    this.#pc(WORD)();
    const walked = x.sub(x.sub(x.get(this.#at), x.const(WORD)), x.get(this.#line));
    x.sub(x.get(this.#left), x.shrU(walked, 3))();
    body.const(0);
    body.callIndirect(1);
    body.tee(this.#value);
    body.const(UNDONE);
    body.op(W.i32Eq);
    this.#toIf(SLOW);
    x.set(this.#left, x.get(this.#value));
    this.#beginLine();
    this.#to(STEP);
  }

  /** Leaves the instruction at `at` to whoever called. */
  #slow(): void {
    const x = this.#x;
    this.#count(WORD);
    x.if(
      x.eq(x.get(this.#slotEnd), x.get(this.#at)),
      () => this.#inSlot(x.get(this.#target)),
      () =>
        x.if(x.ne(x.sub(x.get(this.#at), x.const(WORD)), x.get(this.#line)), () =>
          x.if(this.#isBranch(WORD), () => this.#inSlot(this.#pc())),
        ),
    );
    this.#return(this.#pc(WORD), LEFT);
  }
}
