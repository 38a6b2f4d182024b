import { FoveaError } from "../errors/fovea-error.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { ParameterGroup } from "./optimiser.ts";

export interface LayerDecay {
  /** Factor between neighbouring layers, in (0, 1]. */
  readonly rate: number;
  /** Layer number of a parameter, 0 (nearest to the input) to `lastLayer`. */
  layerOf(name: string): number;
  /** The layer that learns at the full rate: head and final norm. */
  readonly lastLayer: number;
}

export interface GroupOptions {
  readonly weightDecay: number;
  /** Whether a parameter is spared the decay. Default `isVectorOrBias`. */
  readonly exempt?: (name: string, parameter: Parameter) => boolean;
  /** Learning rate of layer i times rate^(lastLayer − i). */
  readonly layerDecay?: LayerDecay;
}

/** Tensors of one axis (norms) and everything called bias: what nearly every recipe spares from weight decay. */
export const isVectorOrBias = (name: string, { rank }: { readonly rank: number }): boolean =>
  rank <= 1 || /(^|\.)bias$/.test(name);

/** `isVectorOrBias`, and parameters whose path ends in one of `names` (`pos_embed`, `encoder.mask_token`). */
export const vectorsBiasesAnd =
  (...names: readonly string[]) =>
  (name: string, parameter: { readonly rank: number }): boolean =>
    isVectorOrBias(name, parameter) || names.some((end) => name === end || name.endsWith(`.${end}`));

/**
 * Sorts the trainable ones of `parameters` into groups of equal learning-rate factor and weight decay.
 *
 * @throws FoveaError for a negative decay, a rate outside (0, 1] or a layer outside 0 … lastLayer
 */
export function parameterGroups(
  parameters: ReadonlyMap<string, Parameter>,
  { weightDecay, exempt = isVectorOrBias, layerDecay }: GroupOptions,
): ParameterGroup[] {
  if (!(weightDecay >= 0) || !(layerDecay === undefined || (layerDecay.rate > 0 && layerDecay.rate <= 1))) {
    throw new FoveaError(
      "optim/decay",
      `weightDecay ${weightDecay} must be at least 0, layer decay ${layerDecay?.rate ?? "(none)"} above 0 and at most 1`,
      { exitCode: 2 },
    );
  }
  const groups = new Map<string, { parameters: Parameter[]; lrScale: number; weightDecay: number }>();
  for (const [name, parameter] of parameters) {
    if (!parameter.trainable) continue;
    const lrScale = layerDecay === undefined ? 1 : layerScale(name, layerDecay);
    const decay = exempt(name, parameter) ? 0 : weightDecay;
    const key = `${lrScale} ${decay}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { parameters: [parameter], lrScale, weightDecay: decay });
    else group.parameters.push(parameter);
  }
  return [...groups.values()];
}

function layerScale(name: string, { rate, layerOf, lastLayer }: LayerDecay): number {
  const layer = layerOf(name);
  if (!Number.isInteger(layer) || layer < 0 || layer > lastLayer)
    throw new FoveaError("optim/layer", `parameter ${name}: layer ${layer} is outside 0 to ${lastLayer}`);
  return rate ** (lastLayer - layer);
}
