/** A field of a seed: where a number stands. */
export interface Field {
  readonly at: number;
  readonly bytes: 1 | 2 | 4 | 8;
}

/** A file made to harm. */
export interface Attack {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What an honest reader may hold of it, in bytes; the file's length when absent. */
  readonly honestBytes?: number;
}

/** A reader with what is done to it. Adding a format is one of these in `targets.ts`. */
export interface Target {
  readonly name: string;
  /** Small honest files, which are read. */
  readonly seeds: readonly Uint8Array[];
  /** The seeds are refused: damage must not make them harmless to look at and harmful to read. */
  readonly hostile?: true;
  /** Places that hostile numbers are written to, beside those that chance finds. */
  readonly fields?: (seed: Uint8Array) => readonly Field[];
  /** Numbers stand there as digits. */
  readonly digits?: boolean;
  /** Mends checksums, so that damage gets past them; done to every second file. */
  readonly repair?: (damaged: Uint8Array) => Uint8Array;
  readonly attacks?: readonly Attack[];
  /** Reads everything in the file. Whatever is thrown but a `FoveaError` is a failure. */
  read(bytes: Uint8Array): unknown;
}
