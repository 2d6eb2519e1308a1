// A MIPS core's registers with GDB's numbers (its mips-tdep.h), and the target description that tells of them. Numbers 0 to 71 are also
// what clients take for granted that read no description.

/** What decides which registers there are. */
export interface MipsModel {
  readonly name: string;
  /** MIPS32 release. */
  readonly release: 1 | 2;
  readonly mmu: { readonly kind: string };
}

/** What is read and written of a core: `Cpu` of `@kseg/cpu` has it. */
export interface MipsRegisters {
  readonly model: MipsModel;
  pc: number;
  hi: number;
  lo: number;
  gpr(number: number): number;
  setGpr(number: number, value: number): void;
  fpr(number: number): number;
  setFpr(number: number, value: number): void;
  readCp0(number: number, select?: number): number;
  writeCp0(number: number, value: number, select?: number): void;
  readFpuControl(number: number): number;
  writeFpuControl(number: number, value: number): void;
}

/** A register of 32 bits; without `write` it is read only. */
export interface Register {
  readonly name: string;
  readonly number: number;
  readonly feature: string;
  /** One of GDB's; default `int`. */
  readonly type?: 'ieee_single';
  read(cpu: MipsRegisters): number;
  write?(cpu: MipsRegisters, value: number): void;
}

/** Registers of `g` and `G`. */
export const GENERAL_REGISTERS = 73;

const CPU = 'org.gnu.gdb.mips.cpu';
const CP0 = 'org.gnu.gdb.mips.cp0';
const FPU = 'org.gnu.gdb.mips.fpu';

const gpr = (n: number): Register => ({
  feature: CPU,
  name: `r${n}`,
  number: n,
  read: (cpu) => cpu.gpr(n),
  write: (cpu, value) => cpu.setGpr(n, value),
});

const own = (name: 'pc' | 'hi' | 'lo', number: number): Register => ({
  feature: CPU,
  name,
  number,
  read: (cpu) => cpu[name],
  write: (cpu, value) => {
    cpu[name] = value;
  },
});

const cp0 = (name: string, number: number, register: number, select = 0, feature = CP0): Register => ({
  feature,
  name,
  number,
  read: (cpu) => cpu.readCp0(register, select),
  write: (cpu, value) => cpu.writeCp0(register, value, select),
});

const fpr = (n: number): Register => ({
  feature: FPU,
  name: `f${n}`,
  number: 38 + n,
  type: 'ieee_single',
  read: (cpu) => cpu.fpr(n),
  write: (cpu, value) => cpu.setFpr(n, value),
});

const fpuControl = (name: string, number: number, register: number): Register => ({
  feature: FPU,
  name,
  number,
  read: (cpu) => cpu.readFpuControl(register),
  write: (cpu, value) => cpu.writeFpuControl(register, value),
});

const readOnly = ({ write: _, ...register }: Register): Register => register;

const all = (make: (n: number) => Register): Register[] => Array.from({ length: 32 }, (_, n) => make(n));

/** What GDB cannot do without: an FPU among it, which reads 0 where there is none. */
const standard: readonly Register[] = [
  ...all(gpr),
  cp0('status', 32, 12),
  own('lo', 33),
  own('hi', 34),
  readOnly(cp0('badvaddr', 35, 8)),
  cp0('cause', 36, 13),
  own('pc', 37),
  ...all(fpr),
  fpuControl('fcsr', 70, 31),
  readOnly(fpuControl('fir', 71, 0)),
];

/** More of CP0, as name, register, select, and the first release that has it (0: an R3000A does). Not Random, which moves on when it is read. */
const more: readonly (readonly [name: string, register: number, select: number, since: number])[] = [
  ['epc', 14, 0, 0],
  ['index', 0, 0, 0],
  ['entrylo0', 2, 0, 0],
  ['entrylo1', 3, 0, 1],
  ['context', 4, 0, 0],
  ['pagemask', 5, 0, 1],
  ['wired', 6, 0, 1],
  ['count', 9, 0, 1],
  ['entryhi', 10, 0, 0],
  ['compare', 11, 0, 1],
  ['prid', 15, 0, 0],
  ['ebase', 15, 1, 2],
  ['config', 16, 0, 1],
  ['errorepc', 30, 0, 1],
];

/** The registers of a model: the standard ones, and more of CP0 from 72 on. */
export function registersOf(model: MipsModel): readonly Register[] {
  const release = model.mmu.kind === 'r3000' ? 0 : model.release;
  const system = more.filter(([, , , since]) => release >= since);
  return [
    ...standard,
    ...system.map(([name, register, select], i) => cp0(name, 72 + i, register, select, 'org.kseg.mips.cp0')),
  ];
}

/** How GDB calls what a model executes. An R4000 counts as what it is here: a core of 32 bits. */
const architectureOf = ({ release, mmu }: MipsModel): string =>
  mmu.kind === 'r3000' ? 'mips:3000' : release === 2 ? 'mips:isa32r2' : 'mips:isa32';

/** GDB manual, "Target Description Format" and "MIPS Features". */
export function describe(model: MipsModel, registers: readonly Register[]): string {
  const features = [...new Set(registers.map(({ feature }) => feature))].map((feature) => {
    const rows = registers
      .filter((register) => register.feature === feature)
      .map(({ name, number, type = 'int' }) => `<reg name="${name}" bitsize="32" type="${type}" regnum="${number}"/>`);
    return `<feature name="${feature}">\n${rows.join('\n')}\n</feature>\n`;
  });
  return `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>${architectureOf(model)}</architecture>
${features.join('')}</target>
`;
}
