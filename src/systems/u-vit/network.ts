import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { UVit, type UVitCondition } from "../../models/u-vit/u-vit.ts";
import type { UVitRecipe } from "./schema.ts";

/** The recipe's network for content of `channels` × `size` × `size`. */
export function networkOf(
  { model }: Pick<UVitRecipe, "model">,
  { channels, size }: { readonly channels: number; readonly size: number },
  condition: UVitCondition | undefined,
): UVit {
  const { identityConv: _identity, ...switches } = model;
  return new UVit({ ...switches, channels, imageSize: size, ...(condition && { condition }) });
}

/** First values of the last convolution that make it the identity: a delta kernel, bias 0. Source: u-vit section 9.1. */
export function identityConvolution(channels: number): Map<string, HostTensor> {
  const weight = new Float32Array(channels * channels * 9);
  for (let c = 0; c < channels; c++) weight[(c * channels + c) * 9 + 4] = 1;
  return new Map([
    ["final_layer.weight", hostTensor("float32", [channels, channels, 3, 3], weight)],
    ["final_layer.bias", hostTensor("float32", [channels], new Float32Array(channels))],
  ]);
}
