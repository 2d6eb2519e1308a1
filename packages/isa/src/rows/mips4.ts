// MIPS IV: conditional moves and prefetch (its FPU part is in fpu.ts and cop1x.ts).
import { rows } from '../row.ts';

export const mips4 = /* @__PURE__ */ rows('mips4', [
  [115, 'movz', 0x0000_000a, 'rd rs rt', 'rd = rs rt rd'],
  [116, 'movn', 0x0000_000b, 'rd rs rt', 'rd = rs rt rd'],
  [117, 'pref', 0xcc00_0000, 'cacheop offset16 base', 'cache = rs'],
]);
