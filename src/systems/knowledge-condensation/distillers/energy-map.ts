import { l2Normalize } from "../../../graph/functions/direction.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { flatRows } from "./feature-pairs.ts";

/** Where a map is active: mean of squares over channels, flattened, of length 1. [B, C, H, W] → [B, H·W] */
export const energyMap = (map: Tensor): Tensor => l2Normalize(flatRows(map.mul(map).mean(1)));
