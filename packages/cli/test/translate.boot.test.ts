import { writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { kseg, scratch } from './kseg.ts';

const { path, dispose } = scratch();
afterAll(dispose);

it('tells every step of a translation through a TLB from a file', () => {
  const page = (pa: string, dirty: boolean) => ({ pa, valid: true, dirty, cca: 3 });
  writeFileSync(
    path('tlb.json'),
    JSON.stringify([{ va: '0x7fff0000', asid: 5, even: page('0x123000', true), odd: page('0x456000', false) }]),
  );
  const at = (va: string, ...options: string[]) =>
    kseg(['translate', '--cpu', '24Kf', '--tlb', path('tlb.json'), '--mode', 'user', '--asid', '5', ...options, va]);
  const hit = at('0x7fff1234');
  expect(hit.stdout).toMatch(/kuseg|useg/);
  expect(hit.stdout).toMatch(/0x00456234/);
  expect(hit.status).toBe(0);
  expect(at('0x7fff1234', '--access', 'store').stdout).toMatch(/Mod/);
  expect(at('0x7fff2000').stdout).toMatch(/TLBL[\s\S]*0x80000000/);
  expect(at('0x80000000').stdout).toMatch(/AdEL/);
});

it('prints the whole address space', () => {
  const { stdout } = kseg(['translate', '--cpu', '4Km']);
  expect(stdout).toMatch(/kseg0/);
  expect(stdout.split('\n').length).toBeGreaterThan(4);
});

it('names the entry of a file that is wrong', () => {
  writeFileSync(path('half.json'), '[{ "va": "0x1000" }, { "va": "0x2000" }]');
  const { status, stderr } = kseg(['translate', '--tlb', path('half.json'), '0']);
  expect(stderr).toMatch(/half\.json: entry 0: va must be a multiple of 0x2000, not 0x1000/);
  expect(status).toBe(2);
});

it.each([
  [['--cpu', '24Kz', '0'], /24Kz/],
  [['0x1_0000_0000'], /32-bit address/],
  [['--asid', '300', '0'], /0 to 255/],
  [['--cpu', 'R3000A', '--asid', '200', '0'], /end at 63/],
  [['--cpu', '4Km', '--tlb', 'x.json', '0'], /no TLB/],
  [['--tlb', 'missing.json', '0'], /missing\.json: there is no such file/],
])('refuses %j in one line', (args, says) => {
  const { status, stderr } = kseg(['translate', ...args]);
  expect(stderr).toMatch(says);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBe(2);
});
