import { type BlockStore, MemoryBlocks } from '@kseg/devices';
import { Xv6Fs } from '@kseg/xv6';
import { describe, expect, it } from 'vitest';
import { onKseg } from '../test/on-kseg.ts';
import { answer, MB } from '../test/session.ts';
import { unixFs, unixKernel } from './index.ts';

const endians = ['little', 'big'] as const;
const ata = unixKernel({ disk: 'ata' });

describe.each(endians)('a %s-endian board', (endian) => {
  it.each(['ata', 'memide'] as const)('boots to a shell, disk: %s', (disk) => {
    const hda = disk === 'ata' ? { hda: new MemoryBlocks(unixFs({ endian })) } : {};
    const lines = ['ls | wc', 'cat README > f; cat f', 'mkdir d; ls d', 'forktest', 'stressfs', 'halt'];
    const { text, end } = onKseg({ endian, kernel: unixKernel({ endian, disk }), lines, ...hda });
    expect(answer(text, 'ls | wc')).toBe('21 105 341\n');
    expect(answer(text, 'cat README > f; cat f')).toMatch(/^kseg unix, a small Unix.*both; cat both\n$/s);
    expect(answer(text, 'mkdir d; ls d')).toMatch(/^d \d+ 1 32 \.\nd 1 3 \d+ \.\.\n$/);
    expect(answer(text, 'forktest')).toBe('forktest: ok\n');
    expect(answer(text, 'stressfs')).toBe('stressfs: ok\n');
    expect(text).toMatch(/power off\n$/);
    expect(end).toBe('powerOff');
  });
});

describe('the shell', () => {
  const shell = (...lines: string[]) => {
    const { text } = onKseg({ kernel: ata, hda: new MemoryBlocks(unixFs()), lines });
    return lines.map((line) => answer(text, line));
  };

  it('pipes, redirects, groups and quotes', () => {
    expect(
      shell(
        'echo one two | wc',
        'echo a > f; echo b >> f; cat < f',
        '(echo x; echo y) > g; cat g | grep y | wc',
        `echo 'a  b' "c;d"   e # nothing`,
        "cat README | cat | cat | grep '^k.*s$'|wc",
        'cd dev; ls; cd /',
      ),
    ).toEqual([
      '1 2 8\n',
      'a\nb\n',
      '1 1 2\n',
      'a  b c;d e\n',
      '1 8 40\n',
      expect.stringMatching(/^d .* \.\nd .* \.\.\nc .* console\nc .* power\nc .* status\n$/),
    ]);
  });

  it('says what is wrong, and goes on', () => {
    expect(
      shell(
        'nonsense',
        'cat none',
        'echo |',
        'echo "x',
        '(echo',
        'cd none',
        'cat < none',
        'rm d',
        'mkdir d/e',
        'kill 99',
      ),
    ).toEqual([
      'sh: nonsense: not found\n',
      'cat: cannot open none\n',
      'sh: syntax error\n',
      'sh: syntax error\n',
      'sh: syntax error\n',
      'cd: no directory none\n',
      'sh: cannot open none\n',
      'rm: cannot remove d\n',
      'mkdir: cannot make d/e\n',
      'kill: no process 99\n',
    ]);
  });
});

it('edits lines with Backspace and Ctrl-U, ends them with Ctrl-D', () => {
  const lines = ['echo abx\b\x7fbc', 'rubbish\x15echo kept', 'cat\nline\n\x04echo then', 'halt'];
  const { text } = onKseg({ kernel: ata, hda: new MemoryBlocks(unixFs()), lines });
  for (const line of ['abc', 'kept', 'line', 'then']) expect(text).toContain(`\n${line}\n`);
});

it('kills with Ctrl-C what the shell runs, but not the shell, nor what runs behind it', () => {
  const { text } = onKseg({
    kernel: ata,
    hda: new MemoryBlocks(unixFs()),
    steps: [
      { expect: '$ ', send: 'cat /dev/console > f &\n' },
      { expect: '$ ', send: 'cat README /dev/console\n' },
      { expect: 'cat both\r\n', send: 'dropped\x03' },
    ],
    lines: ['echo alive', 'halt'],
  });
  expect(text).toContain('dropped^C\n$ echo alive');
});

it('takes input much faster than programs read it, and loses nothing', () => {
  const words = Array.from({ length: 400 }, (_, i) => `word${i}`);
  const { text } = onKseg({
    kernel: ata,
    hda: new MemoryBlocks(unixFs()),
    lines: [`wc\n${words.join('\n')}\n\x04`, 'halt'],
  });
  expect(text).toContain(`\n400 400 ${words.join(' ').length + 1}\n`);
});

it.each([
  ['16 MB, ATA disk', 16, 'ata'],
  ['24 MB, disk in memory', 24, 'memide'],
] as const)('passes its own tests: %s', (_, ram, disk) => {
  const hda = disk === 'ata' ? { hda: new MemoryBlocks(unixFs()) } : {};
  const kernel = unixKernel({ disk });
  const { text } = onKseg({ kernel, ram: ram * MB, lines: ['df', 'selftest', 'selftest programs', 'df '], ...hda });
  expect(text).not.toContain('FAILED');
  // Once more: a program that ends at the limit of user memory was refused by luck alone.
  expect(text).toMatch(/\nprograms: 37 passed, 0 failed\nselftest: 39 passed, 0 failed\n/);
  expect(text).toMatch(/\nselftest: \d{3} passed, 0 failed\n/);
  expect(answer(text, 'df ')).toBe(answer(text, 'df'));
});

it('has as much of everything after a thousand commands as before', () => {
  const rounds = Array.from({ length: 200 }, (_, i) => `echo ${i} > f; cat f | wc > /dev/console; mkdir d; rm d f`);
  const { text } = onKseg({
    kernel: ata,
    hda: new MemoryBlocks(unixFs()),
    ram: 16 * MB,
    lines: [rounds[0]!, 'df', ...rounds, 'df '],
  });
  expect(answer(text, 'df')).toMatch(/^pages \d+ of \d+\ninodes \d+ of 199\nblocks \d+ of 965\n$/);
  expect(answer(text, 'df ')).toBe(answer(text, 'df'));
  expect(text.match(/\n1 1 [234]\n/g)).toHaveLength(201);
});

it('keeps on the disk what was written, over a reboot', () => {
  const disk = new MemoryBlocks(unixFs());
  onKseg({ kernel: ata, hda: disk, lines: ['mkdir d; cat README sh > d/f; ln d/f g', 'halt'] });
  const { text } = onKseg({ kernel: ata, hda: disk, lines: ['wc d/f g', 'halt'] });
  const fs = Xv6Fs.open(disk.bytes);
  expect(fs.check()).toEqual([]);
  expect(fs.read('/d/f')).toEqual(new Uint8Array([...fs.read('/README'), ...fs.read('/sh')]));
  expect(answer(text, 'wc d/f g')).toMatch(new RegExp(` ${fs.read('/g').length} d/f\n.* ${fs.read('/g').length} g\n$`));
});

describe('a power cut', () => {
  const image = unixFs();
  const files = Array.from({ length: 30 }, (_, i) => `file${i}`);
  const readme = Xv6Fs.open(image, { readOnly: true }).read('/README');
  const content = [...readme, ...readme];

  /** Writes files, removes every third, makes directories; tells all sectors written and how many were when a line had ended. */
  function record() {
    const writes: { lba: number; bytes: Uint8Array }[] = [];
    const ended: number[] = [];
    const memory = new MemoryBlocks(image.slice());
    const hda: BlockStore = {
      sectors: memory.sectors,
      read: (lba, count, into) => memory.read(lba, count, into),
      write: (lba, bytes) => {
        writes.push({ lba, bytes: bytes.slice() });
        memory.write(lba, bytes);
      },
      flush: () => {},
    };
    const lines = files.map(
      (name, i) => `${i % 3 === 2 ? `rm file${i - 1}; mkdir d${i}; ` : ''}cat README README > ${name}`,
    );
    const onText = (text: string) => {
      if (text.endsWith('\n$ ')) ended.push(writes.length);
    };
    onKseg({ kernel: ata, hda, lines, onText });
    const after = (count: number) => {
      const cut = image.slice();
      for (const { lba, bytes } of writes.slice(0, count)) cut.set(bytes, 512 * lba);
      return cut;
    };
    return { total: writes.length, ended: ended.slice(1), after };
  }

  it('at any of 100 instants leaves a sound disk with every file whose writing had ended', () => {
    const { total, ended, after } = record();
    expect(ended).toHaveLength(files.length);
    expect(total).toBeGreaterThan(1000);
    let mended = 0;
    for (let i = 0; i < 100; i++) {
      const count = Math.floor(((i + 0.5) * total) / 100);
      const cut = after(count);
      const fs = Xv6Fs.open(cut.slice());
      expect(fs.check().filter(({ code }) => code !== 'inode-orphan')).toEqual([]);
      for (const [i, name] of files.entries())
        if (i % 3 !== 1 && ended[i]! <= count) expect([...fs.read(`/${name}`)]).toEqual(content);

      const journal = new DataView(cut.buffer).getUint32(994 * 512, true);
      if (journal === 0 || mended === 3) continue;
      mended++;
      const hda = new MemoryBlocks(cut);
      const { text } = onKseg({ kernel: ata, hda, lines: ['halt'] });
      expect(text).toContain(`\ndisk: ${journal} blocks recovered from the journal\n`);
      expect(Xv6Fs.open(hda.bytes).check()).toEqual([]);
    }
    expect(mended).toBe(3);
  });
});
