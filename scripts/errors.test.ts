// Every error that a package throws at its host has one shape. See ARCHITECTURE.md.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', 'packages');
const packages = readdirSync(root).filter((name) => existsSync(join(root, name, 'src')));

const sources = (name: string): readonly { readonly file: string; readonly text: string }[] =>
  readdirSync(join(root, name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(root, name, 'src', file), 'utf8') }));

/** Errors that never leave their package, and the host's. */
const INTERNAL = new Set(['Complaint', 'Mistake', 'SystemError']);

describe.each(packages)('the errors of %s', (name) => {
  const prefix = `KSEG_${name.toUpperCase()}_`;
  const files = sources(name);

  it('have a name, a code and data', () => {
    const wrong = files.flatMap(({ file, text }) =>
      [...text.matchAll(/^export class (\w+) extends (?:\w*Error)\b[^{]*\{([\s\S]*?)^\}/gm)]
        .filter(([, error]) => !INTERNAL.has(error!))
        .flatMap(([, error, body]) =>
          [`override readonly name = '${error}';`, 'readonly code', 'readonly data']
            .filter((part) => !body!.includes(part))
            .map((part) => `${file}: ${error} has no ${part}`),
        ),
    );
    expect(wrong).toEqual([]);
  });

  it('have codes whose type is exported', () => {
    const index = files.find(({ file }) => file === 'index.ts')?.text ?? '';
    const types = files.flatMap(({ text }) =>
      [...text.matchAll(/^ +readonly code: (\w+ErrorCode)/gm)].map(([, type]) => type!),
    );
    expect(types.filter((type) => !new RegExp(`\\btype ${type}\\b`).test(index))).toEqual([]);
  });

  // To be compared with, others' may be named, too.
  it(`have codes that begin with ${prefix}`, () => {
    const wrong = files.flatMap(({ file, text }) =>
      [...text.matchAll(/(?<!env\[|=== )'(KSEG_\w*)'/g)]
        .filter(([, code]) => !code!.startsWith(prefix) && code !== 'KSEG_')
        .map(([, code]) => `${file}: ${code}`),
    );
    expect(wrong).toEqual([]);
  });

  it('are the only ones: nothing else is thrown at a host', () => {
    const thrown = files.flatMap(({ file, text }) =>
      [...text.matchAll(/throw new (?:Error|TypeError|RangeError)\(.*/g)].map(([line]) => `${file}: ${line}`),
    );
    expect(thrown.filter((line) => !BUGS.some((bug) => line.includes(bug)))).toEqual([]);
  });

  it('name in their documentation only codes that are there', () => {
    const known = new Set(packages.flatMap(sources).flatMap(({ text }) => text.match(/'KSEG_\w+'/g) ?? []));
    const wrong = files.flatMap(({ file, text }) =>
      [...text.matchAll(/@throws[^\n]*?(?=\*\/|\n)/g)].flatMap(([line]) =>
        [...line.matchAll(/KSEG_\w*[A-Z0-9]\b/g)]
          .filter(([code]) => !known.has(`'${code}'`))
          .map(([code]) => `${file}: ${code}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

/** Faults of the package's own, which no input can bring about, and what a law says when it is broken. */
const BUGS = [
  'no instruction ',
  'no code for handler',
  'no test for handler',
  'a block is out of reach',
  'difference(found, expected)',
  ' (Wired) to $',
  ' changed with a write of $',
];
