// A program as text that GNU as and ours take: what is in the registers, then the instructions, each with its word.
import { decoder } from '@kseg/isa';
import type { Failure } from './fuzz.ts';
import { codeAddress, type Program } from './program.ts';
import type { Traits } from './traits.ts';

const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');

function printProgram(program: Program, traits: Traits): string {
  const lines: string[] = [];
  const note = (text: string) => lines.push(`        # ${text}`);
  note(`${program.user ? 'user' : 'kernel'} mode, Status ${hex(program.status)}, FCSR ${hex(program.fcsr)}`);
  for (const [name, value] of Object.entries(program.cp0)) if (value !== 0) note(`cp0 ${name} ${hex(value)}`);
  for (const [i, { hi, lo0, lo1, mask }] of program.tlb.entries())
    note(`tlb ${i}: EntryHi ${hex(hi)} EntryLo0 ${hex(lo0)} EntryLo1 ${hex(lo1)} PageMask ${hex(mask)}`);
  const words = (title: string, values: readonly number[]) => {
    const set = values.flatMap((value, i) => (value === 0 ? [] : [`[${i}]=${hex(value)}`]));
    if (set.length > 0) note(`${title} ${set.join(' ')}`);
  };
  words('data', program.data);
  words('fpr', program.fprs);
  words('dsp', program.dsp);
  lines.push('        .set noreorder', '        .set noat');
  for (const [i, value] of program.gprs.entries())
    if (value !== 0) lines.push(`        li      $${i}, 0x${hex(value)}`);
  if (program.hi !== 0) note(`hi ${hex(program.hi)}`);
  if (program.lo !== 0) note(`lo ${hex(program.lo)}`);
  const { disassemble } = decoder(traits.rows);
  const start = codeAddress(program.slot, program.user);
  let end = program.code.length;
  while (end > 0 && program.code[end - 1] === 0) end--;
  for (let i = 0; i < end; i++) {
    const word = program.code[i]!;
    let nops = 0;
    while (program.code[i + nops] === 0) nops++;
    if (nops > 3) {
      lines.push(`        .fill   ${nops}, 4, 0`);
      i += nops - 1;
      continue;
    }
    const address = start + 4 * i;
    lines.push(
      `        .word   0x${hex(word)}  # ${hex(address)}: ${disassemble(word, address).replaceAll('\t', ' ')}`,
    );
  }
  return lines.join('\n');
}

export function printFailure({ program, differences }: Failure, traits: Traits): string {
  const table = differences
    .slice(0, 12)
    .map(({ what, kseg, qemu }) => `        # ${what}: kseg ${hex(kseg)}, qemu ${hex(qemu)}`);
  if (differences.length > 12) table.push(`        # and ${differences.length - 12} more`);
  return `${printProgram(program, traits)}\n${table.join('\n')}`;
}
