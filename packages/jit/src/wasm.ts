// As much of WebAssembly's binary format (core specification, §5) as the translator writes.

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;

/** Opcodes, by the names of the text format. */
export const W = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i64Load: 0x29,
  f32Load: 0x2a,
  f64Load: 0x2b,
  i32Load8U: 0x2d,
  i32Load16U: 0x2f,
  i32Load8S: 0x2c,
  i32Load16S: 0x2e,
  i32Store: 0x36,
  i64Store: 0x37,
  f32Store: 0x38,
  f64Store: 0x39,
  i32Store8: 0x3a,
  i32Store16: 0x3b,
  i32Const: 0x41,
  i64Const: 0x42,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeS: 0x4c,
  i32LeU: 0x4d,
  i32GeS: 0x4e,
  i32GeU: 0x4f,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64LtU: 0x54,
  i64GeU: 0x5a,
  f32Eq: 0x5b,
  f32Ne: 0x5c,
  f32Lt: 0x5d,
  f64Eq: 0x61,
  f64Ne: 0x62,
  f64Lt: 0x63,
  f64Gt: 0x64,
  f64Ge: 0x66,
  i32Clz: 0x67,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivS: 0x6d,
  i32DivU: 0x6e,
  i32RemS: 0x6f,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  i32Rotl: 0x77,
  i32Rotr: 0x78,
  i64Ctz: 0x7a,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64And: 0x83,
  i64Or: 0x84,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i64Rotl: 0x89,
  f32Abs: 0x8b,
  f32Neg: 0x8c,
  f64Abs: 0x99,
  f64Neg: 0x9a,
  f64Ceil: 0x9b,
  f64Floor: 0x9c,
  f64Trunc: 0x9d,
  f64Nearest: 0x9e,
  f64Sqrt: 0x9f,
  f64Add: 0xa0,
  f64Sub: 0xa1,
  f64Mul: 0xa2,
  f64Div: 0xa3,
  i32WrapI64: 0xa7,
  i32TruncF64S: 0xaa,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
  f32DemoteF64: 0xb6,
  f64ConvertI32S: 0xb7,
  f64PromoteF32: 0xbb,
  i64ReinterpretF64: 0xbd,
  f64ReinterpretI64: 0xbf,
  i32Extend8S: 0xc0,
  i32Extend16S: 0xc1,
} as const;

/** A growing run of bytes, with the format's numbers. */
class Bytes {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  length = 0;

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = value;
  }

  /** Takes away what has been written from `from` on. */
  cut(from: number): Uint8Array {
    const cut = this.#bytes.slice(from, this.length);
    this.length = from;
    return cut;
  }

  append(more: Uint8Array): void {
    if (this.length + more.length > this.#bytes.length) this.#grow(more.length);
    this.#bytes.set(more, this.length);
    this.length += more.length;
  }

  /** Unsigned LEB128. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit integer. */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 127) | 128);
      rest >>= 7;
    }
    this.byte(rest & 127);
  }

  /** As `s32`, of a 64-bit integer in two halves. */
  s64(high: number, low: number): void {
    let h = high | 0;
    let l = low | 0;
    while (h !== l >> 31 || l < -64 || l > 63) {
      this.byte((l & 127) | 128);
      l = (l >>> 7) | (h << 25);
      h >>= 7;
    }
    this.byte(l & 127);
  }

  f64(value: number): void {
    this.append(new Uint8Array(Float64Array.of(value).buffer));
  }

  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  #grow(by: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + by));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** The body of one function while it is written. Labels are counted as the format does: 0 is the innermost. */
export class FunctionBody {
  readonly code = new Bytes();
  readonly #locals: number[] = [];

  constructor(private readonly parameters: number) {}

  /** A new local of `type`; its index. */
  local(type: number = I32): number {
    return this.parameters + this.#locals.push(type) - 1;
  }

  op(...codes: number[]): void {
    for (const code of codes) this.code.byte(code);
  }

  const(value: number): void {
    this.code.byte(W.i32Const);
    this.code.s32(value);
  }

  /** A 64-bit integer, by its halves. */
  const64(high: number, low: number): void {
    this.code.byte(W.i64Const);
    this.code.s64(high, low);
  }

  constF64(value: number): void {
    this.code.byte(W.f64Const);
    this.code.f64(value);
  }

  get(local: number): void {
    this.code.byte(W.localGet);
    this.code.u32(local);
  }

  set(local: number): void {
    this.code.byte(W.localSet);
    this.code.u32(local);
  }

  tee(local: number): void {
    this.code.byte(W.localTee);
    this.code.u32(local);
  }

  /** A load or store at `offset` from the address on the stack. The alignment is a hint that no engine uses. */
  memory(opcode: number, offset: number): void {
    this.code.byte(opcode);
    this.code.u32(0);
    this.code.u32(offset);
  }

  /** `block`, `loop` or `if`, without a result. */
  open(opcode: number): void {
    this.code.byte(opcode);
    this.code.byte(0x40);
  }

  br(depth: number): void {
    this.code.byte(W.br);
    this.code.u32(depth);
  }

  brIf(depth: number): void {
    this.code.byte(W.brIf);
    this.code.u32(depth);
  }

  /** To one of `depths`, by the number on the stack; to `otherwise` from behind the last. */
  brTable(depths: readonly number[], otherwise: number): void {
    this.code.byte(W.brTable);
    this.code.u32(depths.length);
    for (const depth of depths) this.code.u32(depth);
    this.code.u32(otherwise);
  }

  call(index: number): void {
    this.code.byte(W.call);
    this.code.u32(index);
  }

  callIndirect(type: number): void {
    this.code.byte(W.callIndirect);
    this.code.u32(type);
    this.code.u32(0);
  }

  /** The entry of the code section. */
  encode(): Uint8Array {
    const { code } = this;
    const entry = new Bytes();
    entry.u32(this.#locals.length);
    for (const type of this.#locals) {
      entry.u32(1);
      entry.byte(type);
    }
    entry.append(code.bytes);
    entry.byte(W.end);
    const sized = new Bytes();
    sized.u32(entry.length);
    sized.append(entry.bytes);
    return sized.bytes;
  }
}

export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface FunctionImport {
  readonly name: string;
  readonly type: number;
}

/** A module that imports a memory, a table and functions, all from module `k`, and exports its functions by their number. */
export function encodeModule(parts: {
  readonly types: readonly FunctionType[];
  readonly memoryPages: number;
  readonly tableSize: number;
  readonly imports: readonly FunctionImport[];
  readonly functions: readonly { readonly type: number; readonly body: FunctionBody }[];
}): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  out.append(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00));
  const section = (id: number, write: (bytes: Bytes) => void) => {
    const bytes = new Bytes();
    write(bytes);
    out.byte(id);
    out.u32(bytes.length);
    out.append(bytes.bytes);
  };
  const { types, imports, functions } = parts;
  section(1, (bytes) => {
    bytes.u32(types.length);
    for (const { params, results } of types) {
      bytes.byte(0x60);
      for (const list of [params, results]) {
        bytes.u32(list.length);
        for (const type of list) bytes.byte(type);
      }
    }
  });
  section(2, (bytes) => {
    bytes.u32(2 + imports.length);
    bytes.name('k');
    bytes.name('memory');
    bytes.byte(2);
    bytes.byte(1);
    bytes.u32(parts.memoryPages);
    bytes.u32(parts.memoryPages);
    bytes.name('k');
    bytes.name('table');
    bytes.byte(1);
    bytes.byte(0x70);
    bytes.byte(0);
    bytes.u32(parts.tableSize);
    for (const { name, type } of imports) {
      bytes.name('k');
      bytes.name(name);
      bytes.byte(0);
      bytes.u32(type);
    }
  });
  section(3, (bytes) => {
    bytes.u32(functions.length);
    for (const { type } of functions) bytes.u32(type);
  });
  section(7, (bytes) => {
    bytes.u32(functions.length);
    functions.forEach((_, i) => {
      bytes.name(String(i));
      bytes.byte(0);
      bytes.u32(imports.length + i);
    });
  });
  section(10, (bytes) => {
    bytes.u32(functions.length);
    for (const { body } of functions) bytes.append(body.encode());
  });
  return out.bytes.slice();
}
