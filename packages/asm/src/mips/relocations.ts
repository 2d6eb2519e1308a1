/** Relocation types of o32 (MIPS psABI, "Relocation Types"; GNU extensions), and BYTE for a field that cannot be relocated. */
export const R = {
  NONE: 0,
  R16: 1,
  R32: 2,
  REL32: 3,
  R26: 4,
  HI16: 5,
  LO16: 6,
  GPREL16: 7,
  LITERAL: 8,
  GOT16: 9,
  PC16: 10,
  CALL16: 11,
  GPREL32: 12,
  R64: 18,
  GOT_DISP: 19,
  GOT_PAGE: 20,
  GOT_OFST: 21,
  GOT_HI16: 22,
  GOT_LO16: 23,
  SUB: 24,
  HIGHER: 28,
  HIGHEST: 29,
  CALL_HI16: 30,
  CALL_LO16: 31,
  JALR: 37,
  TLS_DTPREL32: 39,
  TLS_GD: 42,
  TLS_LDM: 43,
  TLS_DTPREL_HI16: 44,
  TLS_DTPREL_LO16: 45,
  TLS_GOTTPREL: 46,
  TLS_TPREL32: 47,
  TLS_TPREL_HI16: 49,
  TLS_TPREL_LO16: 50,
  PC32: 248,
  BYTE: -1,
} as const;

/** Names in the psABI that are no names here. */
const NAMES: Readonly<Record<string, string>> = { R16: '16', R32: '32', R26: '26', R64: '64' };

/** What `.reloc` calls them. */
export const RELOCATION_NAMES: ReadonlyMap<string, number> = new Map([
  ...Object.entries(R)
    .filter(([, type]) => type >= 0)
    .map(([name, type]) => [`R_MIPS_${NAMES[name] ?? name}`, type] as const),
  ['BFD_RELOC_NONE', R.NONE],
  ['BFD_RELOC_16', R.R16],
  ['BFD_RELOC_32', R.R32],
]);
