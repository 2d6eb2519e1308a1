// What the R4000's CP0 brought; MIPS III's 64-bit operations are not part of these tables.
import { rows } from '../row.ts';

export const mips3 = /* @__PURE__ */ rows('mips3', [
  [110, 'eret', 0x4200_0018, '', 'pc cp0 ll = cp0', 'cop0'],
  [111, 'cache', 0xbc00_0000, 'cacheop offset16 base', 'cache = rs', 'cop0', 'address', 'tlb'],
]);
