// Directives of GNU as for MIPS.
import { STT } from '@kseg/elf';
import type { Assembler, Directive } from '../assembler.ts';
import { Complaint } from '../diagnostics.ts';
import { relocated as relativeWord, words as wordDirective } from '../directives/data.ts';
import type { Options } from '../options.ts';
import { EXTENSIONS } from './forms.ts';
import { LEVELS } from './levels.ts';
import { addGp, loadGp, saveGp } from './macros/calls.ts';
import { register } from './registers.ts';
import { R } from './relocations.ts';
import type { Mips, Procedure } from './target.ts';

const ignore: Directive = (asm) => {
  asm.cur.pos = asm.cur.end;
};

/** A directive that fixes, as instructions do, which kind of code the file starts with. */
const settling =
  (m: Mips, directive: Directive): Directive =>
  (asm, name) => {
    m.settled = true;
    directive(asm, name);
  };

export function mipsDirectives(m: Mips): ReadonlyMap<string, Directive> {
  const table: [string, Directive][] = [
    ['.set', settling(m, (asm) => set(m, asm))],
    ['.ent', (asm) => enterProcedure(m, asm)],
    ['.aent', ignore],
    ['.end', (asm) => leaveProcedure(m, asm)],
    ['.frame', (asm) => frame(m, asm)],
    ['.mask', (asm) => mask(m, asm, false)],
    ['.fmask', (asm) => mask(m, asm, true)],
    ['.insn', settling(m, ignore)],
    ['.nan', (asm) => nan(m, asm)],
    ['.module', (asm) => moduleOption(m, asm)],
    ['.option', (asm) => option(m, asm)],
    ['.abicalls', () => abicalls(m)],
    ['.gnu_attribute', (asm) => attribute(m, asm)],
    ['.extern', (asm) => extern(m, asm)],
    ['.cpload', settling(m, (asm) => ifPic(m, asm, () => loadGp(m, readRegister(asm))))],
    ['.cprestore', settling(m, (asm) => ifPic(m, asm, () => restoreFrom(m, asm)))],
    ['.cpadd', settling(m, (asm) => ifPic(m, asm, () => addGp(m, readRegister(asm))))],
    // The 64-bit ABIs' ways to set up $gp mean nothing in o32.
    ['.cplocal', settling(m, ignore)],
    ['.cpreturn', settling(m, ignore)],
    ['.cpsetup', settling(m, ignore)],
    ['.gpvalue', ignore],
    ['.gpword', (asm, name) => gpRelative(m, asm, name, 4)],
    ['.gpdword', (asm, name) => gpRelative(m, asm, name, 8)],
    ['.livereg', ignore],
    ['.galive', ignore],
    ['.gjaldef', ignore],
    ['.gjrlive', ignore],
    ['.noalias', ignore],
    ['.alias', ignore],
    ['.bgnb', ignore],
    ['.endb', ignore],
    ['.lab', ignore],
    ['.verstamp', ignore],
    ['.vreg', ignore],
  ];
  return new Map(table);
}

/** Words after `.set` that turn something on or off. */
const SWITCHES: Readonly<Record<string, (m: Mips) => void>> = {
  reorder: (m) => m.emitter.endNoreorder(),
  noreorder: (m) => {
    if (m.settings.reorder) m.emitter.startNoreorder();
  },
  macro: (m) => {
    m.settings.macros = true;
  },
  nomacro: (m) => {
    if (m.settings.reorder) throw new Complaint('KSEG_ASM_SET', '.set noreorder must come before .set nomacro');
    m.settings.macros = false;
  },
  at: (m) => {
    m.settings.at = 1;
  },
  noat: (m) => {
    m.settings.at = 0;
  },
  move: (m) => {
    m.settings.move = true;
  },
  nomove: (m) => {
    m.settings.move = false;
  },
  novolatile: (m) => {
    m.settings.move = true;
  },
  volatile: (m) => {
    m.settings.move = false;
  },
  bopt: () => {},
  nobopt: () => {},
  push: (m) => {
    m.settingsStack.push({ ...m.settings });
  },
  pop: (m) => {
    const saved = m.settingsStack.pop();
    if (saved === undefined) throw new Complaint('KSEG_ASM_SET', '.set pop without .set push');
    const { reorder } = m.settings;
    if (reorder && !saved.reorder) m.emitter.startNoreorder();
    else if (!reorder && saved.reorder) m.emitter.endNoreorder();
    m.emitter.settings = saved;
  },
  mips0: (m) => {
    m.settings.level = LEVELS[m.asm.options.level]!;
  },
  hardfloat: (m) => {
    m.settings.softFloat = false;
  },
  softfloat: (m) => {
    m.settings.softFloat = true;
  },
};

/** Extensions and modes that change nothing here: accepted so that sources which name them assemble. */
const ACCEPTED =
  /^(no)?(mips16|micromips|dspr3|mdmx|eva|virt|mcu|xpa|msa|crc|ginv|sym32|autoextend|insn32|oddspreg)$|^fp=(32|64|xx)$|^gp=(32|64)$|^singlefloat$|^doublefloat$/;

function set(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  cur.skipSpace();
  const start = cur.pos;
  const word = cur.word();
  if (cur.eatComma()) {
    // .set name, value
    asm.assign(word, false);
    return;
  }
  if (Object.hasOwn(SWITCHES, word)) {
    SWITCHES[word]!(m);
    return;
  }
  if (word.startsWith('at=')) {
    cur.pos = start + 3;
    const r = register(cur);
    if (r < 0 || r > 31) throw new Complaint('KSEG_ASM_SET', `'${word}' names no register`, start, cur.end);
    m.settings.at = r;
    return;
  }
  const level = word.startsWith('arch=') ? word.slice(5) : word;
  if (Object.hasOwn(LEVELS, level)) {
    m.settings.level = LEVELS[level]!;
    return;
  }
  if (/^(mips32r[356]|mips64(r[2356])?|mips5)$/.test(level)) {
    m.settings.level = LEVELS['mips32r2']!;
    return;
  }
  if (level === 'arch=default') return;
  if (setExtension(m, word) || ACCEPTED.test(word)) return;
  throw new Complaint('KSEG_ASM_SET', `unknown .set option '${word}'`, start, cur.pos);
}

/** `.set dsp`, `.set nodsp` …; a later revision brings the earlier one with it. */
function setExtension(m: Mips, word: string): boolean {
  const off = word.startsWith('no');
  const name = off ? word.slice(2) : word;
  if (!EXTENSIONS.has(name)) return false;
  const extensions = new Set(m.settings.extensions);
  if (off) extensions.delete(name);
  else extensions.add(name);
  if (name === 'dspr2' && !off) extensions.add('dsp');
  if (name === 'dsp' && off) extensions.delete('dspr2');
  m.settings.extensions = extensions;
  return true;
}

/** `.nan legacy`, `.nan 2008`. */
function nan(m: Mips, asm: Assembler): void {
  const word = asm.cur.word();
  if (word !== 'legacy' && word !== '2008') throw new Complaint('KSEG_ASM_SET', `unknown NaN encoding '${word}'`);
  m.file.nan2008 = word === '2008';
}

/** `.module`: what would otherwise be said on the command line. */
function moduleOption(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  const start = cur.pos;
  const word = cur.word();
  const level = word.startsWith('arch=') ? word.slice(5) : word;
  if (word === 'fp=xx') m.file.fp = 'fpxx';
  else if (word === 'fp=32') m.file.fp = 'fp32';
  else if (word === 'fp=64') m.file.fp = 'fp64';
  else if (word === 'softfloat') {
    m.file.fp = 'soft';
    m.settings.softFloat = true;
  } else if (word === 'hardfloat') m.settings.softFloat = false;
  else if (word === 'oddspreg') m.file.oddSingles = true;
  else if (word === 'nooddspreg') m.file.oddSingles = false;
  else if (Object.hasOwn(LEVELS, level)) {
    m.file.level = level as Options['level'];
    m.settings.level = LEVELS[level]!;
  } else if (!ACCEPTED.test(word))
    throw new Complaint('KSEG_ASM_SET', `unknown .module option '${word}'`, start, cur.pos);
}

/** `.option pic0`, `.option pic2`; the rest is from other assemblers and means nothing here. */
function option(m: Mips, asm: Assembler): void {
  const word = asm.cur.word();
  if (word === 'pic0') m.pic = false;
  else if (word === 'pic2') abicalls(m);
}

/** `.abicalls`: the SVR4 calling rules, hence position-independent code, without small data. */
function abicalls(m: Mips): void {
  m.file.abicalls = true;
  m.pic = true;
  m.smallData = 0;
}

/** `.gnu_attribute tag, value`. */
function attribute(m: Mips, asm: Assembler): void {
  const tag = asm.absolute();
  asm.cur.expectComma();
  m.file.attributes.set(tag, asm.absolute());
}

/** `.extern name, size`: an undefined symbol. */
function extern(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  const sym = asm.symbols.get(cur.expectName('a symbol'));
  asm.symbols.enter(sym);
  if (cur.eatComma()) m.externSizes.set(sym, asm.absolute());
}

/** What position-independent code alone has; passed over elsewhere. */
function ifPic(m: Mips, asm: Assembler, body: () => void): void {
  if (m.pic) body();
  else asm.cur.pos = asm.cur.end;
}

function restoreFrom(m: Mips, asm: Assembler): void {
  m.savedGp = asm.absolute();
  saveGp(m, m.savedGp);
}

/** `.gpword`, `.gpdword`: relative to $gp in position-independent code. */
function gpRelative(m: Mips, asm: Assembler, name: string, size: 4 | 8): void {
  if (!m.pic && size === 4) {
    wordDirective(asm, name);
    return;
  }
  relativeWord(size === 4 ? R.GPREL32 : R.GPREL32 | (R.R64 << 8), size, true)(asm, name);
}

function enterProcedure(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  const symbol = asm.symbols.get(cur.expectName('a function'));
  asm.symbols.enter(symbol);
  if (cur.eatComma()) asm.absolute();
  if (m.procedure !== null) asm.warn('missing .end');
  symbol.type = STT.FUNC;
  m.procedure = {
    symbol,
    end: null,
    mask: 0,
    maskOffset: 0,
    fmask: 0,
    fmaskOffset: 0,
    frameOffset: 0,
    frameRegister: 0,
    returnRegister: 0,
  };
}

function leaveProcedure(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  if (!cur.atEnd()) {
    const name = cur.expectName('a function');
    if (m.procedure !== null && m.procedure.symbol.name !== name)
      asm.warn(`.end ${name} does not match .ent ${m.procedure.symbol.name}`);
  }
  if (m.procedure === null) {
    asm.warn('.end without .ent');
    return;
  }
  // GNU as fills .pdr here, and a change of section ends the run of instructions.
  m.emitter.barrier();
  m.procedures.push(m.procedure);
  const { symbol } = m.procedure;
  symbol.size ??= { ...asm.dot(), minus: symbol };
  m.procedure = null;
}

function inProcedure(m: Mips, what: string): Procedure {
  if (m.procedure === null) throw new Complaint('KSEG_ASM_PROCEDURE', `${what} outside of .ent`);
  return m.procedure;
}

function readRegister(asm: Assembler): number {
  const { cur } = asm;
  cur.skipSpace();
  const r = register(cur);
  if (r < 0 || r > 31) throw cur.complain('KSEG_ASM_OPERAND', `expected a register, found '${cur.rest()}'`);
  return r;
}

function frame(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  const procedure = inProcedure(m, '.frame');
  procedure.frameRegister = readRegister(asm);
  if (procedure.frameRegister !== 0) m.frameRegister = procedure.frameRegister;
  cur.expectComma();
  procedure.frameOffset = asm.absolute();
  cur.expectComma();
  procedure.returnRegister = readRegister(asm);
}

function mask(m: Mips, asm: Assembler, float: boolean): void {
  const procedure = inProcedure(m, float ? '.fmask' : '.mask');
  const bits = asm.absolute();
  asm.cur.expectComma();
  const offset = asm.absolute();
  if (float) {
    procedure.fmask = bits;
    procedure.fmaskOffset = offset;
  } else {
    procedure.mask = bits;
    procedure.maskOffset = offset;
  }
}
