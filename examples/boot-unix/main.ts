import { session } from './boot-unix.ts';

console.log(session(['cat README', 'ls | grep sh', 'echo Hello, disk > greeting', 'cat greeting | wc', 'df']));
