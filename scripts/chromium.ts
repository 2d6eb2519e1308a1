// Tests in a real browser: Debian's headless Chromium, told what to run by a server on the loopback and asked what came of it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const browser = ['chromium-headless-shell', 'chromium'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Why nothing can run in a browser here, or undefined when it can. */
export const chromiumMissing: string | undefined =
  browser === undefined ? 'Chromium is not installed (Debian: chromium-headless-shell)' : undefined;

const TIMEOUT_MS = 60_000;
const TELL = "(told) => fetch('/told', { method: 'POST', body: JSON.stringify(told) })";
const RUN =
  'async () => { try { return { value: await run() }; } catch (error) { return { error: String(error.stack ?? error) }; } }';
const PAGES: Readonly<Record<'page' | 'worker', string>> = {
  page: `import run from './code.js'; (${RUN})().then(${TELL});`,
  worker: `new Worker('./worker.js', { type: 'module' }).onmessage = ({ data }) => (${TELL})(data);`,
};

/**
 * Bundles a module (TypeScript) from source and runs its default export, a function, in a page or in a worker of a page, under a content
 * security policy if one is given.
 * @returns what the function returns, by way of JSON; @throws what it throws
 */
export async function inChromium(
  module: string,
  resolveDir: string,
  where: 'page' | 'worker',
  policy?: string,
): Promise<unknown> {
  const { outputFiles } = await build({
    stdin: { contents: module, resolveDir, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    conditions: ['@kseg/source'],
    write: false,
  });
  const served: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/': ['text/html', '<!doctype html><script type="module" src="./main.js"></script>'],
    '/main.js': ['text/javascript', PAGES[where]],
    '/worker.js': ['text/javascript', `import run from './code.js'; (${RUN})().then(postMessage);`],
    '/code.js': ['text/javascript', outputFiles[0]!.text],
  };
  const profile = mkdtempSync(join(tmpdir(), 'kseg-chromium-'));
  const server = createServer();
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const child = spawn(
    browser!,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ],
    { stdio: 'ignore' },
  );
  try {
    const told = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Chromium says nothing for ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
      child.on('error', reject);
      server.on('request', async (request, response) => {
        const [type, body] = served[request.url ?? ''] ?? ['text/plain', ''];
        const headers = policy === undefined ? {} : { 'content-security-policy': policy };
        response.writeHead(200, { ...headers, 'content-type': type }).end(body);
        if (request.url !== '/told') return;
        clearTimeout(timer);
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part);
        resolve(Buffer.concat(parts).toString());
      });
    });
    const { value, error } = JSON.parse(told) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  } finally {
    const closed = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await closed;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
