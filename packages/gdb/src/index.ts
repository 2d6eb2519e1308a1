export { GdbError, type GdbErrorCode } from './errors.ts';
export {
  type DebuggedCpu,
  type DebuggedMachine,
  type MachineStop,
  type MachineTarget,
  machineTarget,
} from './machine-target.ts';
export type { MipsModel, MipsRegisters } from './mips-registers.ts';
export { encodePacket, type Incoming, PacketReader } from './packet.ts';
export { GdbSession } from './session.ts';
export type { Disposable, MonitorCommand, Stop, Target } from './target.ts';
