// `--gdb`: a machine with a door for GDB.
import type { Cpu } from '@kseg/cpu';
import { type MachineTarget, machineTarget } from '@kseg/gdb';
import { type GdbServer, serveGdb } from '@kseg/gdb/node';
import type { Core, Machine, StopReason } from '@kseg/machine';
import { type ExplainContext, explain, ranges, renderExplanation, renderRanges } from '@kseg/mmu';
import { tell } from './messages.ts';
import { address, type GdbAddress } from './values.ts';

/** The machine as it runs with a debugger. @throws KSEG_GDB_CORE for a core that GDB does not know */
export function debuggable(machine: Machine<Core>): MachineTarget<StopReason> {
  const target = machineTarget(machine as Machine);
  const { cpu } = machine as Machine;
  target.monitor.set('tlb', {
    help: 'what the core’s addresses map to now; with an address, how it comes to that',
    run: (text) =>
      text === ''
        ? renderRanges(ranges(cpu.mmu, contextOf(cpu)))
        : renderExplanation(explain(cpu.mmu, address(text), 'load', contextOf(cpu))),
  });
  return target;
}

/** Keeps the machine from its first instruction until a debugger has come. @throws KSEG_GDB_LISTEN */
export async function awaitDebugger(
  target: MachineTarget<StopReason>,
  { host, port }: GdbAddress,
  wake: () => void,
): Promise<GdbServer> {
  const server = await serveGdb(target, {
    host,
    port,
    wake,
    onConnection: (what) => tell(connections[what]),
  });
  const at = server.host.includes(':') ? `[${server.host}]` : server.host;
  tell(`waiting for gdb: target remote ${at}:${server.port}`);
  return server;
}

const connections = {
  attached: 'gdb is here',
  gone: 'gdb has gone',
  refused: 'another gdb was turned away: one at a time',
};

/** The context in which the core translates. */
function contextOf(cpu: Cpu): ExplainContext {
  const status = cpu.readCp0(12);
  const bev = (status & (1 << 22)) !== 0;
  if (cpu.mmu.model === 'r3000') return { mode: (status & 2) === 0 ? 'kernel' : 'user', bev };
  const mode = (['kernel', 'supervisor', 'user'] as const)[(status >>> 3) & 3] ?? 'kernel';
  return { mode, exl: (status & 2) !== 0, erl: (status & 4) !== 0, bev, ebase: cpu.readCp0(15, 1) || 0x8000_0000 };
}
