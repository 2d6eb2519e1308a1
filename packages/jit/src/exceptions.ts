// Taking an exception, and what follows from the mode: MIPS32 PRA vol. III, §6.2.
import { state as S } from '@kseg/cpu/engine';
import { type Indices, type SystemOptions, vocabulary } from './handwritten.ts';
import { MAIL } from './mailbox.ts';
import { FunctionBody, W } from './wasm.ts';

// Bits of Status and Cause.
const EXL = 2;
const BEV = 1 << 22;
const EXCEPTION_CODE = 0x7c;

export function exceptionFunctions(options: SystemOptions, index: Indices) {
  const { softTlb, mailbox } = options;

  /** (mode): chooses the soft TLB's tables. */
  const setMode = new FunctionBody(1);
  {
    const { x, setWord, soft, tablesOf } = vocabulary(options, setMode);
    const [mode] = [0];
    const table = setMode.local();
    setWord(S.MODE, x.get(mode));
    x.set(table, tablesOf(x.shl(soft(softTlb.current), 2), x.get(mode)));
    setWord(S.READ_BASE, x.get(table));
    setWord(S.WRITE_BASE, x.add(x.get(table), x.const(softTlb.stride)));
  }

  /** (code, pc, inSlot, refill): takes an exception (§6.2.2). */
  const raise = new FunctionBody(4);
  {
    const { x, zero, word, setWord, mail, setMail } = vocabulary(options, raise);
    const [code, pc, inSlot, refill] = [0, 1, 2, 3];
    const [status, cause, offset] = [raise.local(), raise.local(), raise.local()];
    const count = mailbox + 4 * MAIL.exceptions;
    const at = x.shl(x.get(code), 2);
    x.store(at, count, x.add(x.load(at, count), x.const(1)));
    setMail(MAIL.raised, x.const(1));
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

  return { setMode, raise };
}
