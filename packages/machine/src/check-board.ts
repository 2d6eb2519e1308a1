import type { Board, DeviceWindow } from './board.ts';
import type { Core } from './core.ts';
import { MachineError } from './errors.ts';

/**
 * Looks again at what the types promise, since boards are written in plain JavaScript, too. Deeper faults (overlaps, wires that lead
 * nowhere) are found when the machine is made.
 *
 * @throws KSEG_MACHINE_BOARD
 */
export function checkBoard(board: unknown): asserts board is Board<Core> {
  const { name, endian, clock, cpu, core, parts } = (board ?? {}) as Partial<Board<Core>>;
  const fault = (why: string) =>
    new MachineError('KSEG_MACHINE_BOARD', `${typeof name === 'string' ? `board "${name}"` : 'the board'}: ${why}`, {
      name,
    });
  if (!Array.isArray(parts)) throw fault('it has no parts; give what defineBoard() gives');
  if (endian !== 'little' && endian !== 'big')
    throw fault(`endian is ${JSON.stringify(endian)}; give "little" or "big"`);
  for (const [index, part] of parts.entries()) {
    const why = partFault(part);
    if (why !== undefined) throw fault(`parts[${index}] ${why}`);
  }
  if (typeof clock !== 'number' || !(clock > 0 && clock < Number.POSITIVE_INFINITY))
    throw fault(`clock is ${clock}; give cycles per second, as a number`);
  if (typeof cpu !== 'string' && core === undefined && cpu?.mmu === undefined)
    throw fault(`cpu is ${JSON.stringify(cpu)}; give the name of a model, or a model of @kseg/cpu`);
}

const isWait = (wait: number | undefined): boolean => wait === undefined || (wait >= 0 && wait <= 1e9);

/** What keeps a value from being a part of a board. */
function partFault(part: Partial<Record<string, unknown>> | null): string | undefined {
  if (part === null || typeof part !== 'object')
    return 'is no part: make it with ram(), rom(), openRange() or device()';
  if (typeof part['name'] !== 'string') return 'has no name';
  if (part['part'] === 'device') {
    const { name, windows, create } = part;
    if (typeof create !== 'function' || !Array.isArray(windows))
      return `("${name}") is a device without windows or create`;
    const wait = (windows as readonly Partial<DeviceWindow>[]).find((window) => !isWait(window.wait))?.wait;
    return wait === undefined ? undefined : `("${name}") has a wait of ${wait}; give nanoseconds, at most a second`;
  }
  if (!['ram', 'rom', 'open'].includes(String(part['part'])))
    return `("${part['name']}") is of no known kind: make it with ram(), rom(), openRange() or device()`;
  return Number.isInteger(part['base']) && Number.isInteger(part['size'])
    ? undefined
    : `("${part['name']}") has no base and size`;
}
