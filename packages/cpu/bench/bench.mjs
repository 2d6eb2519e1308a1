// Compiled C on our interpreter and on QEMU's translator, the same ELF, taking turns. `node packages/cpu/bench/bench.mjs [--endian big]
// [--rounds N] [--no-qemu] [program …]`. Prints a table, and one JSON line at the end.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runOnKseg } from './board.mjs';
import { compile, loadCore, modelOf, programs } from './build.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    endian: { type: 'string', default: 'little' },
    rounds: { type: 'string', default: '3' },
    'no-qemu': { type: 'boolean', default: false },
  },
});
const endian = values.endian;
const chosen = positionals.length > 0 ? positionals : programs;
const core = await loadCore();

/** User and system time of a process so far. Other loads on the host then weigh on both sides alike. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** CPU seconds between the marks that the ELF prints, and its text. */
function runOnQemu(file, model) {
  return new Promise((resolve, reject) => {
    const command = `qemu-system-mips${endian === 'little' ? 'el' : ''}`;
    const qemu = spawn(command, [
      '-M',
      'malta',
      '-cpu',
      model,
      '-m',
      '64',
      '-kernel',
      file,
      '-nographic',
      '-no-reboot',
      '-nic',
      'none',
      '-vga',
      'none',
    ]);
    let text = '';
    const marks = {};
    qemu.on('error', reject);
    qemu.stdout.on('data', (data) => {
      const now = cpuSeconds(qemu.pid);
      for (const char of data.toString('latin1')) if (char === '<' || char === '>') marks[char] = now;
      text += data.toString('latin1');
    });
    qemu.on('exit', () => resolve({ text, seconds: marks['>'] - marks['<'] }));
  });
}

const results = [];
console.log('program      instructions    kseg s    MIPS   qemu s    MIPS   ratio');
for (const program of chosen) {
  const file = compile(program, { endian });
  let best = Infinity;
  let bestQemu = Infinity;
  let instructions = 0;
  for (let round = 0; round < Number(values.rounds); round++) {
    const ours = runOnKseg(core, file, { endian, model: modelOf(program) });
    instructions = ours.instructions;
    best = Math.min(best, ours.seconds);
    if (values['no-qemu']) continue;
    const theirs = await runOnQemu(file, modelOf(program));
    bestQemu = Math.min(bestQemu, theirs.seconds);
    if (theirs.text.trim() !== ours.text.trim())
      throw new Error(`${program}: QEMU printed ${JSON.stringify(theirs.text)}, kseg ${JSON.stringify(ours.text)}`);
  }
  const mips = instructions / best / 1e6;
  const qemuMips = instructions / bestQemu / 1e6;
  const ratio = bestQemu / best;
  results.push({ program, instructions, seconds: best, mips, qemuSeconds: bestQemu, qemuMips, ratio });
  console.log(
    `${program.padEnd(10)}${(instructions / 1e6).toFixed(1).padStart(13)} M${best.toFixed(3).padStart(10)}${mips.toFixed(0).padStart(8)}${bestQemu.toFixed(3).padStart(9)}${qemuMips.toFixed(0).padStart(8)}${`1/${(1 / ratio).toFixed(1)}`.padStart(8)}`,
  );
}
if (!values['no-qemu']) {
  const mean = Math.exp(results.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / results.length);
  console.log(`geometric mean 1/${(1 / mean).toFixed(1)}`);
}
console.log(JSON.stringify({ endian, node: process.version, results }));
