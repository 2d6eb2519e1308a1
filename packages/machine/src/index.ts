export {
  alias,
  type Board,
  type DeviceKit,
  type DevicePart,
  defineBoard,
  device,
  type OpenPart,
  open,
  type Part,
  type RamPart,
  type RomPart,
  ram,
  rom,
  type Window,
} from './board.ts';
export { type Aor3000Options, aor3000 } from './boards/aor3000.ts';
export { type Gaia3Options, type GaiaBoard, gaia3 } from './boards/gaia3.ts';
export { type MaltaOptions, malta } from './boards/malta.ts';
export { type R4kOptions, r4k } from './boards/r4k.ts';
export { boards, type ReadyBoard, type ReadyBoardOptions } from './boards.ts';
export {
  type BootProtocol,
  type BootTarget,
  fit,
  type Images,
  loadSegments,
  readKernel,
  text,
  unmapped,
  words,
} from './boot.ts';
export { Console, type ScriptStep } from './console.ts';
export { cHeader, linkerRegions, memoryMap } from './describe.ts';
export { deviceTreeBlob, deviceTreeSource } from './device-tree.ts';
export { MachineError } from './errors.ts';
export { gaiaPayload } from './gaia-image.ts';
export { createGaiaMachine, type GaiaBootOptions, GaiaMachine, type GaiaMachineStop } from './gaia-machine.ts';
export { createMachine, type EngineName, Machine, type MachineOptions, type StopReason } from './machine.ts';
export { type HostClock, type Pacing, type Runnable, Runner, type RunOptions, type RunResult } from './runner.ts';
export type { SerialPort } from './serial.ts';
export { decodeSnapshot, encodeSnapshot, hashSnapshot, type Snapshot } from './snapshot.ts';
