import type { Assembler } from '../assembler.ts';
import type { Cursor } from '../cursor.ts';
import { Complaint } from '../diagnostics.ts';
import { constant, type Expression } from '../expression.ts';
import { register } from './registers.ts';
import { R } from './relocations.ts';

export const REGISTER = 1;
export const VALUE = 2;
/** `offset(base)`. */
export const MEMORY = 3;
/** `index(base)`. */
export const INDEXED = 4;

/** One operand as written. */
export interface Operand {
  kind: number;
  /** REGISTER: which, as `register` numbers them; MEMORY: the base. */
  reg: number;
  /** INDEXED: the index register. */
  index: number;
  /** VALUE, MEMORY: the number or address. */
  value: Expression;
  /** Relocation types asked for by `%lo(…)` and the like, innermost last; 0: none. */
  reloc: number;
  /** Where it stands in the statement. */
  start: number;
  end: number;
}

const ZERO = constant(0);
const MAX_OPERANDS = 6;
export const newOperands = (): Operand[] =>
  Array.from({ length: MAX_OPERANDS }, () => ({ kind: 0, reg: 0, index: 0, value: ZERO, reloc: 0, start: 0, end: 0 }));

/** `%name(…)` operators and what each asks for. */
const OPERATORS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    lo: R.LO16,
    hi: R.HI16,
    gp_rel: R.GPREL16,
    gprel: R.GPREL16,
    got: R.GOT16,
    call16: R.CALL16,
    got_disp: R.GOT_DISP,
    got_page: R.GOT_PAGE,
    got_ofst: R.GOT_OFST,
    got_hi: R.GOT_HI16,
    got_lo: R.GOT_LO16,
    call_hi: R.CALL_HI16,
    call_lo: R.CALL_LO16,
    neg: R.SUB,
    higher: R.HIGHER,
    highest: R.HIGHEST,
    tlsgd: R.TLS_GD,
    tlsldm: R.TLS_LDM,
    dtprel_hi: R.TLS_DTPREL_HI16,
    dtprel_lo: R.TLS_DTPREL_LO16,
    tprel_hi: R.TLS_TPREL_HI16,
    tprel_lo: R.TLS_TPREL_LO16,
    gottprel: R.TLS_GOTTPREL,
  }),
);

/** Reads the operand list into `out`; the count. */
export function readOperands(asm: Assembler, out: Operand[]): number {
  const { cur } = asm;
  if (cur.atEnd()) return 0;
  for (let n = 0; ; n++) {
    if (n === MAX_OPERANDS) throw new Complaint('KSEG_ASM_OPERAND', 'too many operands', cur.pos, cur.end);
    readOperand(asm, cur, out[n]!);
    cur.skipSpace();
    if (cur.pos >= cur.end) return n + 1;
    if (cur.peek() !== 44)
      throw new Complaint('KSEG_ASM_SYNTAX', `cannot make sense of '${cur.rest()}'`, cur.pos, cur.end);
    cur.pos++;
  }
}

function readOperand(asm: Assembler, cur: Cursor, op: Operand): void {
  cur.skipSpace();
  op.start = cur.pos;
  const c = cur.peek();
  if (c === 36) {
    const reg = register(cur);
    if (reg >= 0) {
      op.kind = REGISTER;
      op.reg = reg;
      op.reloc = 0;
      if (cur.peek() === 40 && readBase(cur, op)) {
        op.kind = INDEXED;
        op.index = reg;
      }
      op.end = cur.pos;
      return;
    }
  }
  op.kind = VALUE;
  op.reloc = 0;
  op.value = ZERO;
  if (c === 37) readRelocated(asm, cur, op);
  else if (c === 40) {
    if (!readBase(cur, op)) op.value = asm.expression();
  } else op.value = asm.expression();
  if (op.kind === VALUE) readBase(cur, op);
  op.end = cur.pos;
}

/** `(register)` behind an offset. */
function readBase(cur: Cursor, op: Operand): boolean {
  cur.skipSpace();
  const start = cur.pos;
  if (cur.peek() !== 40) return false;
  cur.pos++;
  cur.skipSpace();
  const reg = register(cur);
  if (reg < 0) {
    cur.pos = start;
    return false;
  }
  if (!cur.eat(41)) throw new Complaint('KSEG_ASM_SYNTAX', "missing ')' behind the base register", start, cur.end);
  op.kind = MEMORY;
  op.reg = reg;
  return true;
}

function readRelocated(asm: Assembler, cur: Cursor, op: Operand): void {
  const start = cur.pos;
  let depth = 0;
  let combined = 0;
  let level = 1;
  while (cur.peek() === 37) {
    cur.pos++;
    const name = cur.name();
    const type = OPERATORS.get(name.toLowerCase());
    if (type === undefined)
      throw new Complaint('KSEG_ASM_OPERAND', `unknown relocation operator '%${name}'`, start, cur.pos);
    // Up to three relocations compose at one place; the innermost applies first.
    combined += type * level;
    if (level > 1) combined = type + (combined - type * level) * 256;
    level *= 256;
    cur.skipSpace();
    const open = cur.pos;
    if (cur.eat(40)) {
      cur.skipSpace();
      if (cur.peek() === 37) {
        depth++;
        continue;
      }
      cur.pos = open;
    }
    break;
  }
  op.value = asm.expression();
  for (; depth > 0; depth--) if (!cur.eat(41)) throw new Complaint('KSEG_ASM_SYNTAX', "missing ')'", start, cur.end);
  op.reloc = combined;
}
