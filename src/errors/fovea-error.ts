/** What a `FoveaError` may carry beside its message. */
export interface FoveaErrorOptions {
  /** What to do next, one sentence. */
  readonly hint?: string;
  /** Where the mistake stands: a module path, a file and line of the user. */
  readonly where?: string;
  readonly cause?: unknown;
  /** 1: the work failed; 2: wrong usage or recipe. Default 1. */
  readonly exitCode?: 1 | 2;
}

/**
 * The caller's mistake, in words for people (`message`, `hint`, `where`) and a stable `code` (`room/what`) for
 * programs. Anything else that is thrown is a bug of ours and keeps its stack.
 */
export class FoveaError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(code: string, message: string, options: FoveaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FoveaError";
    this.code = code;
    this.hint = options.hint;
    this.where = options.where;
    this.exitCode = options.exitCode ?? 1;
  }
}
