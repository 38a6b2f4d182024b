import { truncatedNormal, zeros } from "../../nn/initialisers.ts";
import type { LinearOptions } from "../../nn/linear.ts";

/** Every Linear of a U-ViT starts from N(0, 0.02²) and bias 0. Source: u-vit section 3.5. */
export const smallLinear = { weightInit: truncatedNormal(), biasInit: zeros } satisfies LinearOptions;
