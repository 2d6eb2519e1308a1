export {
  Aor3000EarlyConsole,
  Aor3000Timer,
  type Aor3000TimerOptions,
  aor3000EarlyConsoleRegisters,
  aor3000TimerRegisters,
} from './aor3000.ts';
export { type AtaBusMaster, AtaChannel, type AtaChannelOptions, ataRegisters } from './ata-channel.ts';
export { AtaDisk, type AtaDiskOptions, MemIde } from './ata-disk.ts';
export { AtaDrive } from './ata-drive.ts';
export { AtapiCdrom, type AtapiCdromOptions } from './atapi-cdrom.ts';
export { type BlockStore, fingerprint, MemoryBlocks, OverlayBlocks, SECTOR } from './block-store.ts';
export { CfiFlash, type CfiFlashOptions, cfiFlashRegisters, type FlashMemory } from './cfi-flash.ts';
export { DerivedClock } from './derived-clock.ts';
export { DeviceError, type DeviceErrorCode } from './errors.ts';
export { type Ethernet, EthernetHub, type EthernetHubOptions, HubPort } from './ethernet.ts';
export { GAIA_TIMER_PERIOD, GaiaRegisters, type GaiaRegistersOptions, gaiaRegisters } from './gaia-registers.ts';
export { Gateway, type GatewayOptions } from './gateway.ts';
export { Gt64120, type Gt64120Options, gt64120Registers } from './gt64120.ts';
export type { HostConnection, HostConnectionEvents, HostSockets } from './host-sockets.ts';
export { I8042, type I8042Options, i8042Registers } from './i8042.ts';
export { I8254, type I8254Options, i8254Registers, PIT_HZ } from './i8254.ts';
export { I8259Pair, type I8259PairOptions, i8259Registers } from './i8259.ts';
export { JtagUart, type JtagUartOptions, jtagUartRegisters } from './jtag-uart.ts';
export { MaltaFpga, type MaltaFpgaOptions, maltaFpgaRegisters } from './malta-fpga.ts';
export { Mc146818, type Mc146818Options, mc146818Indexed, mc146818Registers } from './mc146818.ts';
export { MovableWindows } from './movable-windows.ts';
export { Ne2000, type Ne2000Options, ne2000Registers } from './ne2000.ts';
export { pcapHeader, pcapRecord } from './pcap.ts';
export {
  type PciBar,
  PciBus,
  type PciBusOptions,
  PciConfigSpace,
  type PciFunctionSpec,
  type PciRegister,
  type PciWindow,
  spaceDevice,
} from './pci.ts';
export { Pcnet, type PcnetOptions, pcnetCsrs, pcnetRegisters } from './pcnet.ts';
export { busMasterRegisters, Piix4Ide, type Piix4IdeOptions } from './piix4-ide.ts';
export { Piix4Isa, type Piix4IsaOptions, piix4IsaRegisters } from './piix4-isa.ts';
export { Piix4Pm, type Piix4PmOptions, piix4PmRegisters, piix4SmbusRegisters } from './piix4-pm.ts';
export { Piix4Usb, type Piix4UsbOptions, uhciRegisters } from './piix4-usb.ts';
export { R4kPower, type R4kPowerOptions, r4kPowerRegisters } from './r4k-power.ts';
export { spdEeprom } from './spd-eeprom.ts';
export { Uart16550, type Uart16550Options, uart16550Registers } from './uart16550.ts';
