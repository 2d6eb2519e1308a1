// MFC0 and MTC0: CP0's registers but for the MMU's, which know themselves.
import { CP0_ENTRY_HI } from '@kseg/mmu';
import type { Core } from './core.ts';
import * as S from './state.ts';
import * as B from './status.ts';
import { readThread, writeThread } from './threads.ts';

const register = (number: number, select: number): number => number * 8 + select;

/** CP0 registers that Release 1 does not have: using one is a reserved instruction there. */
export function isRelease2Register(number: number, select: number): boolean {
  switch (register(number, select)) {
    case 7 * 8:
    case 12 * 8 + 1:
    case 12 * 8 + 2:
    case 12 * 8 + 3:
    case 15 * 8 + 1:
      return true;
    default:
      return false;
  }
}

/** MFC0, as a signed word. A register that does not exist reads 0. */
export function readCp0(core: Core, number: number, select: number): number {
  const { state, model } = core;
  switch (register(number, select)) {
    case 0 * 8:
    case 1 * 8:
    case 2 * 8:
    case 3 * 8:
    case 4 * 8:
    case 5 * 8:
    case 6 * 8:
    case 8 * 8:
    case 10 * 8:
      return core.mmu.readCp0(number) | 0;
    case 7 * 8:
      return state[S.HWRENA]!;
    case 9 * 8:
      return core.count | 0;
    case 11 * 8:
      return state[S.COMPARE]!;
    case 12 * 8:
      return state[S.STATUS]!;
    case 12 * 8 + 1:
      return state[S.INT_CTL]!;
    case 12 * 8 + 2:
      return state[S.SRS_CTL]!;
    case 12 * 8 + 3:
      return state[S.SRS_MAP]!;
    case 13 * 8:
      return core.cause;
    case 14 * 8:
      return state[S.EPC]!;
    case 15 * 8:
      return model.prid;
    case 15 * 8 + 1:
      return state[S.EBASE]!;
    case 16 * 8:
      return state[S.CONFIG]!;
    case 16 * 8 + 1:
    case 16 * 8 + 2:
    case 16 * 8 + 3:
      return model.config[select]! | 0;
    case 17 * 8:
      return state[S.LL_ADDR]! >>> 4;
    case 18 * 8:
    case 18 * 8 + 1:
    case 18 * 8 + 2:
    case 18 * 8 + 3:
      return state[S.WATCH_LO + select]!;
    case 19 * 8:
    case 19 * 8 + 1:
    case 19 * 8 + 2:
    case 19 * 8 + 3:
      return state[S.WATCH_HI + select]!;
    case 23 * 8:
      return state[S.DEBUG]!;
    case 24 * 8:
      return state[S.DEPC]!;
    case 28 * 8:
      return state[S.TAG_LO]!;
    case 30 * 8:
      return state[S.ERROR_EPC]!;
    case 31 * 8:
      return state[S.DESAVE]!;
    default:
      if (number === 6) return core.hasShadowSets ? shadowSetConfiguration(select) : 0;
      return core.hasThreads ? readThread(core, number, select) : 0;
  }
}

/** SRSConf0 to SRSConf4, with three shadow sets each, all of them hardwired, and a bit that says that there is another (vol. IV-f). */
function shadowSetConfiguration(select: number): number {
  if (select > 5) return 0;
  return select === 5 ? 0x3fef_fbfe : 0xbfef_fbfe | 0;
}

/** MTC0: bits that software cannot write keep their value; writes to registers that do not exist are ignored. */
export function writeCp0(core: Core, number: number, select: number, value: number): void {
  const { state, model, mmu } = core;
  switch (register(number, select)) {
    case 0 * 8:
    case 2 * 8:
    case 3 * 8:
    case 4 * 8:
    case 5 * 8:
    case 6 * 8:
      mmu.writeCp0(number, value >>> 0);
      break;
    case 10 * 8: {
      if (model.mmu.kind === 'fixed') break;
      const asid = state[S.MMU_STATE + CP0_ENTRY_HI]! & 0xff;
      mmu.writeCp0(CP0_ENTRY_HI, value >>> 0);
      if ((state[S.MMU_STATE + CP0_ENTRY_HI]! & 0xff) !== asid) core.updateMode();
      break;
    }
    case 7 * 8:
      state[S.HWRENA] = value & 0xf;
      break;
    case 9 * 8:
      core.setCount(value);
      break;
    case 11 * 8:
      state[S.COMPARE] = value;
      state[S.TIMER_PENDING] = 0;
      state[S.TIMER_ARMED] = 1;
      core.scheduleTimer();
      break;
    case 12 * 8:
      state[S.STATUS] = (state[S.STATUS]! & ~model.statusMask) | (value & model.statusMask);
      core.updateMode();
      break;
    case 12 * 8 + 1:
      state[S.INT_CTL] = (state[S.INT_CTL]! & ~0x3e0) | (value & 0x3e0);
      break;
    case 12 * 8 + 2:
      // ESS and PSS
      if (core.hasShadowSets) state[S.SRS_CTL] = (state[S.SRS_CTL]! & ~0xf3c0) | (value & 0xf3c0);
      break;
    case 12 * 8 + 3:
      if (core.hasShadowSets) state[S.SRS_MAP] = value;
      break;
    case 13 * 8: {
      const count = core.count;
      const mask = model.causeMask;
      const changed = (state[S.CAUSE]! ^ value) & mask;
      state[S.CAUSE] = state[S.CAUSE]! ^ changed;
      if ((changed & B.CAUSE_DC) !== 0) core.setCount(count);
      core.attention = true;
      break;
    }
    case 14 * 8:
      state[S.EPC] = value;
      break;
    case 15 * 8 + 1:
      state[S.EBASE] = 0x8000_0000 | (value & 0x3fff_f000);
      break;
    case 16 * 8:
      core.setConfig((state[S.CONFIG]! & ~model.configMask) | (value & model.configMask));
      break;
    case 18 * 8:
    case 18 * 8 + 1:
      state[S.WATCH_LO + select] = value;
      core.watches.update();
      core.forgetMappings();
      break;
    case 19 * 8:
    case 19 * 8 + 1: {
      // G, ASID and mask are written; the bits that say what matched are cleared by ones.
      const old = state[S.WATCH_HI + select]!;
      state[S.WATCH_HI + select] = (old & ~0x40ff_0ff8 & ~(value & 7)) | (value & 0x40ff_0ff8);
      break;
    }
    case 24 * 8:
      state[S.DEPC] = value;
      break;
    case 30 * 8:
      state[S.ERROR_EPC] = value;
      break;
    case 31 * 8:
      state[S.DESAVE] = value;
      break;
    default:
      if (core.hasThreads) writeThread(core, number, select, value);
  }
}
