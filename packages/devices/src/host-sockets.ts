/** The host's end of a connection that a guest has opened. */
export interface HostConnection {
  write(bytes: Uint8Array): void;
  /** The guest has no more to send. */
  end(): void;
  destroy(): void;
}

/** What the far end of a connection does. */
export interface HostConnectionEvents {
  open(): void;
  data(bytes: Uint8Array): void;
  /** The far end has no more to send. */
  end(): void;
  /** The connection could not be made, or broke. */
  error(): void;
}

/** The host's sockets, as far as the gateway may use them. Each way out is closed unless it is given. */
export interface HostSockets {
  connect?(host: string, port: number, events: HostConnectionEvents): HostConnection;
  /** Sends a datagram; `reply` is called with what comes back to its source. */
  datagram?(host: string, port: number, bytes: Uint8Array, reply: (bytes: Uint8Array) => void): void;
  /** IPv4 addresses of a name, dotted; none when there is no such name. */
  resolve?(name: string): Promise<readonly string[]>;
}
