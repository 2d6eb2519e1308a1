// What the README tells people to type, for each example.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'examples');
const examples = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json')));

/** What `npm run -s example -- …` prints and how it ends. */
function example(...args: string[]) {
  const { stdout, stderr, status } = spawnSync('npm', ['run', '-s', 'example', '--', ...args], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return { stdout, stderr: stderr.replaceAll(/^npm warn .*\n/gm, ''), status };
}

/** What shows that an example has done what it is there for. */
const shows: Record<string, RegExp> = {
  'boot-aor3000': /^user mode\n\$ .*uptime, fill, oops$.*^338350\n.*^trap 00000004 at 004/ms,
  'boot-unix': /init: starting sh.*\$ cat greeting \| wc\s+1 2 12\s.*blocks \d+ of \d+/s,
  'gaia-serial': /^What do you say\? \w/,
  'hello-rom': /^little-endian: Hello from the reset vector!\nbig-endian: Hello from the reset vector!\n$/,
  'mmu-in-a-simulator': /^In the end the parent finds( 3){10} .*^In the end the child finds 2 2( 1){8} /ms,
  'property-test-mmu': /^holds {3}\w.*^BROKEN {2}\w.*for {3}\[/ms,
  'two-machines-one-network': /^1000 replies to a flood\nsent, checksum (\w+)\n.*^received, checksum \1\n/ms,
};

it.each(Object.entries(shows))('runs %s', (name, shown) => {
  const { stdout, stderr, status } = example(name);
  expect(stdout).toMatch(shown);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

it('asks for a kernel where it needs one', () => {
  expect(example('boot-linux-malta')).toEqual({
    stdout: '',
    stderr: expect.stringMatching(/^boot-linux-malta: a kernel for Malta is needed, .*\n$/),
    status: 2,
  });
  expect(example('boot-linux-malta', 'package.json')).toEqual({
    stdout: '',
    stderr: 'boot-linux-malta: kernel: not an ELF file (it does not start with 7f 45 4c 46)\n',
    status: 2,
  });
});

it('lists the examples, all of them, as the README does', () => {
  const { stdout, status } = example();
  expect(status).toBe(0);
  const listed = [...stdout.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, name]) => name);
  expect(listed).toEqual(examples);
  expect([...Object.keys(shows), 'boot-linux-malta'].sort()).toEqual(examples);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  expect(examples.filter((name) => !readme.includes(`npm run example -- ${name}`))).toEqual([]);
});

it.each([
  ['helo-rom', 'there is no example "helo-rom"; did you mean "hello-rom"?\n'],
  ['nonsense', 'there is no example "nonsense"; without a name they are listed\n'],
])('says what is wrong about %s', (name, stderr) => {
  expect(example(name)).toEqual({ stdout: '', stderr, status: 2 });
});
