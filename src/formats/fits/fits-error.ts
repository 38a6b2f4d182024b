import { FoveaError } from "../../errors/fovea-error.ts";

/** A refusal `fits/...` of `file`, with the place in it. */
export const fitsRefusal = (what: string, file: string, message: string, hint?: string): FoveaError =>
  new FoveaError(`fits/${what}`, `${file}: ${message}`, {
    hint: hint ?? "the file is damaged or no FITS file: fetch or write it again",
  });
