import { hello } from './hello-rom.ts';

for (const endian of ['little', 'big'] as const) console.log(`${endian}-endian: ${hello(endian).trimEnd()}`);
