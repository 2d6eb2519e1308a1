import { converse } from './gaia-serial.ts';

console.log(converse('little', 'Whatever you say.\n').trimEnd());
