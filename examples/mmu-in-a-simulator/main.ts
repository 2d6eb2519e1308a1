// What the cache, the TLB and its handlers do for two processes, step by step.
import { Kernel } from './kernel.ts';
import { PAGE } from './simulator.ts';

const HEAP = 0x0040_0000;
const kernel = new Kernel();
const { simulator, faults } = kernel;
const parent = kernel.spawn();
const counts = () => [...Object.values(simulator.counts), ...Object.values(faults)];

function row(what: string, columns: readonly (string | number)[]): void {
  console.log(what.padEnd(42), ...columns.map((column) => String(column).padStart(8)));
}

/** Lets a process do something, and prints what that took. */
function step(asid: number, what: string, work: () => void): void {
  const before = counts();
  simulator.asid = asid;
  work();
  row(
    what,
    counts().map((count, i) => count - before[i]!),
  );
}

function write(pages: number, word: number): void {
  for (let va = HEAP; va < HEAP + pages * PAGE; va += 4) simulator.store(va, word);
}

function read(pages: number): void {
  for (let va = HEAP; va < HEAP + pages * PAGE; va += 4) simulator.load(va);
}

row('', [...Object.keys(simulator.counts), ...Object.keys(faults)]);
step(parent, 'The parent writes 10 pages', () => write(10, 1));
step(parent, 'and reads them.', () => read(10));
const child = kernel.fork();
step(parent, 'It forks, and reads them again.', () => read(10));
step(child, 'The child reads them, too,', () => read(10));
step(child, 'and writes 2: they are copied.', () => write(2, 2));
step(parent, 'The parent reads.', () => read(10));
step(child, 'The child reads. Nothing was flushed.', () => read(10));
step(parent, 'The parent writes 40; the TLB has 16 pairs', () => write(40, 3));
step(parent, 'and reads them.', () => read(40));

for (const [name, asid] of Object.entries({ parent, child })) {
  simulator.asid = asid;
  const words = Array.from({ length: 10 }, (_, i) => simulator.load(HEAP + i * PAGE));
  console.log(`In the end the ${name} finds ${words.join(' ')} in its first 10 pages.`);
}
