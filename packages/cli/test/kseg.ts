import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const command = join(import.meta.dirname, '..', 'dist', 'kseg.js');

/** Runs the built command to its end. */
export function kseg(args: readonly string[], options: { input?: string; cwd?: string } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    input: '',
    timeout: 100_000,
    ...options,
  });
  return { status, stdout: stdout.replaceAll('\r\n', '\n'), stderr };
}

/** Starts the built command and leaves it running. */
export function startKseg(
  args: readonly string[],
  cwd: string,
  stdio: StdioOptions = ['pipe', 'pipe', 'inherit'],
): ChildProcess {
  return spawn(process.execPath, [command, ...args], { cwd, stdio });
}

/** A folder that is gone after the tests. */
export function scratch(): { path: (name: string) => string; folder: string; dispose: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'kseg-cli-'));
  return { folder, path: (name) => join(folder, name), dispose: () => rmSync(folder, { recursive: true }) };
}

/** `--expect`/`--send` arguments for a shell session of these commands. */
export function shell(...commands: readonly string[]): string[] {
  return [...commands.flatMap((line) => ['--expect', '$ ', '--send', `${line}\\n`]), '--expect', '$ '];
}
