// npm run example -- boot-linux-malta KERNEL [INITRD [APPEND]]
import { readFileSync } from 'node:fs';
import { bootLinux } from './boot-linux-malta.ts';

const [kernel, initrd, append = ''] = process.argv.slice(2);
if (kernel === undefined) {
  console.error('boot-linux-malta: a kernel for Malta is needed, such as Debian’s vmlinuz-…-4kc-malta: give its path');
  process.exitCode = 2;
} else {
  await bootLinux({
    kernel: readFileSync(kernel),
    initrd: initrd === undefined ? undefined : readFileSync(initrd),
    append,
    print: (character) => process.stdout.write(character),
  });
}
