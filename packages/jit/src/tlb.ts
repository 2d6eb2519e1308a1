// The TLB of 4 KB pages and the soft TLB in front of it: MIPS32 PRA vol. III, §4.8, over the MMU's words in the state block.
import { state as S } from '@kseg/cpu/engine';
import { CP0_BAD_VADDR, CP0_CONTEXT, CP0_ENTRY_HI, CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_PAGE_MASK } from '@kseg/mmu';
import type { Code } from './expressions.ts';
import { ASID, type Indices, mmu, type SystemOptions, tlbAt, vocabulary } from './handwritten.ts';
import { MAIL } from './mailbox.ts';
import { KERNEL, USER } from './modes.ts';
import { FunctionBody, W } from './wasm.ts';

// Exception codes.
const MODIFIED = 1;
/** On a load or fetch; that on a store is the next. */
const TLB_LOAD = 2;
// Entries as `@kseg/mmu` keeps them: tag, mask, even and odd page.
const GLOBAL = 0x100;
const DIRTY = 4;
const VALID = 2;
/** The mask of 4 KB pages. */
const SMALL = 0x1800;
const BELOW_PAIR = 0x7ff;

export function tlbFunctions(options: SystemOptions, index: Indices) {
  const { softTlb, entries, ram, ramSize, codePages } = options;
  const tlb = tlbAt(options);

  /** (probe): the lowest entry that matches a virtual page and ASID, times 16; or -1. */
  const findEntry = new FunctionBody(1);
  {
    const { x } = vocabulary(options, findEntry);
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
    const { x, zero, soft, tablesOf } = vocabulary(options, enter);
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
    x.set(base, tablesOf(x.get(slot), x.get(mode)));
    const modes = x.op(W.i32Shl, x.const(1), x.get(mode));
    x.store(x.get(slot), 4 * softTlb.modes, x.or(x.load(x.get(slot), 4 * softTlb.modes), modes));
    x.set(list, x.add(x.op(W.i32Mul, soft(softTlb.current), x.const(softTlb.fillLimit)), x.const(softTlb.lists)));
    fill(x.get(base));
    const code = x.load(x.shrU(x.get(pa), 12), codePages, W.i32Load8U);
    x.if(x.and(x.isZero(code), x.field(x.get(page), 2, 1)), () => fill(x.add(x.get(base), x.const(softTlb.stride))));
    x.store(x.get(slot), 4 * softTlb.counts, x.get(count));
    x.const(1)();
  }

  /** The bits of the address in the local `va` that go through the entry at `at`, and the word of its page. `mask` is a local to use. */
  const pageOf = (body: FunctionBody, at: number, va: number, mask: number) => {
    const { x, zero } = vocabulary(options, body);
    x.set(mask, x.or(x.load(x.get(at), tlb + 4), x.const(BELOW_PAIR)));
    // The highest bit of the mask tells the even page from the odd one; what is below goes through.
    const through = x.shrU(x.get(mask), 1);
    const odd = x.and(x.and(x.get(va), x.get(mask)), x.xor(through, x.const(-1)));
    return { through, word: x.load(x.add(x.get(at), x.op(W.select, x.const(4), zero, odd)), tlb + 8) };
  };

  /** (va): the physical address of what the soft TLB has; -1 where that is another MMU's matter. */
  const physical = new FunctionBody(1);
  {
    const { x, word } = vocabulary(options, physical);
    const [va] = [0];
    const [at, mask] = [physical.local(), physical.local()];
    x.if(x.eq(x.shrU(x.get(va), 30), x.const(2)), () => x.return(x.mask(x.get(va), 0x1fff_ffff)));
    if (entries > 0) {
      const asid = x.mask(word(mmu(CP0_ENTRY_HI)), ASID);
      x.set(at, x.call(index.findEntry, x.or(x.mask(x.get(va), ~BELOW_PAIR), asid)));
      const page = pageOf(physical, at, va, mask);
      x.or(x.and(page.word, x.xor(page.through, x.const(-1))), x.and(x.get(va), page.through))();
    } else x.const(-1)();
  }

  /**
   * (va, store, pc, inSlot): looks an address up in the TLB (§4.8). 0: JavaScript must; 1: the soft TLB has its page now; 2: the exception
   * has been taken.
   */
  const translate = new FunctionBody(4);
  {
    const { x, zero, word, setWord, setMail } = vocabulary(options, translate);
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
      const found = pageOf(translate, at, va, mask);
      x.set(page, found.word);
      x.if(x.isZero(x.mask(x.get(page), VALID)), () => fault(loadOrStore, 0));
      x.if(x.and(x.get(store), x.isZero(x.mask(x.get(page), DIRTY))), () => fault(x.const(MODIFIED), 0));
      x.call(index.enter, x.get(va), x.get(page), found.through, word(S.MODE))();
    } else zero();
  }

  /** (tag): forgets an entry's pair of 4 KB pages in every slot of the soft TLB that they may be in. */
  const clear = new FunctionBody(1);
  {
    const { x } = vocabulary(options, clear);
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
    const { x, zero, word, mail, setMail } = vocabulary(options, writeEntry);
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

  return { findEntry, enter, translate, clear, writeEntry, physical };
}
