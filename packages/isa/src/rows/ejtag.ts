// EJTAG's debug breakpoint and return from debug mode [MIPS EJTAG specification, ch. 2].
import { rows } from '../row.ts';

export const ejtag = /* @__PURE__ */ rows('ejtag', [
  [196, 'sdbbp', 0x7000_003f, 'code20', '', 'debug'],
  [197, 'deret', 0x4200_001f, '', 'pc debug = debug', 'debugMode'],

  [770, 'sdbbp:0', 0x7000_003f, '', '', 'debug', 196],
]);
