import { SHF, SHT } from '@kseg/elf';
import { type ExpressionNode, parseWholeExpression } from './expression.ts';
import type { Assignment, Expression, InputPattern, Layout, OutputLayout, SectionPattern } from './layout.ts';
import { commonSection, type InputSection, type LinkObject } from './object.ts';
import type { OutputSection } from './output.ts';
import { matcher } from './pattern.ts';

/** A layout with its expressions parsed and the input sections in place. */
export interface Plan {
  readonly entry: string | undefined;
  readonly regions: readonly { name: string; origin: ExpressionNode; length: ExpressionNode }[];
  readonly statements: PlanStatement[];
}

type PlanStatement = PlanAssignment | PlanAssertion | PlanSection;

export interface PlanAssignment {
  readonly kind: 'assign';
  readonly name: string;
  readonly value: ExpressionNode;
  readonly provide: boolean;
  readonly hidden: boolean;
}

interface PlanAssertion {
  readonly kind: 'assert';
  readonly value: ExpressionNode;
  readonly message: string;
}

export interface PlanSection {
  readonly kind: 'section';
  readonly output: OutputSection;
  readonly address: ExpressionNode | undefined;
  readonly loadAddress: ExpressionNode | undefined;
  readonly align: ExpressionNode | undefined;
  readonly inputAlign: ExpressionNode | undefined;
  readonly fill: ExpressionNode | undefined;
  readonly region: string | undefined;
  loadRegion: string | undefined;
  readonly items: PlanItem[];
}

type PlanItem =
  | PlanAssignment
  | { readonly kind: 'input'; readonly input: InputSection }
  | { readonly kind: 'data'; readonly size: 1 | 2 | 4 | 8; readonly value: ExpressionNode };

const DISCARD = '/DISCARD/';

/** The expression of a layout as a tree. */
function parse(expression: Expression): ExpressionNode {
  return typeof expression === 'number' ? { kind: 'number', value: expression } : parseWholeExpression(expression);
}

const parseIf = (expression: Expression | undefined) => (expression === undefined ? undefined : parse(expression));

/**
 * Gives every input section its output section: the first pattern of the layout that matches takes it, what no pattern
 * takes becomes an orphan, placed as GNU ld does behind the last section of its kind. `dead` ones are left out.
 */
export function makePlan(layout: Layout, objects: readonly LinkObject[], dead: ReadonlySet<InputSection>): Plan {
  const placed = new Set<InputSection>();
  const statements: PlanStatement[] = [];
  const byName = new Map<string, PlanSection>();
  let segments: readonly string[] = [];
  for (const statement of layout.statements) {
    if ('assign' in statement) statements.push(assignment(statement));
    else if ('assert' in statement)
      statements.push({ kind: 'assert', value: parse(statement.assert), message: statement.message });
    else if (statement.section === DISCARD) {
      for (const item of statement.contents)
        if ('sections' in item) for (const input of select(item, objects, placed)) placed.add(input);
    } else {
      // A second description of one section adds to the first.
      const known = byName.get(statement.section);
      const section = known ?? planSection(statement);
      fill(section, statement, objects, placed, dead);
      if (known !== undefined) continue;
      byName.set(statement.section, section);
      inheritLoadRegion(section, statements);
      segments = statement.segments ?? segments;
      section.output.segments = segments;
      statements.push(section);
    }
  }
  for (const input of dead) placed.add(input);
  placeOrphans(statements, byName, objects, placed);
  const regions = (layout.memory ?? []).map(({ name, origin, length }) => ({
    name,
    origin: parse(origin),
    length: parse(length),
  }));
  return { entry: layout.entry, regions, statements };
}

function assignment({ assign, to, provide = false, hidden = false }: Assignment): PlanAssignment {
  return { kind: 'assign', name: assign, value: parse(to), provide, hidden };
}

function planSection(layout: OutputLayout): PlanSection {
  return {
    kind: 'section',
    output: newOutput(layout.section, layout.address !== undefined, layout.noLoad ?? false),
    address: parseIf(layout.address),
    loadAddress: parseIf(layout.loadAddress),
    align: parseIf(layout.align),
    inputAlign: parseIf(layout.inputAlign),
    fill: parseIf(layout.fill),
    region: layout.region,
    loadRegion: layout.loadRegion,
    items: [],
  };
}

/** In the same region as the section before it, a section without a load address is loaded where that one is. */
function inheritLoadRegion(section: PlanSection, before: readonly PlanStatement[]) {
  const previous = before.filter((statement) => statement.kind === 'section').at(-1);
  if (section.loadRegion !== undefined || section.loadAddress !== undefined || section.address !== undefined) return;
  if (previous !== undefined && previous.region === section.region) section.loadRegion = previous.loadRegion;
}

function newOutput(name: string, fixed: boolean, noLoad: boolean): OutputSection {
  return {
    name,
    type: SHT.NOBITS,
    flags: 0,
    align: 1,
    entrySize: 0,
    address: 0,
    loadAddress: 0,
    size: 0,
    fill: 0,
    inputs: [],
    data: [],
    gaps: [],
    keep: false,
    noLoad,
    fixed,
    content: undefined,
    segments: [],
  };
}

function fill(
  section: PlanSection,
  layout: OutputLayout,
  objects: readonly LinkObject[],
  placed: Set<InputSection>,
  dead: ReadonlySet<InputSection>,
) {
  for (const item of layout.contents) {
    if ('assign' in item) {
      const one = assignment(item);
      section.items.push(one);
      // What moves `.` makes the section even where there is nothing in it (ld manual "Output Section Discarding").
      if (one.name === '.' && !movesNothing(one.value)) section.output.keep = true;
    } else if ('data' in item) {
      section.items.push({ kind: 'data', size: item.data, value: parse(item.value) });
      const { output } = section;
      output.type = SHT.PROGBITS;
      output.flags |= SHF.ALLOC | (output.inputs.length === 0 ? SHF.WRITE : 0);
    } else {
      for (const input of select(item, objects, placed)) {
        if (item.keep) input.keep = true;
        if (dead.has(input)) {
          // It leaves its rights behind, which count where the layout itself makes room.
          section.output.flags |= input.flags & (SHF.WRITE | SHF.ALLOC | SHF.EXECINSTR);
          placed.add(input);
        } else put(section, input, placed);
      }
    }
  }
}

/** `. = 0` and `. = . + 0`, by which a script says that it does not mean it. */
const movesNothing = (value: ExpressionNode): boolean =>
  isZero(value) || (value.kind === 'binary' && value.op === '+' && isDot(value.left) && isZero(value.right));
const isDot = (value: ExpressionNode) => value.kind === 'symbol' && value.name === '.';
const isZero = (value: ExpressionNode) => value.kind === 'number' && value.value === 0;

/** SHF_MASKOS and SHF_MASKPROC. */
const PROCESSOR_FLAGS = 0x7ff0_0000;

/** Puts an input section at the end of an output section, whose attributes follow its inputs'. */
function put(section: PlanSection, input: InputSection, placed: Set<InputSection>) {
  placed.add(input);
  const { output } = section;
  input.output = output;
  const first = output.inputs.length === 0;
  output.inputs.push(input);
  section.items.push({ kind: 'input', input });
  const merging = SHF.MERGE | SHF.STRINGS;
  const kept = SHF.WRITE | SHF.ALLOC | SHF.EXECINSTR | SHF.TLS | merging;
  if (first) {
    // Processor-specific attributes are the first input's, as with ld.
    output.flags |= input.flags & (kept | PROCESSOR_FLAGS);
    output.entrySize = input.entrySize;
  } else {
    const same = (output.flags & merging) === (input.flags & merging) && output.entrySize === input.entrySize;
    output.flags |= input.flags & kept;
    if (!same) {
      output.flags &= ~merging;
      output.entrySize = 0;
    }
  }
  if (output.type === SHT.NOBITS) output.type = input.type;
  else if (input.type !== SHT.NOBITS && input.type !== output.type) output.type = SHT.PROGBITS;
  output.align = Math.max(output.align, input.align);
  if (input.keep) output.keep = true;
}

const nameOf = (pattern: SectionPattern) => (typeof pattern === 'string' ? pattern : pattern.name);

/** The sections a pattern takes, in order: files as linked, a file's sections as they stand in it. */
export function select(
  pattern: InputPattern,
  objects: readonly LinkObject[],
  placed: ReadonlySet<InputSection>,
): InputSection[] {
  const fileMatches = matcher(pattern.file ?? '*');
  const rules = pattern.sections.map((rule) => {
    const excluded = typeof rule === 'string' ? [] : (rule.excludeFiles ?? []).map(matcher);
    return { matches: matcher(nameOf(rule)), excluded, sort: typeof rule === 'string' ? undefined : rule.sort };
  });
  const found: { input: InputSection; rule: number }[] = [];
  for (const object of objects) {
    if (!fileMatches(object.name)) continue;
    for (const input of sectionsOf(object)) {
      if (placed.has(input)) continue;
      const rule = rules.findIndex(
        ({ matches, excluded }) => matches(input.name) && !excluded.some((excludes) => excludes(object.name)),
      );
      if (rule >= 0) found.push({ input, rule });
    }
  }
  if (rules.some(({ sort }) => sort !== undefined)) {
    found.sort((a, b) => {
      if (a.rule !== b.rule) return a.rule - b.rule;
      const sort = rules[a.rule]!.sort;
      if (sort === 'name') return a.input.name < b.input.name ? -1 : Number(a.input.name > b.input.name);
      return sort === 'alignment' ? b.input.align - a.input.align : 0;
    });
  }
  return found.map(({ input }) => input);
}

/** An object's sections, and those made for its common symbols. */
export function sectionsOf(object: LinkObject): InputSection[] {
  return [...object.sections, ...object.commons.values()];
}

/** Kinds of orphan and the section each kind follows by preference. */
type Kind = 'text' | 'rodata' | 'data' | 'bss' | 'other';

const ANCHOR: Readonly<Record<Exclude<Kind, 'other'>, string>> = {
  text: '.text',
  rodata: '.rodata',
  data: '.data',
  bss: '.bss',
};

function kindOf({ flags, type }: { flags: number; type: number }): Kind {
  if ((flags & SHF.ALLOC) === 0) return 'other';
  if ((flags & SHF.EXECINSTR) !== 0) return 'text';
  if ((flags & SHF.WRITE) === 0) return 'rodata';
  return type === SHT.NOBITS ? 'bss' : 'data';
}

function placeOrphans(
  statements: PlanStatement[],
  byName: Map<string, PlanSection>,
  objects: readonly LinkObject[],
  placed: Set<InputSection>,
) {
  const tail = new Map<Kind, PlanSection>();
  for (const object of objects) {
    for (const input of sectionsOf(object)) {
      if (placed.has(input)) continue;
      if (input.name === '.note.GNU-stack') {
        placed.add(input);
        continue;
      }
      // Common symbols without a place of their own join .bss, as ld's COMMON does.
      const name = input.name === 'COMMON' ? '.bss' : input.name;
      let section = byName.get(name);
      if (section === undefined) {
        section = planSection({ section: name, contents: [] });
        byName.set(name, section);
        const kind = kindOf(input);
        const after = tail.get(kind) ?? anchorOf(kind, statements);
        insertAfter(statements, after, section);
        tail.set(kind, section);
      }
      put(section, input, placed);
    }
  }
}

/** The section an orphan of this kind goes behind: the one of the usual name, else the last one like it. */
function anchorOf(kind: Kind, statements: readonly PlanStatement[]): PlanSection | undefined {
  const sections = statements.filter((statement) => statement.kind === 'section');
  if (kind === 'other') return sections[sections.length - 1];
  const named = sections.find(({ output }) => output.name === ANCHOR[kind]);
  if (named !== undefined) return named;
  const order: readonly Kind[] = ['text', 'rodata', 'data', 'bss'];
  const limit = order.indexOf(kind);
  const last = (match: (place: number) => boolean) =>
    [...sections].reverse().find(({ output }) => output.inputs.length > 0 && match(order.indexOf(kindOf(output))));
  return last((place) => place === limit) ?? last((place) => place >= 0 && place < limit) ?? sections.at(-1);
}

/**
 * Inserts an orphan behind a section and the symbols assigned there (`etext = .`), but before an assignment to `.`
 * that leads to the next section.
 */
function insertAfter(statements: PlanStatement[], after: PlanSection | undefined, section: PlanSection) {
  let at = after === undefined ? statements.length : statements.indexOf(after) + 1;
  let move: number | undefined;
  for (; at < statements.length; at++) {
    const statement = statements[at]!;
    if (statement.kind === 'section') {
      if (move !== undefined && (statement.output.inputs.length === 0 || (statement.output.flags & SHF.ALLOC) !== 0))
        at = move;
      break;
    }
    if (statement.kind === 'assign' && statement.name === '.') move ??= at;
  }
  statements.splice(at, 0, section);
}

/** Allocates common symbols, each in its object's COMMON section, so that patterns can place them. */
export function allocateCommon(
  symbol: { value: number; size: number; state: string },
  object: LinkObject,
  kind: 'common' | 'small-common',
): { section: InputSection; offset: number } {
  const section = commonSection(object, kind) as { -readonly [K in keyof InputSection]: InputSection[K] };
  const align = Math.max(symbol.value, 1);
  const offset = Math.ceil(section.size / align) * align;
  section.size = offset + symbol.size;
  section.align = Math.max(section.align, align);
  return { section, offset };
}
