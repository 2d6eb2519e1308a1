// A kill -9 of the process is to a disk with ",write" what a power cut is to a real one.
import { once } from 'node:events';
import { afterAll, expect, it } from 'vitest';
import { kseg, scratch, startKseg } from './kseg.ts';

const KILLS = Number(process.env['KSEG_KILLS'] ?? 6);
/** The files are written in turn, over and over. */
const NAMES = 5;
const { path, folder, dispose } = scratch();
afterAll(dispose);

/** A sequence that repeats: multiplicative congruential, as good as any here. */
const random = (() => {
  let seed = Number(process.env['KSEG_PROP_SEED'] ?? 20_26);
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
})();

it(`${KILLS} kills at random instants leave a sound file system that has lost nothing whose write had returned`, {
  timeout: 10_000 + KILLS * 20_000,
}, async () => {
  const image = path('killed.img');
  expect(kseg(['mkfs', image, '--unix']).status).toBe(0);
  let total = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const guest = startKseg(['run', '--disk', `${image},write`], folder);
    const exited = once(guest, 'exit');
    let seen = '';
    let written = 0;
    const name = (i: number) => `f${i % NAMES}`;
    const content = (i: number) => `round ${kill} file ${i}${'x'.repeat((i * 37) % 400)}`;
    const next = () => guest.stdin!.write(`echo ${content(written)} > ${name(written)}\n`);
    // Instants are counted in writes first: on a busy machine, milliseconds alone would fall before the first.
    const enough = 1 + Math.floor(random() * 5);
    let isBooted = false;
    let isDoomed = false;
    guest.stdout!.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      if (!/\$ $/.test(seen)) return;
      // A prompt: the shell has waited for what it ran, so that write has returned.
      if (isBooted) written++;
      isBooted = true;
      if (written >= enough && !isDoomed) {
        isDoomed = true;
        setTimeout(() => guest.kill('SIGKILL'), random() * 300);
      }
      seen = '';
      next();
    });
    await exited;

    const check = kseg(['fsck', image]);
    expect(check.stdout).toMatch(/no errors/);
    expect(check.status).toBe(0);
    total += written;
    // One name fewer than there are: the oldest is the one whose replacement was under way.
    for (let i = Math.max(0, written - NAMES + 1); i < written; i++)
      expect(kseg(['cat', image, name(i)])).toEqual({ status: 0, stdout: `${content(i)}\n`, stderr: '' });
  }
  console.log(`${total} writes had returned before ${KILLS} kills`);
  expect(total).toBeGreaterThan(KILLS);
});
