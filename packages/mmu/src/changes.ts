import type { ChangeListener, Disposable } from './translation.ts';

/** Those who want to know when translations change. */
export class Changes {
  private listeners: readonly ChangeListener[] = [];

  subscribe(listener: ChangeListener): Disposable {
    const own: ChangeListener = (va, size, asid) => listener(va, size, asid);
    this.listeners = [...this.listeners, own];
    return {
      dispose: () => {
        this.listeners = this.listeners.filter((other) => other !== own);
      },
    };
  }

  announce(va: number, size: number, asid: number): void {
    for (const listener of this.listeners) listener(va, size, asid);
  }
}
