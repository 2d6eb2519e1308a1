// A little notation for WebAssembly that is written by hand: what computes a value, or does something, is a function that emits it.
import { type FunctionBody, W } from './wasm.ts';

export type Code = () => void;

export class Expressions {
  constructor(readonly body: FunctionBody) {}

  const = (value: number): Code => {
    return () => this.body.const(value);
  };

  get = (local: number): Code => {
    return () => this.body.get(local);
  };

  /** An operator on values, in order. */
  op = (opcode: number, ...values: Code[]): Code => {
    return () => {
      for (const value of values) value();
      this.body.op(opcode);
    };
  };

  add = (a: Code, b: Code): Code => this.op(W.i32Add, a, b);
  sub = (a: Code, b: Code): Code => this.op(W.i32Sub, a, b);
  and = (a: Code, b: Code): Code => this.op(W.i32And, a, b);
  or = (a: Code, b: Code): Code => this.op(W.i32Or, a, b);
  xor = (a: Code, b: Code): Code => this.op(W.i32Xor, a, b);
  eq = (a: Code, b: Code): Code => this.op(W.i32Eq, a, b);
  ne = (a: Code, b: Code): Code => this.op(W.i32Ne, a, b);
  isZero = (a: Code): Code => this.op(W.i32Eqz, a);
  shl = (a: Code, by: number): Code => this.op(W.i32Shl, a, this.const(by));
  shrU = (a: Code, by: number): Code => this.op(W.i32ShrU, a, this.const(by));
  mask = (a: Code, bits: number): Code => this.and(a, this.const(bits));
  /** The bits of `a` from `low` on, `count` of them. */
  field = (a: Code, low: number, count: number): Code => this.mask(this.shrU(a, low), (1 << count) - 1);

  /** A word at a byte address and an offset. */
  load = (address: Code, offset = 0, opcode: number = W.i32Load): Code => {
    return () => {
      address();
      this.body.memory(opcode, offset);
    };
  };

  store(address: Code, offset: number, value: Code, opcode: number = W.i32Store): void {
    address();
    value();
    this.body.memory(opcode, offset);
  }

  set(local: number, value: Code): void {
    value();
    this.body.set(local);
  }

  call = (index: number, ...values: Code[]): Code => {
    return () => {
      for (const value of values) value();
      this.body.call(index);
    };
  };

  if(condition: Code, then: Code, otherwise?: Code): void {
    condition();
    this.body.open(W.if);
    then();
    if (otherwise !== undefined) {
      this.body.op(W.else);
      otherwise();
    }
    this.body.op(W.end);
  }

  return(...values: Code[]): void {
    for (const value of values) value();
    this.body.op(W.return);
  }

  /** Repeats `body` for `local` = `from`, `from` + `step` … below `end`. */
  for(local: number, from: number, end: number, step: number, body: Code): void {
    this.set(local, this.const(from));
    this.body.open(W.loop);
    body();
    this.set(local, this.add(this.get(local), this.const(step)));
    this.op(W.i32LtU, this.get(local), this.const(end))();
    this.body.brIf(0);
    this.body.op(W.end);
  }
}
