// The house has floors: a package imports only from the packages named here. See ARCHITECTURE.md.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Where Node's built-ins may be used: the starts of file names below a package's `src`. */
const node: Record<string, readonly string[]> = {
  cli: [''],
  gdb: ['node.ts'],
  machine: ['node.ts', 'node/'],
  xv6: ['node.ts'],
};

/** Per package its floor and what it may import, as ARCHITECTURE.md says. */
const house: Record<string, { floor: number; imports: readonly string[] }> = Object.fromEntries(
  [
    ...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(
      /^\| (\d) \| `(?:@kseg\/)?([\w]+)`.*\| ([^|]*) \|$/gm,
    ),
  ].map(([, floor, name, imports]) => [
    name === 'kseg' ? 'cli' : name!,
    {
      floor: Number(floor),
      imports: imports!.startsWith('anything') ? ['*'] : imports === '–' ? [] : imports!.split(' '),
    },
  ]),
);

/** Optional peers: `fast-check` only where a sub-path is made for it, and its types (`import type`) in what those are made from. */
const peers: Record<string, readonly string[]> = {
  'mmu/arbitraries': ['fast-check'],
  'mmu/laws': ['fast-check'],
  'mmu/gen': ['fast-check'],
};

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // Test rigs that several specs share are not shipped.
    if (entry.isDirectory()) {
      if (entry.name !== 'testing') yield* sources(path);
    } else if (/\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name)) yield path;
  }
}

const packages = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'src')));

describe('the floors of the house', () => {
  it('lists every package', () => {
    expect(packages.filter((name) => !(name in house))).toEqual([]);
  });

  it.each(packages)('%s imports only what stands below it', (name) => {
    const { floor, imports } = house[name]!;
    const open = node[name] ?? [];
    const src = join(root, 'packages', name, 'src');
    const wrong: string[] = [];
    for (const file of sources(src)) {
      const inside = file.slice(src.length + 1);
      const text = readFileSync(file, 'utf8');
      for (const match of text.matchAll(/(?:\bfrom|^import|\bimport\()\s*['"]([^'"\n]+)['"]/gm)) {
        const target = match[1]!;
        if (target.startsWith('.')) continue;
        const kseg = /^@kseg\/([^/]+)/.exec(target)?.[1];
        const allowed =
          kseg !== undefined
            ? imports.includes('*') || imports.includes(kseg)
            : target.startsWith('node:')
              ? open.some((prefix) => inside.startsWith(prefix))
              : floor === 3 || (peers[`${name}/${inside.replace(/(\/.*)?\.ts$|\/.*/, '')}`] ?? []).includes(target);
        if (!allowed) wrong.push(`${inside}: ${target}`);
      }
      if (floor < 3 && !open.some((prefix) => inside.startsWith(prefix)))
        for (const global of text.matchAll(
          /\b(?:process\.(?:env|argv|exit|stdout)|Buffer\.|Date\.now\(|Math\.random\(|__dirname)/g,
        ))
          wrong.push(`${inside}: ${global[0]}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(packages.filter((name) => house[name]!.floor < 3))('%s has no dependency but its own family', (name) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    expect(Object.keys(manifest.dependencies ?? {}).filter((dependency) => !dependency.startsWith('@kseg/'))).toEqual(
      [],
    );
    expect(manifest.engines?.node).toBe('>=20.19');
  });

  it.each(packages.filter((name) => name !== 'cli'))('%s publishes what it tests', (name) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    const published = structuredClone(manifest.exports);
    for (const target of Object.values<Record<string, unknown> | string>(published))
      if (typeof target === 'object') delete target['@kseg/source'];
    expect(manifest.publishConfig?.exports).toEqual(published);
  });
});
