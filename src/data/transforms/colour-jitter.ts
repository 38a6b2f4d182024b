import type { Generator } from "../../random/generator.ts";
import type { RawImage } from "../image.ts";
import { adjustBrightness, adjustColour, adjustContrast, greyscale } from "./blend-operators.ts";
import { gaussianBlur } from "./gaussian-blur.ts";
import { recolour } from "./recolour.ts";
import { shiftHue } from "./shift-hue.ts";
import { solarise } from "./tone-operators.ts";
import type { View } from "./view.ts";

/** Half-widths of the ranges: factors from max(0, 1 − b) to 1 + b, hue from −h to h turns (at most ½). 0: left alone. */
export interface ColourJitterOptions {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
}

/** Brightness, contrast, saturation and hue by random amounts in random order. Source: torchvision `ColorJitter`. */
export function colourJitter(view: View, options: ColourJitterOptions, random: Generator): View {
  const order = random.permutation(4);
  const factor = (half: number): number => {
    const low = Math.max(0, 1 - half);
    return low + (1 + half - low) * random.uniform();
  };
  const [brightness, contrast, saturation] = [factor(options.brightness), factor(options.contrast), factor(options.saturation)]; // prettier-ignore
  const turns = options.hue * (2 * random.uniform() - 1);
  const steps: readonly ((image: RawImage) => RawImage)[] = [
    (image) => (options.brightness > 0 ? adjustBrightness(image, brightness) : image),
    (image) => (options.contrast > 0 ? adjustContrast(image, contrast) : image),
    (image) => (options.saturation > 0 ? adjustColour(image, saturation) : image),
    (image) => (options.hue > 0 ? shiftHue(image, turns) : image),
  ];
  return recolour(view, (image) => order.reduce((current, step) => steps[step](current), image));
}

/**
 * One of grey, solarised from 128 on, or blurred (σ uniform in 0.1 … 2 pixels), evenly; then colour jitter.
 * Source: DeiT III (arXiv 2204.07118) §3, official `augment.py`.
 */
export function threeAugment(view: View, jitter: ColourJitterOptions, random: Generator): View {
  const kind = random.integer(3);
  const sigma = 0.1 + 1.9 * random.uniform();
  const changed = recolour(view, (image) =>
    kind === 0 ? greyscale(image) : kind === 1 ? solarise(image, 128) : gaussianBlur(image, sigma),
  );
  return colourJitter(changed, jitter, random);
}
