/**
 * The serial presence detect EEPROM (JEDEC 21-C §4.1.2) of an SDRAM module of `bytes`, which firmware reads to find the memory's size.
 * One module of one or two equal banks of 4 MB to 512 MB; what does not fit is not told.
 */
export function spdEeprom(bytes: number): Uint8Array {
  const spd = new Uint8Array(256);
  let megabytes = Math.floor(bytes / 0x10_0000);
  let bank = 4;
  while (bank < 512 && bank * 2 <= megabytes) bank *= 2;
  const banks = megabytes >= 2 * bank ? 2 : 1;
  megabytes = bank * banks;
  spd.set([
    128, // bytes used
    8, // log2 of the EEPROM's size
    4, // SDRAM
    12, // row addresses
    9, // column addresses
    banks,
    64, // data width
    0,
    1, // LVTTL
    0x80, // cycle time at the highest CAS latency
    0x70, // access from clock
    0, // no parity, no ECC
    0x82, // refresh: 15.6 µs, self refresh
    16, // device width
    0,
    1, // back-to-back column delay
    0x8f, // burst lengths 1, 2, 4, 8 and page
    4, // internal banks
    4, // CAS latency 3
    1, // CS latency 0
    1, // write latency 0
    0,
    0x0e,
  ]);
  spd.set([20, 15, 20, 45, (bank / 4) & 0xff || 0x80, 0x20, 0x10, 0x20, 0x10], 27);
  spd[62] = 0x12;
  spd[63] = spd.subarray(0, 63).reduce((sum, byte) => sum + byte, 0) & 0xff;
  return spd;
}
