import { performance } from 'node:perf_hooks';
import type { HostClock } from '../runner.ts';

/** The host's clock as Node has it. */
export const nodeClock: HostClock = {
  now: () => performance.now(),
  sleep(ms) {
    let wake = () => {};
    const done = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return { done, wake: () => wake() };
  },
  yield: () => new Promise((resolve) => setImmediate(resolve)),
};
