import { SHF, SHT } from '@kseg/elf';
import { fail } from './errors.ts';
import { type ExpressionNode, evaluate, type Scope } from './expression.ts';
import type { InputSection } from './object.ts';
import type { OutputSection } from './output.ts';
import type { Plan, PlanAssignment, PlanSection } from './plan.ts';
import type { GlobalSymbol } from './resolve.ts';

/** The output sections with their addresses, and what the layout made of the symbols. */
export interface Placement {
  /** Sections that made it into the output, in layout order. */
  readonly sections: readonly OutputSection[];
}

/** How often a layout may be worked through until its forward references settle. */
const PASSES = 16;

const alignUp = (value: number, align: number) => (align > 1 ? Math.ceil(value / align) * align : value);

/** The address of a symbol, or undefined while it has none. */
export function symbolAddress({ state, section, value }: GlobalSymbol): number | undefined {
  if (state === 'undefined' || state === 'weak-undefined') return undefined;
  if (section === undefined || state === 'script') return value;
  if (!('object' in section)) return section.address + value;
  return inputAddress(section, value);
}

/** The address of a place in an input section; undefined when the section is not in the output. */
export function inputAddress(section: InputSection, offset: number): number | undefined {
  if (section.merged !== undefined && section.output !== undefined) {
    const found = section.merged.locate(offset);
    return (section.output.address + found.section.offset + found.offset) >>> 0;
  }
  return section.output === undefined ? undefined : (section.output.address + section.offset + offset) >>> 0;
}

function objectSymbol(symbol: GlobalSymbol | undefined) {
  const value = symbol === undefined ? undefined : symbolAddress(symbol);
  if (symbol === undefined || value === undefined) return undefined;
  const { section } = symbol;
  return { value, section: section !== undefined && 'object' in section ? section.output : section };
}

/**
 * Works through the plan until addresses and symbols no longer change.
 *
 * @throws LinkError for an expression that cannot be computed, sections that overlap, a full memory region or a failed
 * assertion.
 */
export function place(plan: Plan, symbols: Map<string, GlobalSymbol>): Placement {
  const placer = new Placer(plan, symbols);
  let before = '';
  for (let pass = 0; pass < PASSES; pass++) {
    const now = placer.pass(false);
    if (now === before && pass > 1) {
      placer.pass(true);
      const sections = placer.sections();
      for (const output of sections) if (output.inputs.length === 0 && output.data.length === 0) describeRoom(output);
      return { sections };
    }
    before = now;
  }
  return fail('KSEG_LD_SCRIPT', `linker script: addresses still change after ${PASSES} passes`);
}

/** Attributes of a section that is nothing but what the layout made of it. */
function describeRoom(output: OutputSection) {
  if (output.size > 0) output.flags |= SHF.WRITE | SHF.ALLOC;
  else {
    output.type = SHT.PROGBITS;
    output.flags |= SHF.WRITE;
    output.fixed = true;
  }
}

/** Where the statements behind the first assignment to `end`, under whatever number of underscores, begin. */
function endOf(statements: Plan['statements']): number {
  const assigns = (each: { kind: string; name?: string }) => each.kind === 'assign' && /^_*end$/.test(each.name ?? '');
  const at = statements.findIndex((each) => (each.kind === 'section' ? each.items.some(assigns) : assigns(each)));
  return at < 0 ? statements.length : at + 1;
}

/** Whether a section takes memory of its own, in which places can be. */
const isPlace = ({ flags, inputs }: OutputSection) =>
  (flags & SHF.TLS) === 0 && ((flags & SHF.ALLOC) !== 0 || inputs.length === 0);

class Placer {
  private readonly plans: PlanSection[];
  private readonly regions = new Map<string, { origin: number; length: number; current: number }>();
  private readonly assigned = new Map<string, { value: number; section: OutputSection | undefined }>();
  private dropped = new Set<PlanSection>();
  private dot = 0;
  private base: number | undefined;
  /** The section being filled, or the last one that takes memory. */
  private current: OutputSection | undefined;
  /** Which statement is being worked through. */
  private at = 0;
  /** `.` was assigned between sections: what follows belongs to the next one. */
  private prefersNext = false;
  /** Where what comes behind the symbol `end` begins among the statements. */
  private readonly end: number;
  private readonly scope: Scope;

  constructor(
    private readonly plan: Plan,
    private readonly symbols: Map<string, GlobalSymbol>,
  ) {
    this.plans = plan.statements.filter((statement) => statement.kind === 'section');
    this.end = endOf(plan.statements);
    const placer = this;
    this.scope = {
      get dot() {
        return placer.dot;
      },
      get sectionBase() {
        return placer.base;
      },
      get dotSection() {
        return placer.base === undefined ? placer.sectionForDot() : placer.current;
      },
      symbol: (name) => placer.assigned.get(name) ?? objectSymbol(symbols.get(name)),
      section: (name) => placer.plans.find(({ output }) => output.name === name)?.output,
      region: (name) => placer.regions.get(name),
    };
  }

  sections(): OutputSection[] {
    return this.plans.filter((section) => !this.dropped.has(section)).map(({ output }) => output);
  }

  /**
   * Which section `.` belongs to between sections: the one before, or behind an assignment to `.` the one that comes
   * next, unless that is beyond `end`. Sections that take no memory count to what is before them.
   */
  private sectionForDot(): OutputSection | undefined {
    const sections = this.sections();
    const before = (from: number) => {
      let at = from;
      while (at >= 0 && !isPlace(sections[at]!)) at--;
      return sections[at];
    };
    if (this.current === undefined || this.prefersNext) {
      const { statements } = this.plan;
      let at = this.at + 1;
      while (at < statements.length && at < this.end && !this.stands(statements[at]!)) at++;
      const beyond = at >= this.end && statements.slice(at).some(({ kind }) => kind === 'section');
      if (this.current === undefined || !beyond) {
        const next = statements.slice(at).find((statement) => this.stands(statement));
        return before(next?.kind === 'section' ? sections.indexOf(next.output) : sections.length - 1);
      }
    }
    return before(sections.indexOf(this.current)) ?? sections.find(isPlace);
  }

  private stands(statement: Plan['statements'][number]): boolean {
    return statement.kind === 'section' && !this.dropped.has(statement);
  }

  /** Works through all statements once; the result tells whether another pass would change anything. */
  pass(final: boolean): string {
    this.dot = 0;
    this.regions.clear();
    for (const { name, origin, length } of this.plan.regions) {
      const start = evaluate(origin, this.scope).value;
      this.regions.set(name, { origin: start, length: evaluate(length, this.scope).value, current: start });
    }
    let last: OutputSection | undefined;
    this.current = undefined;
    this.prefersNext = false;
    const { statements } = this.plan;
    for (this.at = 0; this.at < statements.length; this.at++) {
      const statement = statements[this.at]!;
      if (statement.kind === 'assign') this.assign(statement, final);
      else if (statement.kind === 'assert') {
        if (final && evaluate(statement.value, this.scope).value === 0)
          fail('KSEG_LD_ASSERT', `linker script: ${statement.message}`);
      } else if (this.section(statement, last, final)) last = statement.output;
    }
    const addresses = this.plans.map(({ output }) => `${output.address} ${output.loadAddress} ${output.size}`);
    const values = [...this.assigned.values()].map(({ value }) => value);
    return [...addresses, ...values, this.dropped.size].join();
  }

  private assign(assignment: PlanAssignment, final: boolean) {
    const { name, value } = assignment;
    if (name !== '.') {
      this.define(assignment, final);
      return;
    }
    if (this.base === undefined) this.prefersNext = true;
    const result = evaluate(value, this.scope);
    // A plain number inside a section counts from the section's start.
    const target = result.base === undefined && this.base !== undefined ? this.base + result.value : result.value;
    if (this.base !== undefined && target < this.dot)
      fail('KSEG_LD_SCRIPT', `linker script: . moves backwards in ${this.current?.name}`);
    if (this.base !== undefined) this.gap(target);
    this.dot = target >>> 0;
  }

  /** Notes that the current section is empty up to `end`. */
  private gap(end: number) {
    if (end <= this.dot || this.current === undefined) return;
    this.current.gaps.push({ offset: this.dot - this.current.address, size: end - this.dot });
  }

  private define({ name, value, provide, hidden }: PlanAssignment, final: boolean) {
    const known = this.symbols.get(name);
    const byObject = known !== undefined && !/undefined|script/.test(known.state);
    if (provide && (known === undefined || byObject)) return;
    const result = this.tryEvaluate(value, final);
    if (result === undefined) return;
    const inside = result.base === undefined && this.base !== undefined;
    const address = (inside ? this.base! + result.value : result.value) >>> 0;
    const section = inside ? this.current : result.section;
    this.assigned.set(name, { value: address, section });
    const symbol = { name, value: address, size: 0, type: 0, other: 0, local: hidden, section, object: undefined };
    if (known === undefined) this.symbols.set(name, { ...symbol, state: 'script' });
    else Object.assign(known, { ...symbol, state: 'script', type: known.type });
  }

  /** A symbol may refer to one that is assigned further down, whose value the next pass knows. */
  private tryEvaluate(value: ExpressionNode, final: boolean) {
    if (final) return evaluate(value, this.scope);
    try {
      return evaluate(value, this.scope);
    } catch (error) {
      if ((error as { code?: string }).code === 'KSEG_LD_SCRIPT') return undefined;
      throw error;
    }
  }

  /** Places one output section; false when it stays out of the chain of load addresses. */
  private section(plan: PlanSection, last: OutputSection | undefined, final: boolean): boolean {
    const { output } = plan;
    const saved = this.dot;
    const allocated = (output.flags & SHF.ALLOC) !== 0 || output.inputs.length === 0;
    const region = plan.region === undefined ? undefined : this.region(plan.region);
    const explicit = plan.address === undefined ? undefined : evaluate(plan.address, this.scope).value;
    const asked = plan.align === undefined ? 1 : evaluate(plan.align, this.scope).value;
    if (plan.fill !== undefined) output.fill = evaluate(plan.fill, this.scope).value;
    if (asked > output.align) output.align = asked;
    const from = explicit ?? (allocated ? (region?.current ?? this.dot) : 0);
    const start = alignUp(from, explicit === undefined ? output.align : asked) >>> 0;

    const previous = this.current;
    const isGone = this.dropped.has(plan);
    if (!isGone) this.current = output;
    this.dot = start;
    this.base = start;
    output.address = start;
    this.contents(plan, final);
    this.base = undefined;
    output.size = this.dot - start;
    if (start + output.size > 2 ** 32) fail('KSEG_LD_OVERLAP', `${output.name} runs past the end of the address space`);
    const gone = output.size === 0 && !output.keep;
    if (gone) this.dropped.add(plan);
    else this.dropped.delete(plan);
    if (gone || !allocated) {
      this.dot = saved;
      this.current = previous;
      if (gone && explicit !== undefined && plan.items.some(({ kind }) => kind === 'assign')) this.dot = start;
      return false;
    }

    this.prefersNext = false;
    output.loadAddress = this.loadAddress(plan, last, asked);
    this.advance(plan, region, output, final);
    return output.size > 0;
  }

  private contents({ output, items, inputAlign }: PlanSection, final: boolean) {
    const forced = inputAlign === undefined ? undefined : evaluate(inputAlign, this.scope).value;
    if (forced !== undefined) {
      const strictest = Math.max(forced, 1);
      output.align = Math.max(strictest, output.align === 1 ? 1 : Math.min(output.align, strictest));
    }
    output.data = [];
    output.gaps = [];
    for (const item of items) {
      if (item.kind === 'assign') this.assign(item, final);
      else if (item.kind === 'data') {
        const { value } = evaluate(item.value, this.scope);
        output.data.push({ offset: this.dot - output.address, size: item.size, value });
        this.dot += item.size;
      } else {
        const { input } = item;
        const gone = input.merged !== undefined && input.size === 0;
        if (!gone) {
          const start = alignUp(this.dot, forced ?? input.align);
          this.gap(start);
          this.dot = start;
        }
        input.offset = this.dot - output.address;
        this.dot += input.size;
      }
    }
  }

  /**
   * The load address: given, or next in the load region, or as far from the address as the section before it
   * (ld manual "Output Section LMA").
   */
  private loadAddress(plan: PlanSection, last: OutputSection | undefined, asked: number): number {
    const { output, region, loadRegion } = plan;
    if (plan.loadAddress !== undefined) return evaluate(plan.loadAddress, this.scope).value;
    // In a region of its own the load address obeys the layout's ALIGN, not what the inputs ask for.
    if (loadRegion !== undefined)
      return alignUp(this.region(loadRegion).current, loadRegion === region ? output.align : asked);
    const sameRegion = last !== undefined && this.regionOf(last) === region;
    if (last === undefined || !sameRegion) return output.address;
    const overlaps = output.address < last.address + last.size && output.address + output.size > last.address;
    if (overlaps) return alignUp(last.loadAddress + last.size, output.align);
    return (last.loadAddress + output.address - last.address) >>> 0;
  }

  private advance(plan: PlanSection, region: { current: number } | undefined, output: OutputSection, final: boolean) {
    const end = output.address + output.size;
    if ((output.flags & SHF.TLS) !== 0 && output.type === SHT.NOBITS) this.dot = output.address;
    if (region !== undefined) region.current = end;
    if (final && plan.region !== undefined) this.checkRegion(plan.region, output, output.address, end);
    if (plan.loadRegion === undefined) return;
    const load = this.region(plan.loadRegion);
    const fileSize = output.type === SHT.NOBITS ? 0 : output.size;
    if (plan.loadRegion !== plan.region) load.current = output.loadAddress + fileSize;
    if (final) this.checkRegion(plan.loadRegion, output, output.loadAddress, output.loadAddress + fileSize);
  }

  private checkRegion(name: string, output: OutputSection, start: number, end: number) {
    const { origin, length } = this.region(name);
    if (start >= origin && end <= origin + length) return;
    const over = start < origin ? origin - start : end - origin - length;
    fail('KSEG_LD_REGION', `${output.name} does not fit in memory region ${name}: ${over} bytes too many`);
  }

  private region(name: string) {
    return this.regions.get(name) ?? fail('KSEG_LD_SCRIPT', `linker script: no memory region ${name}`);
  }

  private regionOf(output: OutputSection): string | undefined {
    return this.plans.find((plan) => plan.output === output)?.region;
  }
}
