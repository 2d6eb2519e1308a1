// A benchmark's ELF on our core in headless Chromium (Debian: chromium-headless-shell), in a worker. Its clock is the CPU time of all of the
// browser's processes, asked of this one.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BROWSER = 'chromium-headless-shell';
const WORKER = `
  import { run } from './board.mjs';
  const clock = () => {
    const request = new XMLHttpRequest();
    request.open('GET', './clock', false);
    request.send();
    return Number(request.responseText);
  };
  onmessage = async () => {
    const elf = new Uint8Array(await (await fetch('./elf')).arrayBuffer());
    const options = await (await fetch('./options')).json();
    const told = (() => {
      try {
        return run(elf, { ...options, clock });
      } catch (error) {
        return { error: String(error.stack ?? error) };
      }
    })();
    await fetch('./told', { method: 'POST', body: JSON.stringify(told) });
  };`;

/** Fields of /proc/PID/stat behind the command's name: the parent at 1, user and system time at 11 and 12. */
const stat = (pid) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');

/** CPU seconds of a process and of all that descend from it and are alive. */
function treeSeconds(root) {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = stat(name);
        return [{ pid: Number(name), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
      } catch {
        return []; // it has just ended
      }
    });
  const family = new Set([root]);
  let ticks = 0;
  for (let grown = -1; grown !== family.size; ) {
    grown = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  for (const process of processes) if (family.has(process.pid)) ticks += process.ticks;
  return ticks / 100;
}

export async function chromium(board, elf, options) {
  const files = {
    '/': ['text/html', `<script type="module">new Worker('./worker.js', { type: 'module' }).postMessage(0);</script>`],
    '/worker.js': ['text/javascript', WORKER],
    '/board.mjs': ['text/javascript', readFileSync(board)],
    '/elf': ['application/octet-stream', readFileSync(elf)],
    '/options': ['application/json', JSON.stringify(options)],
  };
  const profile = mkdtempSync(join(tmpdir(), 'kseg-bench-'));
  let child;
  let tell;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.url === '/told') {
      const parts = [];
      for await (const part of request) parts.push(part);
      tell(JSON.parse(Buffer.concat(parts).toString()));
    }
    const [type, body] = files[request.url] ?? [
      'text/plain',
      request.url === '/clock' ? String(treeSeconds(child.pid)) : '',
    ];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  child = spawn(BROWSER, ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
  });
  try {
    const failed = new Promise((_, reject) => child.on('error', reject));
    const result = await Promise.race([told, failed]);
    if (result.error !== undefined) throw new Error(result.error);
    return result;
  } finally {
    const closed = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await closed;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
