// Which rows a core of a given level has; its FPU and ASEs are put beside them, as in
// `decoder([...MIPS32R2, ...fpu, ...dsp])`.
import type { Row } from './row.ts';
import { ejtag } from './rows/ejtag.ts';
import { mips1 } from './rows/mips1.ts';
import { mips2 } from './rows/mips2.ts';
import { mips3 } from './rows/mips3.ts';
import { mips4 } from './rows/mips4.ts';
import { mips32 } from './rows/mips32.ts';
import { mips32r2 } from './rows/mips32r2.ts';
import { r3000 } from './rows/r3000.ts';

/** An R3000A: MIPS I with its own return from exception. */
export const MIPS1: readonly Row[] = /* @__PURE__ */ [mips1, r3000].flat();
/** An R4000- or R5000-class core in 32-bit operation. */
export const MIPS4: readonly Row[] = /* @__PURE__ */ [mips1, mips2, mips3, mips4].flat();
/** MIPS32 Release 1 with EJTAG. */
export const MIPS32: readonly Row[] = /* @__PURE__ */ [mips1, mips2, mips3, mips4, mips32, ejtag].flat();
/** MIPS32 Release 2 with EJTAG. */
export const MIPS32R2: readonly Row[] = /* @__PURE__ */ [mips1, mips2, mips3, mips4, mips32, mips32r2, ejtag].flat();
