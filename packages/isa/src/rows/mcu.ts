// The MCU ASE. The M14Kc has it; see its row in the support matrix.
import { rows } from '../row.ts';

export const mcu = /* @__PURE__ */ rows('mcu', [
  [890, 'aclr', 0x0407_0000, 'bit12 offset12 base', 'mem = mem rs', 'cop0', 'address', 'tlb'],
  [891, 'aset', 0x0407_8000, 'bit12 offset12 base', 'mem = mem rs', 'cop0', 'address', 'tlb'],
  [892, 'iret', 0x4200_0038, '', 'pc cp0 = cp0', 'cop0'],
]);
