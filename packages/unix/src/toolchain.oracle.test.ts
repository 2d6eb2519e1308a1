// Builds the whole guest twice from what gcc makes of its C: with GNU as and GNU ld, and with @kseg/asm and @kseg/ld. Every object,
// every program and the kernels are the same files, byte for byte; and what our tools made boots.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { assemble } from '@kseg/asm';
import { type LinkInput, type LinkOptions, link } from '@kseg/ld';
import { Xv6Fs } from '@kseg/xv6';
import { afterAll, describe, expect, it } from 'vitest';
import {
  compile,
  drivers,
  guest,
  kernelSources,
  obstacle,
  PREFIXES,
  run,
  sources,
  stem,
} from '../scripts/toolchain.mjs';
import { onKseg } from '../test/on-kseg.ts';
import { unixFiles } from './index.ts';

const problem = obstacle();
if (problem !== undefined) console.log(`the guest by our own tools: skipped: ${problem}`);

/** The default layout of @kseg/ld in GNU ld's words. */
const KERNEL_SCRIPT = `ENTRY(_start)
SECTIONS {
  .text 0x80100000 : { *(.text .text.*) }
  PROVIDE(etext = .); PROVIDE(_etext = .);
  .rodata : { *(.rodata .rodata.*) }
  .data : { *(.data .data.*) }
  PROVIDE(_gp = ALIGN(16) + 0x7ff0);
  .sdata : { *(.lit8 .lit4 .sdata .sdata.*) }
  PROVIDE(edata = .); PROVIDE(_edata = .); PROVIDE(__bss_start = .);
  .sbss : { *(.sbss .sbss.* .scommon) }
  .bss : { *(.bss .bss.* COMMON) }
  PROVIDE(end = .); PROVIDE(_end = .);
  /DISCARD/ : { *(.note.* .eh_frame .comment .pdr .mdebug.*) }
}`;
const USER_SCRIPT = readFileSync(join(guest, 'user', 'user.ld'), 'utf8');

describe.skipIf(problem !== undefined).each(Object.keys(PREFIXES) as (keyof typeof PREFIXES)[])(
  'the guest by our own tools, %s-endian',
  (endian) => {
    const folder = mkdtempSync(join(tmpdir(), 'kseg-guest-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const at = (name: string) => join(folder, name);
    const prefix = PREFIXES[endian];

    /** A source as a part of the kernel or of programs, of which the linker may take single functions. */
    interface Part {
      readonly source: string;
      readonly sections: boolean;
    }
    const kernelPart = (source: string): Part => ({ source, sections: false });
    const userPart = (source: string): Part => ({ source, sections: true });
    const nameOf = ({ source, sections }: Part) => `${sections ? 'user' : 'kernel'}-${stem(source)}.o`;
    /** What both assemblers get: C is compiled to assembly text, and a source in assembly stays as it is. */
    const text = ({ source, sections }: Part): { path: string; text: string } => {
      if (!source.endsWith('.c')) return { path: source, text: readFileSync(join(guest, source), 'utf8') };
      const path = at(`${stem(source)}.s`);
      compile(prefix, guest, source, path, { sections });
      return { path, text: readFileSync(path, 'utf8') };
    };
    const library = sources('user/lib', 'lib').map(userPart);
    const mains = sources('user').map(userPart);
    const kernels = kernelSources().map(kernelPart);
    const objects = new Map<string, LinkInput>();
    const made = (part: Part) => objects.get(nameOf(part))!;

    it.each([...kernels, ...library, ...mains])('$source', (part) => {
      const source = text(part);
      const { object, diagnostics } = assemble(source.text, {
        name: source.path,
        endian,
        fp: 'soft',
        resolve: (path) => readFileSync(join(guest, dirname(source.path), path), 'utf8'),
      });
      expect(diagnostics).toEqual([]);
      objects.set(nameOf(part), { name: nameOf(part), bytes: object! });
      compile(prefix, guest, source.path, at(nameOf(part)), { plain: true });
      expect(Buffer.compare(object!, readFileSync(at(nameOf(part))))).toBe(0);
    });

    /** Links with both linkers; the files are equal. */
    const linked = (
      parts: readonly LinkInput[],
      script: string,
      words: readonly string[],
      options: Omit<LinkOptions, 'objects'>,
    ) => {
      writeFileSync(at('layout.ld'), script);
      const files = parts.flatMap(({ name, format }) =>
        format === 'binary' ? ['-b', 'binary', name, '-b', `elf32-trad${endian}mips`] : [name],
      );
      run(folder, `${prefix}ld`, '-T', at('layout.ld'), ...words, '-o', at('image'), ...files);
      const { bytes } = link({ objects: parts, ...options });
      expect(Buffer.compare(bytes, readFileSync(at('image')))).toBe(0);
      return bytes;
    };
    const programs: Record<string, Uint8Array> = {};
    const kernel = (driver: string, blobs: readonly LinkInput[] = []) => {
      const parts = kernels.filter(({ source }) => stem(source) === driver || !drivers.includes(stem(source)));
      return linked([...parts.map(made), ...blobs], KERNEL_SCRIPT, [], {
        entry: '_start',
      });
    };

    it('links its programs, which are those that ship', () => {
      for (const main of mains) {
        const parts = [...library, main].map(made);
        programs[stem(main.source)] = linked(parts, USER_SCRIPT, ['-s', '-n', '--gc-sections'], {
          layout: USER_SCRIPT,
          strip: true,
          gcSections: true,
          paged: false,
        });
      }
      const { README: _, ...shipped } = unixFiles({ endian });
      expect(Object.keys(programs).sort()).toEqual(Object.keys(shipped).sort());
      for (const [name, bytes] of Object.entries(shipped)) expect(Buffer.compare(programs[name]!, bytes), name).toBe(0);
    });

    it('links the kernel for ATA disks', () => {
      kernel('ata');
    });

    it('links a kernelmemfs, which boots', () => {
      const entries = Object.entries({ ...unixFiles({ endian }), ...programs }).map(
        ([path, bytes]) => ({ path, type: 'file', bytes }) as const,
      );
      const bytes = Xv6Fs.make({ entries }).bytes();
      writeFileSync(at('fs.img'), bytes);
      const image = kernel('memide', [{ name: 'fs.img', bytes, format: 'binary' }]);
      const { text } = onKseg({ kernel: image, endian, lines: ['ls | wc', "selftest 'files'", 'halt'] });
      expect(text).toMatch(/\nselftest: \d+ passed, 0 failed\n/);
    });
  },
);
