// Loads and stores. In kernel mode they are expected in kseg0, and those of a block that go through one pointer share a check: all of them
// are carried out or none is reached, so one look says whether the whole span lies in memory. Others look into the soft TLB each. What
// finds nothing leaves the region.
import { HANDLER as H } from '@kseg/cpu/engine';
import type { Floating } from './floating.ts';
import type { Frame, Site } from './frame.ts';
import { handlerOf, type Instruction, isAccess, isStore } from './instruction.ts';
import { writes } from './registers.ts';
import { type FunctionBody, W } from './wasm.ts';

/** Accesses through the same pointer, whose value does not change in between but by constants. */
interface Group {
  /** Offsets from the pointer's value at the beginning of the block: from the first byte to behind the last, of all and of stores. */
  from: number;
  to: number;
  storesFrom: number;
  storesTo: number;
  stores: number;
  /** Log2 of the greatest alignment that is asked for, and an offset that has it. */
  log: number;
  phase: number;
  /** Local that holds the address of `base` less that of kseg0, once the first of the group has been emitted; the offset that it stands for. */
  local: number;
  base: number;
  linesKnown: boolean;
}

interface Member {
  readonly group: Group;
  readonly offset: number;
}

/** Bytes that a group may span. */
const SPAN = 2048;
const LINE = 64;

export class Accesses {
  #members = new Map<Instruction, Member>();
  readonly #address: number;
  readonly #entry: number;
  /** Locals of groups; those of one block are not used in another. */
  readonly #locals: number[] = [];
  #used = 0;

  constructor(
    private readonly frame: Frame,
    private readonly floating: Floating,
  ) {
    this.#address = frame.body.local();
    this.#entry = frame.body.local();
  }

  /** Before a block that executes `sequence`, nothing in between: finds out what goes through the same pointers. */
  plan(sequence: readonly Instruction[]): void {
    this.#members = new Map();
    this.#used = 0;
    /** For each register that has been written: which unknown value it is a constant away from, and how far. Others are roots themselves. */
    const values = new Map<number, { readonly root: number; readonly distance: number }>();
    const valueIn = (register: number) => values.get(register) ?? { root: register, distance: 0 };
    let roots = 33;
    const groups = new Map<number, Group[]>();
    for (const instruction of sequence) {
      const { first, second } = instruction;
      const handler = handlerOf(instruction);
      const rs = (first >>> 8) & 63;
      if (isAccess(handler) && this.isDirect(instruction)) {
        const { root, distance } = valueIn(rs);
        const there = groups.get(root) ?? [];
        groups.set(root, there);
        this.#join(there, instruction, distance + second);
      }
      const source = valueIn(rs);
      const written = writes(instruction) & ~1;
      // At most one.
      if (written !== 0) values.set(31 - Math.clz32(written), { root: roots++, distance: 0 });
      if (handler === H.ADDIU)
        values.set((first >>> 14) & 63, { root: source.root, distance: source.distance + second });
      else if (handler === H.MOVE) values.set((first >>> 20) & 63, source);
    }
  }

  /** Whether a load or store is expected in kseg0. */
  isDirect({ pc, first }: Instruction): boolean {
    const { around, circumstances } = this.frame;
    return circumstances.kernel && around.ramSize > SPAN && !circumstances.mapped(pc, (first >>> 8) & 63);
  }

  #join(groups: Group[], instruction: Instruction, offset: number): void {
    const handler = handlerOf(instruction);
    const { log, bytes } = widths[handler]!;
    const end = offset + bytes;
    const fits = (group: Group) => {
      const step = 1 << Math.min(log, group.log);
      return Math.max(group.to, end) - Math.min(group.from, offset) <= SPAN - 8 && (offset - group.phase) % step === 0;
    };
    let group = groups.find(fits);
    if (group === undefined) {
      group = {
        from: offset,
        to: end,
        storesFrom: Infinity,
        storesTo: -Infinity,
        stores: 0,
        log,
        phase: offset,
        local: -1,
        base: 0,
        linesKnown: false,
      };
      groups.push(group);
    }
    if (log > group.log) {
      group.log = log;
      group.phase = offset;
    }
    group.from = Math.min(group.from, offset);
    group.to = Math.max(group.to, end);
    if (isStore(handler)) {
      group.stores++;
      group.storesFrom = Math.min(group.storesFrom, offset);
      group.storesTo = Math.max(group.storesTo, end);
    }
    this.#members.set(instruction, { group, offset });
  }

  emit(site: Site): void {
    const { frame } = this;
    const { body, around } = frame;
    const { instruction } = site;
    const { first, second } = instruction;
    const handler = handlerOf(instruction);
    const rt = (first >>> 14) & 63;
    const { log } = widths[handler]!;
    const member = this.#members.get(instruction);
    let local = this.#address;
    let offset = 0;
    let distance = 0;
    if (member !== undefined) {
      this.#check(site, member);
      local = member.group.local;
      offset = around.ram;
      distance = member.offset - member.group.base;
    } else {
      frame.get((first >>> 8) & 63);
      if (second !== 0) {
        body.const(second);
        body.op(W.i32Add);
      }
      body.set(local);
      lookUp(body, local, this.#entry, isStore(handler) ? frame.writeBase : frame.readBase, log);
      frame.leaveIf(site);
    }

    /** Pushes the host address, but for what it returns: the offset of the access. */
    const host = (swap: number, mask = -1): number => {
      body.get(local);
      if (member === undefined) {
        body.get(this.#entry);
        body.op(W.i32Add);
      }
      if (mask === -1 && swap === 0) return offset + distance;
      if (distance !== 0) {
        body.const(distance);
        body.op(W.i32Add);
      }
      if (mask !== -1) {
        body.const(mask);
        body.op(W.i32And);
      }
      if (swap !== 0) {
        body.const(swap);
        body.op(W.i32Xor);
      }
      return offset;
    };
    const swap = around.bigEndian ? [3, 2, 0, 0][log]! : 0;
    const { floating } = this;
    const big = around.bigEndian;
    switch (handler) {
      case H.LWL:
      case H.LWR:
      case H.SWL:
      case H.SWR:
        partOfWord(handler, {
          body,
          bigEndian: big,
          host: () => host(0, ~3),
          pushAddress: () => {
            body.get(local);
            if (distance === 0) return;
            body.const(distance);
            body.op(W.i32Add);
          },
          pushRt: () => frame.get(rt),
          popRt: () => frame.set(rt),
        });
        return;
      case H.LWC1:
        body.memory(W.f32Load, host(0));
        floating.popSingle(rt & 31);
        return;
      case H.LDC1:
        body.memory(big ? W.i64Load : W.f64Load, host(0));
        floating.popDouble(rt & 31);
        return;
      case H.SWC1: {
        const at = host(0);
        floating.pushSingle(rt & 31);
        body.memory(W.f32Store, at);
        return;
      }
      case H.SDC1: {
        const at = host(0);
        floating.pushDouble(rt & 31);
        body.memory(big ? W.i64Store : W.f64Store, at);
        return;
      }
    }
    const at = host(swap);
    if (isStore(handler)) {
      frame.get(rt);
      body.memory(stores[handler]!, at);
    } else {
      body.memory(loads[handler]!, at);
      frame.set(rt);
    }
  }

  /** Makes sure that what `member` accesses, and its group, is memory, and that no code is stored to. */
  #check(site: Site, { group, offset }: Member): void {
    const { frame } = this;
    const { body, around } = frame;
    const stores = isStore(handlerOf(site.instruction));
    const first = group.local < 0;
    // A few lines for all stores, or that of each.
    const lines = Math.ceil((group.storesTo - group.storesFrom - 1) / LINE) + 1;
    const together = stores && group.stores > lines;
    const looks = stores && !(together && group.linesKnown);
    if (!first && !looks) return;
    body.open(W.block);
    if (first && looks) body.open(W.block);
    if (first) {
      group.local = this.#locals[this.#used] ?? body.local();
      this.#locals[this.#used++] = group.local;
      const step = 1 << group.log;
      group.base = group.from - ((((group.from - group.phase) % step) + step) % step);
      const { first: word, second } = site.instruction;
      frame.get((word >>> 8) & 63);
      body.const((second - (offset - group.base) + 0x8000_0000) | 0);
      body.op(W.i32Add);
      body.tee(group.local);
      // Less the base of kseg0, an aligned address below the size of memory by at least the span. (For bytes a mask would do, too, but V8 moves
      // the base to the mask's other side, and then computes address and test apart.)
      const span = group.to - group.base;
      const powerOfTwo = (around.ramSize & (around.ramSize - 1)) === 0;
      if (span === step && step > 1 && powerOfTwo) {
        body.const(~(around.ramSize - step));
        body.op(W.i32And);
        if (!looks) body.op(W.i32Eqz);
      } else {
        // Rotated, a misaligned one is not below.
        if (group.log > 0) {
          body.const(group.log);
          body.op(W.i32Rotr);
        }
        body.const(((around.ramSize - span) >>> group.log) + 1);
        body.op(looks ? W.i32GeU : W.i32LtU);
      }
      body.brIf(0);
    }
    if (looks) {
      const from = together ? group.storesFrom : offset;
      const last = together ? group.storesTo - 1 : offset;
      for (let at = from, more = false; ; at = Math.min(at + LINE, last), more = true) {
        body.get(group.local);
        if (at !== group.base) {
          body.const(at - group.base);
          body.op(W.i32Add);
        }
        body.const(6);
        body.op(W.i32ShrU);
        body.memory(W.i32Load8U, around.lines);
        if (more) body.op(W.i32Or);
        if (at === last) break;
      }
      body.op(W.i32Eqz);
      body.brIf(first ? 1 : 0);
      if (together) group.linesKnown = true;
      if (first) body.op(W.end);
    }
    frame.leaveTo(site);
    body.op(W.end);
  }
}

/** A load or store for `partOfWord`. */
interface Part {
  readonly body: FunctionBody;
  readonly bigEndian: boolean;
  /** Pushes the host address of the word that the byte is in, but for what it returns: the offset of the access. */
  host(): number;
  /** Pushes the guest's address. */
  pushAddress(): void;
  pushRt(): void;
  popRt(): void;
}

/** LWL, LWR, SWL, SWR within one word. */
export function partOfWord(handler: number, { body, bigEndian, host, pushAddress, pushRt, popRt }: Part): void {
  const left = handler === H.LWL || handler === H.SWL;
  /** Pushes by how many bits the word is shifted. */
  const shift = () => {
    if (left) body.const(24);
    pushAddress();
    body.const(3);
    body.op(W.i32And);
    if (bigEndian) {
      body.const(3);
      body.op(W.i32Xor);
    }
    body.const(3);
    body.op(W.i32Shl);
    if (left) body.op(W.i32Sub);
  };
  /** Pushes the bits that stay: those that -1 shifted leaves free. */
  const rest = (opcode: number) => {
    body.const(-1);
    shift();
    body.op(opcode);
    body.const(-1);
    body.op(W.i32Xor);
  };
  if (!isStore(handler)) {
    const opcode = left ? W.i32Shl : W.i32ShrU;
    body.memory(W.i32Load, host());
    shift();
    body.op(opcode);
    pushRt();
    rest(opcode);
    body.op(W.i32And, W.i32Or);
    popRt();
    return;
  }
  const opcode = left ? W.i32ShrU : W.i32Shl;
  const at = host();
  pushRt();
  shift();
  body.op(opcode);
  body.memory(W.i32Load, host());
  rest(opcode);
  body.op(W.i32And, W.i32Or);
  body.memory(W.i32Store, at);
}

/** Leaves the soft TLB's entry for the address in one local in another, and pushes whether there is none or the address is misaligned. */
export function lookUp(body: FunctionBody, address: number, entry: number, table: number, log: number): void {
  body.get(address);
  body.const(12);
  body.op(W.i32ShrU);
  body.const(2);
  body.op(W.i32Shl);
  body.get(table);
  body.op(W.i32Add);
  body.memory(W.i32Load, 0);
  body.tee(entry);
  body.op(W.i32Eqz);
  if (log === 0) return;
  body.get(address);
  body.const((1 << log) - 1);
  body.op(W.i32And, W.i32Or);
}

/** How wide the accesses of a handler are, and log2 of how they must be aligned. */
export const widths: Readonly<Record<number, { readonly log: number; readonly bytes: number }>> = {
  [H.LB]: { log: 0, bytes: 1 },
  [H.LBU]: { log: 0, bytes: 1 },
  [H.LH]: { log: 1, bytes: 2 },
  [H.LHU]: { log: 1, bytes: 2 },
  [H.LW]: { log: 2, bytes: 4 },
  // LWL … SWR: whatever word the byte is in is in the same memory, and the same line.
  [H.LWL]: { log: 0, bytes: 1 },
  [H.LWR]: { log: 0, bytes: 1 },
  [H.SB]: { log: 0, bytes: 1 },
  [H.SH]: { log: 1, bytes: 2 },
  [H.SW]: { log: 2, bytes: 4 },
  [H.SWL]: { log: 0, bytes: 1 },
  [H.SWR]: { log: 0, bytes: 1 },
  [H.LWC1]: { log: 2, bytes: 4 },
  [H.LDC1]: { log: 3, bytes: 8 },
  [H.SWC1]: { log: 2, bytes: 4 },
  [H.SDC1]: { log: 3, bytes: 8 },
};

export const loads: Readonly<Record<number, number>> = {
  [H.LB]: W.i32Load8S,
  [H.LBU]: W.i32Load8U,
  [H.LH]: W.i32Load16S,
  [H.LHU]: W.i32Load16U,
  [H.LW]: W.i32Load,
};

export const stores: Readonly<Record<number, number>> = {
  [H.SB]: W.i32Store8,
  [H.SH]: W.i32Store16,
  [H.SW]: W.i32Store,
};
