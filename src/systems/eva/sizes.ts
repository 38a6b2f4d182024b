import { unknownName } from "../../errors/unknown-name.ts";
import type { ClipTextOptions } from "../../models/clip/clip-text.ts";
import { Clip } from "../../models/clip/clip.ts";
import type { VitOptions } from "../../models/vit-options.ts";
import { cutStart, fineTuningStart } from "../../models/vit-start.ts";
import { Vit } from "../../models/vit.ts";
import type { Module } from "../../nn/module.ts";
import { MaskedAutoencoder } from "./masked-autoencoder.ts";
import { FeaturePredictor } from "./model.ts";

/** ViT-g/14: the hidden width of its MLP is 6,144. */
const giant = { width: 1408, depth: 40, heads: 16, mlpRatio: 6144 / 1408, patchSize: 14 } as const;
const large = { width: 1024, depth: 24, heads: 16, patchSize: 14 } as const;

/** A classifier of EVA-g: patches pooled, their embedding detached, branches that shrink with depth. */
const classifier = (imageSize: number, classes: number): Vit =>
  new Vit({
    ...giant,
    imageSize,
    classes,
    qkvBias: "queryAndValue",
    pool: "mean",
    patchGradient: 0,
    start: fineTuningStart,
    headScale: 0.001,
  });

/** The same on clips of T frames, whose patch embedding is trained (section 4.3). */
const videoClassifier = (frames: number, classes: number): Vit =>
  new Vit({
    ...giant,
    imageSize: 224,
    frames,
    classes,
    qkvBias: "queryAndValue",
    pool: "mean",
    start: fineTuningStart,
    headScale: 0.001,
  });

const largeClassifier = (imageSize: number, classes: number): Vit =>
  new Vit({ ...large, imageSize, classes, pool: "mean", start: fineTuningStart, headScale: 0.001 });

/** EVA-CLIP: the class token of a ViT, projected with bias; the text tower has exact GELU. */
function clip(vision: VitOptions, text: Pick<ClipTextOptions, "width" | "layers" | "heads">, embed: number): Clip<Vit> {
  const start = { start: fineTuningStart, headScale: 0.001, qkvBias: "queryAndValue" } as const;
  return new Clip(new Vit({ ...vision, ...start, classes: embed }), { ...text, embed, activation: "gelu" });
}

/** The networks of EVA's paper and of the first EVA-CLIP, by name (eva section 3.3). Nothing is allocated. */
export const evaNetworks = {
  "eva-g": () => new FeaturePredictor({ ...giant, imageSize: 224, targetWidth: 768, start: cutStart(0.015) }),
  "eva-g-224": () => classifier(224, 1000),
  "eva-g-336": () => classifier(336, 1000),
  "eva-g-560": () => classifier(560, 1000),
  "eva-g-224-21k": () => classifier(224, 21_841),
  "eva-g-video-8-722": () => videoClassifier(8, 722),
  "eva-g-video-16-400": () => videoClassifier(16, 400),
  "eva-l": () =>
    new MaskedAutoencoder({
      ...large,
      imageSize: 196,
      decoder: { width: 512, depth: 4, heads: 16 },
      targetWidth: 1024,
    }),
  "eva-l-196": () => largeClassifier(196, 1000),
  "eva-l-336": () => largeClassifier(336, 1000),
  "eva-l-224-21k": () => largeClassifier(224, 21_841),
  "eva-clip-g-14": () => clip({ ...giant, imageSize: 224 }, { width: 768, layers: 12, heads: 12 }, 1024),
  "eva-clip-g-14-plus": () => clip({ ...giant, imageSize: 224 }, { width: 1024, layers: 24, heads: 16 }, 1024),
} as const satisfies Record<string, () => Module>;

export type EvaName = keyof typeof evaNetworks;

/** The network called `name`. Throws, with the nearest name, where there is none. */
export function evaNetwork(name: string): Module {
  if (Object.hasOwn(evaNetworks, name)) return evaNetworks[name as EvaName](); // it is one of its keys
  throw unknownName("models/unknown", "EVA network", name, Object.keys(evaNetworks));
}
