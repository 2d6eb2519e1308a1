import { readFileSync, writeFileSync } from 'node:fs';
import { unixKernel } from '@kseg/unix';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kseg, scratch } from './kseg.ts';

const { path, folder, dispose } = scratch();
afterAll(dispose);

/** A copy of the kernel with some bytes replaced. */
function kernel(
  name: string,
  changes: readonly (readonly [offset: number, byte: number])[] = [],
  length?: number,
): string {
  const bytes = unixKernel({ disk: 'ata' }).slice(0, length);
  for (const [offset, byte] of changes) bytes[offset] = byte;
  writeFileSync(path(name), bytes);
  return path(name);
}

/** A file with this content; its path. */
function file(name: string, content = ''): string {
  writeFileSync(path(name), content);
  return path(name);
}

const boardFile = (name: string, parts: string) => {
  writeFileSync(
    path(name),
    `const latch = (kit) => ({ irq: kit.irq(), read: () => 0, write() {}, reset() {}, save: () => null, load() {} });
export default { name: 'custom', cpu: '24Kc', endian: 'little', clock: 1e8, parts: [{ part: 'ram', name: 'ram', base: 0, size: 0x100000 }, { part: 'rom', name: 'boot', base: 0x1fc00000, size: 0x1000 }, ${parts}] };`,
  );
  return path(name);
};
const device = (name: string, base: number) =>
  `{ part: 'device', name: '${name}', windows: [{ base: ${base}, size: 4 }], create: latch, irqs: { irq: 'cpu.2' } }`;

beforeAll(() => {
  writeFileSync(path('text.elf'), 'this is no kernel at all');
  writeFileSync(path('zeros.img'), new Uint8Array(1024 * 512));
  expect(kseg(['mkfs', path('bad-superblock.img'), '--unix']).status).toBe(0);
  expect(kseg(['mkfs', path('ok.img')]).status).toBe(0);
  const image = readFileSync(path('bad-superblock.img'));
  image.fill(0xff, 512, 528);
  writeFileSync(path('bad-superblock.img'), image);
});

it.each<[what: string, args: () => string[], says: RegExp]>([
  ['a truncated ELF', () => ['run', '--kernel', kernel('short.elf', [], 3000)], /kernel.*truncated|ends/i],
  ['an ELF cut in its header', () => ['run', '--kernel', kernel('header.elf', [], 40)], /kernel/],
  ['what is no ELF', () => ['run', '--kernel', path('text.elf')], /not an ELF/i],
  ['an ELF for another machine', () => ['run', '--kernel', kernel('x86.elf', [[18, 62]])], /machine/i],
  ['a kernel for the other byte order', () => ['run', '--endian', 'big', '--kernel', kernel('little.elf')], /endian/],
  ['a kernel outside RAM', () => ['run', '--ram', '64K', '--kernel', kernel('fine.elf')], /RAM/],
  ['too little RAM for the parameter block', () => ['run', '--ram', '8M', '--kernel', kernel('fine2.elf')], /RAM/],
  [
    'raw bytes where no memory is',
    () => ['run', '--raw', `${path('text.elf')}@0x14000000`],
    /text.elf: there is no memory/,
  ],
  ['raw bytes without an address', () => ['run', '--raw', path('text.elf')], /Give FILE@ADDRESS/],
  ['RAM that is no multiple of a page', () => ['run', '--ram', '1000'], /4096|4 KB/],
  ['more RAM than the board has room for', () => ['run', '--ram', '1G'], /at most 256 MB/],
  [
    'overlapping regions',
    () => ['run', '--board', boardFile('overlap.mjs', "{ part: 'ram', name: 'more', base: 0x80000, size: 0x100000 }")],
    /"more".*overlaps "ram"/,
  ],
  [
    'an interrupt line driven twice',
    () => ['run', '--board', boardFile('irq.mjs', `${device('a', 0x10000000)}, ${device('b', 0x10001000)}`)],
    /"cpu\.2" is driven by "a" and by "b"/,
  ],
  [
    'a board file that exports none',
    () => ['run', '--board', file('empty.mjs', 'export const x = 1;')],
    /default export/,
  ],
  [
    'a change to the file system inside a kernel',
    () => {
      writeFileSync(path('memfs.elf'), unixKernel({ disk: 'memide' }));
      return ['fsck', path('memfs.elf'), '--repair'];
    },
    /^kseg: \S*memfs\.elf: the file system inside a kernel cannot be changed$/,
  ],
  ['a corrupt superblock', () => ['fsck', path('bad-superblock.img')], /superblock|file system/],
  ['a disk without a file system', () => ['ls', path('zeros.img')], /zeros\.img.*file system/],
  ['an unknown board', () => ['run', '--board', 'r4'], /no board "r4"; did you mean "r4k"/],
  ['an unknown CPU', () => ['run', '--cpu', '24Kx'], /24Kx.*24Kc/],
  ['a board that needs a system', () => ['run', '--board', 'malta'], /--kernel ELF or --bios FILE/],
  ['a file that is not there', () => ['run', '--kernel', path('none.elf')], /none\.elf: there is no such file/],
  ['a disk that is not there', () => ['run', '--disk', path('none.img')], /none\.img: there is no such file/],
  ['a folder as a kernel', () => ['run', '--kernel', folder], /kseg-cli-.*: it is a folder/],
  ['a folder as a snapshot', () => ['run', '--load', folder], /kseg-cli-.*: it is a folder/],
  ['a folder as an image', () => ['fsck', folder], /kseg-cli-.*: it is a folder/],
  ['a folder as a disk', () => ['run', '--disk', folder], /neither a file nor a block device/],
  ['a path that is too long', () => ['run', '--kernel', 'a'.repeat(300)], /aaa: name too long/],
  ['an empty path', () => ['run', '--kernel', ''], /"": there is no such file/],
  ['a place that cannot be written', () => ['run', '--save', path('gone/s')], /gone\/s: there is no such file/],
  ['a kernel beside a snapshot', () => ['run', '--load', 'a', '--kernel', 'b'], /leave --kernel away/],
  ['a byte order that is none', () => ['run', '--endian', 'middle'], /choices are little, big/],
  ['a pacing that is none', () => ['run', '--pacing', 'slow'], /choices are realtime, locked, max/],
  ['a network that is none', () => ['run', '--net', 'tap'], /choices are user/],
  ['an empty text to wait for', () => ['run', '--expect', ''], /text to wait for/],
  [
    'our Unix on a CPU that it was not written for',
    () => ['run', '--cpu', '4Kc'],
    /needs MIPS32 Release 2 and a TLB, which a 4Kc has not.*--kernel/,
  ],
  ['a CPU called as what every object has', () => ['run', '--cpu', 'constructor'], /no CPU model "constructor"/],
  ['a CPU called so to translate', () => ['translate', '--cpu', 'toString'], /no CPU model "toString"/],
  [
    'no kernel for a board of one’s own that boots',
    () => [
      'run',
      '--board',
      file(
        'boots.mjs',
        "export default { name: 'mine', cpu: '24Kc', endian: 'little', clock: 1e8, parts: [{ part: 'ram', name: 'ram', base: 0, size: 0x100000 }], boot() {} }",
      ),
    ],
    /no system comes with kseg for board "mine": give it one with --kernel/,
  ],
  ['a CPU in small letters', () => ['run', '--cpu', '24kc'], /did you mean "24Kc"\?/],
  [
    'an image in two drives, one of which writes',
    () => ['run', '--disk', path('ok.img'), '--disk', `${path('ok.img')},write`],
    /ok\.img is in drive hda already/,
  ],
  [
    'a script for a board without a serial line',
    () => ['run', '--board', boardFile('mute.mjs', ''), '--expect', 'x'],
    /"custom" has no serial line/,
  ],
  [
    'a board file that throws null',
    () => ['run', '--board', file('nil.mjs', 'export default () => { throw null }')],
    /nil\.mjs could not be loaded: null/,
  ],
  ['a board that is null', () => ['run', '--board', file('null.mjs', 'export default null')], /not a board/],
  [
    'a board of a wrong byte order',
    () => ['run', '--board', file('middle.mjs', "export default { parts: [], endian: 'middle' }")],
    /endian is "middle"/,
  ],
  [
    'a part of a wrong shape',
    () => ['run', '--board', file('shape.mjs', "export default { parts: [{ name: 'a' }], endian: 'big' }")],
    /parts\[0\] \("a"\) is of no known kind/,
  ],
  [
    'two files of one name',
    () => ['mkfs', path('twice.img'), path('text.elf'), path('text.elf')],
    /two files .*"text\.elf"/,
  ],
  ['uncountable blocks', () => ['mkfs', path('huge.img'), '--blocks', '99999999999'], /have 32 bits/],
  ['a file where the folder should be', () => ['extract', path('ok.img'), path('text.elf')], /text\.elf is a file/],
  ['an empty disk', () => ['run', '--disk', file('empty.img')], /0 bytes/],
  ['a drive given twice', () => ['run', '--disk', 'hda=a', '--disk', 'hda=b'], /hda has a disk already/],
  ['a misspelt option', () => ['run', '--bord', 'r4k'], /unknown option '--bord'.*--board/],
  ['a misspelt command', () => ['rum'], /unknown command 'rum'.*run/],
  ['an unknown escape', () => ['run', '--send', 'a\\q'], /"\\q" is no escape/],
  ['a size that is none', () => ['run', '--ram', 'lots'], /64M/],
  ['a snapshot that is none', () => ['run', '--load', path('text.elf')], /text\.elf: this is not a snapshot/],
  ['a file that is not in the image', () => ['cat', path('ok.img'), 'nothing'], /nothing/],
  [
    'a name too long for the file system',
    () => ['mkfs', path('long.img'), file('a-name-of-many-letters')],
    /a-name-of-many-letters/,
  ],
])('%s: one clear line and status 2', (_what, args, says) => {
  const { status, stdout, stderr } = kseg(args());
  const [line = ''] = (stderr + stdout).split('\n');
  expect(line).toMatch(says);
  expect(stderr).not.toMatch(/at .*\.(js|ts):\d/);
  expect(status).toBe(2);
});

/** Makes a device that throws at tick 5. */
const late = `(kit) => {
kit.scheduler.handle(() => kit.nosuch());
kit.scheduler.at(5, 'late');
return latch(kit);
}`;

it.each<[what: string, args: () => string[], says: RegExp]>([
  [
    'as it is made',
    () => ['run', '--board', file('boom.mjs', 'export default () => {\n throw new Error("boom") }')],
    /boom\.mjs could not be loaded: boom/,
  ],
  [
    'as one of its parts is made',
    () => ['run', '--board', boardFile('typo.mjs', device('a', 0x10000000).replace('latch', '(kit) =>\nkit.nosuch()'))],
    /typo\.mjs: create of "a" threw: kit\.nosuch is not a function/,
  ],
  [
    'as one of its parts runs',
    () => ['run', '--board', boardFile('late.mjs', device('a', 0x10000000).replace('latch', late))],
    /late\.mjs: kit\.nosuch is not a function/,
  ],
])('what a board file throws %s is told as its own, with the place', (_what, args, says) => {
  const { status, stdout, stderr } = kseg(args());
  expect(stdout).toBe('');
  expect(stderr.split('\n')[0]).toMatch(says);
  expect(stderr).toMatch(/^ +at .*\/(boom|typo|late)\.mjs:[23]:\d+/m);
  expect(stderr).not.toContain('report');
  expect(status).toBe(2);
});

it.each([
  ['mkfs', (image: string) => ['mkfs', image]],
  ['fsck --repair', (image: string) => ['fsck', image, '--repair']],
  ['mkimg', (image: string) => ['mkimg', 'gaia', image, path('text.elf')]],
])('%s leaves an image alone that another process writes', (_what, args) => {
  const image = path('busy.img');
  const bytes = readFileSync(path('ok.img'));
  writeFileSync(image, bytes);
  writeFileSync(`${image}.lock`, `${process.pid}\n`);
  const { status, stderr } = kseg(args(image));
  expect(stderr).toMatch(new RegExp(`^kseg: \\S*busy\\.img is being written by process ${process.pid};`));
  expect(status).toBe(2);
  expect(readFileSync(image).equals(bytes)).toBe(true);
});

it('leaves an old image alone when a new one cannot be made', () => {
  writeFileSync(path('old.img'), 'precious');
  expect(kseg(['mkfs', path('old.img'), '--blocks', '3']).status).toBe(2);
  expect(readFileSync(path('old.img'), 'utf8')).toBe('precious');
});
