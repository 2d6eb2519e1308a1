import { describe, expect, it } from 'vitest';
import { type BoardOptions, boards } from '../boards.ts';

describe.each(boards)('the board $name', ({ create, takes }) => {
  const names = ['hda', 'hdb', 'hdc', 'hdd', 'cdrom', 'bios', 'flash', 'rom', 'mac'] as const;
  const taken = names.filter((name) => takes.includes(name));

  it.each(taken)('refuses %s that is neither bytes nor a store', (name) => {
    for (const value of ['fs.img', [1, 2, 3], new Uint32Array(4), {}])
      expect(() => create({ [name]: value } as BoardOptions)).toThrow(
        expect.objectContaining({ code: 'KSEG_BUS_BYTES', message: expect.stringMatching(new RegExp(`^${name}\\b`)) }),
      );
    expect(() => create({ [name]: undefined })).not.toThrow();
    expect(() => create({ [name]: Buffer.alloc(1024) })).not.toThrow();
  });
});
