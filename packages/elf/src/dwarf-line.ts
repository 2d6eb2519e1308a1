import { ElfError } from './errors.ts';
import type { ElfFile } from './types.ts';

/** One row of the line table: code from `address` on came from this line. */
export interface LineRow {
  readonly address: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The row marks the first address behind a sequence and stands for no code. */
  readonly end: boolean;
}

/** What a source line a debugger shows. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Address → source line, from `.debug_line` (DWARF 2 to 5). */
export class LineTable {
  constructor(
    /** Sorted by address; the end of a sequence stands before a start at the same address. */
    readonly rows: readonly LineRow[],
  ) {}

  /** The source line of the instruction at `address`, undefined where no line is known. */
  at(address: number): SourceLine | undefined {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const row = this.rows[low - 1];
    return row === undefined || row.end ? undefined : { file: row.file, line: row.line, column: row.column };
  }

  /** The addresses at which code of a line starts. `file` may be the end of the path only, as people type it. */
  find(file: string, line: number): number[] {
    const matches = (path: string) => path === file || path.endsWith(`/${file}`);
    return this.rows.filter((row) => !row.end && row.line === line && matches(row.file)).map(({ address }) => address);
  }
}

/**
 * Reads the line table of a linked file. A file without `.debug_line` gives an empty table.
 *
 * @throws ElfError `KSEG_ELF_MALFORMED` when the section contradicts itself
 */
export function readLineTable(elf: ElfFile): LineTable {
  const section = (name: string) => elf.sections.find((one) => one.name === name)?.bytes ?? new Uint8Array(0);
  const little = elf.header.endian === 'little';
  const strings = { line: section('.debug_line_str'), str: section('.debug_str') };
  const reader = new Reader(section('.debug_line'), little);
  const rows: LineRow[] = [];
  while (reader.at < reader.end) readUnit(reader, strings, little, rows);
  const ordered = rows.map((row, i) => ({ row, i }));
  ordered.sort((a, b) => a.row.address - b.row.address || Number(b.row.end) - Number(a.row.end) || a.i - b.i);
  return new LineTable(ordered.map(({ row }) => row));
}

interface Strings {
  readonly line: Uint8Array;
  readonly str: Uint8Array;
}

/** A cursor over bytes that refuses to run over their end. */
class Reader {
  private readonly view: DataView;
  at: number;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly little: boolean,
    start = 0,
    readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  part(length: number): Reader {
    return new Reader(this.bytes, this.little, this.advance(length), this.at);
  }

  advance(length: number): number {
    const start = this.at;
    if (length < 0 || start + length > this.end)
      throw new ElfError('KSEG_ELF_MALFORMED', `.debug_line ends in the middle of a record at byte ${start}`);
    this.at += length;
    return start;
  }

  byte(): number {
    return this.bytes[this.advance(1)]!;
  }

  signedByte(): number {
    return (this.byte() << 24) >> 24;
  }

  half(): number {
    return this.view.getUint16(this.advance(2), this.little);
  }

  word(): number {
    return this.view.getUint32(this.advance(4), this.little);
  }

  /** Unsigned LEB128, to 32 bits. */
  uleb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** Signed LEB128, to 32 bits. */
  sleb(): number {
    let value = 0;
    for (let shift = 0; ; ) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte >= 0x80) continue;
      return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
    }
  }

  string(): string {
    let text = '';
    for (let byte = this.byte(); byte !== 0; byte = this.byte()) text += String.fromCharCode(byte);
    return text;
  }
}

interface Header {
  readonly minimum: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operands: readonly number[];
  readonly files: string[];
  /** Directories by number, to name files that the program itself defines. */
  readonly directories: readonly string[];
}

/** One compilation unit's program (DWARF 5 §6.2.4). */
function readUnit(reader: Reader, strings: Strings, little: boolean, rows: LineRow[]): void {
  const length = reader.word();
  if (length >= 0xffff_fff0) throw new ElfError('KSEG_ELF_MALFORMED', '.debug_line is in the 64-bit format');
  const unit = reader.part(length);
  const version = unit.half();
  if (version < 2 || version > 5)
    throw new ElfError('KSEG_ELF_MALFORMED', `.debug_line has version ${version}; 2 to 5 are known`, { version });
  // Version 5 states the sizes of addresses and segment selectors.
  if (version >= 5) unit.advance(2);
  const headerLength = unit.word();
  const header = readHeader(unit.part(headerLength), version, strings, little);
  run(unit, header, rows);
}

function readHeader(reader: Reader, version: number, strings: Strings, little: boolean): Header {
  const minimum = reader.byte();
  if (version >= 4) reader.byte(); // operations per VLIW instruction
  reader.byte(); // default_is_stmt: every row counts here
  const lineBase = reader.signedByte();
  const lineRange = reader.byte();
  if (lineRange === 0) throw new ElfError('KSEG_ELF_MALFORMED', '.debug_line has a line range of 0');
  const opcodeBase = reader.byte();
  const operands = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => reader.byte());
  const base = { minimum, lineBase, lineRange, opcodeBase, operands };
  if (version >= 5) {
    const directories = readEntries(reader, strings, little).map(({ name }) => name);
    const files = readEntries(reader, strings, little).map(({ name, directory }) => join(directories[directory], name));
    return { ...base, directories, files };
  }
  const directories = [''];
  for (let name = reader.string(); name !== ''; name = reader.string()) directories.push(name);
  const files = [''];
  for (let name = reader.string(); name !== ''; name = reader.string()) {
    files.push(join(directories[reader.uleb()], name));
    reader.uleb(); // modification time
    reader.uleb(); // length
  }
  return { ...base, directories, files };
}

const join = (directory: string | undefined, name: string) =>
  directory === undefined || directory === '' || name.startsWith('/') ? name : `${directory}/${name}`;

const DW_LNCT = { PATH: 1, DIRECTORY_INDEX: 2 } as const;
const DW_FORM = {
  BLOCK: 0x09,
  DATA1: 0x0b,
  DATA2: 0x05,
  DATA4: 0x06,
  DATA8: 0x07,
  DATA16: 0x1e,
  STRING: 0x08,
  UDATA: 0x0f,
  STRP: 0x0e,
  LINE_STRP: 0x1f,
} as const;

/** Directories or files of version 5: a description of the entries' fields, then the entries (DWARF 5 §6.2.4.1). */
function readEntries(reader: Reader, strings: Strings, little: boolean): { name: string; directory: number }[] {
  const format = Array.from({ length: reader.byte() }, () => ({ content: reader.uleb(), form: reader.uleb() }));
  const count = reader.uleb();
  if (count > reader.end) throw new ElfError('KSEG_ELF_MALFORMED', `.debug_line lists ${count} files`);
  return Array.from({ length: count }, () => {
    const entry = { name: '', directory: 0 };
    for (const { content, form } of format) {
      const value = readForm(reader, form, strings, little);
      if (content === DW_LNCT.PATH) entry.name = String(value);
      else if (content === DW_LNCT.DIRECTORY_INDEX) entry.directory = Number(value);
    }
    return entry;
  });
}

function readForm(reader: Reader, form: number, strings: Strings, little: boolean): string | number {
  switch (form) {
    case DW_FORM.STRING:
      return reader.string();
    case DW_FORM.LINE_STRP:
      return new Reader(strings.line, little, reader.word()).string();
    case DW_FORM.STRP:
      return new Reader(strings.str, little, reader.word()).string();
    case DW_FORM.UDATA:
      return reader.uleb();
    case DW_FORM.DATA1:
      return reader.byte();
    case DW_FORM.DATA2:
      return reader.half();
    case DW_FORM.DATA4:
      return reader.word();
    case DW_FORM.DATA8:
      return reader.advance(8);
    case DW_FORM.DATA16:
      return reader.advance(16);
    case DW_FORM.BLOCK:
      return reader.advance(reader.uleb());
    default:
      throw new ElfError('KSEG_ELF_MALFORMED', `.debug_line has an entry of form 0x${form.toString(16)}`, { form });
  }
}

/** Runs a line-number program (DWARF 5 §6.2.5). */
function run(reader: Reader, header: Header, rows: LineRow[]): void {
  const { minimum, lineBase, lineRange, opcodeBase, operands, files, directories } = header;
  const start = () => ({ address: 0, file: 1, line: 1, column: 0 });
  let state = start();
  const emit = (end: boolean) => {
    const { address, line, column, file } = state;
    rows.push({ address, file: files[file] ?? '', line, column, end });
  };
  const advance = (by: number) => {
    state.address = (state.address + by * minimum) >>> 0;
  };
  while (reader.at < reader.end) {
    const opcode = reader.byte();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      advance(Math.floor(adjusted / lineRange));
      state.line += lineBase + (adjusted % lineRange);
      emit(false);
      continue;
    }
    switch (opcode) {
      case 0: {
        const extended = reader.part(reader.uleb());
        const kind = extended.byte();
        if (kind === 1) {
          emit(true);
          state = start();
        } else if (kind === 2) state.address = extended.word();
        else if (kind === 3) {
          const name = extended.string();
          files.push(join(directories[extended.uleb()], name));
        }
        break;
      }
      case 1: // DW_LNS_copy
        emit(false);
        break;
      case 2: // DW_LNS_advance_pc
        advance(reader.uleb());
        break;
      case 3: // DW_LNS_advance_line
        state.line += reader.sleb();
        break;
      case 4: // DW_LNS_set_file
        state.file = reader.uleb();
        break;
      case 5: // DW_LNS_set_column
        state.column = reader.uleb();
        break;
      case 8: // DW_LNS_const_add_pc
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case 9: // DW_LNS_fixed_advance_pc
        state.address = (state.address + reader.half()) >>> 0;
        break;
      default: // basic blocks, prologues, views: nothing a line depends on
        for (let i = 0; i < operands[opcode - 1]!; i++) reader.uleb();
    }
  }
}
