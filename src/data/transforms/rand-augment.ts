import type { Generator } from "../../random/generator.ts";
import type { RawImage } from "../image.ts";
import { affineGeometry, rotateGeometry, type Fill } from "./affine-geometry.ts";
import { adjustBrightness, adjustColour, adjustContrast, adjustSharpness } from "./blend-operators.ts";
import type { Affine } from "./geometry.ts";
import { moveView } from "./move-view.ts";
import { recolour } from "./recolour.ts";
import { autoContrast, equalise, invert, posterise, solarise, solariseAdd } from "./tone-operators.ts";
import type { View } from "./view.ts";

export interface RandAugmentOptions {
  /** Operators in a row. */
  readonly operators: number;
  /** Mean of the magnitude, 0 to 10. */
  readonly magnitude: number;
  /** Its standard deviation. */
  readonly magnitudeStd: number;
  /** That each operator is applied. */
  readonly probability: number;
  /** Where geometric operators show what lies outside. */
  readonly fill: Fill;
}

/** ImageNet's mean colour. */
export const imagenetMean: Fill = [124, 116, 104];

/** One change of a view. `level` is magnitude / 10, 0 to 1; `sign` ±1 by a fair coin. */
interface Operation {
  readonly level: number;
  readonly sign: () => 1 | -1;
  readonly fill: Fill;
}
type Operator = (view: View, operation: Operation) => View;

const colours =
  (change: (image: RawImage, level: number) => RawImage): Operator =>
  (view, { level }) =>
    recolour(view, (image) => change(image, level));

/** Factor 1 ± 0.9 · level. */
const enhance =
  (change: (image: RawImage, factor: number) => RawImage): Operator =>
  (view, { level, sign }) => {
    const factor = Math.max(0.1, 1 + sign() * 0.9 * level);
    return recolour(view, (image) => change(image, factor));
  };

const affine =
  (map: (amount: number, image: RawImage) => Affine, most: number): Operator =>
  (view, { level, sign, fill }) => {
    const { width, height } = view.image;
    return moveView(view, affineGeometry(width, height, map(sign() * most * level, view.image), fill));
  };

/** The "increasing" set of timm: a higher magnitude always changes more. Source: deep-incubation spec §4.3. */
const operators = {
  autoContrast: colours(autoContrast),
  equalise: colours(equalise),
  invert: colours(invert),
  rotate: (view, { level, sign, fill }) =>
    moveView(view, rotateGeometry(view.image.width, view.image.height, sign() * 30 * level, fill)),
  posterise: colours((image, level) => posterise(image, 4 - Math.trunc(4 * level))), // magnitude 10 leaves no bit: black
  solarise: colours((image, level) => solarise(image, 256 - Math.trunc(256 * level))),
  solariseAdd: colours((image, level) => solariseAdd(image, Math.trunc(110 * level))),
  colour: enhance(adjustColour),
  contrast: enhance(adjustContrast),
  brightness: enhance(adjustBrightness),
  sharpness: enhance(adjustSharpness),
  shearX: affine((amount) => [1, amount, 0, 0, 1, 0], 0.3),
  shearY: affine((amount) => [1, 0, 0, amount, 1, 0], 0.3),
  translateX: affine((amount, { width }) => [1, 0, amount * width, 0, 1, 0], 0.45),
  translateY: affine((amount, { height }) => [1, 0, 0, 0, 1, amount * height], 0.45),
} satisfies Record<string, Operator>;

export type RandAugmentOperator = keyof typeof operators;
export const randAugmentOperators = Object.keys(operators) as readonly RandAugmentOperator[]; // its own keys

/** One operator at `magnitude` 0 to 10; `sign` decides where there are two directions. */
export function applyOperator(
  view: View,
  name: RandAugmentOperator,
  { magnitude, sign, fill = imagenetMean }: { magnitude: number; sign: () => 1 | -1; fill?: Fill },
): View {
  return operators[name](view, { level: magnitude / 10, sign, fill });
}

/**
 * Operators drawn evenly, with replacement, each applied with `probability` at a magnitude N(`magnitude`,
 * `magnitudeStd`²) cut to 0 … 10. Geometric ones move the targets too. Source: timm `auto_augment.py`, deep-incubation
 * spec §4.3.
 */
export function randAugment(view: View, options: RandAugmentOptions, random: Generator): View {
  const { magnitude: mean, magnitudeStd, probability, fill } = options;
  const names = Array.from({ length: options.operators }, () => randAugmentOperators[random.integer(randAugmentOperators.length)]); // prettier-ignore
  return names.reduce((current, name) => {
    if (random.uniform() >= probability) return current;
    const magnitude = Math.min(10, Math.max(0, mean + magnitudeStd * random.normal()));
    return applyOperator(current, name, { magnitude, sign: () => (random.uniform() < 0.5 ? 1 : -1), fill });
  }, view);
}
