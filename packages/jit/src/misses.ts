// Accesses and fetches that have found nothing in the soft TLB.
import { state as S } from '@kseg/cpu/engine';
import { type Indices, type SystemOptions, vocabulary } from './handwritten.ts';
import { MAIL } from './mailbox.ts';
import { FunctionBody, W } from './wasm.ts';

// Primary opcodes from 32 on, as bits: loads, stores, and those of halfwords, words and doublewords that must be aligned.
const bits = (...opcodes: number[]): number => opcodes.reduce((sum, opcode) => sum | (1 << (opcode - 32)), 0);
const LOADS = bits(0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x35);
const STORES = bits(0x28, 0x29, 0x2a, 0x2b, 0x2e, 0x39, 0x3d);
const HALVES = bits(0x21, 0x25, 0x29);
const WORDS = bits(0x23, 0x2b, 0x31, 0x39);
const DOUBLES = bits(0x35, 0x3d);

export function missFunctions(options: SystemOptions, index: Indices) {
  const { state } = options;

  /** (): an access has been left to the interpreter at PC, all registers in the state block. */
  const miss = new FunctionBody(0);
  {
    const { x, zero, word, mail } = vocabulary(options, miss);
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
    const { x, zero, word, mail } = vocabulary(options, fetch);
    const [pc] = [0];
    x.if(mail(MAIL.handsOff), () => x.return(zero));
    x.if(x.eq(x.shrU(x.get(pc), 30), x.const(2)), () => x.return(zero));
    x.if(x.or(x.mask(x.get(pc), 3), x.and(x.shrU(word(S.MODE), 1), x.shrU(x.get(pc), 31))), () => x.return(zero));
    x.if(x.load(x.shl(x.add(word(S.READ_BASE), x.shrU(x.get(pc), 12)), 2)), () => x.return(zero));
    x.call(index.translate, x.get(pc), zero, x.get(pc), zero)();
  }

  return { miss, fetch };
}
