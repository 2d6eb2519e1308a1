// From a control-flow graph to one that structured code can express, and its dominator tree (Ramsey, "Beyond Relooper", ICFP 2022). A
// strongly connected part with several entries gets one entry more, a dispatcher, through which all ways into the others lead: compilers
// fill delay slots by branching behind the first instruction of a loop, so such parts are not rare.
import type { Block, Edge, Region } from './flow.ts';

export interface Structure {
  readonly entry: Block;
  /** In reverse postorder. */
  readonly order: readonly Block[];
  /** Position in `order`, by a block's id. */
  readonly index: Int32Array;
  /** Blocks that some edge goes back to. */
  readonly loops: ReadonlySet<Block>;
  /** Blocks with several forward edges to them. */
  readonly merges: ReadonlySet<Block>;
  /** Children in the dominator tree. */
  readonly children: ReadonlyMap<Block, readonly Block[]>;
  readonly dispatchers: number;
}

export function structure(region: Region): Structure {
  const { entry } = region;
  const { size, dispatchers } = makeReducible(region);
  const order = reversePostorder(entry, size);
  const index = new Int32Array(size);
  order.forEach(({ id }, i) => {
    index[id] = i;
  });
  const predecessors: number[][] = order.map(() => []);
  const loops = new Set<Block>();
  const merges = new Set<Block>();
  const reached = new Uint8Array(size);
  order.forEach((block, i) => {
    for (const { to } of block.succs) {
      const at = index[to.id]!;
      predecessors[at]!.push(i);
      if (at <= i) loops.add(to);
      else if (reached[at] === 1) merges.add(to);
      else reached[at] = 1;
    }
  });
  const children = dominatorTree(order, predecessors);
  return { entry, order, index, loops, merges, children, dispatchers };
}

function makeReducible(region: Region): { size: number; dispatchers: number } {
  const all: Block[] = [...region.blocks];
  let dispatchers = 0;
  /** By id: the number of what a block belongs to at present, nodes or part. A block is a dispatcher's way at most once, and each has two or more. */
  const belongs = new Int32Array(2 * all.length);
  let groups = 0;
  const gather = (blocks: readonly Block[]): number => {
    groups++;
    for (const { id } of blocks) belongs[id] = groups;
    return groups;
  };
  const treat = (nodes: readonly Block[], from: Block) => {
    const mine = gather(nodes);
    for (const part of components(nodes, (block) => belongs[block.id] === mine, all.length)) {
      if (part.length === 1) continue;
      const inside = gather(part);
      const entries = new Set<Block>();
      // The region's entry: whatever else led into its part from outside could be reached from it, and so would be inside.
      if (belongs[from.id] === inside) entries.add(from);
      // Edges into the part come from the nodes treated now, or from the header taken out before, which is in no part.
      for (const block of all) {
        if (belongs[block.id] === inside) continue;
        for (const { to } of block.succs) if (belongs[to.id] === inside) entries.add(to);
      }
      let header = [...entries][0]!;
      if (entries.size > 1) {
        dispatchers++;
        const ways = [...entries];
        const dispatcher: Block = { id: all.length, pc: -1, body: [], end: { kind: 'dispatch' }, succs: [], count: 0 };
        for (const block of all)
          for (const edge of block.succs) {
            const label = ways.indexOf(edge.to);
            if (label < 0) continue;
            edge.to = dispatcher;
            edge.label = label;
          }
        dispatcher.succs = ways.map((to) => ({ to, label: -1 }));
        all.push(dispatcher);
        header = dispatcher;
      }
      treat(
        part.filter((block) => block !== header),
        header,
      );
    }
  };
  treat(region.blocks, region.entry);
  return { size: all.length, dispatchers };
}

/** Strongly connected components of the graph restricted to `nodes` (Tarjan), of blocks whose ids are less than `size`. */
function components(nodes: readonly Block[], isNode: (block: Block) => boolean, size: number): Block[][] {
  const found: Block[][] = [];
  /** 0 until a block is visited; and less than 0 once its component is known. */
  const number = new Int32Array(size);
  let visited = 0;
  const stack: Block[] = [];
  const visit = (block: Block): number => {
    const mine = ++visited;
    number[block.id] = mine;
    let lowest = mine;
    stack.push(block);
    for (const { to } of block.succs) {
      if (!isNode(to)) continue;
      const known = number[to.id]!;
      if (known === 0) lowest = Math.min(lowest, visit(to));
      else if (known > 0) lowest = Math.min(lowest, known);
    }
    if (lowest !== mine) return lowest;
    const part: Block[] = [];
    for (;;) {
      const member = stack.pop()!;
      number[member.id] = -1;
      part.push(member);
      if (member === block) break;
    }
    found.push(part);
    return Infinity;
  };
  for (const block of nodes) if (number[block.id] === 0) visit(block);
  return found;
}

function reversePostorder(entry: Block, size: number): Block[] {
  const order: Block[] = [];
  const seen = new Uint8Array(size);
  const visit = (block: Block): void => {
    seen[block.id] = 1;
    for (let i = block.succs.length - 1; i >= 0; i--) {
      const { to } = block.succs[i] as Edge;
      if (seen[to.id] === 0) visit(to);
    }
    order.push(block);
  };
  visit(entry);
  return order.reverse();
}

/** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm"; blocks by position in `order`. */
function dominatorTree(order: readonly Block[], predecessors: readonly (readonly number[])[]): Map<Block, Block[]> {
  const immediate = new Int32Array(order.length).fill(-1);
  immediate[0] = 0;
  const meet = (left: number, right: number): number => {
    let a = left;
    let b = right;
    while (a !== b) {
      while (a > b) a = immediate[a]!;
      while (b > a) b = immediate[b]!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 1; i < order.length; i++) {
      let best = -1;
      for (const p of predecessors[i]!) {
        if (immediate[p] === -1) continue;
        best = best === -1 ? p : meet(p, best);
      }
      if (best === immediate[i]) continue;
      immediate[i] = best;
      changed = true;
    }
  }
  const children = new Map<Block, Block[]>(order.map((block) => [block, []]));
  for (let i = 1; i < order.length; i++) children.get(order[immediate[i]!]!)!.push(order[i]!);
  return children;
}
