import { expect, it } from 'vitest';
import { ALONE, finish, SHARE, type Steps, Work } from './steps.ts';

/** Steps that note that they were taken; the first has no size. */
function* noting(log: string[], sizes: readonly number[]): Steps {
  try {
    log.push('first');
    for (const size of sizes) {
      yield size;
      log.push(String(size));
    }
  } finally {
    log.push('end');
  }
}

/** What each of a few pauses with `room` does. */
function pauses(room: number, sizes: readonly number[]): string[] {
  const log: string[] = [];
  const work = new Work(noting(log, sizes));
  const taken: string[] = [];
  for (let done = false; !done; ) {
    done = work.goOn(room);
    taken.push(log.splice(0).join(' '));
  }
  return taken;
}

it.each([
  { room: 10, sizes: [5, 5, 5], taken: ['first 5 5', '5 end'] },
  { room: 10, sizes: [20, 1, 10], taken: ['first', '20', '1', '10 end'] },
  { room: 0, sizes: [1, 1], taken: ['first', '1', '1 end'] },
  { room: 10, sizes: [1, ALONE, 1], taken: ['first 1', `${ALONE}`, '1 end'] },
  { room: Number.POSITIVE_INFINITY, sizes: [1, ALONE, 1], taken: [`first 1 ${ALONE} 1 end`] },
  { room: 10, sizes: [], taken: ['first end'] },
])('a pause with room for $room of steps of $sizes takes $taken', ({ room, sizes, taken }) => {
  expect(pauses(room, sizes)).toEqual(taken);
});

it('what is given up ends where it is, and is not gone on with', () => {
  const log: string[] = [];
  const work = new Work(noting(log, [1, 2]));
  work.goOn(0);
  work.giveUp();
  expect(work.goOn(0)).toBe(true);
  expect(log).toEqual(['first', 'end']);
  new Work(noting(log, [])).giveUp();
  expect(log).toHaveLength(2);
});

it('steps can be taken at once, for what comes of them', () => {
  const log: string[] = [];
  function* all(): Steps<string> {
    yield* noting(log, [1, ALONE]);
    return 'all';
  }
  expect(finish(all())).toBe('all');
  expect(log).toEqual(['first', '1', `${ALONE}`, 'end']);
});

it('the shares of a region’s steps add up to it', () => {
  expect(Object.values(SHARE).reduce((a, b) => a + b)).toBe(1);
});
