export {
  alias,
  type Board,
  type Bridge,
  type Controller,
  type Cover,
  coreName,
  type DeviceKit,
  type DeviceOptions,
  type DevicePart,
  type DeviceWindow,
  defineBoard,
  device,
  type OpenPart,
  openRange,
  type Part,
  type RamPart,
  type RomPart,
  ram,
  rom,
  type Stateful,
} from './board.ts';
export { type Aor3000Options, aor3000 } from './boards/aor3000.ts';
export { type Gaia3Options, gaia3 } from './boards/gaia3.ts';
export { type MaltaOptions, malta } from './boards/malta.ts';
export { type R4kOptions, r4k } from './boards/r4k.ts';
export { type BoardOptions, boards, type Disk, type ReadyBoard, type ReadyBoardOptions } from './boards.ts';
export {
  type BootTarget,
  bootString,
  bootWords,
  checkFits,
  type Images,
  loadSegments,
  physicalOf,
  readKernel,
} from './boot.ts';
export { checkBoard } from './check-board.ts';
export type { Core, CoreKind, CoreKit, CoreStop } from './core.ts';
export { cHeader, linkerRegions, memoryMap } from './describe.ts';
export { deviceTreeBlob, deviceTreeSource } from './device-tree.ts';
export type { EngineName } from './engine.ts';
export { MachineError, type MachineErrorCode } from './errors.ts';
export { type GaiaCoreOptions, gaiaCore } from './gaia-core.ts';
export { gaiaPayload } from './gaia-image.ts';
export { createMachine, Machine, type MachineOptions, type StopReason } from './machine.ts';
export { type HostClock, type Pacing, type Runnable, Runner, type RunOptions, type RunResult } from './runner.ts';
export type { ScriptStep, SerialConsole, SerialPort } from './serial.ts';
export { decodeSnapshot, encodeSnapshot, hashSnapshot, type Snapshot } from './snapshot.ts';
