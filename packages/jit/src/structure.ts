// From a control-flow graph to one that structured code can express, and its dominator tree (Ramsey, "Beyond Relooper", ICFP 2022). A
// strongly connected part with several entries gets one entry more, a dispatcher, through which all ways into the others lead: compilers
// fill delay slots by branching behind the first instruction of a loop, so such parts are not rare.
import type { Block, Edge, Region } from './flow.ts';

export interface Structure {
  readonly entry: Block;
  /** In reverse postorder. */
  readonly order: readonly Block[];
  /** Position in `order`. */
  readonly index: ReadonlyMap<Block, number>;
  /** Blocks that some edge goes back to. */
  readonly loops: ReadonlySet<Block>;
  /** Blocks with several forward edges to them. */
  readonly merges: ReadonlySet<Block>;
  /** Children in the dominator tree. */
  readonly children: ReadonlyMap<Block, readonly Block[]>;
  readonly dispatchers: number;
}

export function structure(region: Region): Structure {
  const { entry, dispatchers } = makeReducible(region);
  const order = reversePostorder(entry);
  const index = new Map(order.map((block, i) => [block, i]));
  const predecessors = new Map<Block, Block[]>(order.map((block) => [block, []]));
  const loops = new Set<Block>();
  const forward = new Map<Block, number>();
  for (const block of order)
    for (const { to } of block.succs) {
      predecessors.get(to)!.push(block);
      if (index.get(to)! <= index.get(block)!) loops.add(to);
      else forward.set(to, (forward.get(to) ?? 0) + 1);
    }
  const merges = new Set([...forward].filter(([, count]) => count > 1).map(([block]) => block));
  const children = dominatorTree(order, index, predecessors);
  return { entry, order, index, loops, merges, children, dispatchers };
}

function makeReducible(region: Region): { entry: Block; dispatchers: number } {
  let dispatchers = 0;
  let { entry } = region;
  const treat = (nodes: ReadonlySet<Block>, from: Block) => {
    for (const part of components(nodes)) {
      if (part.size === 1) continue;
      const entries = new Set<Block>();
      if (part.has(from)) entries.add(from);
      // Edges into the part come from the nodes treated now, or from the header taken out before, which is in no part.
      for (const block of all) {
        if (part.has(block)) continue;
        for (const { to } of block.succs) if (part.has(to)) entries.add(to);
      }
      let header = [...entries][0]!;
      if (entries.size > 1) {
        dispatchers++;
        const ways = [...entries];
        const dispatcher: Block = { pc: -1, body: [], end: { kind: 'dispatch' }, succs: [], count: 0 };
        for (const block of all)
          for (const edge of block.succs) {
            const label = ways.indexOf(edge.to);
            if (label < 0) continue;
            edge.to = dispatcher;
            edge.label = label;
          }
        dispatcher.succs = ways.map((to) => ({ to, label: -1 }));
        all.push(dispatcher);
        if (ways.includes(entry)) {
          // The region's own entry is inside: it is reached with its label.
          const door: Block = {
            pc: entry.pc,
            body: [],
            end: { kind: 'goto' },
            succs: [{ to: dispatcher, label: ways.indexOf(entry) }],
            count: 0,
          };
          all.push(door);
          entry = door;
        }
        header = dispatcher;
      }
      const inner = new Set(part);
      inner.delete(header);
      treat(inner, header);
    }
  };
  const all: Block[] = [...region.blocks];
  treat(new Set(all), entry);
  return { entry, dispatchers };
}

/** Strongly connected components of the graph restricted to `nodes` (Tarjan). */
function components(nodes: ReadonlySet<Block>): Set<Block>[] {
  const found: Set<Block>[] = [];
  const number = new Map<Block, number>();
  const low = new Map<Block, number>();
  const stack: Block[] = [];
  const onStack = new Set<Block>();
  const visit = (block: Block): void => {
    const mine = number.size;
    number.set(block, mine);
    let lowest = mine;
    stack.push(block);
    onStack.add(block);
    for (const { to } of block.succs) {
      if (!nodes.has(to)) continue;
      if (!number.has(to)) {
        visit(to);
        lowest = Math.min(lowest, low.get(to)!);
      } else if (onStack.has(to)) lowest = Math.min(lowest, number.get(to)!);
    }
    low.set(block, lowest);
    if (lowest !== mine) return;
    const part = new Set<Block>();
    for (;;) {
      const member = stack.pop()!;
      onStack.delete(member);
      part.add(member);
      if (member === block) break;
    }
    found.push(part);
  };
  for (const block of nodes) if (!number.has(block)) visit(block);
  return found;
}

function reversePostorder(entry: Block): Block[] {
  const order: Block[] = [];
  const seen = new Set<Block>();
  const visit = (block: Block): void => {
    seen.add(block);
    for (let i = block.succs.length - 1; i >= 0; i--) {
      const { to } = block.succs[i] as Edge;
      if (!seen.has(to)) visit(to);
    }
    order.push(block);
  };
  visit(entry);
  return order.reverse();
}

/** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */
function dominatorTree(
  order: readonly Block[],
  index: ReadonlyMap<Block, number>,
  predecessors: ReadonlyMap<Block, readonly Block[]>,
): Map<Block, Block[]> {
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
      for (const block of predecessors.get(order[i]!)!) {
        const p = index.get(block)!;
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
