import type { DeviceRegion, Disposable, PhysicalMap } from '@kseg/bus';

/**
 * Regions that a guest moves about in a map: a bridge's windows, PCI base address registers. Where one would cover a region that is
 * already there, the older one stays and the window shows around it, so that no setting of a guest's can fail.
 */
export class MovableWindows {
  #placed: Disposable[] = [];

  constructor(private readonly map: PhysicalMap) {}

  /** Replaces all windows; earlier ones of the list win. */
  set(windows: readonly DeviceRegion[]): void {
    for (const region of this.#placed) region.dispose();
    this.#placed = [];
    for (const window of windows) {
      const end = Math.min(window.base + window.size, 0x1_0000_0000);
      let base = window.base;
      const inTheWay = this.map.regions.filter(
        (other) => other.kind !== 'open' && other.base < end && window.base < other.base + other.size,
      );
      for (const other of inTheWay) {
        this.#place(window, base, Math.min(other.base, end));
        base = Math.max(base, other.base + other.size);
      }
      this.#place(window, base, end);
    }
  }

  #place(window: DeviceRegion, base: number, end: number): void {
    if (end <= base) return;
    const offset = (window.offset ?? 0) + base - window.base;
    this.#placed.push(this.map.add({ ...window, base, size: end - base, offset }));
  }
}
