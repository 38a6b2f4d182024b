import { z } from "zod";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { CheckpointLayout } from "../../models/checkpoint-layouts/checkpoint-layout.ts";
import { checkpointLayouts } from "../../models/checkpoint-layouts/layouts.ts";
import { Resnet } from "../../models/convolutional/resnet.ts";
import type { DividedNetwork } from "../../models/divided-network.ts";
import { Swin } from "../../models/swin/swin.ts";
import { swinNames, swinSize } from "../../models/swin/swin-sizes.ts";
import { Vit } from "../../models/vit.ts";
import { deitStart } from "../../models/vit-start.ts";
import { truncatedNormal } from "../../nn/initialisers.ts";
import { type Division, divide, divideEqually, metaDivision, moduleStarts, stageDepths } from "./division.ts";

const count = z.int().min(1);

const vit = z.strictObject({
  family: z.literal("vit"),
  /** D */
  width: count.default(768),
  heads: count.default(12),
  /** Blocks of the whole network, L. */
  depth: count.default(12),
  /** Side of a token in pixels. */
  patchSize: count.default(16),
  qkvBias: z.boolean().default(true),
  /** ε of the norms. */
  eps: z.number().positive().default(1e-6),
  /** Standard deviation of the first weights. */
  weightStd: z.number().positive().default(0.02),
});

const swin = z.strictObject({
  family: z.literal("swin"),
  size: z.enum(swinNames).default("swin-t"),
  patchSize: count.default(4),
  /** Tokens along a side of a window. */
  window: count.default(7),
});

/** CIFAR's residual network: three groups of 16, 32 and 64 channels. */
const resnet = z.strictObject({
  family: z.literal("resnet"),
  /** 6·n + 2 layers, n blocks in each group. */
  depth: z
    .int()
    .min(8)
    .refine((depth) => depth % 6 === 2, "must be 6·n + 2: 20, 32, 56, 110")
    .default(110),
});

/** The `model` part of a recipe: the target network. */
export const backboneShape = z.discriminatedUnion("family", [vit, swin, resnet]).prefault({ family: "vit" });

export type BackboneRecipe = z.infer<typeof backboneShape>;

/** The `modules` part of a recipe: how the target is cut, and how deep the meta model is. */
export const modulesShape = z
  .strictObject({
    /** K, equal modules. */
    count: count.default(4),
    /** Blocks of each module, where they are not equal; wins over `count`. */
    depths: z.array(count).min(1).readonly().optional(),
    /** Blocks of the meta model in the place of each module; in each stage that the module reaches. */
    metaDepth: count.default(1),
  })
  .prefault({});

export type ModulesRecipe = z.infer<typeof modulesShape>;

/** Blocks in each stage of the target. */
function targetDepths(model: BackboneRecipe): readonly number[] {
  if (model.family === "vit") return [model.depth];
  return model.family === "swin" ? swinSize(model.size).depths : [1, 1, 1].map(() => (model.depth - 2) / 6);
}

/**
 * How the target and its meta model are cut.
 *
 * @throws FoveaError where the modules do not fill the network, or cut a pair of a plain and a shifted Swin block
 */
export function divisionsOf(model: BackboneRecipe, modules: ModulesRecipe): { target: Division; meta: Division } {
  const depths = targetDepths(model);
  const target = modules.depths === undefined ? divideEqually(depths, modules.count) : divide(depths, modules.depths);
  if (model.family === "swin") checkPairs(target);
  return { target, meta: metaDivision(target, modules.metaDepth) };
}

/** A module inside a Swin stage must begin with a plain window, as in the whole network. */
function checkPairs(division: Division): void {
  moduleStarts(division).forEach((starts, stage) => {
    const odd = starts.find((start) => start % 2 === 1);
    if (odd === undefined) return;
    throw new FoveaError("incubation/division", `a module begins at block ${odd} of Swin stage ${stage}`, {
      hint: "plain and shifted blocks come in pairs: set modules.depths so that each module takes whole pairs of a stage",
      exitCode: 2,
    });
  });
}

export interface NetworkSize {
  readonly imageSize: number;
  readonly classes: number;
  /** Rate of the last block of the network that is built; it rises linearly from 0. */
  readonly dropPath: number;
}

/** The network of `division`: the target, its meta model or a hybrid of both. */
export function networkOf(
  model: BackboneRecipe,
  division: Division,
  { imageSize, classes, dropPath }: NetworkSize,
): DividedNetwork {
  const depths = stageDepths(division);
  if (model.family === "resnet") return new Resnet({ depths, stemWidth: 16, widths: [16, 32, 64], classes });
  if (model.family === "swin") {
    const { size, patchSize, window } = model;
    const shiftRestarts = moduleStarts(division);
    return new Swin({ ...swinSize(size), depths, patchSize, window, imageSize, classes, dropPath, shiftRestarts });
  }
  const { family: _, weightStd, ...size } = model;
  const matrix = truncatedNormal(weightStd);
  return new Vit({ ...size, depth: depths[0], imageSize, classes, dropPath, start: { ...deitStart, matrix } });
}

/** How files of a backbone are written: the official ones, or our own. */
export const layoutOf = ({ family }: BackboneRecipe): CheckpointLayout =>
  family === "vit" ? checkpointLayouts["deep-incubation"] : checkpointLayouts.plain;
