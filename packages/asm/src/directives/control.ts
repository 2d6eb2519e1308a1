// Conditionals, macros, repetition, inclusion, messages.
import type { Assembler, Directive } from '../assembler.ts';
import type { Cursor } from '../cursor.ts';
import { Complaint } from '../diagnostics.ts';
import {
  condense,
  numberCharacters,
  parseHeader,
  splitCharacters,
  splitList,
  substitute,
  type TextMacro,
} from '../text-macros.ts';

const MACRO: ReadonlySet<string> = new Set(['.macro']);
const ENDM: ReadonlySet<string> = new Set(['.endm', '.endmacro']);
const LOOPS: ReadonlySet<string> = new Set(['.rept', '.rep', '.irp', '.irpc']);
const ENDR: ReadonlySet<string> = new Set(['.endr']);

function when(test: (asm: Assembler) => boolean): Directive {
  return (asm) => {
    let condition = false;
    try {
      condition = test(asm);
    } finally {
      asm.openConditional(condition);
    }
  };
}

const compare = (test: (v: number) => boolean) => when((asm) => test(asm.absolute()));

const isDefined = (asm: Assembler) => asm.symbols.find(asm.cur.expectName('a symbol'))?.defined ?? false;

function isBlank(asm: Assembler): boolean {
  const blank = asm.cur.atEnd();
  asm.cur.pos = asm.cur.end;
  return blank;
}

/** `.ifc a, b`: texts as they stand. */
function sameText(asm: Assembler): boolean {
  const { cur } = asm;
  const texts = condense(cur.rest());
  const comma = texts.indexOf(',');
  if (comma < 0) throw cur.complain('KSEG_ASM_SYNTAX', `expected ',' in '${texts}'`);
  cur.pos = cur.end;
  return texts.slice(0, comma).trim() === texts.slice(comma + 1).trim();
}

function sameStrings(asm: Assembler): boolean {
  const a = asm.cur.string();
  asm.cur.expectComma();
  return a === asm.cur.string();
}

/** Its condition is read only when it decides. */
const elseIf: Directive = (asm) => {
  if (asm.conditionals.elseIfDecides()) asm.conditionals.decide(asm.truth());
  else asm.cur.pos = asm.cur.end;
};

const macro: Directive = (asm) => {
  // A bad header is reported where it stands; the body is passed over all the same.
  let header: TextMacro | null = null;
  try {
    header = asm.condensed((cur) => parseHeader(cur, asm));
  } catch (e) {
    if (!(e instanceof Complaint)) throw e;
    asm.report('error', e);
  }
  const body = numberCharacters(asm.readBlock(MACRO, ENDM, '.macro').text);
  asm.cur.pos = asm.cur.end;
  if (header !== null) asm.defineMacro({ ...header, body });
};

const repeat: Directive = (asm) => {
  const count = asm.absolute();
  const block = asm.readBlock(LOOPS, ENDR, '.rept');
  asm.cur.pos = asm.cur.end;
  const { text } = block;
  if (count * (text.length + 1) > 0x800_0000) throw new Complaint('KSEG_ASM_RANGE', `.rept ${count} is too much`);
  if (count > 0 && text !== '') asm.repeat([`${text}\n`.repeat(count)], block);
};

function iterate(values: (cur: Cursor, asm: Assembler) => string[]): Directive {
  return (asm, name) => {
    const { cur } = asm;
    const variable = cur.expectName('a name');
    cur.eatComma();
    const list = asm.condensed((operands) => values(operands, asm));
    const block = asm.readBlock(LOOPS, ENDR, name);
    const body = numberCharacters(block.text);
    cur.pos = cur.end;
    const { alternate, expansions: count } = asm;
    const turn = (value: string) =>
      substitute(body, { values: new Map([[variable, value]]), count, alternate, unique: null });
    if (body !== '') asm.repeat(list.map(turn), block);
  };
}

const include: Directive = (asm) => {
  const { cur } = asm;
  const start = cur.pos;
  const path = cur.string();
  const text = asm.options.resolve(path, asm.place().file);
  if (text === null) throw new Complaint('KSEG_ASM_FILE', `cannot find '${path}'`, start, cur.pos);
  asm.include(typeof text === 'string' ? text : new TextDecoder().decode(text), path);
};

const message =
  (severity: 'error' | 'warning'): Directive =>
  (asm, name) => {
    const text = asm.cur.atEnd() ? `${name} directive in the source` : asm.cur.string();
    asm.report(severity, new Complaint('KSEG_ASM_USER', text));
  };

const ignore: Directive = (asm) => {
  asm.cur.pos = asm.cur.end;
};

export const controlDirectives: readonly (readonly [string, Directive])[] = [
  ['.if', when((asm) => asm.truth())],
  ['.ifne', compare((v) => v !== 0)],
  ['.ifeq', compare((v) => v === 0)],
  ['.ifge', compare((v) => v >= 0)],
  ['.ifgt', compare((v) => v > 0)],
  ['.ifle', compare((v) => v <= 0)],
  ['.iflt', compare((v) => v < 0)],
  ['.ifdef', when(isDefined)],
  ['.ifndef', when((asm) => !isDefined(asm))],
  ['.ifnotdef', when((asm) => !isDefined(asm))],
  ['.ifb', when(isBlank)],
  ['.ifnb', when((asm) => !isBlank(asm))],
  ['.ifc', when(sameText)],
  ['.ifnc', when((asm) => !sameText(asm))],
  ['.ifeqs', when(sameStrings)],
  ['.ifnes', when((asm) => !sameStrings(asm))],
  ['.elseif', elseIf],
  ['.else', (asm) => asm.conditionals.else()],
  ['.endif', (asm) => asm.conditionals.end()],
  ['.macro', macro],
  ['.altmacro', (asm) => void (asm.alternate = true)],
  ['.noaltmacro', (asm) => void (asm.alternate = false)],
  ['.exitm', (asm) => asm.leaveMacro()],
  ['.purgem', (asm) => asm.purgeMacro(asm.cur.expectName('a macro name'))],
  ['.rept', repeat],
  ['.rep', repeat],
  ['.irp', iterate(splitList)],
  ['.irpc', iterate(splitCharacters)],
  ['.include', include],
  ['.error', message('error')],
  ['.err', message('error')],
  ['.warning', message('warning')],
  ['.print', (asm) => void asm.cur.string()],
  ['.list', ignore],
  ['.nolist', ignore],
  ['.title', ignore],
  ['.sbttl', ignore],
  ['.eject', ignore],
  ['.psize', ignore],
  ['.version', ignore],
];
