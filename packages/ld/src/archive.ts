import { fail } from './errors.ts';

/** A file inside an archive. */
export interface ArchiveMember {
  readonly name: string;
  /** A view into the archive. */
  readonly bytes: Uint8Array;
}

/** An `ar` archive, decoded. */
export interface Archive {
  readonly members: readonly ArchiveMember[];
  /** The symbol table `ranlib` writes (member `/`), in its order; undefined when the archive has none. */
  readonly symbols: readonly { readonly name: string; readonly member: ArchiveMember }[] | undefined;
}

const MAGIC = '!<arch>\n';
const HEADER = 60;

/** Text of a fixed field, blanks at its end removed. */
function text(bytes: Uint8Array, at: number, length: number): string {
  let out = '';
  for (let i = at; i < at + length; i++) out += String.fromCharCode(bytes[i]!);
  return out.trimEnd();
}

/** True when the bytes start as an archive does. */
export function isArchive(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && text(bytes, 0, 7) === MAGIC.trimEnd() && bytes[7] === 10;
}

/**
 * Decodes a common or GNU `ar` archive: short names, GNU long names (member `//`), BSD long names (`#1/length`) and
 * the symbol table of `ranlib`.
 *
 * @throws LinkError `KSEG_LD_ARCHIVE`.
 */
export function readArchive(bytes: Uint8Array, name = 'archive'): Archive {
  const bad = (what: string): never => fail('KSEG_LD_ARCHIVE', `${name}: ${what}`, { file: name });
  if (!isArchive(bytes)) bad('not an archive (it does not start with !<arch>)');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members: ArchiveMember[] = [];
  const byOffset = new Map<number, ArchiveMember>();
  let longNames: Uint8Array | undefined;
  let index: Uint8Array | undefined;

  for (let at = MAGIC.length; at < bytes.length; ) {
    if (at + HEADER > bytes.length) bad(`truncated in the member header at byte ${at}`);
    if (bytes[at + 58] !== 0x60 || bytes[at + 59] !== 0x0a) bad(`no member header at byte ${at}`);
    const rawName = text(bytes, at, 16);
    const digits = text(bytes, at + 48, 10);
    if (!/^\d+$/.test(digits)) bad(`the size of member ${rawName} is "${digits}"`);
    const size = Number(digits);
    const start = at + HEADER;
    if (start + size > bytes.length) bad(`truncated in member ${rawName}, which ends at byte ${start + size}`);
    const content = bytes.subarray(start, start + size);

    if (rawName === '/') index ??= content;
    else if (rawName === '//') longNames = content;
    else {
      const member = memberOf(rawName, content);
      members.push(member);
      byOffset.set(at, member);
    }
    at = start + size + (size & 1);
  }
  return { members, symbols: index === undefined ? undefined : readIndex(index) };

  function memberOf(raw: string, content: Uint8Array): ArchiveMember {
    const long = /^\/(\d+)$/.exec(raw);
    if (long !== null) {
      const from = Number(long[1]);
      if (longNames === undefined || from >= longNames.length)
        return bad(`member name ${raw} is not in the name table`);
      const newline = longNames.indexOf(10, from);
      const whole = text(longNames, from, (newline < 0 ? longNames.length : newline) - from);
      return { name: whole.replace(/\/$/, ''), bytes: content };
    }
    const bsd = /^#1\/(\d+)$/.exec(raw);
    if (bsd !== null) {
      const length = Number(bsd[1]);
      if (length > content.length) return bad(`member name ${raw} is longer than the member`);
      const padded = text(content, 0, length);
      return { name: padded.replace(/\0+$/, ''), bytes: content.subarray(length) };
    }
    return { name: raw.replace(/\/$/, ''), bytes: content };
  }

  /** Big-endian count and member offsets, then that many names. */
  function readIndex(table: Uint8Array) {
    const base = table.byteOffset - bytes.byteOffset;
    const count = table.length >= 4 ? view.getUint32(base) : bad('the symbol table is truncated');
    if (4 + count * 4 > table.length) bad('the symbol table is truncated');
    const symbols: { name: string; member: ArchiveMember }[] = [];
    let at = 4 + count * 4;
    for (let i = 0; i < count; i++) {
      const end = table.indexOf(0, at);
      if (end < 0) bad('the symbol table has fewer names than entries');
      const member = byOffset.get(view.getUint32(base + 4 + i * 4));
      if (member === undefined) return bad(`the symbol table points to byte ${view.getUint32(base + 4 + i * 4)}`);
      symbols.push({ name: text(table, at, end - at), member });
      at = end + 1;
    }
    return symbols;
  }
}

/** Encodes an archive with GNU long names and no symbol table (the linker does not need one). */
export function writeArchive(members: readonly ArchiveMember[]): Uint8Array {
  const encode = (value: string) => Uint8Array.from(value, (char) => char.charCodeAt(0));
  let longNames = '';
  const rawNames = members.map(({ name }) => {
    if (name.length <= 15) return `${name}/`;
    const at = longNames.length;
    longNames += `${name}/\n`;
    return `/${at}`;
  });
  const header = (name: string, size: number, attributes: string) =>
    encode(`${name.padEnd(16)}${attributes.padEnd(32)}${String(size).padEnd(10)}\`\n`);
  const plain = `${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}`;

  const parts: Uint8Array[] = [encode(MAGIC)];
  const push = (head: Uint8Array, content: Uint8Array) => {
    parts.push(head, content);
    if (content.length & 1) parts.push(encode('\n'));
  };
  if (longNames !== '') push(header('//', longNames.length, ''), encode(longNames));
  members.forEach(({ bytes }, i) => {
    push(header(rawNames[i]!, bytes.length, plain), bytes);
  });
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
