// Random programs over the rows of a core's instruction table, such that they end: branches go forward, jumps stay inside, stores stay in
// the data window. Everything else is allowed to go wrong, and often made to.
import { dsp, dspr2, encode, mt, type OperandName, operandRange, type Row } from '@kseg/isa';
import { EXIT_WORDS } from './image.ts';
import * as L from './layout.ts';
import { codeAddress, codeAt, dataAddress, dataAt, type Program } from './program.ts';
import type { Random } from './random.ts';
import { loadWords, type Sequence, sequencesOf, TARGETS } from './sequences.ts';
import type { Traits } from './traits.ts';

/** What a program is mostly about. */
export type Profile = 'mixed' | 'integer' | 'memory' | 'branches' | 'system' | 'fpu' | 'dsp';

// Registers with a purpose: they point into the data window, through kseg0 or its user mapping, misaligned at times, and through kseg1.
const [GP, SP, FP] = [28, 29, 30];
/** The index of indexed accesses: small, and a multiple of 8 at most times. */
const INDEX = 24;

/** Rows that are not drawn with just any operands: they have a place of their own below, in sequences.ts or in generate-tlb.ts. */
const OF_THEIR_OWN = new Set(
  'wait eret mfc0 mtc0 mfc0:sel mtc0:sel rdpgpr wrpgpr dmt emt dvpe evpe mftr mttr yield'.split(' '),
);

/**
 * Rows that no program contains, for QEMU does otherwise whatever the operands are (DEVIATIONS.md): FORK, a NOP there, and COP2's own
 * instructions, which are reserved there and unusable on a core without a coprocessor 2 (its loads and stores agree).
 */
export const isPinned = ({ name, match }: Row): boolean => name === 'fork' || match >>> 26 === 0x12;

/** CP0 registers whose contents do not depend on time or chance, nor on what we do not advertise (DEVIATIONS.md). */
// biome-ignore format: a table
const READABLE: readonly (readonly [number, number, release2?: true])[] = [
  [0, 0], [2, 0], [3, 0], [4, 0], [5, 0], [6, 0], [7, 0, true], [8, 0], [10, 0], [11, 0], [12, 0], [12, 1, true], [12, 2, true],
  [14, 0], [15, 0], [15, 1, true], [16, 0], [16, 2], [30, 0],
];
// biome-ignore format: a table
const WRITABLE: readonly (readonly [number, number, release2?: true])[] = [
  [0, 0], [2, 0], [3, 0], [4, 0], [5, 0], [6, 0], [7, 0, true], [10, 0], [14, 0], [15, 0], [16, 0], [16, 1], [30, 0],
];

// Registers whose wrong values are UNDEFINED.
const [INDEX_REGISTER, PAGE_MASK, WIRED, ERROR_EPC] = [0, 5, 6, 30];
const PAGE_MASKS = [0, 0x6000, 0x1_e000, 0x7_e000, 0x1f_e000, 0x7f_e000, 0x1ff_e000, 0x7ff_e000, 0x1fff_e000];

const EHB = 0x0000_00c0;

/** FCSR and its views, and what can be written of each. */
const FPU_CONTROLS = [
  [31, 0xff83_ffff],
  [31, 0xff83_ffff],
  [25, 0xff],
  [26, 0x0003_f07c],
  [28, 0x0000_0f87],
] as const;

/** Upper halves of addresses in segments that are mapped even under ERL. */
const MAPPED_FAULTS = [0xc001, 0xdfff, 0xe000, 0xffff];
const HIGH_FAULTS = [0x0000, 0x0040, 0x1234, 0x7fff, 0xc001, 0xdfff, 0xe000, 0xffff];

const STATUS_IE = 1;
const STATUS_EXL = 2;
const STATUS_ERL = 4;
const STATUS_IM_SOFTWARE = 0x300;
const STATUS_IM_TIMER = 0x8000;
const STATUS_FR = 1 << 26;
const WAIT = 0x4200_0020;

/** MTC0 or MTTR to VPEControl. */
const writesVpeControl = (word: number): boolean => (word & 0xfee0_ffff) >>> 0 === 0x4080_0801;

/** Chooses rows for a core, and makes programs of them. */
export class Generator {
  readonly #plain: readonly Row[];
  readonly #integer: readonly Row[];
  readonly #memory: readonly Row[];
  readonly #branches: readonly Row[];
  /** Those that QEMU looks at in a delay slot as we do (DEVIATIONS.md); a jump to a register could go anywhere when it is not in one. */
  readonly #slotBranches: readonly Row[];
  readonly #linked: Row;
  readonly #privileged: readonly Row[];
  readonly #fpu: readonly Row[];
  readonly #dsp: readonly Row[];
  readonly #sequences: readonly Sequence[];
  /** How often each row has been used, by name. */
  readonly used = new Map<string, number>();

  // Of the program in the making.
  #code: number[] = [];
  /** Where a branch may go: not between the instructions that prepare another. */
  #starts: number[] = [];
  /** Branches and jumps, and where they would like to go. */
  #targets: { at: number; kind: 'branch' | 'jump' | 'load'; index: number; skew: number }[] = [];
  #limit = 0;
  #slot = 0;
  #user = false;
  /** With the timer's interrupts, which change EPC and Cause and break links: what would show it is left out. */
  #timed = false;
  /** Under Status.ERL, where low addresses are not mapped and ErrorEPC leads out. */
  #errorLevel = false;

  constructor(
    readonly traits: Traits,
    readonly random: Random,
  ) {
    const rows = traits.rows.filter(
      (row) =>
        row.aliasOf === undefined &&
        !OF_THEIR_OWN.has(row.name) &&
        !isPinned(row) &&
        // Without a TLB they are reserved.
        !(traits.tlb > 0 && row.writes.concat(row.reads).includes('tlb')),
    );
    const memory = ({ reads, writes }: Row) =>
      reads.includes('mem') || writes.includes('mem') || writes.includes('cache');
    this.#linked = rows.find(({ name }) => name === 'll')!;
    this.#branches = rows.filter(({ delaySlot }) => delaySlot !== 'none');
    this.#slotBranches = this.#branches.filter(
      ({ privilege, delaySlot, operands }) =>
        privilege === 'none' && !(delaySlot === 'jump' && operands.includes('rs')),
    );
    this.#memory = rows.filter((row) => row.delaySlot === 'none' && memory(row));
    const straight = rows.filter((row) => row.delaySlot === 'none' && !memory(row));
    this.#privileged = straight.filter(({ privilege }) => !['none', 'cop1', 'dsp'].includes(privilege));
    this.#integer = straight.filter(({ privilege }) => privilege === 'none');
    this.#fpu = straight.filter(({ privilege }) => privilege === 'cop1');
    this.#dsp = straight.filter(({ privilege }) => privilege === 'dsp');
    this.#plain = [...this.#integer, ...this.#fpu, ...this.#dsp];
    this.#sequences = sequencesOf(traits);
  }

  profiles(): Profile[] {
    return [
      ...(['mixed', 'integer', 'memory', 'branches'] as const),
      ...(this.#timed ? [] : (['system'] as const)),
      ...(this.#fpu.length > 0 ? (['fpu', 'fpu'] as const) : []),
      ...(this.#dsp.length > 0 ? (['dsp', 'dsp'] as const) : []),
    ];
  }

  program(slot: number): Program {
    const { random, traits } = this;
    const user = traits.tlb > 0 && random.oneIn(5);
    this.#timed = random.oneIn(10);
    this.#errorLevel = !user && !this.#timed && random.oneIn(20);
    const profile = random.pick(this.profiles());
    const fr = traits.fpu64 && random.oneIn(2) ? STATUS_FR : 0;
    let status = fr;
    if (!random.oneIn(8)) status |= 0x2000_0000;
    if (random.oneIn(2)) status |= 0x1000_0000;
    if (random.oneIn(16)) status |= 0x4000_0000;
    if (traits.dsp && !random.oneIn(8)) status |= 0x0100_0000;
    if (random.oneIn(3)) status |= STATUS_IE | (random.word() & STATUS_IM_SOFTWARE);
    if (user) status |= traits.supervisor && random.oneIn(4) ? 0x08 : 0x10;
    else if (this.#errorLevel) status |= STATUS_ERL;
    else if (!this.#timed && random.oneIn(10)) status |= STATUS_EXL;
    if (this.#timed) status |= STATUS_IM_TIMER | STATUS_IE;
    const gprs = Array.from({ length: 32 }, () => random.value());
    gprs[0] = gprs[26] = gprs[27] = 0;
    const data = dataAddress(slot, user);
    gprs[GP] = data + 0x80;
    gprs[SP] = data + 0x80 + (random.oneIn(2) ? 0 : random.below(8));
    gprs[FP] = (user ? data : (this.#errorLevel ? 0 : 0xa000_0000) + dataAt(slot)) + 0x80;
    gprs[INDEX] = (8 * (random.below(16) - 8) + (random.oneIn(6) ? random.below(8) : 0)) >>> 0;
    this.#begin(slot, user, 16 + random.below(64));
    while (this.#code.length < this.#limit) {
      this.#starts.push(this.#code.length);
      this.#instruction(profile);
    }
    this.#resolve();
    const page = (physical: number, flags: number) => ((physical >>> 12) << 6) | flags;
    return {
      slot,
      gprs,
      hi: random.value(),
      lo: random.value(),
      status: status >>> 0,
      cp0: this.#cp0(),
      fcsr: this.#fcsr(),
      fprs: traits.fpu ? Array.from({ length: 32 }, () => random.float()).flat() : [],
      dsp: traits.dsp ? [...Array.from({ length: 6 }, () => random.value()), random.word() & 0x0fff_7fff] : [],
      user,
      tlb: user ? [{ hi: L.USER, lo0: page(codeAt(slot), 0x1b), lo1: page(dataAt(slot), 0x1f), mask: 0 }] : [],
      timer: this.#timed ? 30 + random.below(400) : 0,
      compareTlb: false,
      data: Array.from({ length: L.DATA_BYTES / 4 }, () => random.value()),
      code: this.#code,
    };
  }

  /** Flags and the rounding mode at will; traps in some programs. Cause bits that would trap at once stay clear. */
  #fcsr(): number {
    const { random } = this;
    let fcsr = random.word() & 0xfe80_007f;
    if (!random.oneIn(4)) fcsr &= ~0x0100_0000;
    else fcsr |= 0x0100_0000;
    if (random.oneIn(3)) fcsr |= random.word() & 0xf80;
    return fcsr >>> 0;
  }

  #cp0(): Record<string, number> {
    const { random, traits } = this;
    return {
      ...(traits.release2 ? { hwrena: random.word() & 0xf, ebase: 0x8000_0000 } : {}),
      // The timer is interrupt 7, whose vector is anywhere then.
      ...(traits.vectored && !this.#timed ? { intctl: random.pick(VECTOR_SPACINGS) } : {}),
      // TargTC: mostly the only context there is, and always where the program writes it, since QEMU looks at it when it translates.
      ...(traits.threads
        ? {
            mvpcontrol: 1,
            vpeconf0: 3,
            vpecontrol: 0x8000 | (random.oneIn(6) && !this.#code.some(writesVpeControl) ? 5 : 0),
            tcstatus: 0x2000,
          }
        : {}),
      pagemask: random.pick([0, 0x6000, 0x1e000]),
      entrylo0: random.word() & 0x03ff_ffff,
      entrylo1: random.word() & 0x03ff_ffff,
      index: random.below(Math.max(1, traits.tlb)),
      context: random.word(),
      entryhi: (random.word() & 0xffff_e000) >>> 0,
      errorepc: L.KSEG0 + L.FINISH,
      config: traits.config,
      cause: random.oneIn(2) ? 0x0080_0000 : 0,
      epc: L.KSEG0 + L.FINISH,
    };
  }

  #begin(slot: number, user: boolean, words: number): void {
    this.#code = [];
    this.#starts = [];
    this.#targets = [];
    this.#slot = slot;
    this.#user = user;
    this.#limit = Math.min(words, L.CODE_BYTES / 4 - EXIT_WORDS - 12);
  }

  #instruction(profile: Profile): void {
    const { random } = this;
    const dice = random.below(100);
    const about = (list: readonly Row[], share: number, rest: readonly Row[]) =>
      list.length > 0 && random.below(100) < share ? list : rest;
    if (profile === 'integer') this.#row(random.pick(about(this.#integer, 85, this.#plain)));
    else if (profile === 'memory' && dice < 70) this.#access(random.pick(this.#memory));
    else if (profile === 'branches')
      if (dice < 50) this.#branch(random.pick(this.#branches));
      else this.#row(random.pick(this.#integer));
    else if (profile === 'system' && dice < 60) this.#system();
    else if (profile === 'fpu' && dice < 75) this.#row(random.pick(this.#fpu));
    else if (profile === 'dsp' && dice < 75) this.#row(random.pick(this.#dsp));
    else this.#mixed();
  }

  #mixed(): void {
    const { random } = this;
    const dice = random.below(100);
    if (dice < 45) this.#row(random.pick(this.#plain));
    else if (dice < 70) this.#access(random.pick(this.#memory));
    else if (dice < 85) this.#branch(random.pick(this.#branches));
    else if (dice < 92)
      if (this.#timed) this.#draw(WAITING);
      else this.#system();
    else if (dice < 96) this.#row(random.pick(this.#integer));
    else this.#raw();
  }

  /** A word from nowhere, unless it is something that would not end or that time decides. */
  #raw(): void {
    const { random, traits } = this;
    const top = random.pick(UNALLOCATED);
    const word = ((top << 26) | (random.word() & 0x3ff_ffff)) >>> 0;
    // Words of a known function with bits set that should be clear are left to DEVIATIONS.md.
    const mask = top === 0 || top === 0x1c || top === 0x1f ? 0xfc00_003f : 0xfc00_0000;
    if (traits.rows.some(({ match }) => ((match ^ word) & mask) === 0)) return;
    if (top === 0x1f && ASE_FUNCTIONS.has(word & 0x3f)) return;
    // QEMU has a hook for PMON's services there (DEVIATIONS.md).
    if (top === 0 && (word & 0x3f) === 5) return;
    this.#code.push(word);
  }

  #system(): void {
    const { random, traits } = this;
    if (random.oneIn(traits.threads ? 3 : 8)) {
      this.#draw(random.pick(this.#sequences));
      return;
    }
    const rt = random.pick(TARGETS);
    const exists = ([number, , release2]: readonly [number, number, true?]) =>
      (traits.release2 || !release2 || random.oneIn(8)) && (traits.tlb > 0 || !L.isTlbRegister(number));
    // The fixed mapping's K23 and KU cannot be written on QEMU.
    const writable = (r: readonly [number, number, true?]) =>
      exists(r) && (traits.tlb > 0 || r[0] !== 16 || r[1] !== 0) && !(this.#errorLevel && r[0] === ERROR_EPC);
    const cop0 = (op: number, r: number, [number, select]: readonly [number, number, true?]) => {
      this.#note(`${op === 0 ? 'mfc0' : 'mtc0'}${select === 0 ? '' : ':sel'}`);
      this.#code.push((0x4000_0000 | (op << 21) | (r << 16) | (number << 11) | select) >>> 0);
    };
    switch (random.below(8)) {
      case 0:
      case 1:
        // Behind an address error in user mode, EntryHi and Context are UNPREDICTABLE.
        // MFC0 to $0 is a NOP in QEMU even where the register does not exist (DEVIATIONS.md).
        cop0(
          0,
          rt === 0 ? 1 : rt,
          random.pick(READABLE.filter((r) => exists(r) && !(this.#user && (r[0] === 4 || r[0] === 10)))),
        );
        break;
      case 2:
      case 3: {
        const target = random.pick(WRITABLE.filter(writable));
        if (target[0] === INDEX_REGISTER || target[0] === WIRED) this.#load(rt, random.below(Math.max(1, traits.tlb)));
        else if (target[0] === PAGE_MASK) this.#load(rt, random.pick(PAGE_MASKS));
        cop0(4, rt, target);
        break;
      }
      case 4:
        // Software interrupts, IV and WP.
        this.#load(rt, random.word() & 0x0080_0300);
        cop0(4, rt, [13, 0]);
        break;
      case 5: {
        // Status, but for what takes the program away: ERL, the modes, FR, and interrupts that time decides.
        const exl = random.oneIn(8) ? STATUS_EXL : 0;
        if (exl !== 0) {
          // An exception under EXL leaves EPC: where it goes on must not be in the middle of what belongs together.
          this.#load(1, L.KSEG0 + L.FINISH);
          cop0(4, 1, [14, 0]);
        }
        if (rt !== 0) cop0(0, rt, [12, 0]);
        const dspEnable = traits.dsp ? 0x0100_0000 : 0;
        const free = (0xf040_0000 | dspEnable | STATUS_IM_SOFTWARE | STATUS_IE | exl) >>> 0;
        const other = 1 + ((rt + random.below(20)) % 25);
        if (other === rt || rt === 0) break;
        this.#load(other, random.word() & free);
        this.#code.push((0x0000_0026 | (rt << 21) | (other << 16) | (rt << 11)) >>> 0);
        if (!this.#user) cop0(4, rt, [12, 0]);
        break;
      }
      case 6:
        if (random.oneIn(6)) {
          // To a prepared address: an odd one would enter MIPS16e.
          this.#note('eret');
          this.#aim('load', 6 + random.below(8));
          this.#load(rt === 0 ? 2 : rt, 0);
          cop0(4, rt === 0 ? 2 : rt, [14, 0]);
          this.#code.push(EHB, 0x4200_0018);
          break;
        }
        this.#row(random.pick(this.#privileged));
        break;
      default:
        this.#row(random.pick(this.#privileged));
    }
  }

  #load(rt: number, value: number): void {
    this.#code.push(...loadWords(rt, value));
  }

  #draw({ rows, words }: Sequence): void {
    this.#code.push(...words(this.random));
    for (const row of rows) this.#note(row);
  }

  /** A straight instruction. */
  #row(row: Row): void {
    if (row.mnemonic === 'ctc1') {
      // QEMU drops writes to FCCR, FEXR and FENR that set reserved bits (DEVIATIONS.md).
      const { random } = this;
      const [fcr, mask] = random.pick(FPU_CONTROLS);
      const rt = random.pick(TARGETS.slice(1));
      this.#load(rt, (this.#fcsr() & mask) >>> 0);
      this.#code.push((row.match | (rt << 16) | (fcr << 11)) >>> 0);
      this.#note(row.name);
      return;
    }
    const word = this.#word(row);
    if (word !== undefined) this.#code.push(word);
  }

  /** A load, store or the like: mostly into the data window, else to where an address faults. */
  #access(row: Row): void {
    const { random } = this;
    // The ERET of an interrupt breaks links.
    if (this.#timed && (row.mnemonic === 'll' || row.mnemonic === 'sc')) return;
    if (row.mnemonic === 'sc') {
      // Each SC has an LL of its own: a second one is as UNPREDICTABLE as one to another word, and without a link QEMU's fails before it
      // looks at the address (DEVIATIONS.md). An exception in between breaks the link.
      const ll = this.#word(this.#linked);
      const between = random.oneIn(2) ? this.#word(random.pick(this.#integer)) : undefined;
      const sc = this.#word(row);
      if (ll !== undefined && sc !== undefined) this.#code.push(ll, ...(between === undefined ? [] : [between]), sc);
      return;
    }
    if (random.oneIn(12) && !row.writes.includes('cache')) {
      // Only faults: these pages are not mapped, and kernel addresses are forbidden to a user.
      const base = random.pick(TARGETS.slice(1));
      this.#code.push((0x3c00_0000 | (base << 16) | random.pick(this.#errorLevel ? MAPPED_FAULTS : HIGH_FAULTS)) >>> 0);
      const word = this.#word(row, base);
      if (word !== undefined) this.#code.push(word);
      return;
    }
    this.#row(row);
  }

  /** A branch and its slot. */
  #branch(row: Row): void {
    const { random } = this;
    if (row.operands.includes('rs') && row.delaySlot === 'jump') {
      // A jump to a register: prepared, or to a bad address.
      const rs = random.pick(TARGETS.slice(1));
      // Not an odd address: it enters MIPS16e or microMIPS on some of QEMU's cores and crashes QEMU on the others (DEVIATIONS.md).
      const skew = random.oneIn(12) ? 2 : 0;
      if (random.oneIn(20)) this.#load(rs, 0xffff_0000);
      else {
        this.#aim('load', 4 + random.below(8), skew);
        this.#load(rs, 0);
      }
      const word = this.#word(row, undefined, rs);
      // JALR with its own link as the target cannot be done again after an interrupt in its slot, and is UNPREDICTABLE.
      if (word === undefined || ((word >>> 11) & 31) === rs) return;
      this.#code.push(word, ...this.#delaySlot());
      return;
    }
    if (row.operands.includes('branch16')) this.#aim('branch', 2 + random.below(10));
    else if (row.operands.some((operand) => operand.startsWith('target26'))) this.#aim('jump', 2 + random.below(10));
    const word = this.#word(row);
    if (word !== undefined) this.#code.push(word, ...this.#delaySlot());
  }

  #aim(kind: 'branch' | 'jump' | 'load', words: number, skew = 0, ahead = 0): void {
    const at = this.#code.length + ahead;
    this.#targets.push({ at, kind, index: at + words, skew });
  }

  /** Points branches to the next place where an instruction begins, or to the exit. */
  #resolve(): void {
    const code = this.#code;
    const start = codeAddress(this.#slot, this.#user);
    for (const { at, kind, index: wanted, skew } of this.#targets) {
      const index = this.#starts.find((place) => place >= wanted) ?? code.length;
      const address = start + 4 * index + skew;
      if (kind === 'branch') code[at] = ((code[at]! & 0xffff_0000) | ((index - at - 1) & 0xffff)) >>> 0;
      else if (kind === 'jump') code[at] = ((code[at]! & 0xfc00_0000) | ((address >>> 2) & 0x3ff_ffff)) >>> 0;
      else {
        code[at] = ((code[at]! & 0xffff_0000) | (address >>> 16)) >>> 0;
        code[at + 1] = ((code[at + 1]! & 0xffff_0000) | (address & 0xffff)) >>> 0;
      }
    }
  }

  /**
   * A delay slot: nothing of several words. A branch, which is UNPREDICTABLE there, is reserved on both machines; it has a slot of its own,
   * for when it is not in one.
   */
  #delaySlot(): number[] {
    const { random } = this;
    if (random.oneIn(16)) {
      const row = random.pick(this.#slotBranches);
      const word = this.#word(row);
      // Behind the branch that is about to be added. Where that has trapped, the jump is executed by itself.
      if (word !== undefined && row.operands.some((operand) => operand.startsWith('target26')))
        this.#aim('jump', 3 + random.below(8), 0, 1);
      if (word !== undefined) return [word, 0];
    }
    for (;;) {
      const row = random.pick(random.below(4) === 0 ? this.#memory : this.#plain);
      // Behind a debug exception in a slot, the handler would have to tell; LL and SC must not be torn apart.
      if (['ctc1', 'sc', 'sdbbp'].includes(row.mnemonic) || (this.#timed && row.mnemonic === 'll')) continue;
      const word = this.#word(row);
      if (word !== undefined) return [word];
    }
  }

  #word(row: Row, base?: number, rs?: number): number | undefined {
    const shape = this.#shape(row);
    const operands = row.operands.map((operand) => this.#operand(row, operand, shape, base, rs));
    try {
      const word = encode(row, operands);
      this.#note(row.name);
      return word;
    } catch {
      // INS beyond the end of the register.
      return undefined;
    }
  }

  /** Bytes that the row accesses, from its name; 1 where any alignment will do. */
  #shape({ mnemonic }: Row): number {
    if (/^[ls][du]x?c1$/.test(mnemonic)) return 8;
    if (/^(l[wl]|s[wc]|[ls]wx?c1|lwx|[ls]wc2)$/.test(mnemonic) || mnemonic === 'll' || mnemonic === 'sc') return 4;
    if (/^[ls]h/.test(mnemonic)) return 2;
    if (/^[ls]dc2$/.test(mnemonic)) return 8;
    return 1;
  }

  #operand(row: Row, operand: OperandName, bytes: number, base?: number, rs?: number): number {
    const { random } = this;
    const { min, max, step } = operandRange(operand);
    const any = () => Math.ceil(min / step) * step + step * random.below(Math.floor((max - min) / step) + 1);
    switch (operand) {
      case 'rs':
        return rs ?? (NEVER_TAKEN.has(row.mnemonic) ? 1 + random.below(15) : random.below(32));
      case 'rt':
        if (NEVER_TAKEN.has(row.mnemonic)) return 16 + random.below(16);
        return this.#register(row, operand);
      case 'rd':
      case 'rd=rt':
        return this.#register(row, operand);
      case 'base':
      case 'base11':
        // LL and SC go to one address: with two, success is UNPREDICTABLE.
        if (row.mnemonic === 'sc' || row.mnemonic === 'll') return GP;
        return base ?? random.pick([GP, GP, SP, FP]);
      case 'offset16': {
        if (row.mnemonic === 'll' || row.mnemonic === 'sc') return 0;
        const span = L.DATA_BYTES / 2 - 16;
        const offset = random.below(2 * span) - span;
        return random.oneIn(10) ? offset : offset & -bytes;
      }
      case 'branch16':
      case 'target26':
        // Filled in when all is there.
        return 0;
      case 'imm16s':
        return random.oneIn(2) ? any() : (random.value() << 16) >> 16;
      case 'imm16u':
        return random.oneIn(2) ? any() : random.value() & 0xffff;
      case 'fcr':
        return random.pick([31, 31, 25, 26, 28, 0]);
      case 'hwr':
        // Not the counter.
        return random.pick([0, 1, 3, 4, 30, 31]);
      case 'fd':
      case 'fs':
        // With FR clear, QEMU lets the conditional moves have odd doubles, which are UNPREDICTABLE (DEVIATIONS.md).
        return /^mov[ftzn]\.d$/.test(row.mnemonic) ? any() & ~1 : any();
      default:
        return any();
    }
  }

  #register(row: Row, operand: 'rt' | 'rd' | 'rd=rt'): number {
    const { random } = this;
    if (operand === 'rt' && row.operands.includes('base') && !row.operands.includes('offset16')) return INDEX;
    if (!row.writes.includes(operand === 'rd=rt' ? 'rd' : operand)) return random.below(32);
    // For a DSP instruction to $0, QEMU does nothing at all, not even set flags (DEVIATIONS.md).
    return random.pick(row.privilege === 'dsp' ? TARGETS.slice(1) : TARGETS);
  }

  #note(name: string): void {
    this.used.set(name, (this.used.get(name) ?? 0) + 1);
  }
}

/** Functions of SPECIAL3 that the ASEs and RDHWR have: QEMU makes a NOP of many a reserved word there (DEVIATIONS.md). */
const ASE_FUNCTIONS = new Set([
  0x3b,
  ...[...dsp, ...dspr2, ...mt].filter(({ match }) => match >>> 26 === 0x1f).map(({ match }) => match & 0x3f),
]);

/**
 * Branches that compare a register with itself or 0 with 0 and are never taken: QEMU makes them NOPs and forgets that a delay slot
 * follows (DEVIATIONS.md). Here their registers differ.
 */
const NEVER_TAKEN = new Set(['bne', 'bltz', 'bgtz', 'bltzal']);

/** It ends with the timer's next interrupt. */
const WAITING: Sequence = { rows: ['wait'], words: () => [WAIT] };

/** IntCtl.VS: fields that the architecture has. */
const VECTOR_SPACINGS = [0, 0x20, 0x40, 0x80, 0x100, 0x200];

/** Opcodes with functions that no core here has, or none at all. */
// biome-ignore format: a list
const UNALLOCATED = [0x00, 0x00, 0x1c, 0x1c, 0x1f, 0x18, 0x19, 0x1a, 0x1b, 0x27, 0x2c, 0x2d, 0x34, 0x37, 0x3c, 0x3f];
