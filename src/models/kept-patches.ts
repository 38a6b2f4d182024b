import { FoveaError } from "../errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../graph/dtype.ts";
import { show } from "../graph/tensor.ts";

/** Patches that a random draw keeps, and the way back. */
export interface KeptPatches {
  /** int64 [B, K]: the K patches that stay, first in the order of their draws. */
  readonly kept: HostTensor<"int64">;
  /** int64 [B, N]: where each patch stands in that order. */
  readonly restore: HostTensor<"int64">;
  /** [B, N]: 1 where a patch was removed. */
  readonly mask: HostTensor<"float32">;
}

/**
 * Keeps the `count` patches of each sample with the smallest draws (MAE: uniform noise) or the largest (EVA-CLIP's
 * patch dropout: normal noise); equal draws in the order of the patches.
 *
 * @param noise [B, N], a draw for each patch
 */
export function keepPatches(noise: HostTensor<"float32">, count: number, which: "smallest" | "largest"): KeptPatches {
  const [batch, patches] = noise.shape;
  if (noise.shape.length !== 2 || !Number.isInteger(count) || count < 1 || count > patches) {
    throw new FoveaError("shape/tokens", `keepPatches: ${count} patches cannot stay of noise ${show(noise)}, [B, N]`);
  }
  const kept = new BigInt64Array(batch * count);
  const restore = new BigInt64Array(batch * patches);
  const mask = new Float32Array(batch * patches).fill(1);
  for (let sample = 0; sample < batch; sample++) {
    const draws = noise.data.subarray(sample * patches, (sample + 1) * patches);
    const sign = which === "smallest" ? 1 : -1;
    const order = Array.from(draws, (_, patch) => patch).sort((a, b) => sign * (draws[a] - draws[b]));
    order.forEach((patch, place) => {
      restore[sample * patches + patch] = BigInt(place);
      if (place >= count) return;
      kept[sample * count + place] = BigInt(patch);
      mask[sample * patches + patch] = 0;
    });
  }
  return {
    kept: hostTensor("int64", [batch, count], kept),
    restore: hostTensor("int64", [batch, patches], restore),
    mask: hostTensor("float32", [batch, patches], mask),
  };
}
