import { describe, expect, it } from 'vitest';
import { count, disk, escaped, gdbAddress, raw, Script, seconds, size } from './values.ts';

describe('sizes', () => {
  it.each([
    ['64M', 64 * 2 ** 20],
    ['64m', 64 * 2 ** 20],
    ['512KB', 512 * 1024],
    ['0x1000', 4096],
    ['1G', 2 ** 30],
    ['4096', 4096],
  ])('%s', (text, bytes) => expect(size(text)).toBe(bytes));
  it.each(['', '0', '-1M', '1.5M', '12Q', 'M', '0x'])('refuses "%s"', (text) =>
    expect(() => size(text)).toThrow(/64M/),
  );
});

describe('counts and seconds', () => {
  it('take what people write', () => {
    expect([count('1e9'), count('10_000'), seconds('0.5')]).toEqual([1e9, 10_000, 0.5]);
  });
  it.each(['0', '-3', '1.5', 'many'])('no count: %s', (text) => expect(() => count(text)).toThrow(/positive/));
  it.each(['0', '-3', 'Infinity', 'soon'])('no time: %s', (text) => expect(() => seconds(text)).toThrow(/positive/));
});

describe('escapes', () => {
  it.each([
    ['ls\\n', 'ls\n'],
    ['\\x03\\r', '\x03\r'],
    ['a\\\\n', 'a\\n'],
    ['\\e[A\\t\\0', '\x1b[A\t\0'],
  ])('%s', (text, value) => expect(new TextDecoder().decode(escaped(text))).toBe(value));
  it('give one byte for \\xNN, and UTF-8 for the rest', () =>
    expect([...escaped('\\xc3\\xff=ü')]).toEqual([0xc3, 0xff, 0x3d, 0xc3, 0xbc]));
  it.each(['\\q', 'x\\', '\\x4'])('refuses %s', (text) => expect(() => escaped(text)).toThrow(/no escape/));
});

it('raw images name a file and a physical address', () => {
  expect(raw('b@c.bin@0x100000', raw('a.bin@4096', []))).toEqual([
    { file: 'a.bin', address: 4096 },
    { file: 'b@c.bin', address: 0x10_0000 },
  ]);
  for (const text of ['a.bin', '@0x100', 'a.bin@', 'a.bin@-4', 'a.bin@0x100000000'])
    expect(() => raw(text, []), text).toThrow(/address|ADDRESS/);
});

describe('disks', () => {
  it('go to the first free drive unless they name one', () => {
    const disks = ['hdb=two.img,ro', 'one.img,write', 'three,3.img,overlay=a,b'].reduce(
      (previous, text) => disk(text, previous),
      disk('hdd=four.img', []),
    );
    expect(disks).toEqual([
      { drive: 'hdd', file: 'four.img', changes: 'memory' },
      { drive: 'hdb', file: 'two.img', changes: 'none' },
      { drive: 'hda', file: 'one.img', changes: 'file' },
      { drive: 'hdc', file: 'three,3.img', changes: { overlay: 'a,b' } },
    ]);
  });
  it('refuse a drive twice, and a fifth', () => {
    const one = disk('hda=a', []);
    expect(() => disk('hda=b', one)).toThrow(/hda has a disk already/);
    const four = ['b', 'c', 'd'].reduce((previous, text) => disk(text, previous), one);
    expect(() => disk('e', four)).toThrow(/four/);
  });
});

it('a script pairs what is expected with what is sent, in order', () => {
  const script = new Script()
    .send('first')
    .expect('login')
    .send('root\\n')
    .expect('$ ')
    .expect('done')
    .send('a')
    .send('b');
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const steps = script.steps.map(({ expect, send }) => ({
    expect: text(expect),
    ...(send === undefined ? {} : { send: text(send) }),
  }));
  expect(() => script.expect('')).toThrow(/text to wait for/);
  expect(steps).toEqual([
    { expect: '', send: 'first' },
    { expect: 'login', send: 'root\n' },
    { expect: '$ ' },
    { expect: 'done', send: 'a' },
    { expect: '', send: 'b' },
  ]);
});

describe('addresses for gdb', () => {
  it.each([
    ['1234', { port: 1234 }],
    [':0', { port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65535 }],
    ['0.0.0.0:1', { host: '0.0.0.0', port: 1 }],
    ['[::1]:1234', { host: '::1', port: 1234 }],
  ])('%s', (text, meant) => {
    expect(gdbAddress(text)).toEqual(meant);
  });

  it.each(['', 'localhost', '65536', '-1', '1e3', '0x10', ':', '::1:1234', '[::1]', 'a b:1', ' 1'])(
    '%j is none',
    (text) => {
      expect(() => gdbAddress(text)).toThrow(/\[HOST:\]PORT/);
    },
  );
});
