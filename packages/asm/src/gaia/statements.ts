// GAIA's statements: labels, directives and instructions, a line each.
import { closest } from '../diagnostics.ts';
import { parseInteger } from './expression.ts';
import { Instructions } from './instructions.ts';
import { LIMIT, type Program } from './program.ts';
import { REGISTERS } from './table.ts';
import {
  fail,
  floatOperand,
  integerOperand,
  Mistake,
  splitOperands,
  stringBytes,
  value,
  withoutComment,
} from './text.ts';

/** Reads the statements of sources into a program. */
export class Reader {
  private readonly instructions: Instructions;

  constructor(private readonly program: Program) {
    this.instructions = new Instructions(program);
  }

  read(text: string, file: number): void {
    text.split('\n').forEach((raw, i) => {
      const statement = withoutComment(raw);
      const trimmed = statement.trim();
      if (trimmed === '') return;
      this.program.line = { file, number: i + 1, text: trimmed, column: statement.indexOf(trimmed) + 1 };
      this.program.attempt(() => this.statement(trimmed, file));
    });
  }

  private statement(text: string, file: number): void {
    const label = /^([\w.$!?]+):$/.exec(text);
    if (label !== null) {
      const name = label[1]!;
      if (REGISTERS.has(name) || parseInteger(name) !== null) throw new Mistake(`'${name}' cannot be a label`);
      if (this.program.labels[file]!.has(name) || this.program.values[file]!.has(name))
        throw new Mistake(`label '${name}' is already defined`);
      this.program.labels[file]!.set(name, this.program.items.length);
      return;
    }
    const split = /^(\S+)(?:\s+([\s\S]*))?$/.exec(text)!;
    const mnemonic = split[1]!;
    const operands = split[2] === undefined ? [] : splitOperands(split[2]);
    if (mnemonic.startsWith('.')) this.directive(mnemonic, operands, file);
    else this.instructions.read(mnemonic, operands);
  }

  private directive(name: string, operands: readonly string[], file: number): undefined {
    switch (name) {
      case '.align': {
        const n = integerOperand(operands[0], 4, LIMIT);
        if (!Number.isInteger(Math.log2(n))) throw new Mistake(`.align ${n} is not a power of two`);
        this.program.add(0, { align: n });
        return;
      }
      case '.byte':
        return this.data(
          operands.map((text) => integerOperand(text, -128, 255)),
          1,
        );
      case '.short':
        return this.data(
          operands.map((text) => integerOperand(text, -0x8000, 0xffff)),
          2,
        );
      case '.int':
        for (const text of operands) this.program.add(4, { words: (lookup) => [value(text, lookup) >>> 0] });
        return;
      case '.float':
        return this.data(
          operands.map((text) => floatOperand(text) ?? fail(`bad floating-point number '${text}'`, text)),
          4,
        );
      case '.space': {
        const size = integerOperand(operands[0], 0, LIMIT);
        const fill = operands[1] === undefined ? 0 : integerOperand(operands[1], -128, 255);
        this.program.add(size, { bytes: new Uint8Array(size).fill(fill) });
        return;
      }
      case '.string': {
        const bytes = stringBytes(operands.join(','));
        this.program.add(bytes.length, { bytes });
        return;
      }
      case '.set': {
        const [symbol, text] = operands;
        if (symbol === undefined || text === undefined) throw new Mistake('.set takes a name and a value');
        // What it uses must stand above; its value follows the labels as code gets shorter.
        this.program.layOut();
        value(text, this.program.lookup(file));
        this.program.values[file]!.set(symbol, text);
        return;
      }
      case '.global':
        this.program.globals[file]!.add(operands[0] ?? fail('.global takes a name'));
        return;
    }
    const known = ['.align', '.byte', '.short', '.int', '.float', '.space', '.string', '.set', '.global'];
    throw new Mistake(`unknown directive '${name}'`, name, closest(name, known));
  }

  private data(values: readonly number[], size: number): undefined {
    const bytes = new Uint8Array(values.length * size);
    values.forEach((v, i) => {
      for (let k = 0; k < size; k++) bytes[i * size + k] = v >> (8 * k);
    });
    this.program.add(bytes.length, { bytes });
  }
}
