export { Arena, type ArenaRegion, type ArenaRequest } from './arena.ts';
export { checkBytes } from './bytes.ts';
export {
  type Device,
  type Ports,
  type RegisterSpec,
  registerTable,
  type State,
  type Width,
  withWaitStates,
} from './device.ts';
export { type Dma, dmaPort } from './dma.ts';
export { BusSetupError, type BusSetupErrorCode, hex } from './errors.ts';
export { type IrqLine, unconnected, Wire } from './irq.ts';
export { type Endian, Memory } from './memory.ts';
export {
  type DeviceRegion,
  type OpenRegion,
  PhysicalMap,
  type RamRegion,
  type Region,
  type RomRegion,
} from './physical-map.ts';
export { type Scheduler, Timeline } from './scheduler.ts';
export { type Disposable, disposable, Listeners } from './subscription.ts';
