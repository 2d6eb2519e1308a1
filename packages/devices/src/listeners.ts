/** Callbacks that come and go. */
export class Listeners<T extends unknown[] = []> {
  #listeners: ((...args: T) => void)[] = [];

  add(listener: (...args: T) => void): { dispose(): void } {
    this.#listeners.push(listener);
    return {
      dispose: () => {
        this.#listeners = this.#listeners.filter((other) => other !== listener);
      },
    };
  }

  notify(...args: T): void {
    for (const listener of this.#listeners) listener(...args);
  }
}
