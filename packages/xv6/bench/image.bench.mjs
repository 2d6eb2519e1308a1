// Makes a 1 GB fs.img in a file, fills it to the last block, checks it, and says what that took of time and memory. Run on the build:
// node packages/xv6/bench/image.bench.mjs
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Xv6Fs } from '../dist/index.js';
import { fileStore } from '../dist/node.js';

const BLOCKS = 2 ** 21;
const MB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'kseg-bench-'));
const start = process.cpuUsage();
const before = process.memoryUsage.rss();
let most = before;
const look = () => {
  most = Math.max(most, process.memoryUsage.rss());
};
try {
  const store = fileStore(join(folder, 'fs.img'), { blockSize: 512, create: BLOCKS });
  const fs = Xv6Fs.make({ size: BLOCKS, inodes: 60_000, store });
  const content = new Uint8Array(71_680).fill(1);
  let files = 0;
  try {
    for (; files < 50_000; files++) {
      if (files % 1000 === 0) fs.mkdir(`d${files / 1000}`);
      fs.write(`d${Math.floor(files / 1000)}/file${files % 1000}`, content);
      if (files % 100 === 0) look();
    }
  } catch (error) {
    if (error.code !== 'KSEG_XV6_NO_SPACE') throw error;
  }
  const problems = fs.check();
  look();
  store.close();
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  console.log(
    `${files} files of 70 KB in a 1 GB image, ${problems.length} problems: ${seconds.toFixed(1)} s of CPU time`,
  );
  console.log(
    JSON.stringify({ files, problems: problems.length, seconds, megabytes: Math.round((most - before) / MB) }),
  );
} finally {
  rmSync(folder, { recursive: true });
}
