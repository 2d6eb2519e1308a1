// The SmartMIPS ASE. No core here has it.
import { rows } from '../row.ts';

export const smartmips = /* @__PURE__ */ rows('smartmips', [
  [895, 'mflhxu', 0x0000_0052, 'rd', 'rd hi lo acc = hi lo acc'],
  [896, 'mtlhx', 0x0000_0053, 'rs', 'hi lo acc = rs hi lo acc'],
  [897, 'multp', 0x0000_0459, 'rs rt', 'hi lo acc = rs rt'],
  [898, 'maddp', 0x7000_0441, 'rs rt', 'hi lo acc = rs rt hi lo acc'],
  [899, 'pperm', 0x7000_0481, 'rs rt', 'hi lo acc = rs rt hi lo acc'],
  [900, 'lwxs', 0x7000_0088, 'rd rt base', 'rd = mem rs rt', 'address', 'tlb'],
]);
