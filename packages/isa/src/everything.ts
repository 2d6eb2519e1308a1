// All rows there are: what objdump knows under `-m mips:isa32r2`.
import type { Row } from './row.ts';
import { cop1x } from './rows/cop1x.ts';
import { dsp } from './rows/dsp.ts';
import { dspr2 } from './rows/dspr2.ts';
import { ejtag } from './rows/ejtag.ts';
import { eva } from './rows/eva.ts';
import { fpu } from './rows/fpu.ts';
import { fpu64 } from './rows/fpu64.ts';
import { mcu } from './rows/mcu.ts';
import { mips1 } from './rows/mips1.ts';
import { mips2 } from './rows/mips2.ts';
import { mips3 } from './rows/mips3.ts';
import { mips3d } from './rows/mips3d.ts';
import { mips4 } from './rows/mips4.ts';
import { mips32 } from './rows/mips32.ts';
import { mips32r2 } from './rows/mips32r2.ts';
import { msa } from './rows/msa.ts';
import { mt } from './rows/mt.ts';
import { pairedSingle } from './rows/paired-single.ts';
import { r3000 } from './rows/r3000.ts';
import { reserved } from './rows/reserved.ts';
import { smartmips } from './rows/smartmips.ts';
import { udi } from './rows/udi.ts';
import { virt } from './rows/virt.ts';
import { xpa } from './rows/xpa.ts';

/** Every table, level by level. The R3000's RFE shares its encoding with the virtualization ASE's TLBGP. */
export const everything: readonly Row[] = /* @__PURE__ */ [
  mips1,
  r3000,
  mips2,
  mips3,
  mips4,
  mips32,
  mips32r2,
  ejtag,
  fpu,
  fpu64,
  cop1x,
  pairedSingle,
  mips3d,
  dsp,
  dspr2,
  mt,
  eva,
  xpa,
  mcu,
  smartmips,
  virt,
  udi,
  msa,
  reserved,
].flat();
