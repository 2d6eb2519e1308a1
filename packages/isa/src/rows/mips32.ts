// MIPS32 Release 1: accumulate, count leading, WAIT, selects of CP0 registers, hazard barriers.
import { rows } from '../row.ts';

export const mips32 = /* @__PURE__ */ rows('mips32', [
  [120, 'madd', 0x7000_0000, 'rs rt', 'hi lo = rs rt hi lo'],
  [121, 'maddu', 0x7000_0001, 'rs rt', 'hi lo = rs rt hi lo'],
  [122, 'mul', 0x7000_0002, 'rd rs rt', 'rd hi lo = rs rt'],
  [123, 'msub', 0x7000_0004, 'rs rt', 'hi lo = rs rt hi lo'],
  [124, 'msubu', 0x7000_0005, 'rs rt', 'hi lo = rs rt hi lo'],
  [125, 'clz', 0x7000_0020, 'rd=rt rs', 'rd = rs'],
  [126, 'clo', 0x7000_0021, 'rd=rt rs', 'rd = rs'],
  [127, 'mfc0:sel', 0x4000_0000, 'rt cp0rd sel', 'rt = cp0', 'cop0'],
  [128, 'mtc0:sel', 0x4080_0000, 'rt cp0rd sel', 'cp0 = rt', 'cop0'],
  [129, 'wait', 0x4200_0020, 'code19', '', 'cop0'],
  [130, 'sync:stype', 0x0000_000f, 'stype'],
  [131, 'jr.hb', 0x0000_0408, 'rs', 'pc = rs', 'jump'],
  [132, 'jalr.hb', 0x0000_0409, 'rd rs', 'rd pc = rs', 'jump'],
  [133, 'mfc2:sel', 0x4800_0000, 'rt cop2rd sel', 'rt = cp2', 'cop2'],
  [134, 'mtc2:sel', 0x4880_0000, 'rt cop2rd sel', 'cp2 = rt', 'cop2'],
  [135, 'bc2f:cc', 0x4900_0000, 'cc branch16', 'pc = cp2', 'cop2', 'branch'],
  [136, 'bc2t:cc', 0x4901_0000, 'cc branch16', 'pc = cp2', 'cop2', 'branch'],
  [137, 'bc2fl:cc', 0x4902_0000, 'cc branch16', 'pc = cp2', 'cop2', 'likely'],
  [138, 'bc2tl:cc', 0x4903_0000, 'cc branch16', 'pc = cp2', 'cop2', 'likely'],

  [740, 'ssnop', 0x0000_0040, '', '', 1],
  [741, 'wait:0', 0x4200_0020, '', '', 'cop0', 129],
  [742, 'jalr.hb:ra', 0x0000_fc09, 'rs', 'ra pc = rs', 'jump', 132],
]);
