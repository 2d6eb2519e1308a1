/** The stable codes of the errors that bad host input gets. What a guest does never throws. */
export type MmuErrorCode =
  | 'KSEG_MMU_ADDRESS'
  | 'KSEG_MMU_ENTRIES'
  | 'KSEG_MMU_INDEX'
  | 'KSEG_MMU_PAGE_MASK'
  | 'KSEG_MMU_FIELD'
  | 'KSEG_MMU_STATE'
  | 'KSEG_MMU_OPTION';

/** Bad host input: `code` says which kind, `data.value` is what was passed. */
export class MmuError extends Error {
  override readonly name = 'MmuError';
  readonly data: { readonly value: unknown };
  constructor(
    readonly code: MmuErrorCode,
    message: string,
    value: unknown,
  ) {
    super(message);
    this.data = { value };
  }
}

/** Throws unless `value` is an integer from 0 to `max`; `what` names it in the message. */
export function checkInteger(code: MmuErrorCode, what: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new MmuError(code, `${what} must be an integer from 0 to 0x${max.toString(16)}, not ${value}`, value);
  }
}

/** Throws unless `entries` is the size of a TLB: `least` to 64. */
export function checkEntries(entries: number, least = 1): void {
  if (!Number.isInteger(entries) || entries < least || entries > 64) {
    const sizes = least === 64 ? '64' : `${least} to 64`;
    throw new MmuError('KSEG_MMU_ENTRIES', `a TLB has ${sizes} entries, not ${entries}`, entries);
  }
}

/** Throws unless `value` is one of `choices`; `what` names the option. */
export function checkChoice(what: string, value: string, ...choices: readonly string[]): void {
  if (!choices.includes(value)) {
    throw new MmuError('KSEG_MMU_OPTION', `${what} must be one of ${choices.join(', ')}, not ${value}`, value);
  }
}

/** Throws unless `address` is an unsigned 32-bit integer (write `x >>> 0` for a signed word). */
export function checkAddress(address: number, what = 'an address'): void {
  if (address >>> 0 !== address) {
    throw new MmuError(
      'KSEG_MMU_ADDRESS',
      `${what} must be an integer from 0 to 0xffffffff, not ${address}${address < 0 ? ' (write address >>> 0)' : ''}`,
      address,
    );
  }
}

/** Throws unless `address` is an unsigned 32-bit multiple of `size`. */
export function checkAligned(address: number, size: number, what: string): void {
  checkAddress(address, what);
  if (address % size !== 0) {
    throw new MmuError(
      'KSEG_MMU_ADDRESS',
      `${what} must be a multiple of 0x${size.toString(16)}, not 0x${address.toString(16)}`,
      address,
    );
  }
}
