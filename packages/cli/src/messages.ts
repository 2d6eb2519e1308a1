/** A line of ours on standard error, apart from what the guest prints. */
export const tell = (text: string): void => {
  process.stderr.write(`kseg: ${text}\n`);
};
