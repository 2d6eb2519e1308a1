// The virtualization ASE. No core here has it.
import { rows } from '../row.ts';

export const virt = /* @__PURE__ */ rows('virt', [
  [870, 'tlbgr', 0x4200_0009, '', 'cp0 = tlb cp0', 'cop0'],
  [871, 'tlbgwi', 0x4200_000a, '', 'tlb = cp0', 'cop0'],
  [872, 'tlbginv', 0x4200_000b, '', 'tlb = cp0', 'cop0'],
  [873, 'tlbginvf', 0x4200_000c, '', 'tlb = cp0', 'cop0'],
  [874, 'tlbgwr', 0x4200_000e, '', 'tlb = cp0', 'cop0'],
  [875, 'tlbgp', 0x4200_0010, '', 'cp0 = tlb cp0', 'cop0'],
  [876, 'hypcall', 0x4200_0028, 'code10mid', '', 'cop0'],
  [877, 'mfgc0', 0x4060_0000, 'rt cp0rd sel', 'rt = cp0', 'cop0'],
  [878, 'mtgc0', 0x4060_0200, 'rt cp0rd sel', 'cp0 = rt', 'cop0'],
  [879, 'mfhgc0', 0x4060_0400, 'rt cp0rd sel', 'rt = cp0', 'cop0'],
  [880, 'mthgc0', 0x4060_0600, 'rt cp0rd sel', 'cp0 = rt', 'cop0'],

  [1735, 'hypcall:0', 0x4200_0028, '', '', 'cop0', 876],
]);
