/** Stable codes of {@link LinkError} and of the problems in it. */
export type LinkErrorCode =
  | 'KSEG_LD_FAILED'
  | 'KSEG_LD_INPUT'
  | 'KSEG_LD_ARCHIVE'
  | 'KSEG_LD_SCRIPT'
  | 'KSEG_LD_UNDEFINED'
  | 'KSEG_LD_DUPLICATE'
  | 'KSEG_LD_RELOCATION'
  | 'KSEG_LD_OVERFLOW'
  | 'KSEG_LD_OVERLAP'
  | 'KSEG_LD_REGION'
  | 'KSEG_LD_ASSERT'
  | 'KSEG_LD_INCOMPATIBLE';

/** One thing that is wrong with a link. */
export interface LinkProblem {
  readonly code: LinkErrorCode;
  readonly message: string;
  readonly file?: string;
  readonly symbol?: string;
}

/** A link that cannot be made. `data.problems` lists everything found, not only the first. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly code: LinkErrorCode;
  readonly data: { readonly problems: readonly LinkProblem[] };
  constructor(problems: readonly LinkProblem[]) {
    super(problems.map(({ message }) => message).join('\n'));
    this.data = { problems };
    this.code = problems.length === 1 ? problems[0]!.code : 'KSEG_LD_FAILED';
  }
}

/** Throws a {@link LinkError} with one problem. */
export function fail(code: LinkErrorCode, message: string, where: { file?: string; symbol?: string } = {}): never {
  throw new LinkError([{ code, message, ...where }]);
}
