// For tests: flat images as ELF executables, so that any loader takes them.
import { EM, type Endian, ET, SHT, writeElf } from '@kseg/elf';

export interface Piece {
  readonly base: number;
  readonly bytes: Uint8Array;
}

const PF_RWX = 7;
const HEADER = 52;
const PROGRAM_HEADER = 32;

/** An executable of these pieces. */
export function executableOf(endian: Endian, pieces: readonly Piece[], entry: number): Uint8Array {
  let end = HEADER + PROGRAM_HEADER * pieces.length;
  const placed = pieces.map((piece) => {
    const offset = Math.ceil(end / 16) * 16;
    end = offset + piece.bytes.length;
    return { ...piece, offset };
  });
  return writeElf({
    endian,
    type: ET.EXEC,
    machine: EM.MIPS,
    flags: 0x7000_1001, // MIPS32R2, o32, noreorder
    entry,
    segments: placed.map(({ base, bytes, offset }) => ({
      type: 1,
      flags: PF_RWX,
      offset,
      vaddr: base,
      fileSize: bytes.length,
      memSize: bytes.length,
    })),
    sections: placed.map(({ base, bytes, offset }, i) => ({
      name: `.piece${i}`,
      type: SHT.PROGBITS,
      address: base,
      bytes,
      offset,
    })),
    symbols: [],
  });
}

/** One piece of code as an executable. */
export const executable = (bytes: Uint8Array, { endian, base }: { endian: Endian; base: number }): Uint8Array =>
  executableOf(endian, [{ base, bytes }], base);
