// A batch as one executable, and what its programs left in memory.
import type { Endian } from '@kseg/bus';
import { executableOf } from '../executable.ts';
import * as L from './layout.ts';
import { type Program, recordOf, resultAt } from './program.ts';
import type { Loaded } from './qemu.ts';
import { runtime } from './runtime.ts';
import type { Traits } from './traits.ts';

/** What to load so that the programs run one after another and the board then resets. */
export function imageOf(
  programs: readonly Program[],
  endian: Endian,
  traits: Traits,
  machine: 'kseg' | 'qemu',
): Required<Loaded> {
  const { vectors, bootVectors, code, entry } = runtime(endian, traits);
  const shared = programs.some(({ slot }, i) => slot !== i);
  const little = endian === 'little';
  const codes = new DataView(new ArrayBuffer(programs.length * L.CODE_BYTES));
  const datas = new DataView(new ArrayBuffer(programs.length * L.DATA_BYTES));
  const records = new DataView(new ArrayBuffer(programs.length * L.RECORD_BYTES));
  const put = (view: DataView, at: number, words: Iterable<number>) => {
    for (const word of words) {
      view.setUint32(at, word, little);
      at += 4;
    }
  };
  for (const [i, program] of programs.entries()) {
    put(codes, i * L.CODE_BYTES, [...program.code, ...exit(program)]);
    put(datas, i * L.DATA_BYTES, program.data);
    put(records, i * L.RECORD_BYTES, recordOf(program, i, shared, machine));
  }
  const left = new DataView(new ArrayBuffer(8));
  put(left, 0, [L.KSEG0 + L.RECORD, programs.length]);
  const piece = (base: number, { buffer }: DataView) => ({
    base: L.KSEG0 + base,
    bytes: new Uint8Array(buffer as ArrayBuffer),
  });
  const kernel = executableOf(
    endian,
    [
      { base: L.KSEG0 + L.RUNTIME, bytes: code },
      { base: L.KSEG0, bytes: vectors },
      piece(L.SCRATCH, left),
      piece(shared ? L.CODE_STORE : L.CODE, codes),
      piece(shared ? L.DATA_STORE : L.DATA, datas),
      piece(L.RECORD, records),
    ],
    entry,
  );
  return { kernel, rom: { at: L.BOOT_VECTORS, bytes: bootVectors } };
}

/** Words behind a program's own. */
export const EXIT_WORDS = 2;

/**
 * In user mode, a jump to where nothing is mapped: the handler sees that the program has left its code. With the timer's interrupts on, a
 * trap, since the handler must not be interrupted.
 */
const exit = ({ user, timer }: Program): number[] =>
  timer !== 0 ? [TEQ, 0] : [0x0800_0000 | ((user ? 0x0fff_fff0 : L.FINISH) >>> 2), 0];
const TEQ = 0x0000_0034;

/** What program number `index` left in RAM, in the order of `resultWords`. */
export function resultOf(index: number, ram: Uint32Array): Uint32Array {
  const at = resultAt(index) / 4;
  return ram.subarray(at, at + L.resultWords.length);
}
