import { FoveaError, type FoveaErrorOptions } from "../errors/fovea-error.ts";
import { currentScope, describePlace } from "../graph/scope.ts";

/** A mistake found by a layer while its graph is built: adds the module path and the user's line. */
export function layerError(code: string, message: string, options: FoveaErrorOptions = {}): FoveaError {
  const where = describePlace(currentScope(), new Error());
  return new FoveaError(code, message, { ...options, ...(where === undefined ? {} : { where }) });
}
