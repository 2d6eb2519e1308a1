import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bootLinux, TIMEOUT } from './boot-linux-malta.ts';

// KSEG_LINUX is a kernel for Malta, such as Debian's 4kc-malta; KSEG_LINUX_INITRD an initial RAM disk, KSEG_LINUX_APPEND more of the
// command line, and KSEG_LINUX_EXPECT the text that shows that its user space runs.
const { KSEG_LINUX, KSEG_LINUX_INITRD, KSEG_LINUX_APPEND = '', KSEG_LINUX_EXPECT } = process.env;
if (KSEG_LINUX === undefined)
  console.warn('boot-linux-malta: skipped, for no kernel is there: give the path of one for Malta in KSEG_LINUX');

it.skipIf(KSEG_LINUX === undefined)(
  'boots Linux',
  async () => {
    const output = await bootLinux({
      kernel: readFileSync(KSEG_LINUX!),
      initrd: KSEG_LINUX_INITRD === undefined ? undefined : readFileSync(KSEG_LINUX_INITRD),
      append: KSEG_LINUX_APPEND,
      ...(KSEG_LINUX_EXPECT === undefined ? {} : { awaited: KSEG_LINUX_EXPECT }),
    });
    expect(output).toMatch(/Linux version/);
    expect(output).toContain(KSEG_LINUX_EXPECT ?? (KSEG_LINUX_INITRD === undefined ? 'Unable to mount root fs' : '# '));
    expect(output).not.toMatch(/alg: .*(failed|error)/);
  },
  TIMEOUT * 1000 + 60_000,
);
