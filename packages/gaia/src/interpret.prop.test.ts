import { gaiaEncode, gaiaOperandKinds, gaiaRows } from '@kseg/isa/gaia';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Reference } from '../test/reference.ts';
import { Rig } from '../test/rig.ts';

/** Instructions of one case, and how often the two cores are compared within it. */
const LENGTH = 20_000;
const STRETCH = 997;

const rows = gaiaRows.filter(({ aliasOf }) => aliasOf === undefined);
const memoryRows = rows.filter(({ mnemonic }) => /^(ld|st)b?$/.test(mnemonic));
const flowRows = rows.filter(({ mnemonic }) => /^(b|j|sys)/.test(mnemonic));

/** Numbers that follow from a seed (xorshift). */
class Dice {
  constructor(private x: number) {
    this.x = (x | 0) === 0 ? 1 : x | 0;
  }
  next(): number {
    this.x ^= this.x << 13;
    this.x ^= this.x >>> 17;
    this.x ^= this.x << 5;
    return this.x >>> 0;
  }
  below(n: number): number {
    return this.next() % n;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

/** A random instruction: any word at all, or a legal one with small displacements. */
function instruction(dice: Dice): number {
  if (dice.below(16) === 0) return dice.next();
  const row = dice.pick(dice.below(3) === 0 ? memoryRows : dice.below(5) === 0 ? flowRows : rows);
  const operands = row.operands.map((operand) => {
    const { written, width, scale, signed } = gaiaOperandKinds[operand];
    if (written === 'register') return dice.below(32);
    const value = dice.below(4) === 0 ? dice.next() >> (32 - width) : dice.below(64) - 32;
    return (signed ? value : Math.abs(value)) * 2 ** scale;
  });
  return gaiaEncode(row, operands);
}

const REGISTERS = [0, 4, 0x100, 0x104, 0x108, 0x10c, 0x200, 0x204, 1, 0x101, 0x10, 0x300].map((o) => 0x8000_1000 + o);

/** A register's value: mostly an address where something is. */
function value(dice: Dice): number {
  switch (dice.below(6)) {
    case 0:
      return dice.next();
    case 1:
      return dice.pick(REGISTERS);
    case 2:
      return 0x8000_0000 + dice.below(0x1000);
    case 3:
      return 0x3e_0000 + dice.below(0x4000);
    default:
      return 0x2000 + dice.below(0x4000);
  }
}

/** Where registers are found, and whether there are caches. */
const MODES = ['virtual', 'physical', 'vivt'] as const;

function pair(seed: number, mode: (typeof MODES)[number], translated: boolean, timerPeriod: number) {
  const dice = new Dice(seed);
  const vivt = mode === 'vivt';
  const decode = mode === 'physical' ? 'physical' : 'virtual';
  const rig = new Rig({ decode, timerPeriod, mmu: vivt ? 'vivt' : 'hardware' });
  const reference = new Reference({ decode, timerPeriod, vivt });
  const store = (at: number, word: number) => {
    rig.sram.write(at, 4, word >>> 0);
    new DataView(reference.sram.buffer).setUint32(at, word >>> 0, true);
  };
  for (let at = 0x2000; at < 0x6000; at += 4) store(at, instruction(dice));
  // A directory and some tables, at 0x3e0000, that lead to the code, to the tables, to the registers or anywhere.
  const frame = () =>
    dice.pick([0x2000, 0x3000, 0x4000, 0x5000, 0x3e_0000, 0x3e_1000, 0x8000_1000, dice.next()]) & ~0xfff;
  for (let i = 0; i < 1024; i++)
    store(0x3e_0000 + 4 * i, (dice.below(8) ? 0x3e_1000 + 4096 * dice.below(3) : dice.next()) | 1);
  for (let i = 0; i < 3072; i++) store(0x3e_1000 + 4 * i, frame() | 1);
  for (let at = 0; at < 4096; at += 4) {
    const word = instruction(dice);
    rig.rom.write(at, 4, word);
    new DataView(reference.rom.buffer).setUint32(at, word, true);
  }
  for (let i = 1; i < 32; i++) {
    reference.r[i] = value(dice);
    rig.cpu.setGpr(i, reference.r[i]! >>> 0);
  }
  rig.cpu.pc = 0x2000;
  reference.pc = 0x2000;
  const registers: [number, number][] = [
    [0x100, 0x2000 + dice.below(0x4000)],
    [0x104, dice.below(2)],
    [0x108, 0x2000 + dice.below(0x4000)],
    [0x204, 0x3e_0000 | dice.below(4096)],
    [0x200, Number(translated)],
  ];
  for (const [offset, content] of registers) rig.registers.write(offset, 4, content);
  reference.handler = registers[0]![1];
  reference.enable = registers[1]![1];
  reference.epc = registers[2]![1];
  reference.pdaddr = registers[3]![1];
  reference.vaenable = registers[4]![1];
  const arrivals = Array.from({ length: 20 }, () => ({ time: 1 + dice.below(LENGTH), byte: dice.below(256) }));
  arrivals.sort((a, b) => a.time - b.time);
  reference.arrivals.push(...arrivals.map((arrival) => ({ ...arrival })));
  rig.outside.handle((key) => rig.registers.receive([arrivals[Number(key)]!.byte]));
  for (const [i, { time }] of arrivals.entries()) rig.outside.at(time, String(i));
  return { rig, reference };
}

const seen = ({ cpu, registers, timeline }: Rig) => ({
  now: timeline.now,
  pc: cpu.pc,
  gprs: Array.from({ length: 32 }, (_, i) => cpu.gpr(i)),
  special: [0x100, 0x104, 0x108, 0x10c, 0x200, 0x204].map((offset) => registers.read(offset, 4)),
});
const expected = (reference: Reference) => ({
  now: reference.now,
  pc: reference.pc >>> 0,
  gprs: Array.from(reference.r, (word) => word >>> 0),
  special: [reference.handler, reference.enable, reference.epc, reference.cause, reference.vaenable, reference.pdaddr],
});

it('does what the literal model does: random code, interrupts at random instants, translation on and off, with caches and without', () => {
  let instructions = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.constantFrom(...MODES),
      fc.boolean(),
      fc.integer({ min: 50, max: 5000 }),
      (seed, mode, translated, timerPeriod) => {
        const { rig, reference } = pair(seed, mode, translated, timerPeriod);
        for (let time = STRETCH; time <= LENGTH; time += STRETCH) {
          const goesOn = rig.runTo(time);
          while (reference.now < rig.timeline.now) reference.step();
          // A core that has halted has looked at its next instruction.
          if (!goesOn) reference.settle();
          expect(seen(rig)).toEqual(expected(reference));
          expect(rig.sent).toEqual(reference.sent);
          if (!goesOn) break;
        }
        instructions += rig.timeline.now;
        expect(Buffer.compare(rig.sram.readBytes(0, 4 << 20), reference.sram)).toBe(0);
      },
    ),
  );
  console.info(`${instructions} instructions compared`);
});
