// What a debugger reads and writes from outside: floating-point registers, and memory by virtual address.
import { describe, expect, it } from 'vitest';
import { ENDIANS, op, rig } from '../test/rig.ts';

const CU1 = 1 << 29;
const FR = 1 << 26;
const T0 = 8;

describe('floating-point registers from outside', () => {
  it('with Status.FR = 0 an odd register is the upper half of the even one before it', () => {
    const { cpu } = rig('little', '24Kf');
    cpu.setFpr(2, 0x1111_1111);
    cpu.setFpr(3, 0xffff_ffff);
    expect([cpu.fpr(2), cpu.fpr(3), cpu.fprHigh(2), cpu.fprHigh(3)]).toEqual([
      0x1111_1111, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff,
    ]);
    cpu.setFprHigh(2, 0x2222_2222);
    expect([cpu.fpr(2), cpu.fpr(3)]).toEqual([0x1111_1111, 0x2222_2222]);
  });

  it('with Status.FR = 1 each has an upper half of its own', () => {
    const { cpu } = rig('big', '24Kf');
    cpu.writeCp0(12, FR);
    cpu.setFpr(2, 0x1111_1111);
    cpu.setFpr(3, 0x3333_3333);
    cpu.setFprHigh(3, 0x4444_4444);
    expect([cpu.fpr(2), cpu.fprHigh(2), cpu.fpr(3), cpu.fprHigh(3)]).toEqual([
      0x1111_1111, 0, 0x3333_3333, 0x4444_4444,
    ]);
  });

  it.each([0, FR])('are those that MFC1 and MTC1 move (Status.FR bit %i)', (fr) => {
    const m = rig('little', '24Kf');
    m.cpu.writeCp0(12, CU1 | fr);
    m.cpu.setGpr(T0, 0x8765_4321);
    m.cpu.setFpr(5, 0x1234_5678);
    // mtc1 t0, f7; mfc1 t1, f5
    m.put(0x1000, [0x4488_3800, 0x4409_2800]);
    m.cpu.run(2);
    expect([m.cpu.fpr(7), m.cpu.gpr(9)]).toEqual([0x8765_4321, 0x1234_5678]);
  });

  it('the control registers are FIR, which stays, and FCSR, which never traps here', () => {
    const { cpu } = rig('little', '24Kf');
    expect(cpu.readFpuControl(0)).toBe(0x0073_9300);
    cpu.writeFpuControl(0, 0);
    expect(cpu.readFpuControl(0)).toBe(0x0073_9300);
    const { pc } = cpu;
    // Cause.V and its enable, all conditions
    cpu.writeFpuControl(31, 0xfe81_0800);
    expect([cpu.readFpuControl(31), cpu.readFpuControl(25), cpu.pc]).toEqual([0xfe81_0800, 0xff, pc]);
  });

  it.each(['24Kc', 'R3000A'] as const)('a %s has none: they read 0 and stay so', (model) => {
    const { cpu } = rig('little', model);
    const before = cpu.save();
    cpu.setFpr(1, 7);
    cpu.setFprHigh(1, 7);
    cpu.writeFpuControl(31, 3);
    expect([cpu.fpr(1), cpu.fprHigh(1), cpu.readFpuControl(31), cpu.readFpuControl(0)]).toEqual([0, 0, 0, 0]);
    expect(cpu.save()).toEqual(before);
  });

  it.each([-1, 32, 1.5])('there is no register %d', (number) => {
    const { cpu } = rig('little', '24Kf');
    for (const use of [() => cpu.fpr(number), () => cpu.setFpr(number, 0), () => cpu.fprHigh(number)])
      expect(use).toThrow(expect.objectContaining({ code: 'KSEG_CPU_REGISTER' }));
  });
});

describe.each(ENDIANS)('memory from outside, %s-endian', (endian) => {
  const peek = (m: ReturnType<typeof rig>, va: number, length: number) => {
    const bytes = new Uint8Array(length);
    return [...bytes.subarray(0, m.cpu.peekBytes(va, bytes))];
  };

  it('is in the order that the guest sees', () => {
    const m = rig(endian);
    m.put(0x2000, [0x1122_3344]);
    expect(peek(m, 0x8000_2001, 2)).toEqual(endian === 'big' ? [0x22, 0x33] : [0x33, 0x22]);
    expect(m.cpu.pokeBytes(0x8000_2003, Uint8Array.of(0xaa, 0xbb))).toBe(2);
    expect([m.cpu.peek(0x8000_2003, 1), m.cpu.peek(0x8000_2004, 1)]).toEqual([0xaa, 0xbb]);
  });

  it.each(['24Kc', 'R3000A'] as const)('a %s executes code written over code that it has executed', (model) => {
    const m = rig(endian, model);
    const addiu = (value: number) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, op('addiu', T0, 0, value), endian === 'little');
      return bytes;
    };
    for (const value of [1, 2]) {
      expect(m.cpu.pokeBytes(0x8000_1000, addiu(value))).toBe(4);
      m.cpu.pc = 0x8000_1000;
      m.cpu.run(2);
      expect(m.cpu.gpr(T0)).toBe(value);
    }
  });

  it('goes on over pages, up to where nothing is mapped or nothing answers', () => {
    const m = rig(endian);
    const across = Uint8Array.from({ length: 6000 }, (_, i) => i);
    expect(m.cpu.pokeBytes(0x8000_0f00, across)).toBe(6000);
    expect(peek(m, 0x8000_0f00, 6000)).toEqual([...across]);
    // RAM ends; there is no entry in the TLB; addresses end.
    expect([m.cpu.pokeBytes(0x800f_fffe, across), peek(m, 0x800f_fffe, 8).length]).toEqual([2, 2]);
    expect([m.cpu.pokeBytes(0x0000_1000, across), peek(m, 0x0000_1000, 8).length]).toEqual([0, 0]);
    expect(peek(m, 0xffff_fffe, 8)).toEqual([]);
  });

  it('is looked at with the kernel’s rights, by the TLB where that maps', () => {
    const m = rig(endian);
    const { cpu } = m;
    // Page 0x4000 to physical 0x3000, read only, and kuseg's user mode.
    cpu.writeCp0(10, 0x4000);
    cpu.writeCp0(2, (3 << 6) | 0x1a);
    m.put(0x1000, [op('tlbwi')]);
    cpu.run(1);
    cpu.writeCp0(12, 0x10);
    expect(cpu.peek(0x8000_3000, 1)).toBeUndefined();
    expect(cpu.pokeBytes(0x4010, Uint8Array.of(1, 2))).toBe(2);
    expect(peek(m, 0x8000_3010, 2)).toEqual([1, 2]);
    expect([cpu.pc, m.timeline.now, cpu.readCp0(8)]).toEqual([0x8000_1004, 1, 0]);
  });

  it('with ERL set kuseg is what the core would find there', () => {
    const m = rig(endian);
    m.cpu.writeCp0(12, 4);
    expect(m.cpu.pokeBytes(0x2000, Uint8Array.of(9))).toBe(1);
    expect(peek(m, 0x8000_2000, 1)).toEqual([9]);
  });

  it('ROM can be written, devices cannot, and looking at them changes nothing', () => {
    const m = rig(endian);
    expect(m.cpu.pokeBytes(0xbfc0_0001, Uint8Array.of(5))).toBe(1);
    expect(peek(m, 0xbfc0_0000, 2)).toEqual([0, 5]);
    expect(m.cpu.pokeBytes(0xb000_0000, Uint8Array.of(5))).toBe(0);
    expect(peek(m, 0xb000_0ffb, 8)).toEqual([0, 0, 0, 0, 0]);
    expect(m.device.log).toEqual([]);
    expect(m.map.busError).toBe(false);
    const registers = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];
    m.map.add({
      name: 'registers',
      kind: 'device',
      base: 0x1000_2000,
      size: 8,
      device: {
        read: () => 0,
        write: () => {},
        peek: (offset, width) => {
          const bytes = registers.slice(offset, offset + width);
          return Number.parseInt((endian === 'big' ? bytes : bytes.reverse()).map((b) => b.toString(16)).join(''), 16);
        },
      },
    });
    expect(peek(m, 0xb000_2001, 9)).toEqual(registers.slice(1));
  });
});
