// The R3000's own: its CP0 returns from an exception with RFE, where later cores have ERET;
// BC0F and BC0T test the CpCond pin (the write buffer's "empty" on many boards), and its
// coprocessor 3 has the encodings that later became COP1X and PREF.
import { rows } from '../row.ts';

export const r3000 = /* @__PURE__ */ rows('r3000', [
  [74, 'lwc3', 0xcc00_0000, 'cop2rt offset16 base', 'cp3 = mem rs', 'cop3', 'address', 'tlb'],
  [75, 'swc3', 0xec00_0000, 'cop2rt offset16 base', 'mem = cp3 rs', 'cop3', 'address', 'tlb'],
  [76, 'c3', 0x4e00_0000, 'cofun', 'cp3 = cp3', 'cop3'],
  [77, 'bc3f', 0x4d00_0000, 'branch16', 'pc = cp3', 'cop3', 'branch'],
  [78, 'bc3t', 0x4d01_0000, 'branch16', 'pc = cp3', 'cop3', 'branch'],
  [79, 'rfe', 0x4200_0010, '', 'cp0 = cp0', 'cop0'],
  [190, 'mfc3', 0x4c00_0000, 'rt cop2rd', 'rt = cp3', 'cop3'],
  [191, 'cfc3', 0x4c40_0000, 'rt cop2rd', 'rt = cp3', 'cop3'],
  [192, 'mtc3', 0x4c80_0000, 'rt cop2rd', 'cp3 = rt', 'cop3'],
  [193, 'ctc3', 0x4cc0_0000, 'rt cop2rd', 'cp3 = rt', 'cop3'],
  [194, 'bc0f', 0x4100_0000, 'branch16', 'pc = cp0', 'cop0', 'branch'],
  [195, 'bc0t', 0x4101_0000, 'branch16', 'pc = cp0', 'cop0', 'branch'],
]);
