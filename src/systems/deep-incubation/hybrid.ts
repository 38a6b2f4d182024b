import type { Tensor } from "../../graph/tensor.ts";
import type { DividedNetwork } from "../../models/divided-network.ts";
import { withFrozenStatistics } from "../../nn/trace.ts";
import { blocksBefore, type Division } from "./division.ts";

/**
 * Logits of a hybrid network in which `module` alone learns: [B, 3, H, W] → [B, K]. Frozen modules stay in their mode
 * (their drop path drops), but batch norms in them keep their running statistics. No gradient passes into what stands
 * before the module. What stands behind it hands gradients through; as no optimiser asks for those of its weights, the
 * graph never computes them. Source: section 4.1, pitfalls of section 10.
 */
export function hybridLogits(network: DividedNetwork, division: Division, module: number, image: Tensor): Tensor {
  const start = blocksBefore(division, module);
  const end = blocksBefore(division, module + 1);
  const learning = network.runBlocks(moduleInput(network, division, module, image), { start, end });
  if (module === division.length - 1) return network.leave(learning);
  return withFrozenStatistics(() => network.leave(network.runBlocks(learning, { start: end })));
}

/** What the module takes: of the first the embedded image, which is its own; of the others frozen modules' output. */
function moduleInput(network: DividedNetwork, division: Division, module: number, image: Tensor): Tensor {
  if (module === 0) return network.enter(image);
  const end = blocksBefore(division, module);
  return withFrozenStatistics(() => network.runBlocks(network.enter(image), { end })).stopGradient();
}
