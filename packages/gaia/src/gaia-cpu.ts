// The core as a machine, a debugger or a test sees it.
import type { Arena, ArenaRequest, Memory, PhysicalMap, State, Timeline, Width } from '@kseg/bus';
import type { GaiaMmu } from '@kseg/mmu';
import type { GaiaControl } from './control.ts';
import { Core } from './core.ts';
import { GaiaError } from './errors.ts';
import { ieeeFpu } from './fpu-ieee.ts';
import { rtlFpu } from './fpu-rtl.ts';
import { interpret } from './interpret.ts';
import { PC, ROM, SINK, SRAM_BYTES, STATE_BYTES, TABLE_BYTES } from './state.ts';
import type { GaiaStop } from './stop-reason.ts';

export interface GaiaCpuOptions {
  /** Made with the regions that `GaiaCpu.regions()` asks for, beside the memories. */
  readonly arena: Arena;
  /** Little-endian, with SRAM of 4 MB at 0, the boot ROM at 0x80000000 and the special registers at 0x80001000. */
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  /** The special registers: the device that the map has at 0x80001000. */
  readonly control: GaiaControl;
  /** `rtl`: what the silicon computes, bit for bit. `ieee`: what the C simulator computes. Default `rtl`. */
  readonly fpu?: 'rtl' | 'ieee' | undefined;
  /**
   * `hardware` checks nothing. `strict` ends the run with a `problem` where the C simulator would give up: an entry that is absent, a frame
   * outside the memory, or a page of another cache colour. `vivt` has the hardware's caches, too, which go on with old translations, and
   * miss what is stored through an alias, until VAENABLE or PDADDR is written; several times slower. Default `hardware`.
   */
  readonly mmu?: 'hardware' | 'strict' | 'vivt' | undefined;
  /** Whether ROM and special registers are found by virtual address, as the hardware does, or by physical address, as the simulators do. Default `virtual`. */
  readonly decode?: 'virtual' | 'physical' | undefined;
  /** Name of the core's arena regions. Default `cpu`. */
  readonly name?: string | undefined;
}

/**
 * A GAIA3 core: registers and interpreter. It executes when `run` or `step` is called and keeps everything in the arena; nothing a guest
 * does throws.
 */
export class GaiaCpu {
  /** What the arena must hold for a core of that name. */
  static regions(name = 'cpu'): ArenaRequest[] {
    return [
      { name, bytes: STATE_BYTES },
      { name: `${name}.read`, bytes: TABLE_BYTES },
      { name: `${name}.write`, bytes: TABLE_BYTES },
    ];
  }

  readonly #core: Core;
  readonly #map: PhysicalMap;

  /**
   * @throws KSEG_GAIA_MAP when the map does not have the memories where the core needs them; KSEG_GAIA_OPTIONS for caches behind a
   * physical decoder, which only the simulators have, and they no caches
   */
  constructor({
    arena,
    map,
    timeline,
    control,
    fpu = 'rtl',
    mmu = 'hardware',
    decode = 'virtual',
    name = 'cpu',
  }: GaiaCpuOptions) {
    if (mmu === 'vivt' && decode === 'physical')
      throw new GaiaError('KSEG_GAIA_OPTIONS', "mmu 'vivt' is the hardware’s: it goes with decode 'virtual' only", {
        mmu,
        decode,
      });
    this.#map = map;
    this.#core = new Core({
      arena,
      map,
      timeline,
      control,
      fpu: fpu === 'rtl' ? rtlFpu() : ieeeFpu(),
      sram: memoryAt(map, 0, SRAM_BYTES),
      rom: memoryAt(map, ROM, 0x1000),
      mmu,
      decode,
      name,
    });
  }

  /**
   * Executes until `budget` instructions have retired or something else stops it. Events fire at exactly the instruction they are due;
   * run(m) and then run(n) is run(m + n).
   *
   * @throws KSEG_GAIA_BUDGET unless `budget` is a whole number, or Infinity
   */
  run(budget: number): GaiaStop {
    if (!(budget >= 0) || (budget !== Number.POSITIVE_INFINITY && !Number.isInteger(budget)))
      throw new GaiaError('KSEG_GAIA_BUDGET', `a budget of ${budget} instructions: give a whole number`, { budget });
    this.#core.begin(budget);
    interpret(this.#core);
    return this.#core.stop;
  }

  /** Executes one instruction (and takes the interrupt that comes before it). */
  step(): GaiaStop {
    return this.run(1);
  }

  /** Lets time pass while an instruction branches to itself: to `time`, or to the next event if that is earlier, which then fires. */
  skipTo(time: number): void {
    this.#core.timeline.skipTo(time);
  }

  /** Makes the current or next `run` return `requested` before an instruction: the next one when called by a device. */
  requestStop(): void {
    this.#core.stopRequested = true;
  }

  /** All registers 0, PC at the boot ROM. The special registers are reset as a device. */
  reset(): void {
    this.#core.reset();
  }

  /** Address of the next instruction; a multiple of 4. */
  get pc(): number {
    return this.#core.state[PC]! >>> 0;
  }

  set pc(address: number) {
    this.#core.state[PC] = address & ~3;
  }

  /** General register `number`, unsigned. @throws KSEG_GAIA_REGISTER */
  gpr(number: number): number {
    return this.#core.state[checkRegister(number)]! >>> 0;
  }

  /** Writes a general register; a write to 0 is ignored. @throws KSEG_GAIA_REGISTER */
  setGpr(number: number, value: number): void {
    if (checkRegister(number) !== 0) this.#core.state[number] = value;
  }

  get mmu(): GaiaMmu {
    return this.#core.mmu;
  }

  /** Physical address of `va` with the present tables. */
  physical(va: number): number {
    return this.#core.peekAddress(va);
  }

  /** The guest's memory at virtual address `va`, without side effects. */
  peek(va: number, width: Width): number {
    return this.#map.peek(this.physical(va), width);
  }

  /** The architectural state, but for virtual time and the special registers. */
  save(): State {
    const words = this.#core.state.slice();
    words[SINK] = 0;
    const caches = this.#core.saveCaches();
    return {
      version: 1,
      model: 'gaia3',
      words: new Uint8Array(words.buffer),
      ...(caches === undefined ? {} : { caches }),
    };
  }

  /** Takes what `save` returned; the special registers are loaded first. @throws KSEG_GAIA_STATE */
  load(saved: State): void {
    const { version, model, words, caches } = saved as {
      version: number;
      model: string;
      words: Uint8Array;
      caches?: State;
    };
    if (version !== 1 || model !== 'gaia3' || words?.length !== STATE_BYTES)
      throw new GaiaError('KSEG_GAIA_STATE', `this is the state of a ${model} (version ${version}), not of a gaia3`, {
        version,
        model,
      });
    this.#core.state.set(new Int32Array(words.slice().buffer));
    this.#core.settle();
    if (caches !== undefined) this.#core.restoreCaches(caches);
  }
}

function memoryAt(map: PhysicalMap, base: number, size: number): Memory {
  const region = map.find(base);
  if (map.endian === 'little' && region !== undefined && 'memory' in region && !region.offset && region.size >= size)
    return region.memory;
  throw new GaiaError(
    'KSEG_GAIA_MAP',
    `a GAIA core needs ${size} bytes of little-endian memory at 0x${base.toString(16)}\n${map.describe()}`,
    { base, size },
  );
}

function checkRegister(number: number): number {
  if (!Number.isInteger(number) || number < 0 || number > 31)
    throw new GaiaError('KSEG_GAIA_REGISTER', `there are general registers 0 to 31, not ${number}`, { number });
  return number;
}
