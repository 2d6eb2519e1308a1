import type fc from 'fast-check';

/** A source of chance: each call gives the next word, 0 to 0xffffffff. */
export type Random = () => number;

/** A stream of words that `seed` decides (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/**
 * A way to make values, told once and usable twice: `draw` makes one from a stream of words, a hundred times as fast as
 * fast-check would; `arbitrary` gives fast-check the same, which can shrink them. It loads nothing of fast-check itself.
 */
export class Gen<T> {
  constructor(
    readonly draw: (random: Random) => T,
    readonly arbitrary: (check: typeof fc) => fc.Arbitrary<T>,
  ) {}

  map<U>(to: (value: T) => U): Gen<U> {
    return new Gen(
      (random) => to(this.draw(random)),
      (check) => this.arbitrary(check).map(to),
    );
  }

  chain<U>(to: (value: T) => Gen<U>): Gen<U> {
    return new Gen(
      (random) => to(this.draw(random)).draw(random),
      (check) => this.arbitrary(check).chain((value) => to(value).arbitrary(check)),
    );
  }
}

/** An integer from 0 to `max`. */
export function nat(max: number): Gen<number> {
  const scale = (max + 1) / 2 ** 32;
  return new Gen(
    (random) => Math.floor(random() * scale),
    (check) => check.nat(max),
  );
}

/** An integer from `min` to `max`. */
export function integer(min: number, max: number): Gen<number> {
  const { draw } = nat(max - min);
  return new Gen(
    (random) => min + draw(random),
    (check) => check.integer({ min, max }),
  );
}

/** One of `values`; it shrinks to the first. */
export function constantFrom<T>(...values: readonly T[]): Gen<T> {
  const { draw } = nat(values.length - 1);
  return new Gen(
    (random) => values[draw(random)]!,
    (check) => check.constantFrom(...values),
  );
}

/** Of one of the kinds, the likelier the greater its weight. */
export function oneOf<T>(...kinds: readonly (readonly [weight: number, gen: Gen<T>])[]): Gen<T> {
  const lots = kinds.flatMap(([weight, { draw }]) => Array<typeof draw>(weight).fill(draw));
  const { draw: lot } = nat(lots.length - 1);
  return new Gen(
    (random) => lots[lot(random)]!(random),
    (check) =>
      check.oneof(...kinds.map(([weight, gen]) => ({ weight, arbitrary: gen.arbitrary(check) }))) as fc.Arbitrary<T>,
  );
}

export function tuple<T extends unknown[]>(...gens: { [K in keyof T]: Gen<T[K]> }): Gen<T> {
  return new Gen(
    (random) => gens.map(({ draw }) => draw(random)) as T,
    (check) => check.tuple(...gens.map((gen) => gen.arbitrary(check))) as unknown as fc.Arbitrary<T>,
  );
}

export function record<T extends object>(fields: { readonly [K in keyof T]: Gen<T[K]> }): Gen<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return new Gen(
    (random) => {
      const made = {} as T;
      for (const name of names) made[name] = fields[name].draw(random);
      return made;
    },
    (check) =>
      check.record(
        Object.fromEntries(names.map((name) => [name, fields[name].arbitrary(check)])),
      ) as unknown as fc.Arbitrary<T>,
  );
}

/** From `min` to `max` of them. fast-check prefers short lists, unless they are to be `long`. */
export function array<T>(gen: Gen<T>, min: number, max: number, length: 'short' | 'long' = 'short'): Gen<T[]> {
  const { draw: count } = integer(min, max);
  return new Gen(
    (random) => {
      const made: T[] = [];
      for (let left = count(random); left > 0; left--) made.push(gen.draw(random));
      return made;
    },
    (check) =>
      check.array(gen.arbitrary(check), {
        minLength: min,
        maxLength: max,
        ...(length === 'long' ? { size: 'max' as const } : {}),
      }),
  );
}
