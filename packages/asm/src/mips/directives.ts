// Directives of GNU as for MIPS.
import type { Assembler, Directive } from '../assembler.ts';
import { Complaint } from '../diagnostics.ts';
import { LEVELS } from './forms.ts';
import { register } from './registers.ts';
import type { Mips, Procedure } from './target.ts';

const ignore: Directive = (asm) => {
  asm.cur.pos = asm.cur.end;
};

export function mipsDirectives(m: Mips): ReadonlyMap<string, Directive> {
  const table: [string, Directive][] = [
    ['.set', (asm, name) => set(m, asm, name)],
    ['.ent', (asm) => enterProcedure(m, asm)],
    ['.aent', ignore],
    ['.end', (asm) => leaveProcedure(m, asm)],
    ['.frame', (asm) => frame(m, asm)],
    ['.mask', (asm) => mask(m, asm, false)],
    ['.fmask', (asm) => mask(m, asm, true)],
    ['.insn', ignore],
    ['.nan', ignore],
    ['.module', ignore],
    ['.option', ignore],
    ['.abicalls', ignore],
    ['.gnu_attribute', ignore],
    ['.file', ignore],
    ['.loc', ignore],
    ['.ident', ignore],
    ['.extern', ignore],
    ['.cpload', ignore],
    ['.cprestore', ignore],
    ['.livereg', ignore],
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
  /^(no)?(mips16|micromips|dsp|dspr2|dspr3|mt|smartmips|mips3d|mdmx|eva|virt|mcu|xpa|msa|crc|ginv|sym32|autoextend|insn32|oddspreg)$|^fp=|^gp=|^singlefloat$|^doublefloat$/;

function set(m: Mips, asm: Assembler, _name: string): void {
  const { cur } = asm;
  cur.skipSpace();
  const start = cur.pos;
  const word = cur.word();
  if (cur.eatComma()) {
    // .set name, value
    asm.assign(word, false);
    return;
  }
  if (Object.hasOwn(SWITCHES, word)) return SWITCHES[word]!(m);
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
  if (ACCEPTED.test(word)) return;
  throw new Complaint('KSEG_ASM_SET', `unknown .set option '${word}'`, start, cur.pos);
}

function enterProcedure(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  const symbol = asm.symbols.get(cur.expectName('a function'));
  asm.symbols.enter(symbol);
  if (cur.eatComma()) asm.absolute();
  if (m.procedure !== null) asm.warn('missing .end');
  symbol.type = 2;
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
  m.procedures.push(m.procedure);
  m.procedure = null;
}

function inProcedure(m: Mips, what: string): Procedure {
  if (m.procedure === null) throw new Complaint('KSEG_ASM_PROCEDURE', `${what} outside of .ent`);
  return m.procedure;
}

function frame(m: Mips, asm: Assembler): void {
  const { cur } = asm;
  const procedure = inProcedure(m, '.frame');
  const reg = () => {
    cur.skipSpace();
    const r = register(cur);
    if (r < 0 || r > 31) throw cur.complain('KSEG_ASM_OPERAND', `expected a register, found '${cur.rest()}'`);
    return r;
  };
  procedure.frameRegister = reg();
  cur.expectComma();
  procedure.frameOffset = asm.absolute();
  cur.expectComma();
  procedure.returnRegister = reg();
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
