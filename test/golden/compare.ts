import { sizeOf, type HostTensor } from "../../src/graph/dtype.ts";

/** What golden cases allow in float32: ‖a − b‖ ≤ max(relative · ‖b‖, absolute). */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}
/** Of operators; where the reference is all zeros, ‖a‖ ≤ 1e-6. */
const ofOperators: Tolerance = { relative: 1e-4, absolute: 0 };

/**
 * What is wrong with `actual` against `expected`, or undefined. Shapes must agree, except that scalars are stored as
 * [1]. Integers must be equal.
 */
export function disagreement(
  name: string,
  actual: HostTensor,
  expected: HostTensor,
  { relative, absolute }: Tolerance = ofOperators,
): string | undefined {
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
  [difference, norm] = [Math.sqrt(difference), Math.sqrt(norm)];
  if (difference <= Math.max(relative * norm, absolute, norm === 0 ? 1e-6 : 0)) return undefined;
  const error = norm === 0 ? difference : difference / norm;
  return `${name}: ${norm === 0 ? "" : "relative "}error ${error.toExponential(1)}, allowed ${Math.max(relative, absolute / (norm || 1)).toExponential(0)}`;
}
