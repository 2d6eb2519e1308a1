import type { Device } from '@kseg/bus';
import { type GaiaControl, GaiaCpu, type GaiaCpuOptions } from '@kseg/gaia';
import type { CoreKind } from './core.ts';

/** Ways of a GAIA core in which the C simulators differ from the hardware, which is the default in each. */
export type GaiaCoreOptions = Pick<GaiaCpuOptions, 'fpu' | 'mmu' | 'decode'>;

/** A GAIA core whose special registers are the board's device `control`. */
export const gaiaCore = (control: string, options: GaiaCoreOptions = {}): CoreKind<GaiaCpu> => ({
  compatible: ['kseg,gaia3-cpu'],
  resetVector: 0x8000_0000,
  interrupts: [],
  regions: () => GaiaCpu.regions(),
  create: ({ arena, map, timeline, device }) =>
    new GaiaCpu({ arena, map, timeline, control: device<Device & GaiaControl>(control), ...options }),
});
