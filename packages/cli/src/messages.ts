import { explain, status } from './errors.ts';

/** A line of ours on standard error, apart from what the guest prints. */
export const tell = (text: string): void => {
  process.stderr.write(`kseg: ${text}\n`);
};

/**
 * Ends the command when its output can go nowhere: quietly, as SIGPIPE would, when the reader has gone; with one line when it cannot be
 * written. A lost standard error ends nothing.
 */
export function guardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(128 + 13);
    tell(explain(Object.assign(error, { path: 'standard output' })).text);
    process.exit(status.badInput);
  });
  process.stderr.on('error', () => {});
}
