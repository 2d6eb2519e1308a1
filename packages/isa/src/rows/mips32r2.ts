// MIPS32 Release 2: rotates, bit fields, byte swaps, shadow sets, hardware registers, DI/EI, SYNCI.
import { rows } from '../row.ts';

export const mips32r2 = /* @__PURE__ */ rows('mips32r2', [
  [160, 'rotr', 0x0020_0002, 'rd rt sa', 'rd = rt'],
  [161, 'rotrv', 0x0000_0046, 'rd rt rs', 'rd = rt rs'],
  [162, 'ext', 0x7c00_0000, 'rt rs pos extsize', 'rt = rs'],
  [163, 'ins', 0x7c00_0004, 'rt rs pos inssize', 'rt = rs rt'],
  [164, 'wsbh', 0x7c00_00a0, 'rd rt', 'rd = rt'],
  [165, 'seb', 0x7c00_0420, 'rd rt', 'rd = rt'],
  [166, 'seh', 0x7c00_0620, 'rd rt', 'rd = rt'],
  [167, 'rdhwr', 0x7c00_003b, 'rt hwr', 'rt = hwr'],
  [168, 'di', 0x4160_6000, 'rt', 'rt cp0 = cp0', 'cop0'],
  [169, 'ei', 0x4160_6020, 'rt', 'rt cp0 = cp0', 'cop0'],
  [170, 'rdpgpr', 0x4140_0000, 'rd rt', 'rd = shadow cp0', 'cop0'],
  [171, 'wrpgpr', 0x41c0_0000, 'rd rt', 'shadow = rt cp0', 'cop0'],
  [172, 'synci', 0x041f_0000, 'offset16 base', 'cache = rs', 'address', 'tlb'],
  // What the low half of these holds beside a register is the coprocessor's own affair.
  [173, 'mfhc2', 0x4860_0000, 'rt imm16u', 'rt = cp2', 'cop2'],
  [174, 'mthc2', 0x48e0_0000, 'rt imm16u', 'cp2 = rt', 'cop2'],

  [750, 'ehb', 0x0000_00c0, '', '', 1],
  [751, 'pause', 0x0000_0140, '', '', 1, 'always'],
  [752, 'di:0', 0x4160_6000, '', 'cp0 = cp0', 'cop0', 168],
  [753, 'ei:0', 0x4160_6020, '', 'cp0 = cp0', 'cop0', 169],
  [754, 'ror', 0x0020_0002, 'rd rt sa', 'rd = rt', 160, 'always'],
  [755, 'rorv', 0x0000_0046, 'rd rt rs', 'rd = rt rs', 161, 'always'],
  [756, 'sync_wmb', 0x0000_010f, '', '', 130],
  [757, 'sync_mb', 0x0000_040f, '', '', 130],
  [758, 'sync_acquire', 0x0000_044f, '', '', 130],
  [759, 'sync_release', 0x0000_048f, '', '', 130],
  [760, 'sync_rmb', 0x0000_04cf, '', '', 130],
  [761, 'mfhc2:rd', 0x4860_0000, 'rt cop2rd', 'rt = cp2', 'cop2', 173],
  [762, 'mthc2:rd', 0x48e0_0000, 'rt cop2rd', 'cp2 = rt', 'cop2', 174],
  [763, 'mfhc2:sel', 0x4860_0000, 'rt cop2rd sel', 'rt = cp2', 'cop2', 173],
  [764, 'mthc2:sel', 0x48e0_0000, 'rt cop2rd sel', 'cp2 = rt', 'cop2', 174],
]);
