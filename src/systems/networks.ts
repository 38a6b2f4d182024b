import { unknownName } from "../errors/unknown-name.ts";
import { AutoencoderKl, stableDiffusionAutoencoder } from "../models/autoencoder-kl/autoencoder-kl.ts";
import type { checkpointLayouts } from "../models/checkpoint-layouts/layouts.ts";
import { clipSizes, openAiClip } from "../models/clip/clip-sizes.ts";
import { convolutionalNames, convolutionalNetwork } from "../models/convolutional/convolutional-sizes.ts";
import { Swin } from "../models/swin/swin.ts";
import { swinNames, swinSize } from "../models/swin/swin-sizes.ts";
import { UVit } from "../models/u-vit/u-vit.ts";
import { uVitSize, uVitSizes } from "../models/u-vit/u-vit-sizes.ts";
import { Vit } from "../models/vit.ts";
import { vitNames, vitSize } from "../models/vit-sizes.ts";
import type { Module } from "../nn/module.ts";
import { incubationNetwork, incubationSizes } from "./deep-incubation/sizes.ts";
import { evaNetwork, evaNetworks } from "./eva/sizes.ts";
import { painterNetwork, painterSizes } from "./painter/sizes.ts";

export type LayoutName = keyof typeof checkpointLayouts;

/** A network that can be built by name. */
export interface NamedNetwork {
  /** Nothing is allocated: parameters get values when somebody initialises or loads them. */
  build(options: { readonly classes: number }): Module;
  /** How files of it are written, by their layout's name; the first that fits is used. */
  readonly layouts: readonly LayoutName[];
}

function named(
  names: readonly string[],
  layouts: readonly LayoutName[],
  build: (name: string, options: { readonly classes: number }) => Module,
): [string, NamedNetwork][] {
  return names.map((name) => [name, { layouts, build: (options) => build(name, options) }]);
}

/** Every network that has a name. A new family is its room and its line here. */
export const networks: ReadonlyMap<string, NamedNetwork> = new Map([
  ...named(vitNames, ["plain", "deep-incubation"], (name, { classes }) => new Vit({ ...vitSize(name), classes })),
  ...named(
    swinNames,
    ["swin", "swin-simmim", "swin-distilled", "esvit"],
    (name, { classes }) => new Swin({ ...swinSize(name), classes }),
  ),
  ...named(Object.keys(uVitSizes), ["u-vit"], (name) => new UVit(uVitSize(name))),
  ...named(convolutionalNames, ["knowledge-condensation", "cifar-resnet", "plain"], convolutionalNetwork),
  ...named(Object.keys(clipSizes), ["openai-clip"], (name) => openAiClip(name)),
  ...named(Object.keys(evaNetworks), ["eva", "eva-classifier", "eva-clip"], (name) => evaNetwork(name)),
  ...named(Object.keys(painterSizes), ["painter", "seggpt-hugging-face", "painter-from-mae"], painterNetwork),
  ...named(Object.keys(incubationSizes), ["deep-incubation", "plain"], (name) => incubationNetwork(name)),
  ...named(
    ["autoencoder-kl"],
    ["autoencoder-kl", "autoencoder-kl-stable-diffusion", "autoencoder-kl-diffusers"],
    () => new AutoencoderKl(stableDiffusionAutoencoder),
  ),
]);

/** The network called `name`. @throws FoveaError (exit code 2) with the nearest name where there is none */
export function findNetwork(name: string): NamedNetwork {
  const found = networks.get(name);
  if (found === undefined) throw unknownName("catalogue/network", "network", name, [...networks.keys()]);
  return found;
}
