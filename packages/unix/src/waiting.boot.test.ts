import { MemoryBlocks } from '@kseg/devices';
import { readElf } from '@kseg/elf';
import { createMachine, type Machine, r4k, type StopReason } from '@kseg/machine';
import { Xv6Fs } from '@kseg/xv6';
import { describe, expect, it } from 'vitest';
import { MB, PROMPT } from '../test/session.ts';
import { unixFs, unixKernel } from './index.ts';

const FOR_EVER = { kind: 'waiting', deadline: Number.POSITIVE_INFINITY };
const KERNEL = unixKernel({ disk: 'ata' });
/** Where the kernel counts ticks. */
const TICKS = readElf(KERNEL).symbols.find(({ name }) => name === 'ticks')!.value;
const LIMIT = 20_000_000;

/** A machine that has run for as long as it has something to do. */
function settled(image: Uint8Array) {
  const hda = new MemoryBlocks(image);
  const machine = createMachine(r4k({ ram: 32 * MB, hda }));
  let text = '';
  machine.console!.onOutput((byte) => {
    if (byte !== 0x0d) text += String.fromCharCode(byte);
  });
  machine.boot({ kernel: KERNEL });
  const stop = machine.run(LIMIT);
  return { machine, stop, hda, text: () => text };
}

/** Types a line, and runs until nothing is left to do. */
function type(machine: Machine, line: string, limit = LIMIT): StopReason {
  machine.console!.send(`${line}\n`);
  return machine.run(limit);
}

/** Lets time pass in which nobody types, past events that wake nobody. */
function pass(machine: Machine, seconds: number): void {
  const end = machine.now + seconds * machine.timeline.hz;
  while (machine.now < end) machine.skip(end - machine.now);
}

describe('an idle machine', () => {
  it('has nothing scheduled at the prompt, before a command and behind it', () => {
    const { machine, stop, text } = settled(unixFs());
    expect(text()).toMatch(/\n\$ $/);
    expect(stop).toEqual(FOR_EVER);
    expect(type(machine, 'ls | wc')).toEqual(FOR_EVER);
    expect(text()).toMatch(/\n21 105 341\n\$ $/);
  });

  it('has the tick for those that sleep, after a pause too', () => {
    const { machine, text } = settled(unixFs());
    pass(machine, 3);
    expect(type(machine, 'selftest scheduling', 400_000_000)).toEqual(FOR_EVER);
    expect(text()).toMatch(/\nselftest: \d+ passed, 0 failed\n\$ $/);
  });

  it.each([0.004, 0.5, 3, 40])('counts the ticks of a pause of %d s', (seconds) => {
    const { machine } = settled(unixFs());
    const uptime = () => machine.cpu.peek(TICKS, 4)!;
    expect(type(machine, '')).toEqual(FOR_EVER);
    const before = { ticks: uptime(), time: machine.now };
    pass(machine, seconds);
    expect(uptime()).toBe(before.ticks);
    expect(type(machine, '')).toEqual(FOR_EVER);
    const passed = (machine.now - before.time) / (machine.timeline.hz / 100);
    expect(Math.abs(uptime() - before.ticks - passed)).toBeLessThanOrEqual(1);
  });
});

describe('after a panic', () => {
  it.each([
    ['no file system', new Uint8Array(64 * 512), /^panic: ATA disk: no file system: size 0, journal 0\n$/m],
    ['no /init', Xv6Fs.make({ entries: [] }).bytes(), /^panic: no \/init on ATA disk\n$/m],
  ])('nothing runs any more, and no key helps: %s', (_, image, words) => {
    const { machine, stop, text } = settled(image);
    expect(text()).toMatch(words);
    expect(stop).toEqual(FOR_EVER);
    expect(machine.idle).toBe(Number.POSITIVE_INFINITY);
    const { instructions } = machine;
    expect(type(machine, 'ls')).toEqual(FOR_EVER);
    expect(machine.instructions).toBe(instructions);
  });
});

describe('a journal whose header is damaged', () => {
  const image = unixFs();
  const view = new DataView(image.buffer, image.byteOffset);
  const [size, log] = [view.getUint32(512, true), view.getUint32(512 + 12, true)];
  const header = (size - log) * 512;

  it.each([
    ['the superblock', [1]],
    ['the journal itself', [40, size - log]],
    ['what is behind the disk', [40, 0xffff_fff0]],
    ['more blocks than the journal has', Array.from({ length: log }, () => 40)],
  ] as const)('is ignored, and nothing written: it names %s', (_, homes) => {
    const damaged = image.slice();
    const words = new DataView(damaged.buffer, header);
    for (const [i, word] of [homes.length, ...homes].entries()) words.setUint32(4 * i, word, true);
    damaged.fill(0xee, header + 512);
    const { hda, text } = settled(damaged);
    expect(text()).toContain("\ndisk: the journal's header is damaged: ignored\n");
    expect(text().endsWith(`\n${PROMPT}`)).toBe(true);
    expect(Xv6Fs.open(hda.bytes).check()).toEqual([]);
    expect(hda.bytes.subarray(0, 512 * 2)).toEqual(image.subarray(0, 512 * 2));
  });
});
