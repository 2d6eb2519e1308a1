// Extended physical addressing (Release 5). No core here has it.
import { rows } from '../row.ts';

export const xpa = /* @__PURE__ */ rows('xpa', [
  [905, 'mfhc0', 0x4040_0000, 'rt cp0rd sel', 'rt = cp0', 'cop0'],
  [906, 'mthc0', 0x40c0_0000, 'rt cp0rd sel', 'cp0 = rt', 'cop0'],
]);
