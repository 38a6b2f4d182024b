import type { Tensor } from "../../graph/tensor.ts";
import type { DividedNetwork } from "../../models/divided-network.ts";
import { blocksBefore, type Division } from "./division.ts";

interface Divided {
  readonly network: DividedNetwork;
  readonly division: Division;
}

/**
 * Module imitation, the baseline of section 4.4: the mean squared difference between what the module makes of the meta
 * model's features X and what the meta model's own module makes of them, over all tokens; over the logits for the last
 * module. Nothing of the meta model learns.
 */
export function imitationLoss(student: Divided, meta: Divided, module: number, image: Tensor): Tensor {
  const before = blocksBefore(meta.division, module);
  const input =
    module === 0 ? image : meta.network.runBlocks(meta.network.enter(image), { end: before }).stopGradient();
  const expected = throughModule(meta, module, input).stopGradient();
  const difference = throughModule(student, module, input).sub(expected);
  return difference.mul(difference).mean();
}

/** Images or tokens through one module, entrance and exit where they are its own. */
function throughModule({ network, division }: Divided, module: number, input: Tensor): Tensor {
  const entered = module === 0 ? network.enter(input) : input;
  const range = { start: blocksBefore(division, module), end: blocksBefore(division, module + 1) };
  const output = network.runBlocks(entered, range);
  return module === division.length - 1 ? network.leave(output) : output;
}
