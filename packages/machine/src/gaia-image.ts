import { MachineError } from './errors.ts';

/** Where the boot ROM loads programs to, and how much fits from there. */
export const LOAD_ADDRESS = 0x2000;
const ROOM = (4 << 20) - LOAD_ADDRESS;
const HEADER = 4;

/**
 * The program in an image with GAIA's boot header: four bytes of size, lowest first, and then as many bytes. Checked here because the boot
 * ROM checks nothing: it waits for ever, or loads over itself.
 *
 * @throws KSEG_MACHINE_GAIA_IMAGE
 */
export function gaiaPayload(image: Uint8Array): Uint8Array {
  const fault = (why: string, data: Readonly<Record<string, number>> = {}) =>
    new MachineError('KSEG_MACHINE_GAIA_IMAGE', `this is no image with a GAIA boot header: ${why}`, {
      length: image.length,
      ...data,
    });
  if (image.length < HEADER) throw fault(`it has ${image.length} bytes, and the header alone has ${HEADER}`);
  const size = new DataView(image.buffer, image.byteOffset).getUint32(0, true);
  const bytes = image.length - HEADER;
  if (size !== bytes)
    throw fault(
      `its header announces ${size} bytes, but ${bytes} follow. Put the size in front with "kseg mkimg gaia image"`,
      { size },
    );
  if (size % 4 !== 0)
    throw fault(`its size is ${size}, and the boot ROM loads whole words: pad it to a multiple of 4`, { size });
  if (size > ROOM) throw fault(`its ${size} bytes do not fit into the ${ROOM} that the SRAM has from 0x2000`, { size });
  return image.subarray(HEADER);
}
