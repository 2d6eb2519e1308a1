/** Stable codes of {@link Xv6Error}. */
export type Xv6ErrorCode =
  | 'KSEG_XV6_IMAGE'
  | 'KSEG_XV6_CORRUPT'
  | 'KSEG_XV6_PARAMETER'
  | 'KSEG_XV6_NOT_FOUND'
  | 'KSEG_XV6_EXISTS'
  | 'KSEG_XV6_NOT_DIRECTORY'
  | 'KSEG_XV6_IS_DIRECTORY'
  | 'KSEG_XV6_NOT_EMPTY'
  | 'KSEG_XV6_NAME'
  | 'KSEG_XV6_NO_SPACE'
  | 'KSEG_XV6_NO_INODES'
  | 'KSEG_XV6_FILE_TOO_LARGE'
  | 'KSEG_XV6_TOO_MANY_LINKS'
  | 'KSEG_XV6_TOO_LONG'
  | 'KSEG_XV6_SYMBOL';

/** Something an image builder was asked that cannot be done. `data` holds the figures. */
export class Xv6Error extends Error {
  override readonly name = 'Xv6Error';
  constructor(
    readonly code: Xv6ErrorCode,
    message: string,
    readonly data: Readonly<Record<string, number | string>> = {},
  ) {
    super(message);
  }
}
