import { z } from "zod";
import { colourNames } from "./colours.ts";
import { flatShapeNames } from "./shapes/flat-shape.ts";
import { textureNames } from "./shapes/texture.ts";
import { thingNames } from "./things/categories.ts";

/**
 * The kinds of scene.
 * - `shapes-1`: one textured shape with clutter, eight classes (the pictures of the first recipes).
 * - `shapes`: one to five flat shapes, every attribute chosen by name.
 * - `u-vit`: the generator of U-ViT's small-scale figures, to the letter.
 * - `scene`: solid things before a camera.
 * - `actions`: clips of people, twelve classes.
 * - `surveillance`: a still camera above a street, normal traffic in train, events in val.
 */
export const worldScenes = ["shapes-1", "shapes", "u-vit", "scene", "actions", "surveillance"] as const;
export type WorldSceneName = (typeof worldScenes)[number];

/** What the samples carry beside image and label. */
export const worldTasks = [
  "label",
  "semantic",
  "instances",
  "panoptic",
  "keypoints",
  "depth",
  "captions",
  "noise",
  "rain",
  "low-light",
  "clip",
] as const;
export type WorldTask = (typeof worldTasks)[number];

/** What makes the label of a picture of shapes; two make a class of each pair. */
export const shapeAttributes = ["shape", "colour", "size", "place", "texture", "family", "orientation"] as const;
export type ShapeAttribute = (typeof shapeAttributes)[number];

const share = z.number().min(0).max(1);
const names = <T extends readonly [string, ...string[]]>(list: T) => z.array(z.enum(list)).min(1).readonly();
const range = (schema: z.ZodNumber) =>
  z
    .tuple([schema, schema])
    .readonly()
    .refine(([low, high]) => low <= high, "the first must not exceed the second");

/** Options of the world's scenes; each scene says which it looks at, and has defaults of its own. */
export const worldOptionsSchema = z.strictObject({
  /** Shapes, in the order of their labels and categories. */
  shapes: names(flatShapeNames).optional(),
  colours: names(colourNames).optional(),
  textures: names(textureNames).optional(),
  things: names(thingNames).optional(),
  /** Never drawn, and never named. */
  holdOut: z
    .strictObject({
      shapes: names(flatShapeNames).optional(),
      colours: names(colourNames).optional(),
      things: names(thingNames).optional(),
    })
    .optional(),
  /** `shapes`: least and greatest number of shapes. `scene`: of things beside the main one. */
  objects: range(z.int().min(0).max(8)).optional(),
  /** `shapes`: share of pictures whose ground is textured. `scene`: strength of the textures. */
  groundTexture: share.optional(),
  /** Size of the (main) object as a share of the picture's height. */
  scale: range(z.number().gt(0).max(1)).optional(),
  /** `shapes`: radians by which shapes may be turned either way. */
  turn: z.number().min(0).max(Math.PI).optional(),
  /** `shapes`: one attribute, or two. */
  label: z
    .union([z.enum(shapeAttributes), z.tuple([z.enum(shapeAttributes), z.enum(shapeAttributes)]).readonly()])
    .optional(),
  /** `scene`: 10 categories, or each in ten colours. */
  classes: z.union([z.literal(10), z.literal(100)]).optional(),
  /** Share of the training labels that are drawn at random. */
  labelNoise: share.optional(),
  /** Share of the training pictures whose main object has its class's own colour, so that colour gives it away. */
  textureBias: share.optional(),
  /** `u-vit`: named colours, and a caption for each picture. */
  captioned: z.boolean().optional(),
  /** Frames of a clip. */
  frames: z.int().min(2).max(1000).optional(),
  /** `shapes`: `directions` are 8 at 2 speeds, `motions` 8 directions, two ways of turning, growing and shrinking. */
  motion: z.enum(["directions", "motions"]).optional(),
  /** Width over height of `surveillance` and `scene`; `imageSize` is the height. */
  aspect: z.number().min(0.5).max(3).optional(),
});
export type WorldOptions = z.infer<typeof worldOptionsSchema>;
