import { session } from './boot-aor3000.ts';

console.log(session(['?', 'uptime', 'fill', 'oops', 'uptime']));
