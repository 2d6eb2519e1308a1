import { PAYLOAD } from './guests.ts';
import { transfer } from './two-machines.ts';

const { sender, receiver } = transfer((10 << 20) / PAYLOAD);
console.log(`10.0.0.1 prints:\n${sender}\n10.0.0.2 prints:\n${receiver.trimEnd()}`);
