/** The host's side of a UART: what a device must have for a {@link Console} to sit at the far end of its line. */
export interface SerialPort {
  /** How many bytes the receiver can take now without loss. */
  readonly room: number;
  /** Takes bytes that arrive at the present tick, at most `room`. */
  receive(bytes: Uint8Array): void;
  /** Calls back when the receiver has room again. */
  onDrain(listener: () => void): { dispose(): void };
}
