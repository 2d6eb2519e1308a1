import type { Explanation } from './explain.ts';
import type { Range } from './ranges.ts';
import type { Step } from './steps.ts';
import type { Translation } from './translation.ts';

const hex = (word: number) => `0x${(word >>> 0).toString(16).padStart(8, '0')}`;

/** The cacheability attributes whose meaning the architecture fixes; the others are the core's own. */
const CACHEABILITY: Readonly<Record<number, string>> = { 2: 'uncached', 3: 'cached' };

function cacheability(cca: number): string {
  const meaning = CACHEABILITY[cca];
  return meaning === undefined ? `C=${cca}` : `C=${cca}, ${meaning}`;
}

function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  let unit = 0;
  while (bytes >= 1024 && bytes % 1024 === 0 && unit < 3) {
    bytes /= 1024;
    unit++;
  }
  return `${bytes} ${units[unit]}`;
}

const RESULTS: Readonly<Record<Translation['kind'], string>> = {
  mapped: '',
  refill: 'TLB refill: no entry matches',
  invalid: 'TLB invalid: V=0',
  modified: 'TLB modified: a store, and D=0',
  addressError: 'address error: not in this mode',
};

function result(translation: Translation): string {
  return translation.kind === 'mapped'
    ? `physical ${hex(translation.pa)} (${cacheability(translation.cca)})`
    : RESULTS[translation.kind];
}

/** The lines of a step, at the depth its stage has. */
function lines(step: Step, indent: string): string[] {
  const line = (what: string, text: string) => [`${indent}${what.padEnd(9)}${text}`];
  switch (step.step) {
    case 'mode':
      return line('mode', step.because === 'ksu' ? step.mode : `${step.mode} (${step.because.toUpperCase()}=1)`);
    case 'segment':
      return line('segment', `${step.name}, ${hex(step.first)} to ${hex(step.last)}: ${ROUTES[step.route.via]}`);
    case 'direct':
      return line('direct', `physical ${hex(step.pa)} (${cacheability(step.cca)})`);
    case 'compare':
      // Entries of other pages are legion and say nothing.
      return step.outcome === 'page' ? [] : line('entry', `${step.entry} ${OUTCOMES[step.outcome]}`);
    case 'page': {
      const half = step.half === undefined ? '' : `${step.half} `;
      const flags = `V=${Number(step.valid)} D=${Number(step.dirty)}`;
      return line('page', `${half}page of ${size(step.size)} at ${hex(step.pa)}, ${flags}, ${cacheability(step.cca)}`);
    }
    case 'bypass':
      return line(
        'bypass',
        `${step.because === 'off' ? 'translation is off' : 'the register window'}: physical ${hex(step.pa)}`,
      );
    case 'walk':
      return [
        ...line('table', `directory entry at ${hex(step.directoryEntryAt)} is ${hex(step.directoryEntry)}`),
        ...line('table', `page entry at ${hex(step.pageEntryAt)} is ${hex(step.pageEntry)}`),
      ];
    case 'problem':
      return line('problem', PROBLEMS[step.problem]);
    case 'stage':
      return [
        ...line('stage', `${step.stage} at ${hex(step.va)}`),
        ...step.steps.flatMap((inner) => lines(inner, `${indent}  `)),
      ];
    case 'result':
      return line('result', result(step.translation));
  }
}

const ROUTES = { tlb: 'mapped by the TLB', direct: 'unmapped', error: 'not accessible in this mode' };
const OUTCOMES = { match: 'matches', asid: 'has the page, but another ASID' };
const PROBLEMS = {
  directoryBeyondMemory: 'the directory entry lies beyond the memory',
  directoryEntryAbsent: 'the directory entry is not present',
  tableBeyondMemory: 'the page entry lies beyond the memory',
  pageAbsent: 'the page is not present',
  pageBeyondMemory: 'the page lies beyond the memory',
  colour: 'bits 13:12 of the two addresses differ: the caches would not be coherent',
  notUser: 'not a user page',
  notWritable: 'not a writable page',
};

/** An explanation as text, a line for each step that matters. */
export function renderExplanation({ model, va, access, steps, exception }: Explanation): string {
  const text = [`${model}: ${access} at ${hex(va)}`, ...steps.flatMap((step) => lines(step, '  '))];
  if (exception !== undefined) {
    const registers = Object.entries(exception.registers).map(([name, value]) => `${name} ${hex(value)}`);
    text.push(
      `  raises   ${exception.name} (Cause ${hex(exception.cause)}) at ${hex(exception.vector)}; ${registers.join(', ')}`,
    );
  }
  return `${text.join('\n')}\n`;
}

/** A table of ranges as text. */
export function renderRanges(ranges: readonly Range[]): string {
  const rows = ranges.map(({ va, size: bytes, segment, load, store }) => {
    const rights = store === 'mapped' ? 'rw' : 'r-';
    const target = load.kind === 'mapped' ? `${hex(load.pa)} ${rights} ${cacheability(load.cca)}` : load.kind;
    return `${hex(va)} ${hex(va + bytes - 1)} ${size(bytes).padStart(10)}  ${segment.padEnd(12)} ${target}`;
  });
  return `${rows.join('\n')}\n`;
}
