import { z } from "zod";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { Generator } from "../../random/generator.ts";

/** How the images of a batch are mixed, as plain data; the defaults are those of the recipes. */
export const mixSchema = z.strictObject({
  /** α of mixup's Beta(α, α), 0.8 unless said; 0: no mixup. */
  mixup: z.number().min(0).max(1).optional(),
  /** α of cutmix's Beta(α, α), 1 unless said; 0: no cutmix. */
  cutmix: z.number().min(0).max(1).optional(),
  /** That a batch is cut where both are on: ½ unless said. */
  switchProbability: z.number().min(0).max(1).optional(),
  /** That a batch is mixed at all: 1 unless said. */
  probability: z.number().min(0).max(1).optional(),
});
export type MixSpec = z.infer<typeof mixSchema>;

/** What was done to a batch: what its targets need. */
export type Mix =
  | { readonly kind: "none"; readonly share: 1 }
  | { readonly kind: "mixup"; readonly share: number }
  /** `share` of each image's pixels is its own; the box shows the partner. */
  | { readonly kind: "cutmix"; readonly share: number; readonly box: PatchBox };

/** Rows [y0, y1) and columns [x0, x1). */
export interface PatchBox {
  readonly y0: number;
  readonly y1: number;
  readonly x0: number;
  readonly x1: number;
}

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/**
 * One draw for a whole batch: with `switchProbability` cutmix, else mixup; λ ~ Beta(α, α). Cutmix takes a box of sides
 * int(side · √(1 − λ)) around an even choice of centres, from centre − ⌊c/2⌋ to centre + ⌊c/2⌋, cut at the border, and
 * λ becomes the true share. Source: timm `mixup.py` in batch mode, deep-incubation spec §4.3.
 */
export function drawMix(spec: MixSpec, { height, width }: ImageSize, random: Generator): Mix {
  const { mixup = 0.8, cutmix = 1, switchProbability = 0.5, probability = 1 } = spec;
  if ((mixup === 0 && cutmix === 0) || random.uniform() >= probability) return { kind: "none", share: 1 };
  const cuts = cutmix > 0 && (mixup === 0 || random.uniform() < switchProbability);
  if (!cuts) return { kind: "mixup", share: beta(mixup, random) };
  const side = Math.sqrt(1 - beta(cutmix, random));
  const [halfHeight, halfWidth] = [Math.floor(Math.trunc(height * side) / 2), Math.floor(Math.trunc(width * side) / 2)];
  const [y, x] = [random.integer(height), random.integer(width)];
  const box = {
    y0: Math.max(0, y - halfHeight),
    y1: Math.min(height, y + halfHeight),
    x0: Math.max(0, x - halfWidth),
    x1: Math.min(width, x + halfWidth),
  };
  return { kind: "cutmix", share: 1 - ((box.y1 - box.y0) * (box.x1 - box.x0)) / (height * width), box };
}

/**
 * Mixes each image of `images` [B, C, H, W] with its partner, the batch read backwards, in place.
 * Maps of labels [B, 1, H, W] are cut the same way with cutmix; mixup of them has no meaning.
 *
 * @throws FoveaError `data/mix` for an odd batch, whose middle image would be its own partner
 */
export function mixImages(images: Float32Array, batch: number, size: ImageSize, mix: Mix): void {
  checkEven(batch);
  if (mix.kind === "mixup") mixRows(images, batch, mix.share);
  if (mix.kind === "cutmix") swapBoxes(images, batch, size, mix.box);
}

/** Targets [B, K] to match, in place: λ · own + (1 − λ) · partner's. @throws as `mixImages` */
export function mixTargets(targets: Float32Array, batch: number, { share }: Mix): void {
  checkEven(batch);
  if (share < 1) mixRows(targets, batch, share);
}

/** Maps of labels [B, H, W] to match a cutmix, in place; throws for a mixup, which labels of pixels cannot follow. */
export function mixLabelMaps(
  maps: Uint8Array | Uint16Array | Int32Array,
  batch: number,
  size: ImageSize,
  mix: Mix,
): void {
  checkEven(batch);
  if (mix.kind === "cutmix") swapBoxes(maps, batch, size, mix.box);
  if (mix.kind !== "mixup") return;
  throw new FoveaError("data/mix", "mixup of maps of labels: a pixel has one label", {
    hint: "use cutmix alone: { mixup: 0 }",
    exitCode: 2,
  });
}

function checkEven(batch: number): void {
  if (batch % 2 === 0) return;
  throw new FoveaError("data/mix", `mixup and cutmix pair the images of a batch: batchSize ${batch} is odd`, {
    hint: `use batchSize ${batch - 1} or ${batch + 1}`,
    exitCode: 2,
  });
}

/** Rows of `values` [B, ...] with those of the batch read backwards, in place: share · own + (1 − share) · partner's. */
export function mixRows(values: Float32Array, batch: number, share: number): void {
  const size = values.length / batch;
  for (let i = 0; i < batch / 2; i++) {
    const [a, b] = [i * size, (batch - 1 - i) * size];
    for (let at = 0; at < size; at++) {
      const [x, y] = [values[a + at], values[b + at]];
      values[a + at] = share * x + (1 - share) * y;
      values[b + at] = share * y + (1 - share) * x;
    }
  }
}

function swapBoxes(
  values: Float32Array | Uint8Array | Uint16Array | Int32Array,
  batch: number,
  { height, width }: ImageSize,
  { y0, y1, x0, x1 }: PatchBox,
): void {
  const size = values.length / batch;
  const planes = size / (height * width);
  for (let i = 0; i < batch / 2; i++) {
    for (let plane = 0; plane < planes; plane++) {
      for (let y = y0; y < y1; y++) {
        const from = (plane * height + y) * width;
        const [a, b] = [i * size + from, (batch - 1 - i) * size + from];
        const own = values.slice(a + x0, a + x1);
        values.copyWithin(a + x0, b + x0, b + x1);
        values.set(own, b + x0);
      }
    }
  }
}

/** Beta(α, α), α ≤ 1, by Jöhnk's rejection: u^(1/α) / (u^(1/α) + v^(1/α)) where the sum is at most 1. */
function beta(alpha: number, random: Generator): number {
  for (;;) {
    const [x, y] = [random.uniform() ** (1 / alpha), random.uniform() ** (1 / alpha)];
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}
