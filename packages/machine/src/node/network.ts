// The host's side of a network: its sockets for guests that may use them, and a file of all that passes.
import { createSocket, type Socket } from 'node:dgram';
import { resolve4 } from 'node:dns/promises';
import { closeSync, openSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { type Disposable, disposable } from '@kseg/bus';
import { type EthernetHub, Gateway, type HostSockets, pcapHeader, pcapRecord } from '@kseg/devices';
import type { Core } from '../core.ts';
import type { Machine } from '../machine.ts';

/** Milliseconds after which nobody answers a datagram any more. */
const ANSWER_TIME = 30_000;

/** This process's sockets. `onEvent` is called after everything that the far end has done. */
function nodeSockets(onEvent: () => void): HostSockets & { dispose(): void } {
  const answering = new Set<Socket>();
  return {
    connect(host, port, events) {
      const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
      const on = (name: string, listener: (bytes: Uint8Array) => void) =>
        socket.on(name, (bytes: Uint8Array) => {
          listener(bytes);
          onEvent();
        });
      on('connect', () => events.open());
      on('data', (bytes) => events.data(bytes));
      on('end', () => events.end());
      on('error', () => events.error());
      return {
        write: (bytes) => void socket.write(bytes),
        end: () => void socket.end(),
        destroy: () => void socket.destroy(),
      };
    },
    datagram(host, port, bytes, reply) {
      const socket = createSocket('udp4');
      answering.add(socket);
      const close = () => {
        clearTimeout(timer);
        if (answering.delete(socket)) socket.close();
      };
      const timer = setTimeout(close, ANSWER_TIME).unref();
      socket.on('message', (answer) => {
        reply(answer);
        onEvent();
      });
      // Nobody listens there, or there is no way: the guest hears nothing, as it would of any lost datagram.
      socket.on('error', close);
      socket.send(bytes, port, host);
    },
    resolve: (name) => resolve4(name),
    dispose() {
      for (const socket of answering) socket.close();
      answering.clear();
    },
  };
}

export interface UserNetworkOptions {
  /** Called when the far end of something has sent: a runner that sleeps should be woken. */
  readonly wake?: (() => void) | undefined;
}

/**
 * Puts a gateway on `hub` through which guests reach the network of this process, loopback as 10.0.2.2 included: ask for it only where
 * guests may. The guest gets 10.0.2.15 and a name server by DHCP. Traffic with the host comes when it comes, so such a run does not
 * repeat exactly; connections are not part of snapshots. Once for each machine: the gateway lives by that machine's time.
 */
export function userNetwork(
  machine: Machine<Core>,
  hub: EthernetHub,
  { wake = () => {} }: UserNetworkOptions = {},
): Disposable {
  const { timeline } = machine;
  const sockets = nodeSockets(wake);
  const gateway = new Gateway({
    ethernet: hub.connect(timeline.port('gateway.cable')),
    scheduler: timeline.port('gateway'),
    sockets,
  });
  return disposable(() => {
    gateway.dispose();
    sockets.dispose();
  });
}

/**
 * Takes down every frame on `hub` in a capture file (pcap), with virtual time; readable at any moment.
 * @throws what `fs.openSync` throws
 */
export function capture(hub: EthernetHub, path: string): Disposable {
  const file = openSync(path, 'w');
  writeSync(file, pcapHeader());
  const tap = hub.onFrame((frame, seconds) => writeSync(file, pcapRecord(frame, seconds)));
  return disposable(() => {
    tap.dispose();
    closeSync(file);
  });
}
