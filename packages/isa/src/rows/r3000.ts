// The R3000's own: its CP0 returns from an exception with RFE, where later cores have ERET.
import { rows } from '../row.ts';

export const r3000 = /* @__PURE__ */ rows('r3000', [[79, 'rfe', 0x4200_0010, '', 'cp0 = cp0', 'cop0']]);
