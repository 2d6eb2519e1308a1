// Totality: what must hold for every row of every table.
import { describe, expect, it } from 'vitest';
import {
  byMnemonic,
  classifier,
  cop1x,
  decoder,
  dsp,
  dspr2,
  encode,
  everything,
  fpu,
  fpu64,
  MIPS1,
  MIPS4,
  MIPS32,
  MIPS32R2,
  mt,
  type OperandName,
  operandsOf,
  pairedSingle,
  type Resource,
  type Row,
  reserved,
} from './index.ts';
import { fieldMask, resources, rows } from './row.ts';

const byId = new Map(everything.map((row) => [row.id, row]));
const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');

/** Rows that can be found together on one core. */
const cores: Readonly<Record<string, readonly Row[]>> = {
  MIPS1,
  MIPS4: [...MIPS4, ...fpu, ...fpu64, ...cop1x],
  MIPS32: [...MIPS32, ...fpu],
  MIPS32R2: [...MIPS32R2, ...fpu, ...fpu64, ...cop1x, ...pairedSingle, ...dsp, ...dspr2, ...mt],
  'all ASEs': everything.filter(({ level }) => level !== 'r3000'),
};

const named = reserved.map(({ id }) => id);
const fits = (row: Row, word: number) => (word & row.mask) >>> 0 === row.match;
const overlap = (a: Row, b: Row) => ((a.match ^ b.match) & a.mask & b.mask) === 0;
/** Every word of `a` is one of `b`. */
const refines = (a: Row, b: Row) => overlap(a, b) && (a.mask & b.mask) >>> 0 === b.mask;

it('gives every row its own id, from 1, and its own name', () => {
  expect(new Set(everything.map(({ id }) => id)).size).toBe(everything.length);
  expect(new Set(everything.map(({ name }) => name)).size).toBe(everything.length);
  expect(Math.min(...byId.keys())).toBeGreaterThan(0);
});

it('knows ids by heart: they never change', () => {
  const ids = Object.fromEntries(everything.map(({ name, id }) => [name, id]));
  expect(ids).toMatchObject({
    sll: 1,
    addiu: 40,
    sw: 63,
    beql: 80,
    sc: 101,
    eret: 110,
    pref: 117,
    wait: 129,
    rotr: 160,
  });
  expect(ids).toMatchObject({ synci: 172, sdbbp: 196, mfc1: 200, 'c.ngt.d': 285, mfhc1: 300, 'nmsub.d': 348 });
  expect(ids).toMatchObject({ 'add.ps': 360, mftr: 804, jalx: 930, nop: 700, ehb: 750 });
});

it('builds every row well: known operands that share no bits, a match within the mask', () => {
  for (const row of everything) {
    const fields = row.operands.map(fieldMask);
    const union = fields.reduce((bits, field) => bits | field, 0);
    const total = fields.reduce((sum, field) => sum + (field >>> 0), 0);
    expect(total, `${row.name}: operands share bits`).toBe(union >>> 0);
    expect(hex(row.match & ~row.mask), row.name).toBe(hex(0));
  }
});

it('names the state that a row’s operands stand for, and no other fields', () => {
  // What these read or write beside their operands' own registers is another set's or thread's.
  const elsewhere = (row: Row) => row.level === 'mt' || /^(rd|wr)pgpr$/.test(row.name);
  for (const row of everything) {
    const registers = new Set(row.operands.flatMap((operand) => RESOURCE[operand] ?? []));
    const touched = [...row.reads, ...row.writes];
    expect(resources, row.name).toEqual(expect.arrayContaining(touched));
    if (!elsewhere(row)) for (const register of registers) expect(touched, row.name).toContain(register);
    for (const field of touched) if (FIELDS.has(field)) expect([...registers], row.name).toContain(field);
    const returns = /^(eret|deret|iret)$/.test(row.mnemonic);
    expect(row.writes.includes('pc'), row.name).toBe(row.delaySlot !== 'none' || returns);
    const translates = touched.includes('mem') || /^(cachee?|synci)$/.test(row.name);
    expect(row.traps.includes('tlb'), row.name).toBe(translates);
    expect(row.traps.includes('address'), row.name).toBe(translates);
  }
});

it('round-trips every row at the ends of every operand', () => {
  for (const core of [MIPS1, everything.filter(({ level }) => level !== 'r3000')]) {
    const classify = classifier(core);
    for (const row of core)
      for (const fill of [0, 0xffff_ffff, 0x5555_5555, 0xaaaa_aaaa, 0x0f0f_0f0f]) {
        const word = (row.match | (fill & ~row.mask)) >>> 0;
        // CLO's and CLZ's two copies of one register, INS with its end below its start.
        if (/^(clo|clz|ins)$/.test(row.name) && classify(word).kind === 'unpredictable') continue;
        expect(hex(encode(row, operandsOf(row, word))), row.name).toBe(hex(word));
      }
  }
});

it('has aliases that only spell a row otherwise', () => {
  for (const row of everything) {
    if (row.aliasOf === undefined) {
      expect(row.shown, row.name).toBeUndefined();
      continue;
    }
    const base = byId.get(row.aliasOf)!;
    expect(base.aliasOf, row.name).toBeUndefined();
    expect(refines(row, base), row.name).toBe(true);
    const { delaySlot, privilege, traps } = base;
    expect(row, row.name).toMatchObject({ delaySlot, privilege, traps });
    expect(row.shown, row.name).toMatch(row.mnemonic === base.mnemonic ? /^always$/ : /^(always|aliases|never)$/);
  }
});

/** The state an operand stands for. */
const RESOURCE: Readonly<Partial<Record<OperandName, Resource[]>>> = {
  rs: ['rs'],
  rt: ['rt'],
  rd: ['rd'],
  'rd=rt': ['rd'],
  base: ['rs'],
  base11: ['rs'],
  rd6: ['rd'],
  fr: ['fr'],
  fs: ['fs'],
  ft: ['ft'],
  fd: ['fd'],
  wd: ['wd'],
  ws: ['ws'],
  wt: ['wt'],
  rtel: ['rt'],
};
const FIELDS = new Set<Resource>(Object.values(RESOURCE).flat());

describe.each(Object.entries(cores))('%s', (_name, core) => {
  const candidates = core.filter(({ aliasOf }) => aliasOf === undefined);
  const { decode, row } = decoder(core);

  it('has no two rows for one word, but refinements of the same mnemonic and the named reserved ones', () => {
    const clashes = candidates.flatMap((a, index) =>
      candidates
        .slice(index + 1)
        .filter((b) => overlap(a, b))
        .filter((b) => !(a.mnemonic === b.mnemonic && (refines(a, b) || refines(b, a))))
        .filter((b) => !(named.includes(a.id) && refines(b, a)) && !(named.includes(b.id) && refines(a, b)))
        .map((b) => `${a.name} and ${b.name}`),
    );
    expect(clashes).toEqual([]);
  });

  it('decodes every row, and to the most specific', () => {
    for (const candidate of core) {
      const words = [0, 0xffff_ffff, 0x1234_5678].map((fill) => (candidate.match | (fill & ~candidate.mask)) >>> 0);
      for (const word of words) {
        const found = row(decode(word))!;
        expect(found.aliasOf).toBeUndefined();
        expect(fits(found, word)).toBe(true);
        const better = candidates.filter((other) => fits(other, word) && other !== found && refines(other, found));
        expect(better.map(({ name }) => name)).toEqual([]);
      }
    }
    const reached = new Set(candidates.map(({ match, mask }) => decode(match | (0x5a5a_5a5a & ~mask))));
    expect(candidates.filter(({ id }) => !reached.has(id)).map(({ name }) => name)).toEqual([]);
  });
});

it('says what rows read, write, need and can raise', () => {
  const effects = (name: string) => {
    const { reads, writes, traps, privilege, delaySlot } = everything.find((row) => row.name === name)!;
    return [`${writes.join(' ')} = ${reads.join(' ')}`, traps.join(' '), privilege, delaySlot];
  };
  expect(effects('add')).toEqual(['rd = rs rt', 'overflow', 'none', 'none']);
  expect(effects('lwl')).toEqual(['rt = mem rs rt', 'address tlb', 'none', 'none']);
  expect(effects('sc')).toEqual(['rt mem = rt rs ll', 'address tlb', 'none', 'none']);
  expect(effects('jal')).toEqual(['ra pc = ', '', 'none', 'jump']);
  expect(effects('bgezall')).toEqual(['ra pc = rs', '', 'none', 'likely']);
  expect(effects('mtc0')).toEqual(['cp0 = rt', '', 'cop0', 'none']);
  expect(effects('eret')).toEqual(['pc cp0 ll = cp0', '', 'cop0', 'none']);
  expect(effects('sdbbp')).toEqual([' = ', 'debug', 'none', 'none']);
  expect(effects('deret')).toEqual(['pc debug = debug', '', 'debugMode', 'none']);
  expect(effects('bc1tl')).toEqual(['pc = fcc', '', 'cop1', 'likely']);
  expect(effects('sdc1')).toEqual(['mem = ft rs', 'address tlb', 'cop1', 'none']);
  expect(effects('madd.d')).toEqual(['fd fcsr = fr fs ft fcsr', 'fpe', 'cop1', 'none']);
  expect(effects('mov.s')).toEqual(['fd = fs', '', 'cop1', 'none']);
  expect(effects('addwc')).toEqual(['rd dspcontrol = rs rt dspcontrol', '', 'dsp', 'none']);
  expect(effects('bposge32')).toEqual(['pc = dspcontrol', '', 'dsp', 'branch']);
  expect(effects('tlbwr')).toEqual(['tlb = cp0', '', 'cop0', 'none']);
});

it('groups rows by mnemonic', () => {
  const mnemonics = byMnemonic(MIPS32R2);
  expect(mnemonics.get('jalr')!.map(({ name }) => name)).toEqual(['jalr', 'jalr:ra']);
  expect(mnemonics.get('mfc0')!.map(({ operands }) => operands)).toEqual([
    ['rt', 'cp0rd'],
    ['rt', 'cp0rd', 'sel'],
  ]);
  expect(mnemonics.get('add.s')).toBeUndefined();
});

it('derives masks, privileges and slots from the terse form', () => {
  const [likely] = rows('mips2', [[1, 'x:form', 0x5000_0000, 'rs branch16', 'pc = rs', 'cop1', 'likely', 'trap']]);
  expect(likely).toEqual({
    id: 1,
    name: 'x:form',
    mnemonic: 'x',
    level: 'mips2',
    mask: 0xfc1f_0000,
    match: 0x5000_0000,
    operands: ['rs', 'branch16'],
    reads: ['rs'],
    writes: ['pc'],
    traps: ['trap'],
    privilege: 'cop1',
    delaySlot: 'likely',
  });
});
