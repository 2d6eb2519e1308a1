// Generates groups of C files that lean on each other in every way a static linker must resolve: calls, tentative and
// initialised data, constants, strings shared and nested at their ends, weak and static symbols, jump tables, pointers
// into the middle of things, zero-sized and oddly aligned objects.

/** A small deterministic random source (xorshift32), so that a seed names a program. */
export class Random {
  constructor(private state: number) {
    this.state = (state * 2654435761) >>> 0 || 1;
  }

  next(below: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state % below;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.next(values.length)]!;
  }

  chance(percent: number): boolean {
    return this.next(100) < percent;
  }
}

interface Names {
  readonly functions: string[];
  readonly variables: { name: string; file: number; type: string; length: number }[];
  readonly weak: string[];
}

const TYPES = ['char', 'short', 'int', 'unsigned', 'long long', 'float', 'double'];
const WORDS = ['alpha', 'beta', 'phabeta', 'a', 'ta', 'gamma ray', 'ray', '%d items\\n', 'items\\n', '', 'panic: asid'];

/** The sources of a program of `files` C files; the first one defines `_start`. */
export function randomProgram(seed: number, files: number): string[] {
  const random = new Random(seed);
  const names: Names = { functions: [], variables: [], weak: [] };
  for (let file = 0; file < files; file++) {
    for (let i = 0, n = 1 + random.next(4); i < n; i++) names.functions.push(`fn_${file}_${i}`);
    for (let i = 0, n = 1 + random.next(5); i < n; i++) {
      const length = random.chance(60) ? 1 : 1 + random.next(40);
      names.variables.push({ name: `var_${file}_${i}`, file, type: random.pick(TYPES), length });
    }
  }
  return Array.from({ length: files }, (_, file) => sourceOf(file, random, names));
}

function sourceOf(file: number, random: Random, names: Names): string {
  const lines: string[] = [];
  for (const name of names.functions) lines.push(`int ${name}(int);`);
  for (const { name, type, length, file: owner } of names.variables) {
    if (owner !== file) lines.push(`extern ${type} ${name}[${length}];`);
  }
  for (const { name, type, length } of names.variables.filter((one) => one.file === file))
    lines.push(variable(random, name, type, length));
  const isOptional = random.chance(50);
  if (isOptional) lines.push('extern int absent_function(int) __attribute__((weak));');
  if (random.chance(40)) lines.push(`__attribute__((weak)) int shared_weak(int x) { return x + ${file}; }`);
  else lines.push('int shared_weak(int) __attribute__((weak));');
  lines.push(`static ${random.pick(TYPES)} private_data[${1 + random.next(9)}] = { ${1 + random.next(99)} };`);
  lines.push(`static int private_zero[${1 + random.next(9)}];`);
  lines.push(
    `const char *const texts_${file}[] = { ${Array.from({ length: 1 + random.next(5) }, () => text(random)).join(', ')} };`,
  );
  lines.push(
    `const int table_${file}[] = { ${Array.from({ length: 1 + random.next(6) }, () => random.next(1e6)).join(', ')} };`,
  );
  const target = random.pick(names.variables);
  lines.push(`void *pointer_${file} = (char *)&${target.name} + ${random.next(8) * 4 - 8};`);
  lines.push(`int (*callback_${file})(int) = ${random.pick(names.functions)};`);
  lines.push('extern void sink(const void *);');
  for (const name of names.functions.filter((one) => one.startsWith(`fn_${file}_`)))
    lines.push(body(random, file, name, names, isOptional));
  if (file === 0) {
    lines.push('static const void *volatile seen; void sink(const void *p) { seen = p; }');
    lines.push(
      `void _start(void) { ${names.functions
        .slice(0, 5)
        .map((name) => `${name}(1);`)
        .join(' ')} for (;;) ; }`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function variable(random: Random, name: string, type: string, length: number): string {
  const align = random.chance(20) ? ` __attribute__((aligned(${random.pick([8, 16, 64])})))` : '';
  const section = random.chance(10) ? ' __attribute__((section(".data.hot")))' : '';
  if (random.chance(40) && section === '') return `${type} ${name}[${length}]${align};`;
  const values = Array.from({ length: Math.min(length, 4) }, () => 1 + random.next(100)).join(', ');
  return `${type} ${name}[${length}]${align}${section} = { ${values} };`;
}

const text = (random: Random) => `"${random.pick(WORDS)}"`;

function body(random: Random, file: number, name: string, names: Names, isOptional: boolean): string {
  const lines = [`int ${name}(int x) {`, '  int r = x;'];
  for (let i = 0, n = 2 + random.next(6); i < n; i++) {
    const { name: variable, length } = random.pick(names.variables);
    switch (random.next(9)) {
      case 0:
        lines.push(`  r += ${random.pick(names.functions)}(x - 1);`);
        break;
      case 1:
        lines.push(`  r ^= (int)${variable}[${random.next(length)}];`);
        break;
      case 2:
        lines.push(`  ${variable}[${random.next(length)}] = r;`);
        break;
      case 3:
        lines.push(`  sink(${text(random)});`);
        break;
      case 4: {
        const cases = Array.from(
          { length: 7 },
          (_, k) => `case ${k}: r += ${random.next(9999)}; sink(texts_${file}); break;`,
        );
        lines.push(`  switch (x) { ${cases.join(' ')} }`);
        break;
      }
      case 5:
        lines.push(`  r += private_zero[0]++ + (int)private_data[0] + table_${file}[0];`);
        break;
      case 6:
        lines.push(`  r = (int)((double)r * ${random.next(100)}.5 + ${random.next(100)}.25f);`);
        break;
      case 7:
        lines.push(
          isOptional ? '  if (absent_function) r += absent_function(r);' : '  if (shared_weak) r += shared_weak(r);',
        );
        break;
      default:
        lines.push(`  r += callback_${file}(r) + *(int *)pointer_${file};`);
    }
  }
  return `${lines.join('\n')}\n  return r;\n}`;
}
