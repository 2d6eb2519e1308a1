// A benchmark's ELF on QEMU's Malta.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** User and system time of a process so far. Other loads on the host then weigh on both sides alike. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** CPU seconds between the marks that the ELF prints, and its text. */
export function runOnQemu(file, endian) {
  return new Promise((resolve, reject) => {
    const command = `qemu-system-mips${endian === 'little' ? 'el' : ''}`;
    const qemu = spawn(command, [
      '-M',
      'malta',
      '-cpu',
      '24Kc',
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
