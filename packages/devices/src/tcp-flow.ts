import type { HostConnection, HostConnectionEvents } from './host-sockets.ts';
import { type Segment, TCP_FLAG } from './packets.ts';

const { FIN, SYN, RST, PSH, ACK } = TCP_FLAG;
const MSS = 1460;
const WINDOW = 0xffff;

/** `a` comes before `b` in sequence space. */
const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/**
 * One connection that a guest opens through the gateway: TCP towards the guest (RFC 9293), the host's socket on the other side. Segments out
 * of order are dropped, as the guest sends them again; what the guest has not acknowledged is sent again from there on.
 */
export class TcpFlow {
  #state: 'closed' | 'connecting' | 'open' = 'closed';
  #host: HostConnection | undefined;
  /** Next byte expected of the guest. */
  #expected = 0;
  /** Sequence number of the first byte of `#queue`, and how much of it has been sent. */
  #first = 0;
  #sent = 0;
  /** What the guest has not acknowledged, sent or not. */
  #queue = new Uint8Array(0);
  #window = 0;
  #mss = MSS;
  /** The SYN is still unacknowledged; it takes the sequence number before `#first`. */
  #opening = false;
  #hostEnded = false;
  #finSent = false;
  #guestEnded = false;
  /** The guest has acknowledged our FIN. */
  #hostDone = false;
  /** Acknowledgements of `#first` that came while more was under way: three mean that a segment was lost. */
  #duplicates = 0;
  /** `#first` at the last look at the clock: a flow that stands still is sent again. */
  #seen = -1;

  constructor(
    private readonly send: (segment: Segment) => void,
    private readonly connect: (events: HostConnectionEvents) => HostConnection | undefined,
    private readonly closed: () => void,
  ) {}

  /** A segment from the guest. */
  receive(segment: Segment): void {
    if (segment.flags & RST) {
      this.#host?.destroy();
      this.#close();
    } else if (this.#state === 'closed') this.#open(segment);
    else if (this.#state === 'open') this.#take(segment);
  }

  /** Called now and then: sends again what has not been acknowledged since the last call. */
  resend(): void {
    if (this.#state !== 'open') return;
    const unacknowledged = this.#opening || this.#sent > 0 || this.#finSent;
    if (unacknowledged && this.#seen === this.#first) {
      this.#sent = 0;
      this.#finSent = false;
      if (this.#opening) this.#synchronise();
      else this.#push();
    }
    this.#seen = this.#first;
  }

  /** Breaks the connection on both sides. */
  abort(): void {
    this.#host?.destroy();
    this.#reset();
  }

  #open(segment: Segment): void {
    if (!(segment.flags & SYN) || segment.flags & ACK) {
      // No connection is here: say so.
      this.#expected = (segment.sequence + segment.payload.length) >>> 0;
      this.#first = segment.acknowledgement;
      this.#reset();
      return;
    }
    this.#state = 'connecting';
    this.#expected = (segment.sequence + 1) >>> 0;
    this.#window = segment.window;
    this.#mss = Math.min(MSS, segment.mss ?? MSS);
    this.#host = this.connect({
      open: () => {
        if (this.#state !== 'connecting') return;
        this.#state = 'open';
        this.#first = 1;
        this.#opening = true;
        this.#synchronise();
      },
      data: (bytes) => this.#append(bytes),
      end: () => {
        this.#hostEnded = true;
        this.#push();
      },
      error: () => this.#reset(),
    });
    if (this.#host === undefined) this.#reset();
  }

  #synchronise(): void {
    this.#segment(SYN | ACK, (this.#first - 1) >>> 0, new Uint8Array(0), this.#mss);
  }

  #append(bytes: Uint8Array): void {
    const queue = new Uint8Array(this.#queue.length + bytes.length);
    queue.set(this.#queue);
    queue.set(bytes, this.#queue.length);
    this.#queue = queue;
    this.#push();
  }

  #take(segment: Segment): void {
    this.#acknowledged(segment);
    if (this.#state !== 'open') return;
    const { sequence, payload, flags } = segment;
    // What is new in it; a gap before it is not waited for.
    const skip = (this.#expected - sequence) >>> 0;
    const inOrder = !before(this.#expected, sequence) && skip <= payload.length;
    if (inOrder && payload.length > skip) {
      this.#host?.write(payload.slice(skip));
      this.#expected = (this.#expected + payload.length - skip) >>> 0;
    }
    const fin = (flags & FIN) !== 0;
    if (fin && inOrder && !this.#guestEnded) {
      this.#guestEnded = true;
      this.#expected = (this.#expected + 1) >>> 0;
      this.#host?.end();
    }
    if (payload.length > 0 || fin) this.#segment(ACK, this.#next, new Uint8Array(0));
    this.#push();
    this.#finish();
  }

  #acknowledged({ flags, acknowledgement, window }: Segment): void {
    if (!(flags & ACK)) return;
    this.#window = window;
    if (this.#opening && acknowledgement === this.#first) this.#opening = false;
    let bytes = (acknowledgement - this.#first) >>> 0;
    // One more than the queue holds acknowledges the FIN.
    const finished = this.#finSent && bytes === this.#queue.length + 1;
    if (finished) bytes--;
    if (bytes > this.#queue.length) return;
    this.#duplicates = bytes === 0 && this.#sent > 0 ? this.#duplicates + 1 : 0;
    if (this.#duplicates === 3) this.#sent = 0;
    this.#queue = this.#queue.slice(bytes);
    this.#first = (this.#first + bytes) >>> 0;
    this.#sent = Math.max(0, this.#sent - bytes);
    if (finished) {
      this.#first = acknowledgement;
      this.#finSent = false;
      this.#hostDone = true;
    }
  }

  /** Sends what the guest's window takes, and the FIN behind the last byte. */
  #push(): void {
    if (this.#state !== 'open' || this.#opening || this.#hostDone) return;
    while (this.#sent < Math.min(this.#queue.length, this.#window)) {
      const end = Math.min(this.#sent + this.#mss, this.#queue.length, this.#window);
      const piece = this.#queue.slice(this.#sent, end);
      const flags = end === this.#queue.length ? ACK | PSH : ACK;
      this.#segment(flags, (this.#first + this.#sent) >>> 0, piece);
      this.#sent = end;
    }
    if (this.#hostEnded && !this.#finSent && this.#sent === this.#queue.length) {
      this.#finSent = true;
      this.#segment(FIN | ACK, (this.#first + this.#sent) >>> 0, new Uint8Array(0));
    }
    this.#finish();
  }

  get #next(): number {
    return (this.#first + this.#sent + (this.#finSent ? 1 : 0)) >>> 0;
  }

  #finish(): void {
    if (this.#hostDone && this.#guestEnded) this.#close();
  }

  #reset(): void {
    this.#segment(RST | ACK, this.#first, new Uint8Array(0));
    this.#close();
  }

  #close(): void {
    this.#state = 'closed';
    this.closed();
  }

  #segment(flags: number, sequence: number, payload: Uint8Array, mss?: number): void {
    this.send({
      sequence,
      acknowledgement: this.#expected,
      flags,
      window: WINDOW,
      payload,
      ...(mss === undefined ? {} : { mss }),
    });
  }
}
