// One benchmark in this process, so that nothing is warm and all that it costs is counted, helper threads included: node run.mjs <board.mjs>
// <ELF> <options as JSON>. Prints the result as JSON.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [board, elf, options] = process.argv.slice(2);
const { run } = await import(pathToFileURL(board).href);
const clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
process.stdout.write(`${JSON.stringify(run(readFileSync(elf), { ...JSON.parse(options), clock }))}\n`);
