import { FoveaError } from "../../errors/fovea-error.ts";
import { nearest } from "../../errors/nearest.ts";
import type { Normalisation } from "../../data/transforms/normalise.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { interpolate } from "../../graph/functions/interpolate.ts";
import { constantOf, type Tensor } from "../../graph/tensor.ts";
import type { FeatureList, FeatureOptions } from "../../models/convolutional/classifier.ts";
import type { Module } from "../../nn/module.ts";
import { tapped } from "../../nn/trace.ts";
import type { NetworkOutputs } from "./distillers/distiller.ts";

/** A classifier of any kind whose features a distiller may read. */
export interface ObservedNetwork {
  readonly module: Module;
  /**
   * float32 [B, 3, S, S] in [0, 1] → features and logits.
   *
   * @param preactivations hand out the maps before their last activation as well
   */
  observe(pixels: Tensor, options?: { readonly preactivations?: boolean }): NetworkOutputs;
}

type Classifier = Module & { forward(image: Tensor): Tensor };
type WithFeatures = Classifier & { withFeatures(image: Tensor, options?: FeatureOptions): FeatureList };

export interface ObserveOptions {
  readonly normalise: Normalisation;
  /** Side of the images that the network takes; pixels of another are resampled. */
  readonly imageSize?: number | undefined;
  /** Module paths below the network whose results are its features. */
  readonly taps?: readonly string[] | undefined;
}

/**
 * A network of ours: its features are what it hands out itself (`withFeatures`), else what the modules at `taps` return,
 * else (a network of blocks) the results of four blocks.
 */
export function observedNetwork(network: Classifier, options: ObserveOptions): ObservedNetwork {
  const { normalise, imageSize, taps } = options;
  return {
    module: network,
    observe(pixels, { preactivations = false } = {}) {
      const image = normalised(sized(pixels, imageSize), normalise);
      if (taps === undefined && "withFeatures" in network) {
        const { features, logits } = (network as WithFeatures).withFeatures(image, { preactivation: preactivations });
        return { logits, features, preactivations: features };
      }
      const { result: logits, features } = tapped(() => network.forward(image));
      const prefix = network.path === undefined || network.path === "" ? "" : `${network.path}.`;
      const found = (taps ?? blockTaps(network)).map((tap) => tapOf(features, prefix, tap));
      return withPooled(logits, found);
    },
  };
}

/** Maps as they are, tokens as maps, and behind them the last one's mean. */
export function withPooled(logits: Tensor, taps: readonly Tensor[]): NetworkOutputs {
  const maps = taps.map(asMap);
  const last = maps.at(-1);
  const features =
    last === undefined ? [logits] : last.rank === 2 ? maps : [...maps, last.mean(last.shape.map((_, i) => i).slice(2))];
  return { logits, features, preactivations: features };
}

/** Tokens [B, N, D] of a square, with or without one for the class, as a map [B, D, √N, √N]; all else as it is. */
function asMap(feature: Tensor): Tensor {
  if (feature.rank !== 3) return feature;
  const [rows, tokens, width] = feature.shape;
  const side = Math.floor(Math.sqrt(tokens));
  const extra = tokens - side * side;
  if (extra > 1) return feature;
  return feature.slice(1, extra).permute([0, 2, 1]).reshape([rows, width, side, side]);
}

function tapOf(features: ReadonlyMap<string, Tensor>, prefix: string, tap: string): Tensor {
  const found = features.get(prefix + tap);
  if (found !== undefined) return found;
  const names = [...features.keys()].map((name) => name.slice(prefix.length)).filter((name) => name !== "");
  const guess = nearest(tap, names);
  throw new FoveaError("distil/tap", `no module called ${tap} returns a feature`, {
    hint: guess === undefined ? `there are ${names.slice(0, 12).join(", ")}, …` : `did you mean ${guess}?`,
    exitCode: 2,
  });
}

/** Four blocks at equal distances, the last one among them. */
function blockTaps(network: Module): string[] {
  const paths = "blockPaths" in network ? (network.blockPaths as readonly string[]) : []; // DividedNetwork
  const count = Math.min(4, paths.length);
  return Array.from({ length: count }, (_, i) => paths[Math.ceil(((i + 1) * paths.length) / count) - 1]);
}

/** (x − mean)/std of each channel. */
export function normalised(pixels: Tensor, { mean, std }: Normalisation): Tensor {
  const channel = (values: readonly number[]): Tensor =>
    constantOf(hostTensor("float32", [1, 3, 1, 1], Float32Array.from(values)));
  if (mean.every((value) => value === 0) && std.every((value) => value === 1)) return pixels;
  return pixels.sub(channel(mean)).div(channel(std));
}

export const sized = (pixels: Tensor, imageSize: number | undefined): Tensor =>
  imageSize === undefined || imageSize === pixels.shape[2] ? pixels : interpolate(pixels, [imageSize, imageSize]);
