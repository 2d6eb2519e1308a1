import { describe, expect, it } from 'vitest';
import { MaltaFpga } from './malta-fpga.ts';

describe('MaltaFpga', () => {
  it('shows text on its display', () => {
    const shown: string[] = [];
    const fpga = new MaltaFpga({ endian: 'little', onDisplay: (text) => shown.push(text) });
    for (const [i, letter] of [...'KSEG'].entries()) fpga.write(0x418 + 8 * i, 4, letter.charCodeAt(0));
    expect(fpga.display).toBe('KSEG    ');
    fpga.write(0x410, 4, 0x00c0_ffee);
    expect(shown.at(-1)).toBe('00C0FFEE');
  });

  it('tells the byte order and resets on 0x42', () => {
    let resets = 0;
    const fpga = new MaltaFpga({ endian: 'big', onReset: () => resets++ });
    expect(fpga.read(0x208, 4)).toBe(0x12);
    expect(new MaltaFpga({ endian: 'little' }).read(0x208, 4)).toBe(0x10);
    fpga.write(0x500, 4, 0x41);
    expect(resets).toBe(0);
    fpga.write(0x500, 4, 0x42);
    expect(resets).toBe(1);
  });

  it('reads the memory module’s EEPROM by the I2C wires', () => {
    const eeprom = new Uint8Array(256).map((_, i) => (i * 37) & 0xff);
    const fpga = new MaltaFpga({ endian: 'little', eeprom });
    fpga.write(0xb08, 4, 3);
    const wires = (scl: number, sda: number) => fpga.write(0xb10, 4, (scl << 1) | sda);
    const sample = () => fpga.read(0xb00, 4) & 1;
    const bit = (value: number) => {
      wires(0, value);
      wires(1, value);
      const seen = sample();
      wires(0, value);
      return seen;
    };
    const start = () => {
      wires(0, 1);
      wires(1, 1);
      wires(1, 0);
      wires(0, 0);
    };
    const send = (byte: number) => {
      for (let i = 7; i >= 0; i--) bit((byte >>> i) & 1);
      return bit(1); // 0: acknowledged
    };
    const receive = (more: boolean) => {
      let byte = 0;
      for (let i = 0; i < 8; i++) byte = (byte << 1) | bit(1);
      bit(more ? 0 : 1);
      return byte;
    };
    start();
    expect(send(0xa0)).toBe(0);
    expect(send(0x12)).toBe(0);
    start();
    expect(send(0xa1)).toBe(0);
    expect([receive(true), receive(true), receive(false)]).toEqual([...eeprom.subarray(0x12, 0x15)]);
    wires(1, 0);
    wires(1, 1); // stop
    start();
    expect(send(0xa2)).toBe(1); // nobody there
  });
});
