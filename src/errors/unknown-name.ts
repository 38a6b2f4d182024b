import { FoveaError } from "./fovea-error.ts";
import { nearest } from "./nearest.ts";

/**
 * The error for a name that is not among `known`: it lists them and guesses which was meant. Exit code 2.
 *
 * @param what `ViT`, as in "no ViT called …"
 */
export function unknownName(code: string, what: string, name: string, known: readonly string[]): FoveaError {
  const guess = nearest(name, known);
  return new FoveaError(code, `no ${what} called ${name}; there are ${known.join(", ")}`, {
    ...(guess === undefined ? {} : { hint: `did you mean ${guess}?` }),
    exitCode: 2,
  });
}
