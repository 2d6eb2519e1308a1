// Who runs a benchmark's ELF: QEMU's Malta, or a Node with our core. Each gives its text and the CPU seconds between its two marks.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** User and system time of a process so far, all threads. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function qemu(elf, { endian }) {
  const args = '-M malta -cpu 24Kf -m 64 -nographic -no-reboot -nic none -vga none -kernel'.split(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(`qemu-system-mips${endian === 'little' ? 'el' : ''}`, [...args, elf]);
    let text = '';
    const marks = {};
    child.on('error', reject);
    child.stdout.on('data', (data) => {
      const now = cpuSeconds(child.pid);
      const part = data.toString('latin1');
      for (const char of part) if (char === '<' || char === '>') marks[char] = now;
      text += part;
    });
    child.on('exit', () => resolve({ text: text.trim(), seconds: marks['>'] - marks['<'] }));
  });
}

/** `command` is a Node with its flags: `node`, or `npx -y -p node@24 node`. */
export function node(command, board, elf, options) {
  const [file, ...args] = command.split(' ');
  const script = fileURLToPath(new URL('run.mjs', import.meta.url));
  return JSON.parse(execFileSync(file, [...args, script, board, elf, JSON.stringify(options)], { encoding: 'utf8' }));
}
