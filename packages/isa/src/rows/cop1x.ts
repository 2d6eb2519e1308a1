// MIPS IV's part of the FPU, on cores with FIR.F64: fused-looking multiply-add
// (rounded twice), loads and stores with an index, reciprocals.
import { rows } from '../row.ts';

export const cop1x = /* @__PURE__ */ rows('cop1x', [
  [330, 'recip.s', 0x4600_0015, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [331, 'rsqrt.s', 0x4600_0016, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [332, 'recip.d', 0x4620_0015, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [333, 'rsqrt.d', 0x4620_0016, 'fd fs', 'fd fcsr = fs fcsr', 'cop1', 'fpe'],
  [334, 'lwxc1', 0x4c00_0000, 'fd rt base', 'fd = mem rs rt', 'cop1', 'address', 'tlb'],
  [335, 'ldxc1', 0x4c00_0001, 'fd rt base', 'fd = mem rs rt', 'cop1', 'address', 'tlb'],
  [336, 'luxc1', 0x4c00_0005, 'fd rt base', 'fd = mem rs rt', 'cop1', 'address', 'tlb'],
  [337, 'swxc1', 0x4c00_0008, 'fs rt base', 'mem = fs rs rt', 'cop1', 'address', 'tlb'],
  [338, 'sdxc1', 0x4c00_0009, 'fs rt base', 'mem = fs rs rt', 'cop1', 'address', 'tlb'],
  [339, 'suxc1', 0x4c00_000d, 'fs rt base', 'mem = fs rs rt', 'cop1', 'address', 'tlb'],
  [340, 'prefx', 0x4c00_000f, 'hint11 rt base', 'cache = rs rt', 'cop1'],
  [341, 'madd.s', 0x4c00_0020, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
  [342, 'madd.d', 0x4c00_0021, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
  [343, 'msub.s', 0x4c00_0028, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
  [344, 'msub.d', 0x4c00_0029, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
  [345, 'nmadd.s', 0x4c00_0030, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
  [346, 'nmadd.d', 0x4c00_0031, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
  [347, 'nmsub.s', 0x4c00_0038, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
  [348, 'nmsub.d', 0x4c00_0039, 'fd fr fs ft', 'fd fcsr = fr fs ft fcsr', 'cop1', 'fpe'],
]);
