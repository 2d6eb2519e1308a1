// Work that the guest waits for, in steps between which it may go on.

/** Tells before each step but the first how large it is, about: in instructions that are translated. */
export type Steps<Result = void> = Generator<number, Result, void>;

/** Of a step that should be a pause of its own. */
export const ALONE = Number.POSITIVE_INFINITY;

/** Of the work that a region's instruction makes, what each kind of step takes, about: they add up to 1. */
export const SHARE = {
  walk: 1 / 8,
  fill: 1 / 8,
  structure: 1 / 16,
  analyse: 1 / 8,
  emit: 1 / 4,
  assemble: 1 / 16,
  compile: 1 / 8,
  add: 1 / 8,
} as const;

/** Instructions that are walked over, or emitted, in one step. */
export const STRETCH = 32;

/** Takes all steps at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same steps, each a pause of its own. */
export function* apart(steps: Steps): Steps {
  while (!steps.next().done) yield ALONE;
}

/** Steps on their way, a pause at a time. */
export class Work {
  /** Of the step to come. */
  #size = 0;

  constructor(private readonly steps: Steps) {}

  /** Takes the next step, and those behind it that fit into `room` together with it. True when there is none left. */
  goOn(room: number): boolean {
    for (let size = this.#size; ; size += this.#size) {
      const { done, value } = this.steps.next();
      if (done) return true;
      this.#size = value;
      if (size + value > room) return false;
    }
  }

  giveUp(): void {
    this.steps.return();
  }
}
