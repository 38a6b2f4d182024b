import type { Tensor } from "../graph/tensor.ts";
import { withDecay } from "./adam.ts";
import { defineOptimiser, type Optimiser } from "./optimiser.ts";

export interface SgdOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: g ← g + λp; u ← μu + g; p ← p − lr·u, with Nesterov p ← p − lr·(g + μu).
 * Source: torch.optim.SGD (dampening 0).
 */
export function sgd({ momentum = 0, nesterov = false }: SgdOptions = {}): Optimiser {
  return defineOptimiser({
    name: "sgd",
    slots: momentum === 0 ? [] : ["u"],
    next({ p, g, group, moments, scalar }) {
      const step = withDecay(p, g, group);
      if (momentum === 0) return { p: p.sub(step.mul(scalar("lr"))), moments: {} };
      const u = (moments["u"] as Tensor).mul(momentum).add(step); // the slot above
      const direction = nesterov ? u.mul(momentum).add(step) : u;
      return { p: p.sub(direction.mul(scalar("lr"))), moments: { u } };
    },
    scalars: (_update, learningRate, { lrScale }) => ({ lr: learningRate * lrScale }),
  });
}
