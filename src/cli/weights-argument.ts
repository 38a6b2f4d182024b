import { openWeights, type WeightsFile } from "../formats/open-weights.node.ts";
import type { FlagValues } from "./flags.ts";

/** The file of weights that an argument names, with `--at` and `--skip-unknown`. */
export const weightsArgument = (path: string, { at, skipUnknown }: FlagValues): WeightsFile =>
  openWeights(path, { skipUnknown, ...(at === undefined ? {} : { at }) });
