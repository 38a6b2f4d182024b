import type { Tensor } from "../graph/tensor.ts";
import { rescaledAdam, type AdamOptions } from "./adam.ts";
import { defineOptimiser, type Optimiser } from "./optimiser.ts";

/**
 * LAMB: r = m̂/(√v̂ + ε) + λp; p ← p − lr·(‖p‖/‖r‖)·r. The ratio is 1 where a norm is 0 and, as in timm and apex, in
 * groups without weight decay (biases, norms). The global gradient clip of those is `clipByGlobalNorm(…, 1)`.
 * Source: arXiv 1904.00962, algorithm 2; timm's lamb.py (bias correction, gradient averaging).
 */
export function lamb({ epsilon = 1e-6, ...betas }: AdamOptions = {}): Optimiser {
  const adam = rescaledAdam({ epsilon, ...betas });
  return defineOptimiser({
    name: "lamb",
    slots: ["m", "v"],
    perTensor: true,
    next({ p, g, group, moments, scalar }) {
      const next = adam.moments(g, moments);
      const plain = adam.direction(next, scalar).mul(scalar("correction")); // m̂/(√v̂ + ε)
      if (group.weightDecay === 0) return { p: p.sub(plain.mul(scalar("lr"))), moments: next };
      const r = plain.add(p.mul(group.weightDecay));
      return { p: p.sub(r.mul(trustRatio(p, r).mul(scalar("lr")))), moments: next };
    },
    scalars(update, learningRate, { lrScale }) {
      const { lr, epsilon: shifted } = adam.scalars(update, 1);
      return { lr: learningRate * lrScale, correction: lr, epsilon: shifted };
    },
  });
}

function trustRatio(p: Tensor, r: Tensor): Tensor {
  const [pNorm, rNorm] = [p, r].map((t) => t.mul(t).sum().sqrt()) as [Tensor, Tensor];
  const one = pNorm.mul(0).add(1);
  return pNorm.greater(0).where(rNorm.greater(0).where(pNorm.div(rNorm), one), one);
}
