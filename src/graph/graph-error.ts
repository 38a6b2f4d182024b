import { FoveaError, type FoveaErrorOptions } from "../errors/fovea-error.ts";
import { currentScope, describePlace } from "./scope.ts";

/**
 * A mistake made while a graph is built: `where` is the module path and the line that the user wrote. Shape rules throw
 * a plain `FoveaError`, to which `applyOperator` adds the same.
 */
export function graphError(code: string, message: string, options: FoveaErrorOptions = {}): FoveaError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 32; // deep enough to leave graph/ and nn/
  const where = describePlace(currentScope(), new Error());
  Error.stackTraceLimit = limit;
  return new FoveaError(code, message, { ...(where === undefined ? {} : { where }), ...options });
}
