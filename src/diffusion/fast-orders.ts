import { FoveaError } from "../errors/fovea-error.ts";

/**
 * Orders of the steps of the `fast` schedule, whose sum is `evaluations`: as many of the highest order as fit, and what
 * remains at the end. Source: u-vit section 5.5.
 *
 * @param order the highest order, 1 to 3
 * @throws FoveaError for no whole number of evaluations from 1
 */
export function fastOrders(evaluations: number, order = 3): number[] {
  if (!Number.isInteger(evaluations) || evaluations < 1)
    throw new FoveaError("diffusion/evaluations", `${evaluations} evaluations: give a whole number from 1`, {
      exitCode: 2,
    });
  const of = (count: number, value: number): number[] => Array<number>(Math.max(0, count)).fill(value);
  if (order === 1) return of(evaluations, 1);
  if (order === 2) return [...of(Math.floor(evaluations / 2), 2), ...of(evaluations % 2, 1)];
  const steps = Math.floor(evaluations / 3) + 1;
  if (evaluations % 3 === 0) return [...of(steps - 2, 3), 2, 1];
  return [...of(steps - 1, 3), evaluations % 3];
}
