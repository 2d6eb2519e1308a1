import { BusSetupError } from './errors.ts';

/**
 * Looks at what a host gives as bytes. Plain JavaScript lets anything come here, and a typed array would take most of it for something: of
 * wider elements only the lowest bytes, of a text nothing.
 *
 * @throws KSEG_BUS_BYTES, with `what` it was to be
 */
export function checkBytes(value: unknown, what: string): asserts value is Uint8Array {
  // Told by the tag, since each frame and context has a Uint8Array of its own; a Buffer is one as well.
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind === 'Uint8Array') return;
  const advice = ArrayBuffer.isView(value)
    ? 'give new Uint8Array(it.buffer, it.byteOffset, it.byteLength), in the byte order it is meant to have'
    : typeof value === 'string'
      ? 'give a Uint8Array; of a file, its content'
      : 'give a Uint8Array';
  throw new BusSetupError('KSEG_BUS_BYTES', `${what}: ${kind} where bytes are wanted; ${advice}`, { what, kind });
}
