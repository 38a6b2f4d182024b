import { sizeOf, type HostTensor } from "../../src/graph/dtype.ts";

/** ‖a − b‖ / ‖b‖ that golden cases allow in float32. */
export const tolerance = 1e-4;

/**
 * What is wrong with `actual` against `expected`, or undefined. Shapes must agree, except that scalars are stored as
 * [1]. Where the reference is all zeros, ‖a‖ ≤ 1e-6 is asked for.
 */
export function disagreement(name: string, actual: HostTensor, expected: HostTensor): string | undefined {
  const scalars = sizeOf(actual.shape) === 1 && sizeOf(expected.shape) === 1;
  if (!scalars && actual.shape.join() !== expected.shape.join())
    return `${name}: shape [${actual.shape.join(", ")}], expected [${expected.shape.join(", ")}]`;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(actual.data[i]), Number(expected.data[i])];
    if (!Number.isFinite(a) && a !== b) return `${name}: element ${i} is ${a}, expected ${b}`;
    if (a === b) continue; // equal infinities
    difference += (a - b) ** 2;
  }
  for (const value of expected.data) if (Number.isFinite(Number(value))) norm += Number(value) ** 2;
  const error = norm === 0 ? Math.sqrt(difference) / 1e-2 : Math.sqrt(difference / norm);
  return error <= tolerance ? undefined : `${name}: relative error ${error.toExponential(1)}, allowed ${tolerance}`;
}
