// Random assembly programs that GNU as accepts: every mnemonic, macro and directive, with counts of what was drawn.
import {
  ACCUMULATOR,
  BASE,
  BRANCH,
  CONDITION,
  type Field,
  FLOAT,
  type Form,
  forms,
  GPR,
  INDEX,
  NUMBERED,
  OFFSET,
  SIGNED,
  TARGET,
  UNSIGNED,
  ZERO,
} from '../src/mips/forms.ts';
import { LEVEL_BITS, LEVELS } from '../src/mips/levels.ts';
import { macros } from '../src/mips/macros.ts';
import type { MipsLevel } from '../src/options.ts';

/** xorshift32: the same seed gives the same programs everywhere. */
export class Random {
  constructor(private state: number) {
    this.state = state | 0 || 1;
  }

  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const EDGES = [
  0, 1, -1, 2, 4, 5, 7, 8, 31, 0x7fff, 0x7ff8, -0x8000, 0x8000, -0x8001, 0xffff, 0x10000, 0x12340000, 0x12345678,
  0x7fffffff, 0x80000000, 0xffff8000, 0xfffffff0, 0x7fff8000,
];
const NAMES = 'zero at v0 v1 a0 a1 a2 a3 t0 t1 t2 t3 t4 t5 t6 t7 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp fp ra'.split(
  ' ',
);

/** What kind of code a generator makes. */
export interface Flavour {
  readonly level: MipsLevel;
  readonly pic: boolean;
  /** Lines of the program itself are collected, by `--gdwarf-…`. */
  readonly debug?: boolean;
  /** Extensions that the program turns on. */
  readonly extensions: readonly string[];
}

const PLAIN: Flavour = { level: 'mips32r2', pic: false, extensions: ['dsp', 'dspr2', 'mt', 'smartmips', 'mips3d'] };

/** Macros that a level lacks: their instructions come later. */
const SINCE: readonly (readonly [names: string, level: MipsLevel])[] = [
  [
    'beql bnel bltl bltul blel bleul bgtl bgtul bgel bgeul ll sc ldc1 sdc1 ldc2 sdc2 teq tne tge tgeu tlt tltu',
    'mips2',
  ],
  ['cache', 'mips3'],
  ['pref', 'mips4'],
];

export class Generator {
  /** How often each mnemonic, macro shape and directive was drawn. */
  readonly drawn = new Map<string, number>();
  private labels = 0;
  private lines: string[] = [];

  constructor(
    readonly random: Random,
    readonly flavour: Flavour = PLAIN,
  ) {}

  /** The mnemonics that the flavour's level and extensions have. */
  mnemonics(): string[] {
    return [...forms.keys()].filter((name) => this.formsOf(name).length > 0);
  }

  private formsOf(mnemonic: string): readonly Form[] {
    const { level, extensions } = this.flavour;
    const bit = LEVEL_BITS[LEVELS[level]!]!;
    return forms
      .get(mnemonic)!
      .filter(({ levels, extension }) => (levels & bit) !== 0 && (extension === '' || extensions.includes(extension)));
  }

  private atLeast(level: MipsLevel): boolean {
    return LEVELS[this.flavour.level]! >= LEVELS[level]!;
  }

  private count(what: string): void {
    this.drawn.set(what, (this.drawn.get(what) ?? 0) + 1);
  }

  gpr(): string {
    const n = this.random.below(32);
    // $at is left out: gas warns of it.
    if (n === 1) return '$4';
    return this.random.chance(50) ? `$${n}` : `$${NAMES[n]}`;
  }

  /** Even, so that it can be a pair. */
  fpr(): string {
    return `$f${this.random.below(16) * 2}`;
  }

  integer(): number {
    const { random } = this;
    return random.chance(70)
      ? random.of(EDGES)
      : random.chance(50)
        ? random.below(0x10000) - 0x8000
        : random.next() | 0;
  }

  /** An integer as it may be written. */
  number(v = this.integer()): string {
    return this.random.of([`${v}`, v < 0 ? `-0x${(-v).toString(16)}` : `0x${v.toString(16)}`]);
  }

  private between(low: number, high: number): number {
    const { random } = this;
    const inside = EDGES.filter((v) => v >= low && v <= high);
    return random.chance(60) && inside.length > 0 ? random.of(inside) : low + random.below(high - low + 1);
  }

  symbol(): string {
    const { random } = this;
    const base = random.of([
      'ext',
      'ext2',
      'data1',
      'data2',
      'g1',
      'buf',
      '$L7',
      'str1',
      'small1',
      'wk',
      'com4',
      'com16',
    ]);
    const far = this.flavour.pic ? [0x7ff0] : [0x7ffc, 0x8000, 0x12344];
    return random.chance(40) ? `${base}+${random.of([4, 8, 12, ...far])}` : base;
  }

  target(): string {
    const { random } = this;
    return random.of(['g1', 'ext', `l${random.below(Math.max(1, this.labels))}`, '1b', '1f', '.+8']);
  }

  address(): string {
    const { random } = this;
    switch (random.below(6)) {
      case 0:
        return this.symbol();
      case 1:
        return `${this.symbol()}(${this.gpr()})`;
      case 2:
        return `%lo(${this.symbol()})(${this.gpr()})`;
      case 3:
        return `(${this.gpr()})`;
      case 4:
        return `${this.number()}(${this.gpr()})`;
      default:
        return `${this.between(-0x8000, 0x7fff)}(${this.gpr()})`;
    }
  }

  private operand(field: Field, above: { value: number }, wide: boolean): string {
    const { random } = this;
    switch (field.look) {
      case GPR:
        return this.gpr();
      case FLOAT:
        return this.fpr();
      case CONDITION:
        return `${field.name === 'cc' ? '$cc' : '$fcc'}${random.below(8)}`;
      case NUMBERED:
        return `$${random.below(32)}`;
      case ACCUMULATOR:
        return `$ac${random.below(4)}`;
      case ZERO:
        return random.of(['$0', '$zero']);
      case INDEX:
        return `${this.gpr()}(${this.gpr()})`;
      case OFFSET:
        return field.width === 16
          ? wide && random.chance(30)
            ? this.address()
            : `${this.between(-0x8000, 0x7fff)}(${this.gpr()})`
          : `${this.between(-(2 ** (field.width - 1)), 2 ** (field.width - 1) - 1)}(${this.gpr()})`;
      case SIGNED:
        return random.chance(20) ? `%lo(${this.symbol()})` : this.number(this.between(-0x8000, 0x7fff));
      case UNSIGNED:
        return random.chance(20) ? `%hi(${this.symbol()})` : this.number(this.between(0, 0xffff));
      case BRANCH:
      case TARGET:
        return this.target();
      case BASE:
        return '';
      default: {
        const limit = 2 ** field.width;
        let low = field.signed ? -limit / 2 : 0;
        let high = low + limit - 1;
        if (field.name === 'extsize' || field.name === 'inssize') {
          low = 1;
          high = 32 - above.value;
        } else {
          low = low * 2 ** field.scale + field.bias;
          high = high * 2 ** field.scale + field.bias;
        }
        const v = this.between(low, high);
        above.value = v;
        return `${v}`;
      }
    }
  }

  form(form: Form): string {
    const above = { value: 0 };
    const operands = form.operands
      .map((field) => this.operand(field, above, macros.has(form.mnemonic)))
      .filter((text) => text !== '');
    if (form.optional && this.random.chance(15)) operands.splice(1, 1);
    // A call may not link into the register it reads.
    if (/^b.*all?$/.test(form.mnemonic) && operands.length > 1) operands[0] = '$5';
    if (/^jalr/.test(form.mnemonic)) operands.splice(0, 2, ...(operands.length > 1 ? ['$3', '$6'] : ['$7']));
    this.count(form.mnemonic);
    return `${form.mnemonic} ${operands.join(this.random.chance(50) ? ',' : ', ')}`;
  }

  /** What of a list has not been drawn yet comes first, so that a few programs cover everything. */
  private fresh(list: readonly string[], counted: (name: string) => string): string {
    const missing = list.filter((name) => !this.drawn.has(counted(name)));
    return this.random.of(missing.length > 0 ? missing : list);
  }

  instruction(mnemonics: readonly string[]): string {
    const mnemonic = this.fresh(mnemonics, (name) => name);
    return this.form(this.random.of(this.formsOf(mnemonic)));
  }

  private readonly macroShapes: readonly (readonly [names: string, shape: () => string])[] = [
    [
      'add addu sub subu and or xor nor slt sltu seq sne sge sgeu sgt sgtu sle sleu mul mulo mulou div divu rem remu rol ror',
      () => `${this.gpr()},${this.gpr()},${this.number()}`,
    ],
    [
      'seq sne sge sgeu sgt sgtu sle sleu mulo mulou div divu rem remu rol ror sll srl sra',
      () => `${this.gpr()},${this.gpr()},${this.gpr()}`,
    ],
    ['add addu and or xor mul div rem seq sgt rol', () => `${this.gpr()},${this.number()}`],
    ['div divu rem remu mulo sne sle ror', () => `${this.gpr()},${this.gpr()}`],
    ['abs neg negu not', () => `${this.gpr()},${this.gpr()}`],
    ['abs neg negu not', () => this.gpr()],
    [
      'beq bne beql bnel blt bltu bltl bltul ble bleu blel bleul bgt bgtu bgtl bgtul bge bgeu bgel bgeul',
      () => `${this.gpr()},${this.number()},${this.target()}`,
    ],
    [
      'blt bltu bltl bltul ble bleu blel bleul bgt bgtu bgtl bgtul bge bgeu bgel bgeul',
      () => `${this.gpr()},${this.gpr()},${this.target()}`,
    ],
    ['b bal j jal', () => this.target()],
    ['j jal', () => this.random.of(['$4', '$25', '$t9'])],
    ['li', () => `${this.gpr()},${this.number()}`],
    ['la', () => `${this.gpr()},${this.address()}`],
    [
      'lb lbu lh lhu lw lwl lwr sb sh sw swl swr ll sc ulw usw ulh ulhu ush ld sd',
      () => `${this.gpr()},${this.address()}`,
    ],
    ['lwc1 swc1 ldc1 sdc1 l.s s.s l.d s.d', () => `${this.fpr()},${this.address()}`],
    ['lwc2 swc2 ldc2 sdc2', () => `$${this.random.below(32)},${this.address()}`],
    ['cache pref', () => `${this.random.below(32)},${this.address()}`],
    ['teq tne tge tgeu tlt tltu', () => `${this.gpr()},${this.number()}`],
    [
      'li.s li.d',
      () =>
        `${this.random.chance(50) ? this.fpr() : this.random.of(['$2', '$4', '$6'])},${this.random.of(['0', '1.0', '1.5', '-2.25', '1.1', '3.14159265', '1e10', '-0.1', '65536.0'])}`,
    ],
    ['trunc.w.s trunc.w.d', () => `${this.fpr()},${this.fpr()},${this.gpr()}`],
  ];

  macro(): string {
    const wanted = this.fresh(this.macroNames(), (name) => `macro ${name}`);
    const shapes = this.macroShapes.filter(([names]) => names.split(' ').includes(wanted));
    const [, shape] = this.random.of(shapes);
    const name = wanted;
    this.count(`macro ${name}`);
    return `${name} ${shape()}`;
  }

  /** All macro mnemonics that can be drawn. */
  macroNames(): string[] {
    const missing = new Set(SINCE.flatMap(([names, level]) => (this.atLeast(level) ? [] : names.split(' '))));
    return [...new Set(this.macroShapes.flatMap(([names]) => names.split(' ')))].filter((name) => !missing.has(name));
  }

  private readonly dataShapes: readonly (readonly [names: string, shape: () => string])[] = [
    ['.byte', () => `${this.between(-128, 255)}, ${this.between(-128, 255)}`],
    ['.half .hword .short .2byte', () => `${this.between(-0x8000, 0xffff)}, ${this.between(-0x8000, 0xffff)}`],
    [
      '.word .long .int',
      () =>
        this.random.of([
          this.number(),
          this.symbol(),
          'g1-data1',
          'data2-data1',
          '.-4',
          'ext-.',
          '1, 2, ext+4',
          '0x11:3',
        ]),
    ],
    ['.4byte', () => this.random.of([this.number(), 'ext', 'g1-data1'])],
    ['.dword .quad .8byte', () => this.random.of([this.number(), '0x123456789abcdef0', '-2'])],
    ['.float .single .double', () => this.random.of(['1.5', '-0.1, 3', '1e10', '0'])],
    [
      '.ascii .asciz .asciiz .string',
      () => this.random.of(['"abc"', '"a\\n\\t\\\\\\"x"', '"\\101\\x41"', '"", "z"', '"#;/*"']),
    ],
    ['.space .skip', () => this.random.of(['4', '7', '3, 0x55', '0'])],
    ['.zero', () => '5'],
    ['.fill', () => this.random.of(['3', '2, 4, 0x12345678', '2, 8, -1', '1, 2, 0x1234'])],
    ['.align .p2align', () => this.random.of(['2', '3', '4', '2, 0x55'])],
    ['.balign', () => this.random.of(['4', '8, 1', '16'])],
    ['.uleb128', () => this.random.of(['5', '300', '0x12345'])],
    ['.sleb128', () => this.random.of(['5', '-5', '-300', '0x12345'])],
    ['.gpword', () => this.random.of(['data1', 'ext', '$L7'])],
    ['.gpvalue', () => 'data1'],
    ['.dtprelword .tprelword', () => 'tls1'],
  ];

  data(): string {
    const name = this.fresh(this.dataNames(), (each) => each);
    const [, shape] = this.dataShapes.find(([names]) => names.split(' ').includes(name))!;
    this.count(name);
    return `${name} ${shape()}`;
  }

  /** Statements that change state, one or more lines each. */
  private readonly settings: readonly (readonly [name: string, lines: () => string[]])[] = [
    ['.set noreorder', () => ['.set noreorder']],
    ['.set reorder', () => ['.set reorder']],
    ['.set push/pop', () => ['.set push', '.set noreorder', 'addu $4,$5,$6', '.set pop']],
    ['.set nomove', () => ['.set nomove', 'addu $2,$2,$3', 'jal ext', '.set move']],
    ['.set noat', () => ['.set noat', 'move $4,$1', '.set at']],
    ['.set at=', () => ['.set at=$k0', `lw $4,ext+${this.flavour.pic ? 8 : 0x10000}($4)`, '.set at']],
    ['.set nomacro', () => ['.set push', '.set noreorder', '.set nomacro', 'li $4,1', '.set macro', '.set pop']],
    ['.set mips', () => ['.set mips2', 'addu $4,$5,$6', 'lw $4,0($5)', 'addu $4,$4,$4', '.set mips0']],
    ['.set symbol', () => ['.set x1, 5', '.word x1', '.set x1, x1+1', '.word x1']],
    ['.equ', () => [`.equ c${this.labels}, 0x44`, `li $4,c${this.labels}`]],
    ['=', () => [`v${this.labels} = . + 4`, `.word v${this.labels}`]],
    [
      '.macro',
      () => [
        `.macro m${this.labels} a, b=3, c:vararg`,
        '.word \\a, \\b',
        'li $4,\\a',
        '.endm',
        `m${this.labels} 1`,
        `m${this.labels} 2, 5`,
        `m${this.labels} a=7`,
      ],
    ],
    [
      '.altmacro',
      () => [
        '.altmacro',
        `.macro t${this.labels} a, b=<3, 4>, z`,
        'local x, y',
        'x: .word y - x, a, b',
        '.asciz "&a&x b \\@ z"',
        '.align 2',
        'y: jal x',
        '.endm',
        `t${this.labels} ${this.random.of(['<1, 2>', '%3*x0+4', '7, <8!!9>'])}`,
        `t${this.labels} ${this.random.of(['8', '%-9'])}, ${this.random.of(['<5>, <6>', '1+1', '%7 - 2'])}`,
        '.noaltmacro',
      ],
    ],
    [
      '.macro &',
      () => [
        `.macro n${this.labels} a:req b="q r"`,
        `.asciz "&a& \\a'x &b \\(t)\\()\\b &c&"`,
        '.align 2',
        '.endm',
        `n${this.labels} ${this.random.of(['p - q', "'a' 'b", '(1, 2) 3', '[4 5] 6', '"x y"z', 'b=7, a=8', '-1 -2'])}`,
      ],
    ],
    ['.rept', () => ['.rept 3', 'addiu $4,$4,1', '.endr']],
    ['.irp', () => ['.irp r, $4, $5, $6', 'move \\r,$0', '.endr']],
    ['.irpc', () => [`.irpc d, ${this.random.of(['123', '4 5', '"67"'])}`, '.byte 1\\d', '.endr', '.align 2']],
    ['.if', () => ['.if 3 > 2 && x0 == 0', 'nop', '.elseif 1', 'break', '.else', 'syscall', '.endif']],
    ['.ifdef', () => ['.ifdef nothing', 'break', '.else', 'syscall', '.endif', '.ifndef nothing', 'nop', '.endif']],
    ['.ifc', () => ['.ifc abc,abc', 'nop', '.endif', '.ifb', 'nop', '.endif', '.ifeq 0', 'nop', '.endif']],
    ['.section', () => ['.section .other,"aw",@progbits', '.word 1, ext', '.previous']],
    ['.pushsection', () => ['.pushsection .mystrings,"aMS",@progbits,1', '.asciz "q"', '.popsection']],
    ['.data', () => ['.data', this.data(), '.align 2', '.word data1', '.text']],
    ['.rdata', () => ['.rdata', '.align 2', '.word g1', '.text']],
    ['.bss', () => ['.bss', '.space 8', '.text']],
    ['.comm', () => [`.comm cm${this.labels},${this.random.of([1, 4, 8, 100])},${this.random.of([1, 4, 8])}`]],
    ['.lcomm', () => [`.lcomm lc${this.labels},${this.random.of([4, 8, 12])}`, `la $4,lc${this.labels}`]],
    ['.local', () => [`.local lo${this.labels}`, `.comm lo${this.labels},16,8`, `lw $5,lo${this.labels}`]],
    ['.weak', () => [`.weak w${this.labels}`, `jal w${this.labels}`]],
    [
      '.globl',
      () => [
        `.globl gl${this.labels}`,
        `gl${this.labels}: .type gl${this.labels},@function`,
        'nop',
        `.size gl${this.labels}, .-gl${this.labels}`,
      ],
    ],
    [
      'function',
      () => [
        `.globl ${this.random.of(['fl', 'fm'])}${this.labels}`,
        `.type fl${this.labels}, @function`,
        `fl${this.labels}: nop`,
        `.size fl${this.labels}, .-fl${this.labels}`,
        `.section .text.o${this.labels},"ax"`,
        'nop',
        '.previous',
      ],
    ],
    ['.hidden', () => [`.hidden h${this.labels}`, `.word h${this.labels}`]],
    [
      '.ent',
      () => [
        `.ent f${this.labels}`,
        `f${this.labels}: .frame $sp,24,$31`,
        '.mask 0x80000000,-4',
        '.fmask 0x00f00000,-8',
        'addiu $sp,$sp,-24',
        'jr $31',
        `.end f${this.labels}`,
      ],
    ],
    ['.org', () => ['.pushsection .orgs,"a"', '.org .+8', '.byte 1', '.popsection']],
    ['.subsection', () => ['.text 1', 'nop', '.text 0']],
    ['.ident', () => ['.ident "generated"']],
    [
      '%got',
      () => [
        'lw $4,%gp_rel(small1)($gp)',
        'lw $4,%got(ext)($gp)',
        'lw $25,%call16(ext)($gp)',
        'lw $4,%got(data2)($gp)',
        'addiu $4,$4,%lo(data2)',
        'lui $4,%got_hi(ext)',
        'lw $4,%got_lo(ext)($4)',
        'lui $25,%call_hi(ext)',
        'lw $25,%call_lo(ext)($25)',
      ],
    ],
    [
      '%tls',
      () => [
        'addiu $4,$28,%tlsgd(tls1)',
        'addiu $4,$28,%tlsldm(tls1)',
        'lui $5,%dtprel_hi(tls1)',
        'addiu $5,$5,%dtprel_lo(tls1)',
        'lw $6,%gottprel(tls1)($28)',
        'lui $7,%tprel_hi(tls1)',
        'addiu $7,$7,%tprel_lo(tls1)',
      ],
    ],
    ['.cpload', () => ['.set push', '.set noreorder', '.cpload $25', '.set pop']],
    ['.cprestore', () => [`.cprestore ${this.random.of([16, 24, 0x7ffc, 0x8000])}`]],
    ['.cpadd', () => ['.cpadd $4']],
    ['.cpsetup', () => ['.cpsetup $25,8,g1', '.cplocal $4', '.cpreturn']],
    [
      '.option',
      () => (this.flavour.pic ? ['.option pic0', 'jal ext', 'lw $4,data1', '.option pic2'] : ['.option pic0']),
    ],
    ['.abicalls', () => (this.flavour.pic ? ['.abicalls'] : [])],
    ['.extern', () => [`.extern ex${this.labels},${this.random.of([4, 8, 100])}`, `lw $4,ex${this.labels}`]],
    ['.sdata', () => ['.sdata', `sm${this.labels}: .word 1`, '.text', `lw $4,sm${this.labels}`]],
    ['.sbss', () => ['.section .sbss', `sb${this.labels}: .space 4`, '.text', `sw $4,sb${this.labels}`]],
    [
      '.loc',
      () => {
        if (!this.debug) return [];
        const { random } = this;
        const rest = [
          '',
          '',
          ' is_stmt 0',
          ' is_stmt 1',
          ' prologue_end',
          ' discriminator 2',
          ' basic_block epilogue_begin',
          ' isa 1',
          ` view V${this.labels}`,
          ' view -0',
        ];
        const loc = `.loc ${random.of([1, 2])} ${1 + random.below(500)} ${random.below(90)}${random.of(rest)}`;
        // With a call right behind it: what GNU as does to entries still in its hands depends on how it cuts its memory.
        const code = random.of([
          [loc, 'addiu $4,$4,1', 'jal ext'],
          [loc, '.align 3', 'addiu $4,$4,1', 'jal ext'],
          ['addiu $4,$4,1', loc, 'jal ext'],
        ]);
        return ['.set push', '.set reorder', '.set move', ...code, '.set pop'];
      },
    ],
    [
      '.cfi',
      () => [
        this.startProcedure(),
        'addiu $sp,$sp,-32',
        '.cfi_def_cfa_offset 32',
        'sw $31,28($sp)',
        '.cfi_offset 31,-4',
        this.random.of([
          '.cfi_remember_state',
          '.cfi_adjust_cfa_offset 8',
          '.cfi_register $16,$17',
          '.cfi_signal_frame',
        ]),
        'nop',
        this.random.of([
          '.cfi_restore 31',
          '.cfi_same_value 16',
          '.cfi_undefined 17, 18',
          '.cfi_escape 0x2e, 8',
          '.space 300',
        ]),
        this.random.of([
          '.cfi_def_cfa 30,16',
          '.cfi_def_cfa_register 30',
          '.cfi_rel_offset 16, 4',
          '.cfi_val_offset 16,-8',
        ]),
        this.random.of(['.cfi_return_column 30', '.cfi_personality 0x80,ext', '.cfi_lsda 0,data1', '.cfi_window_save']),
        '.cfi_endproc',
      ],
    ],
    [
      '.cfi_sections',
      () => {
        // Once procedures are described nothing goes back to .eh_frame.
        const closed = this.frames.described && !this.frames.eh;
        const sections = this.random.of(
          closed ? ['.debug_frame'] : ['.eh_frame', '.debug_frame', '.eh_frame, .debug_frame'],
        );
        this.frames.eh = sections.includes('eh');
        return [`.cfi_sections ${sections}`];
      },
    ],
    [
      'group',
      () => [
        `.section .text.gr${this.labels},"axG",@progbits,gr${this.labels},comdat`,
        `.weak gr${this.labels}`,
        `gr${this.labels}: jal ext`,
        `.section .data.gr${this.labels},"aw?"`,
        '.word 1',
        '.text',
      ],
    ],
    [
      'linked order',
      () => {
        const to = this.random.of(['g1', 'data1', '.text', '.data', `gl${this.labels}`, '0']);
        const [flags, rest] = this.random.of([
          ['ao', to],
          ['aRo', to],
          ['aMo', `4,${to}`],
          ['aoG', `${to},lg${this.labels},comdat`],
        ] as const);
        return [`.section .linked.${flags},"${flags}",@progbits,${rest}`, '.word g1', '.text', `gl${this.labels}: nop`];
      },
    ],
    ['.reloc', () => [`.reloc 1f,${this.random.of(['R_MIPS_JALR', 'R_MIPS_NONE', 'R_MIPS_32'])},ext`, '1: jalr $25']],
    ['hazards', () => this.hazards()],
    ['%hi/%lo', () => ['lui $4,%hi(ext)', 'lui $5,%hi(data1+4)', 'lw $6,%lo(ext)($4)', 'addiu $5,$5,%lo(data1+4)']],
  ];

  settingNames(): string[] {
    return this.settings.map(([name]) => name);
  }

  /** Instructions that deliver late before ones that want what they deliver. */
  private hazards(): string[] {
    const late = [
      'lw $4,0($5)',
      'lb $4,data1',
      'mfc1 $4,$f2',
      'mtc1 $4,$f2',
      'ctc1 $4,$31',
      'mfhi $4',
      'mflo $4',
      'lwc1 $f2,0($5)',
      'c.eq.s $f2,$f4',
      'mtc0 $4,$12',
    ];
    const wants = [
      'addu $6,$4,$5',
      'sw $4,0($6)',
      'add.s $f2,$f2,$f2',
      'bc1f 1f',
      'mult $4,$5',
      'beq $4,$5,1f',
      'jr $4',
      'la $4,data1',
      'sw $4,small1',
      '.align 3',
      '.set noreorder',
      'jal ext',
      'lw $6,com4($4)',
    ];
    const lines = [1, 2, 3].flatMap(() => [this.random.of(late), this.random.of(wants)]);
    return [...lines, '.set reorder', '1:'];
  }

  private startProcedure(): string {
    this.frames.described = true;
    return '.cfi_startproc';
  }

  private debug = false;
  /** Whether procedures go to .eh_frame, and whether there has been one. */
  private frames = { eh: true, described: false };

  dataNames(): string[] {
    return [...new Set(this.dataShapes.flatMap(([names]) => names.split(' ')))];
  }

  /** A whole program of about `size` statements. */
  program(size: number, mnemonics: readonly string[]): string {
    const { random, flavour } = this;
    this.labels = 0;
    this.debug = random.chance(flavour.debug ? 10 : 50);
    this.frames = { eh: true, described: false };
    this.lines = flavour.extensions.map((name) => ` .set ${name}`);
    this.lines.push('x0 = 0', ' .globl g1', ' .text', '1:', 'l0:');
    if (this.debug) {
      // With a file 0 the line table is one of DWARF 5, which takes directories apart from names.
      const named = random.chance(30);
      const hash = random.chance(30) ? ' md5 0x00112233445566778899aabbccddeeff' : '';
      if (named) this.lines.push(` .file 0 "/the/dir" "x/a.c"${hash}`);
      const second = random.of(named ? ['"dir/b.c"', '"dir" "b.c"', '"dir" "e/b.c"'] : ['"dir/b.c"', '"b.c"']);
      this.lines.push(' .file 1 "a.c"', ` .file 2 ${second}`);
    }
    this.labels = 1;
    for (let i = 0; i < size; i++) {
      const kind = random.below(100);
      if (kind < 12) {
        this.lines.push(random.chance(60) ? `l${this.labels++}:` : '1:');
        continue;
      }
      if (kind < 50) this.lines.push(` ${this.instruction(mnemonics)}`);
      else if (kind < 80) this.lines.push(` ${this.macro()}`);
      else if (kind < 90) this.setting();
      else this.lines.push(` ${random.chance(70) ? '.align 2' : 'nop'}`);
    }
    this.lines.push(' .set reorder', ' .align 2', '1: nop', 'g1: nop', '$L7: nop', ' .data', 'data1: .word 1');
    for (let i = random.below(6); i > 0; i--) this.lines.push(` ${this.data()}`);
    this.lines.push(
      'data2: .word data1',
      ' .sdata',
      'small1: .word 1',
      ' .weak wk',
      ' .comm com4,4',
      ' .comm com16,16',
      ' .bss',
      'buf: .space 16',
      ' .section .tdata,"awT"',
      'tls1: .word 1',
      ' .section .rodata.str1.4,"aMS",@progbits,1',
      'str1: .asciz "text"',
    );
    // Without it GNU as makes up debugging information for the line numbers.
    if (this.debug && random.chance(50)) this.lines.push(' .section .debug_info,"",@progbits', ' .byte 1');
    return [...this.lines, ''].join('\n');
  }

  private setting(): void {
    const wanted = this.fresh(this.settingNames(), (each) => each);
    const lines = this.settings.find(([each]) => each === wanted)![1]();
    if (lines.length > 0 || (wanted === '.abicalls' && !this.flavour.pic)) this.count(wanted);
    this.lines.push(...lines.map((line) => (/^\w+:|^1:|=/.test(line) && !line.startsWith('.') ? line : ` ${line}`)));
    this.labels++;
    this.lines.push(`l${this.labels - 1}:`);
  }
}
