/** `Symbol.dispose` where the program that uses this knows it. */
type DisposeSymbol = SymbolConstructor extends { readonly dispose: infer Key extends symbol } ? Key : never;

/** What ends a subscription; ending it again does nothing. Where the host has `Symbol.dispose`, `using` ends it with its block. */
export type Disposable = { dispose(): void } & { readonly [Key in DisposeSymbol]: () => void };

/** A disposable that calls `end` when it is disposed of for the first time. */
export function disposable(end: () => void): Disposable {
  let active = true;
  const dispose = () => {
    if (!active) return;
    active = false;
    end();
  };
  const { dispose: key } = Symbol as { readonly dispose?: symbol };
  return { dispose, ...(key !== undefined && { [key]: dispose }) } as unknown as Disposable;
}

/** Callbacks that come and go; one that is added twice is called twice. `onUse` is told when there is a first one, and when there is none left. */
export class Listeners<T extends unknown[] = []> {
  #all: readonly ((...args: T) => void)[] = [];

  constructor(private readonly onUse: (used: boolean) => void = () => {}) {}

  /** For loops that are called often: `notify` makes a list of its arguments. */
  get all(): readonly ((...args: T) => void)[] {
    return this.#all;
  }

  add(listener: (...args: T) => void): Disposable {
    this.#all = [...this.#all, listener];
    if (this.#all.length === 1) this.onUse(true);
    return disposable(() => {
      const index = this.#all.indexOf(listener);
      this.#all = this.#all.filter((_, i) => i !== index);
      if (this.#all.length === 0) this.onUse(false);
    });
  }

  notify(...args: T): void {
    for (const listener of this.#all) listener(...args);
  }
}
