// From a region to the body of a WebAssembly function (left, depth) -> (pc, left): `left` is how many ticks there are, one for each
// instruction that retires, `depth` how many regions called each other to get here. What comes back is where execution goes on and what is
// left. When an instruction needs the interpreter, or the long way has ended the run, what is left comes back inverted (~left, negative) and
// PC is in the state block: every caller then returns at once.
//
// No path between two looks at `left` is longer than what was looked for, so a region never overruns: where too little is left it returns,
// and the interpreter carries out the rest.
import { BlockEmitter } from './block.ts';
import type { Block, Edge, Region } from './flow.ts';
import type { Circumstances, Surroundings } from './frame.ts';
import { SHARE, STRETCH, type Steps } from './steps.ts';
import { type Structure, structure } from './structure.ts';
import { type FunctionBody, W } from './wasm.ts';

export interface Emitted {
  readonly body: FunctionBody;
  /** Of its strongly connected parts, those that have several entries. */
  readonly dispatchers: number;
}

/** The body of a region's function. */
export function* emitRegion(region: Region, around: Surroundings, circumstances: Circumstances): Steps<Emitted> {
  const size = region.words.length;
  yield SHARE.structure * size;
  const shape = structure(region);
  yield SHARE.analyse * size;
  const blocks = new BlockEmitter(shape, around, circumstances);
  const { body } = blocks;
  blocks.begin();
  const codes: Uint8Array[] = [];
  let count = STRETCH;
  for (const block of shape.order) {
    if (count >= STRETCH) {
      yield SHARE.emit * STRETCH;
      count = 0;
    }
    const from = body.code.length;
    blocks.block(block);
    codes.push(body.code.cut(from));
    count += block.count;
  }
  yield SHARE.assemble * size;
  new Assembler(shape, body, codes).assemble();
  return { body, dispatchers: shape.dispatchers };
}

type Label = { readonly kind: 'loop' | 'behind'; readonly block: Block } | { readonly kind: 'plain' };

/** Puts the code of blocks together as their dominator tree has it. */
class Assembler {
  readonly #labels: Label[] = [];
  readonly #label: number;

  constructor(
    private readonly shape: Structure,
    private readonly body: FunctionBody,
    /** Of each block, by position. */
    private readonly codes: readonly Uint8Array[],
  ) {
    this.#label = body.local();
  }

  assemble(): void {
    this.#tree(this.shape.entry);
    this.body.op(W.unreachable);
  }

  #tree(block: Block): void {
    const { shape, body } = this;
    const behind = shape.children.get(block)!.filter((child) => shape.merges.has(child));
    behind.sort((a, b) => shape.index[b.id]! - shape.index[a.id]!);
    if (!shape.loops.has(block)) {
      this.#within(block, behind);
      return;
    }
    body.open(W.loop);
    this.#labels.push({ kind: 'loop', block });
    this.#within(block, behind);
    this.#close();
  }

  /** A block, and those that follow it from several sides, the last of them outermost. */
  #within(block: Block, behind: readonly Block[]): void {
    const [last, ...others] = behind;
    if (last === undefined) {
      this.#block(block);
      return;
    }
    this.body.open(W.block);
    this.#labels.push({ kind: 'behind', block: last });
    this.#within(block, others);
    this.#close();
    this.#tree(last);
  }

  #close(): void {
    this.body.op(W.end);
    this.#labels.pop();
  }

  /** The label that a jump from `from` along `edge` goes to, counted from the innermost; -1 when the block's code comes in its place. */
  #depthOf(from: Block, { to }: Edge): number {
    const { shape } = this;
    const back = shape.index[to.id]! <= shape.index[from.id]!;
    if (!back && !shape.merges.has(to)) return -1;
    const kind = back ? 'loop' : 'behind';
    for (let i = this.#labels.length - 1; i >= 0; i--) {
      const label = this.#labels[i]!;
      if (label.kind === kind && label.block === to) return this.#labels.length - 1 - i;
    }
    throw new Error('a block is out of reach: the graph is not reducible');
  }

  #go(from: Block, edge: Edge): void {
    const { body } = this;
    if (edge.label >= 0) {
      body.const(edge.label);
      body.set(this.#label);
    }
    const depth = this.#depthOf(from, edge);
    if (depth >= 0) body.br(depth);
    else this.#tree(edge.to);
  }

  /** Both ways of a condition that lies on the stack. */
  #fork(from: Block, taken: Edge, other: () => void): void {
    const { body } = this;
    const depth = this.#depthOf(from, taken);
    if (depth >= 0 && taken.label < 0) body.brIf(depth);
    else {
      body.open(W.if);
      this.#labels.push({ kind: 'plain' });
      this.#go(from, taken);
      this.#close();
    }
    other();
  }

  #block(block: Block): void {
    const { body, shape } = this;
    body.code.append(this.codes[shape.index[block.id]!]!);
    const [first, second] = block.succs;
    switch (block.end.kind) {
      case 'branch':
        this.#fork(block, first!, () => this.#go(block, second!));
        break;
      case 'dispatch':
        this.#dispatch(block, 0);
        break;
      default:
        if (first !== undefined) this.#go(block, first);
    }
  }

  #dispatch(block: Block, way: number): void {
    const edge = block.succs[way]!;
    if (way === block.succs.length - 1) {
      this.#go(block, edge);
      return;
    }
    const { body } = this;
    body.get(this.#label);
    body.const(way);
    body.op(W.i32Eq);
    this.#fork(block, edge, () => this.#dispatch(block, way + 1));
  }
}
