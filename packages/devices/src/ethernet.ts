import { type Disposable, Listeners, type Scheduler, type State } from '@kseg/bus';

/** An Ethernet medium as a network card sees it. Frames run from the destination address to the end of the data, without FCS. */
export interface Ethernet {
  send(frame: Uint8Array): void;
  onReceive(listener: (frame: Uint8Array) => void): { dispose(): void };
}

/** Shortest frame on the wire, without FCS: shorter ones arrive padded. */
const MIN_FRAME = 60;

/** The frame as it arrives: zeros fill it up to the minimum. */
export function padded(frame: Uint8Array): Uint8Array {
  if (frame.length >= MIN_FRAME) return frame;
  const full = new Uint8Array(MIN_FRAME);
  full.set(frame);
  return full;
}

/** Ethernet's CRC-32 register after `bytes`, least significant bit first, not inverted: its complement is the FCS. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return crc >>> 0;
}

export const isBroadcast = (frame: Uint8Array): boolean => frame.subarray(0, 6).every((byte) => byte === 0xff);
export const isMulticast = (frame: Uint8Array): boolean => (frame[0]! & 1) !== 0;

interface Arrival {
  /** Ticks of the receiving machine. */
  readonly time: number;
  readonly frame: Uint8Array;
}

/** One machine's end of a hub. */
export class HubPort implements Ethernet {
  readonly #listeners = new Listeners<[Uint8Array]>();
  #arrivals: Arrival[] = [];
  /** Tick at which the wire is free again after the last frame under way: the next one comes no earlier. */
  #busyUntil = 0;

  constructor(
    private readonly hub: EthernetHub,
    private readonly scheduler: Scheduler,
  ) {
    scheduler.handle(() => this.#deliver());
  }

  send(frame: Uint8Array): void {
    this.hub.carry(this, new Uint8Array(frame), this.scheduler.now / this.scheduler.hz);
  }

  onReceive(listener: (frame: Uint8Array) => void): Disposable {
    return this.#listeners.add(listener);
  }

  /** A frame reaches this end at `seconds` of virtual time, or now when that is past; it keeps the wire for `duration` seconds. */
  arrive(frame: Uint8Array, seconds: number, duration: number): void {
    const { hz, now } = this.scheduler;
    const time = Math.max(Math.ceil(seconds * hz), now, this.#busyUntil);
    this.#busyUntil = time + Math.ceil(duration * hz);
    this.#arrivals.push({ time, frame });
    this.#schedule();
  }

  save(): State {
    return { arrivals: this.#arrivals.map(({ time, frame }) => [time, frame.slice()]), busyUntil: this.#busyUntil };
  }

  load(state: State): void {
    const { arrivals, busyUntil } = state as {
      arrivals: readonly (readonly [number, Uint8Array])[];
      busyUntil: number;
    };
    this.#arrivals = arrivals.map(([time, frame]) => ({ time, frame: frame.slice() }));
    this.#busyUntil = busyUntil;
  }

  #deliver(): void {
    while (this.#arrivals.length > 0 && this.#arrivals[0]!.time <= this.scheduler.now)
      this.#listeners.notify(this.#arrivals.shift()!.frame);
    this.#schedule();
  }

  #schedule(): void {
    const first = this.#arrivals[0];
    if (first !== undefined) this.scheduler.at(first.time, 'arrival');
  }
}

export interface EthernetHubOptions {
  /**
   * Seconds of virtual time from one end to another (default 100 µs). Machines must run in turns no longer than this. 0 suits a machine alone
   * with its gateway: answers are there when the guest first looks, which firmware that is careless of its receive ring needs.
   */
  readonly latency?: number | undefined;
  /** Bits a second at each end (default 100 million): frames follow each other no faster. */
  readonly bandwidth?: number | undefined;
}

/** Bytes of a frame's time on the wire besides itself: preamble, FCS and the gap after it. */
const OVERHEAD = 8 + 4 + 12;

/**
 * Joins machines of one process: a frame sent at one end arrives at all others after the latency. Runs repeat exactly when the machines
 * are run in turns no longer than the latency.
 */
export class EthernetHub {
  /** Seconds. */
  readonly latency: number;
  /** Bits a second. */
  readonly bandwidth: number;
  readonly #ports: HubPort[] = [];
  readonly #taps = new Listeners<[Uint8Array, number]>();

  constructor({ latency = 100e-6, bandwidth = 100e6 }: EthernetHubOptions = {}) {
    this.latency = latency;
    this.bandwidth = bandwidth;
  }

  /** A new end. Its events need a scheduler port of their own. */
  connect(scheduler: Scheduler): HubPort {
    const port = new HubPort(this, scheduler);
    this.#ports.push(port);
    return port;
  }

  /** Sees every frame with the virtual second at which it was sent. */
  onFrame(listener: (frame: Uint8Array, seconds: number) => void): Disposable {
    return this.#taps.add(listener);
  }

  /** Called by an end: takes a frame to all others. */
  carry(from: HubPort, frame: Uint8Array, seconds: number): void {
    this.#taps.notify(frame, seconds);
    const duration = ((Math.max(frame.length, MIN_FRAME) + OVERHEAD) * 8) / this.bandwidth;
    for (const port of this.#ports) if (port !== from) port.arrive(frame, seconds + this.latency, duration);
  }
}
