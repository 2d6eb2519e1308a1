import { check } from './check.ts';
import { ToyMmu } from './toy-mmu.ts';

for (const line of check(() => new ToyMmu())) console.log(line);
