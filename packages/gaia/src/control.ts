/** The special registers as the core sees them; `GaiaRegisters` of `@kseg/devices` has them. The same object answers on the bus. */
export interface GaiaControl {
  /** Whether an interrupt waits and INTENABLE lets it through. */
  readonly pending: boolean;
  /** INTENABLE. */
  readonly enabled: boolean;
  readonly vaenable: boolean;
  readonly pdaddr: number;
  /** The pending interrupt is taken in place of the instruction at `address`. Returns where the handler is. */
  accept(address: number): number;
  /** SYSENTER; `next` is the address behind it. Returns where the handler is. */
  enter(next: number): number;
  /** SYSEXIT. Returns where it goes. */
  leave(): number;
  /** Calls back after every write of VAENABLE or PDADDR. */
  onTranslation(listener: () => void): { dispose(): void };
}
