import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds what is older than its sources before whole machines are booted. */
export default function setup(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, 'bootstrap.mjs')], { stdio: 'inherit' });
}
