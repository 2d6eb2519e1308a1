// What a 64-bit FPU (FIR.F64) adds: the long (L) format and the moves of a register's high half.
import { rows } from '../row.ts';

export const fpu64 = /* @__PURE__ */ rows('fpu64', [
  [300, 'mfhc1', 0x4460_0000, 'rt fs', 'rt = fs', 'cop1'],
  [301, 'mthc1', 0x44e0_0000, 'rt fs', 'fs = rt fs', 'cop1'],
  [302, 'round.l.s', 0x4600_0008, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [303, 'trunc.l.s', 0x4600_0009, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [304, 'ceil.l.s', 0x4600_000a, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [305, 'floor.l.s', 0x4600_000b, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [306, 'cvt.l.s', 0x4600_0025, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [307, 'round.l.d', 0x4620_0008, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [308, 'trunc.l.d', 0x4620_0009, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [309, 'ceil.l.d', 0x4620_000a, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [310, 'floor.l.d', 0x4620_000b, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [311, 'cvt.l.d', 0x4620_0025, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [312, 'cvt.s.l', 0x46a0_0020, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [313, 'cvt.d.l', 0x46a0_0021, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
]);
