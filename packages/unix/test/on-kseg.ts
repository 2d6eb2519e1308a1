import { createMachine, type Disk, r4k, type StopReason } from '@kseg/machine';
import { MB, PROMPT, type Session } from './session.ts';

export interface KsegSession extends Session {
  readonly hda?: Disk;
  /** Called with all the text so far, after each character. */
  readonly onText?: (text: string) => void;
  /** Most instructions that it may take. */
  readonly limit?: number;
  /** What is typed at something else than a prompt, before `lines`. */
  readonly steps?: readonly { readonly expect: string; readonly send: string }[];
}

/** Runs a session on our own machine until the last line's prompt, or until the guest stops for good. */
export function onKseg(session: KsegSession): {
  readonly text: string;
  readonly end: StopReason['kind'] | 'prompt';
  readonly instructions: number;
} {
  const { endian = 'little', kernel, ram = 32 * MB, lines, steps = [], limit = 5e9, hda, onText = () => {} } = session;
  const machine = createMachine(r4k({ endian, ram, hda }));
  const console = machine.console!;
  let text = '';
  let over = false;
  console.onOutput((byte) => {
    if (byte === 0x0d) return;
    text += String.fromCharCode(byte);
    onText(text);
    if (byte === 0x0a && /^panic: .*\n$/m.test(text.slice(-200))) machine.stop();
  });
  const typed = lines.map((line) => ({ expect: PROMPT, send: `${line}\n` }));
  console.script([...steps, ...typed, { expect: PROMPT }], () => {
    over = true;
  });
  machine.boot({ kernel });
  while (!over && machine.instructions < limit) {
    const stop = machine.run(1_000_000, 'skip');
    const goesOn = stop.kind === 'budget' || (stop.kind === 'waiting' && (over || Number.isFinite(stop.deadline)));
    if (!goesOn) return { text, end: stop.kind, instructions: machine.instructions };
  }
  return { text, end: over ? 'prompt' : 'budget', instructions: machine.instructions };
}
