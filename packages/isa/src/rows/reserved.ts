// Encodings that have a name but no meaning here: JALX enters MIPS16e or microMIPS
// code, C0 and C1 are coprocessor operations that no other row defines. Every core
// takes them as reserved instructions; only the disassembler wants these rows.
import { rows } from '../row.ts';

export const reserved = /* @__PURE__ */ rows('reserved', [
  [930, 'jalx', 0x7400_0000, 'target26x', 'ra pc', 'jump'],
  [931, 'c0', 0x4200_0000, 'cofun', '', 'cop0'],
  [932, 'c1', 0x4600_0000, 'cofun', '', 'cop1'],
]);
