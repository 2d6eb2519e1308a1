import {
  type Device,
  type IrqLine,
  type RegisterSpec,
  type Scheduler,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { DerivedClock } from './derived-clock.ts';
import { copyState } from './state.ts';

export const mc146818Registers: readonly RegisterSpec[] = [
  {
    name: 'INDEX',
    offset: 0,
    width: 1,
    access: 'w',
    description: 'number of the register behind DATA (bits 6:0); reads float to 0xff',
  },
  { name: 'DATA', offset: 1, width: 1, access: 'rw', description: 'the register chosen' },
];

/** The registers behind INDEX and DATA; those from 0x0e up are plain battery-backed RAM. `offset` is the index. */
export const mc146818Indexed: readonly RegisterSpec[] = [
  { name: 'SECONDS', offset: 0x00, width: 1, access: 'rw', description: '0 to 59' },
  {
    name: 'SECONDS_ALARM',
    offset: 0x01,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'alarm; 0xc0 and above match any',
  },
  { name: 'MINUTES', offset: 0x02, width: 1, access: 'rw', description: '0 to 59' },
  {
    name: 'MINUTES_ALARM',
    offset: 0x03,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'alarm; 0xc0 and above match any',
  },
  { name: 'HOURS', offset: 0x04, width: 1, access: 'rw', description: '0 to 23, or 1 to 12 with bit 7 for p.m.' },
  {
    name: 'HOURS_ALARM',
    offset: 0x05,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'alarm; 0xc0 and above match any',
  },
  { name: 'WEEKDAY', offset: 0x06, width: 1, access: 'rw', description: '1 (Sunday) to 7' },
  { name: 'DAY', offset: 0x07, width: 1, access: 'rw', description: '1 to 31' },
  { name: 'MONTH', offset: 0x08, width: 1, access: 'rw', description: '1 to 12' },
  { name: 'YEAR', offset: 0x09, width: 1, access: 'rw', description: '0 to 99, counted from 2000' },
  {
    name: 'A',
    offset: 0x0a,
    width: 1,
    access: 'rw',
    reset: 0x26,
    description: '7 update in progress (read only), 6:4 divider, 3:0 periodic rate',
  },
  {
    name: 'B',
    offset: 0x0b,
    width: 1,
    access: 'rw',
    reset: 0x02,
    description: '7 SET, 6 PIE, 5 AIE, 4 UIE, 3 SQWE, 2 binary, 1 24 h, 0 DSE (storage)',
  },
  {
    name: 'C',
    offset: 0x0c,
    width: 1,
    access: 'r',
    reset: 0,
    description: '7 IRQF, 6 PF, 5 AF, 4 UF; reading clears them',
  },
  { name: 'D', offset: 0x0d, width: 1, access: 'r', reset: 0x80, description: '7 RAM and time valid' },
  { name: 'CENTURY', offset: 0x32, width: 1, access: 'rw', description: 'century; storage that starts as 20' },
];

const CRYSTAL = 32_768;
/** UIP rises 244 µs, 8 ticks of the crystal, before every update. */
const UIP_TICKS = 8;
const DAY = 86_400;

const A = 0x0a;
const B = 0x0b;
const C = 0x0c;
const D = 0x0d;
const SET = 0x80;
const PF = 0x40;
const AF = 0x20;
const UF = 0x10;
const BINARY = 0x04;
const HOURS24 = 0x02;
const DONT_CARE = 0xc0;

export interface Mc146818Options {
  readonly scheduler: Scheduler;
  readonly irq?: IrqLine | undefined;
  /** Seconds since 1970-01-01 UTC at virtual time 0 (default 2000-01-01, so that runs repeat exactly). */
  readonly startTime?: number | undefined;
}

type RtcState = {
  index: number;
  /** All 128 registers; 0 to 9 hold the time only while it stands still. */
  ram: Uint8Array;
  /** Seconds since 1970 at the crystal's tick `origin`; the time stands still while SET or the divider's reset holds it. */
  seconds: number;
  origin: number;
  /** Tick up to which flags have been worked out. */
  seen: number;
};

const toBcd = (value: number): number => (Math.floor(value / 10) << 4) | (value % 10);
const fromBcd = (value: number): number => (value >>> 4) * 10 + (value & 0xf);

/**
 * Motorola's MC146818 clock and CMOS RAM (data sheet MC146818A), running on the machine's virtual time. UIP rises 244 µs before each
 * second's update, as programs that time a second by it expect. Byte-wide: map it with `width: 1`.
 */
export class Mc146818 implements Device {
  readonly registers = mc146818Registers;
  readonly indexed = mc146818Indexed;
  readonly #scheduler: Scheduler;
  readonly #irq: IrqLine;
  readonly #clock: DerivedClock;
  #s: RtcState;

  constructor({ scheduler, irq = unconnected, startTime = 946_684_800 }: Mc146818Options) {
    this.#scheduler = scheduler;
    this.#irq = irq;
    this.#clock = new DerivedClock(scheduler, CRYSTAL);
    const ram = new Uint8Array(128);
    ram[A] = 0x26;
    ram[B] = HOURS24;
    ram[D] = 0x80;
    ram[0x32] = 0x20;
    this.#s = { index: 0, ram, seconds: Math.floor(startTime), origin: 0, seen: 0 };
    scheduler.handle(() => this.#settle());
  }

  read(offset: number, _width: Width): number {
    // The flags of C are worked out when somebody wants them; all else can be polled millions of times.
    if (!(offset & 1) || this.#s.index !== C) return this.peek(offset);
    this.#advance();
    const value = this.peek(offset);
    this.#s.ram[C] = 0;
    this.#settle();
    return value;
  }

  peek(offset: number, _width?: Width): number {
    if (!(offset & 1)) return 0xff;
    const { index, ram } = this.#s;
    if (index < A) return index & 1 && index < 6 ? ram[index]! : this.#timeField(index);
    if (index === A) return ram[A]! | (this.#updating ? 0x80 : 0);
    if (index === C) return this.#flags();
    return ram[index]!;
  }

  write(offset: number, _width: Width, value: number): void {
    const s = this.#s;
    value &= 0xff;
    if (!(offset & 1)) {
      s.index = value & 0x7f;
      return;
    }
    this.#advance();
    const { index, ram } = s;
    if (index < A && !(index & 1 && index < 6)) this.#setTime(index, value);
    else if (index === A) this.#control(A, value & 0x7f);
    else if (index === B) this.#control(B, value & SET ? value & ~0x10 : value);
    else if (index !== C && index !== D) ram[index] = value;
    this.#settle();
  }

  /** The clock and its RAM are battery-backed: reset clears only the interrupt enables and flags. */
  reset(): void {
    this.#advance();
    const { ram } = this.#s;
    ram[B]! &= ~0x78;
    ram[C] = 0;
    this.#settle();
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as RtcState);
  }

  get #halted(): boolean {
    const { ram } = this.#s;
    return (ram[B]! & SET) !== 0 || (ram[A]! & 0x60) === 0x60;
  }

  get #updating(): boolean {
    return !this.#halted && mod(this.#clock.ticks - this.#s.origin, CRYSTAL) >= CRYSTAL - UIP_TICKS;
  }

  get #now(): number {
    const { seconds, origin } = this.#s;
    return seconds + Math.floor((this.#clock.ticks - origin) / CRYSTAL);
  }

  #timeField(index: number): number {
    const { ram } = this.#s;
    return this.#halted ? ram[index]! : this.#encode(index, this.#now);
  }

  #encode(index: number, time: number): number {
    const { day, month, year, weekday } = civil(time);
    const secondOfDay = mod(time, DAY);
    switch (index) {
      case 0:
        return this.#number(secondOfDay % 60);
      case 2:
        return this.#number(Math.floor(secondOfDay / 60) % 60);
      case 4:
        return this.#hour(Math.floor(secondOfDay / 3600));
      case 6:
        return this.#number(weekday);
      case 7:
        return this.#number(day);
      case 8:
        return this.#number(month);
      default:
        return this.#number(mod(year, 100));
    }
  }

  #number(value: number): number {
    return this.#s.ram[B]! & BINARY ? value : toBcd(value);
  }

  #hour(hour: number): number {
    if (this.#s.ram[B]! & HOURS24) return this.#number(hour);
    return this.#number(hour % 12 || 12) | (hour >= 12 ? 0x80 : 0);
  }

  #decode(raw: number): number {
    return this.#s.ram[B]! & BINARY ? raw : fromBcd(raw);
  }

  #decodeHour(raw: number): number {
    if (this.#s.ram[B]! & HOURS24) return this.#decode(raw) % 24;
    return (this.#decode(raw & 0x7f) % 12) + (raw & 0x80 ? 12 : 0);
  }

  #setTime(index: number, value: number): void {
    const s = this.#s;
    if (this.#halted) {
      s.ram[index] = value;
      return;
    }
    this.#freeze();
    s.ram[index] = value;
    s.seconds = this.#compose();
    s.origin = this.#clock.ticks - mod(this.#clock.ticks - s.origin, CRYSTAL);
  }

  /** Puts the running time into the register file. */
  #freeze(): void {
    const time = this.#now;
    for (const index of [0, 2, 4, 6, 7, 8, 9]) this.#s.ram[index] = this.#encode(index, time);
  }

  /** The register file as seconds since 1970; impossible dates run over into the next month, as the day counter would. */
  #compose(): number {
    const { ram } = this.#s;
    const days = daysFromCivil(2000 + this.#decode(ram[9]!), this.#decode(ram[8]!), this.#decode(ram[7]!));
    return days * DAY + this.#decodeHour(ram[4]!) * 3600 + this.#decode(ram[2]!) * 60 + this.#decode(ram[0]!);
  }

  /** Writes A or B; a change of what holds the time still stops or starts it. */
  #control(index: number, value: number): void {
    const s = this.#s;
    const wasHalted = this.#halted;
    const held = (s.ram[A]! & 0x60) === 0x60;
    const phase = mod(this.#clock.ticks - s.origin, CRYSTAL);
    if (!wasHalted) this.#freeze();
    s.ram[index] = value;
    if (!wasHalted || this.#halted) return;
    s.seconds = this.#compose();
    // Leaving the divider's reset, the first update follows half a second later.
    s.origin = this.#clock.ticks - (held ? CRYSTAL / 2 : phase);
  }

  /** Register C as it stands now: events since `seen` included. */
  #flags(): number {
    const { ram, seen, origin, seconds } = this.#s;
    const tick = this.#clock.ticks;
    let flags = ram[C]! & (PF | AF | UF);
    const period = this.#period;
    if (period > 0 && Math.floor(tick / period) > Math.floor(seen / period)) flags |= PF;
    const before = seconds + Math.floor((seen - origin) / CRYSTAL);
    if (!this.#halted && this.#now > before) {
      flags |= UF;
      if (this.#now - before >= this.#untilAlarm(before)) flags |= AF;
    }
    return flags | (flags & ram[B]! & (PF | AF | UF) ? 0x80 : 0);
  }

  #advance(): void {
    this.#s.ram[C] = this.#flags();
    this.#s.seen = this.#clock.ticks;
  }

  /** Ticks between periodic interrupts, 0 for none. */
  get #period(): number {
    const rate = this.#s.ram[A]! & 0xf;
    return rate === 0 ? 0 : rate < 3 ? 64 << rate : 1 << (rate - 1);
  }

  /** Seconds from `time` to the next second that matches the alarm; Infinity when none of a day does. */
  #untilAlarm(time: number): number {
    const { ram } = this.#s;
    const matches = (alarm: number, field: number) => alarm >= DONT_CARE || alarm === field;
    for (let ahead = 1; ahead <= DAY; ) {
      const second = mod(time + ahead, DAY);
      if (!matches(ram[5]!, this.#hour(Math.floor(second / 3600)))) ahead += 3600 - (second % 3600);
      else if (!matches(ram[3]!, this.#number(Math.floor(second / 60) % 60))) ahead += 60 - (second % 60);
      else if (!matches(ram[1]!, this.#number(second % 60))) ahead++;
      else return ahead;
    }
    return Number.POSITIVE_INFINITY;
  }

  #settle(): void {
    this.#advance();
    const { ram, origin } = this.#s;
    this.#irq.set((ram[C]! & 0x80) !== 0);
    const tick = this.#clock.ticks;
    let next = Number.POSITIVE_INFINITY;
    // While the line is high nothing more can happen to it until C is read.
    if (!(ram[C]! & 0x80)) {
      const period = this.#period;
      if (ram[B]! & PF && period > 0) next = (Math.floor(tick / period) + 1) * period;
      if (!this.#halted && ram[B]! & (AF | UF)) {
        const elapsed = Math.floor((tick - origin) / CRYSTAL);
        const ahead = ram[B]! & UF ? 1 : this.#untilAlarm(this.#now);
        next = Math.min(next, origin + (elapsed + ahead) * CRYSTAL);
      }
    }
    if (next === Number.POSITIVE_INFINITY) this.#scheduler.cancel('interrupt');
    else this.#scheduler.at(this.#clock.timeOf(next), 'interrupt');
  }
}

/** Not with %: of numbers that are no small integers, that is a slow call. */
const mod = (a: number, b: number): number => a - Math.floor(a / b) * b;

/** The proleptic Gregorian date of a Unix time. */
function civil(time: number): { year: number; month: number; day: number; weekday: number } {
  const days = Math.floor(time / DAY);
  // Years start in March, so that the leap day is the last; eras are 400 years.
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
    weekday: mod(days + 4, 7) + 1,
  };
}

function daysFromCivil(year: number, month: number, day: number): number {
  const monthsSinceMarch = year * 12 + month - 3;
  const marchYear = Math.floor(monthsSinceMarch / 12);
  const marchMonth = mod(monthsSinceMarch, 12);
  return (
    marchYear * 365 +
    Math.floor(marchYear / 4) -
    Math.floor(marchYear / 100) +
    Math.floor(marchYear / 400) +
    Math.floor((153 * marchMonth + 2) / 5) +
    day -
    1 -
    719_468
  );
}
