import type { State } from '@kseg/bus';

/** A deep copy: a snapshot must not change while the device goes on, nor the device when a snapshot is loaded twice. */
export function copyState<T extends State>(state: T): T {
  if (state instanceof Uint8Array) return new Uint8Array(state) as Uint8Array & T;
  if (Array.isArray(state)) return state.map(copyState) as unknown as T;
  if (state === null || typeof state !== 'object') return state;
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, copyState(value)])) as T;
}
