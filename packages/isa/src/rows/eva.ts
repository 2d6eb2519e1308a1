// Enhanced virtual addressing (Release 3 and later) with TLBINV. No core here has it.
import { rows } from '../row.ts';

export const eva = /* @__PURE__ */ rows('eva', [
  [850, 'lwle', 0x7c00_0019, 'rt offset9 base', 'rt = mem rs rt', 'cop0', 'address', 'tlb'],
  [851, 'lwre', 0x7c00_001a, 'rt offset9 base', 'rt = mem rs rt', 'cop0', 'address', 'tlb'],
  [852, 'lbue', 0x7c00_0028, 'rt offset9 base', 'rt = mem rs', 'cop0', 'address', 'tlb'],
  [853, 'lhue', 0x7c00_0029, 'rt offset9 base', 'rt = mem rs', 'cop0', 'address', 'tlb'],
  [854, 'lbe', 0x7c00_002c, 'rt offset9 base', 'rt = mem rs', 'cop0', 'address', 'tlb'],
  [855, 'lhe', 0x7c00_002d, 'rt offset9 base', 'rt = mem rs', 'cop0', 'address', 'tlb'],
  [856, 'lle', 0x7c00_002e, 'rt offset9 base', 'rt ll = mem rs', 'cop0', 'address', 'tlb'],
  [857, 'lwe', 0x7c00_002f, 'rt offset9 base', 'rt = mem rs', 'cop0', 'address', 'tlb'],
  [858, 'sbe', 0x7c00_001c, 'rt offset9 base', 'mem = rt rs', 'cop0', 'address', 'tlb'],
  [859, 'she', 0x7c00_001d, 'rt offset9 base', 'mem = rt rs', 'cop0', 'address', 'tlb'],
  [860, 'sce', 0x7c00_001e, 'rt offset9 base', 'rt mem = rt rs ll', 'cop0', 'address', 'tlb'],
  [861, 'swe', 0x7c00_001f, 'rt offset9 base', 'mem = rt rs', 'cop0', 'address', 'tlb'],
  [862, 'swle', 0x7c00_0021, 'rt offset9 base', 'mem = rt rs', 'cop0', 'address', 'tlb'],
  [863, 'swre', 0x7c00_0022, 'rt offset9 base', 'mem = rt rs', 'cop0', 'address', 'tlb'],
  [864, 'cachee', 0x7c00_001b, 'cacheop offset9 base', 'cache = rs', 'cop0', 'address', 'tlb'],
  [865, 'prefe', 0x7c00_0023, 'cacheop offset9 base', 'cache = rs', 'cop0'],
  [866, 'tlbinv', 0x4200_0003, '', 'tlb = cp0', 'cop0'],
  [867, 'tlbinvf', 0x4200_0004, '', 'tlb = cp0', 'cop0'],
]);
