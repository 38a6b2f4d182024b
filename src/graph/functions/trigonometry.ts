import type { Tensor } from "../tensor.ts";
import { Floor } from "../operators/unary.ts";

// π in two parts: the first has few enough bits that n·high is exact in float32 up to |n| = 2¹² (Cody & Waite)
const [high, low] = [3.140625, Math.PI - 3.140625];

/**
 * sin x by reduction to [−π/2, π/2] and its Taylor polynomial: absolute error below 2e-7 for |x| up to 10⁴, on every
 * device. A GPU's own sine may be wrong by 2⁻¹¹ (Vulkan specification, precision of Sin): 1e-4 relative was seen.
 */
export const sin = (x: Tensor): Tensor => reduced(x, Floor({ x: x.mul(1 / Math.PI).add(0.5) }).y, 0);

/** cos x, to the precision of `sin`. */
export const cos = (x: Tensor): Tensor => reduced(x, Floor({ x: x.mul(1 / Math.PI) }).y, 0.5);

/**
 * With r = x − (n + shift)·π in [−π/2, π/2]: (−1)ⁿ sin r is sin x for shift 0; for shift ½ cos x is −(−1)ⁿ sin r.
 * n is constant between its steps, so that no gradient goes through it.
 */
function reduced(x: Tensor, n: Tensor, shift: 0 | 0.5): Tensor {
  const turns = n.add(shift).stopGradient();
  const r = x.sub(turns.mul(high)).sub(turns.mul(low));
  const odd = n.sub(Floor({ x: n.mul(0.5) }).y.mul(2)); // n modulo 2
  const sign = (shift === 0 ? odd.mul(-2).add(1) : odd.mul(2).sub(1)).stopGradient();
  return polynomial(r).mul(sign);
}

/** r − r³/3! + r⁵/5! − … − r¹¹/11!; the first term left out is 6e-8 at π/2. */
function polynomial(r: Tensor): Tensor {
  const square = r.mul(r);
  const sum = [1 / 120, -1 / 6].reduce(
    (y, c) => y.mul(square).add(c),
    square
      .mul(-1 / 39916800)
      .add(1 / 362880)
      .mul(square)
      .sub(1 / 5040), // Horner from the highest power down
  );
  return r.add(r.mul(square).mul(sum));
}
