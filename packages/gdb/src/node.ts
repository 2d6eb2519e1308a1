// A debugger's door in Node: a TCP port.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { GdbError } from './errors.ts';
import { GdbSession } from './session.ts';
import type { Target } from './target.ts';

export interface ServeOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** Default `localhost`: a debugger can do anything to the guest, so others are not let in unless asked. */
  readonly host?: string | undefined;
  /** Called after anything came from a debugger: wakes who runs the target. */
  readonly wake?: (() => void) | undefined;
  /** Told of debuggers that come, go, and are turned away. */
  readonly onConnection?: ((what: 'attached' | 'gone' | 'refused') => void) | undefined;
}

export interface GdbServer {
  readonly host: string;
  readonly port: number;
  /** Ends the session, telling a debugger that waits for the target, and listens no more. */
  close(): void;
}

/**
 * Stops the target and lets one debugger at a time connect to it.
 * @throws KSEG_GDB_LISTEN when the port is in use or the host is not this one
 */
export async function serveGdb(target: Target, options: ServeOptions): Promise<GdbServer> {
  const { port, host = 'localhost', wake, onConnection } = options;
  let session: GdbSession | undefined;
  let connection: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    const own = new GdbSession(target, (bytes) => socket.write(bytes));
    session = own;
    connection = socket;
    onConnection?.('attached');
    socket.on('data', (bytes) => {
      own.receive(bytes);
      wake?.();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      own.close();
      onConnection?.('gone');
    });
  });
  server.maxConnections = 1;
  server.on('drop', () => onConnection?.('refused'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
      reject(
        new GdbError(
          'KSEG_GDB_LISTEN',
          `cannot wait for a debugger at ${host}:${port}: ${why}; give another port, or 0 for any`,
          {
            host,
            port,
            cause: error.code,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  target.interrupt();
  return {
    host,
    port: (server.address() as AddressInfo).port,
    close() {
      session?.end();
      connection?.end();
      server.close();
    },
  };
}
