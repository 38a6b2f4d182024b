import { z } from "zod";
import { FoveaError } from "../errors/fovea-error.ts";
import { worldOptionsSchema, worldScenes, worldTasks } from "./world/world-options.ts";

/** Layouts of real data that are recognised. */
export const formats = [
  "cifar10",
  "cifar100",
  "cifar10-python",
  "cifar100-python",
  "idx",
  "numpy",
  "tiny-imagenet",
  "coco",
  "voc",
  "camvid",
  "ade20k",
  "image-list",
  "webdataset",
  "restoration",
  "depth-frames",
  "nyu-depth",
  "videos",
  "rawframes",
  "clips",
  "spectra",
  "folder",
] as const;
export type Format = (typeof formats)[number];

/**
 * Which images, as plain data: with `root` the real ones below that folder, else the procedural set. One flat object, so
 * that `data.root=DIR` turns a recipe on the procedural set into one on real images.
 */
export const datasetSpecSchema = z.strictObject({
  /** The set without `root`. */
  name: z.enum(["world"]).default("world"),
  /** Folder of real images. */
  root: z.string().min(1).optional(),
  /** Layout below `root`; recognised by content when absent. */
  format: z.enum(formats).optional(),
  /** Kind of the world's scenes. */
  scene: z.enum(worldScenes).default("shapes-1"),
  /** What the world's samples carry beside image and label. */
  task: z.enum(worldTasks).default("label"),
  /** What the world's scenes are made of. */
  world: worldOptionsSchema.optional(),
  /** Side of the world's pictures, in pixels. Real images keep their size until a transform changes it. */
  imageSize: z.int().min(8).max(2048).default(32),
  /** Pictures of the world's training split. */
  count: z.int().min(1).max(10_000_000).default(10_000),
  /** Pictures of the world's validation split. */
  valCount: z.int().min(1).max(10_000_000).default(2_000),
  /** Of the world, and of the division of a folder that is not divided. */
  seed: z.int().min(0).default(0),
  /** Share of each class held out, where the folder is not divided into train and val. */
  valFraction: z.number().gt(0).lt(1).default(0.2),
  /** Whether links below `root` may lead out of it. */
  followLinks: z.boolean().default(false),
  /** Names by label, for formats that carry none (idx). */
  classNames: z.array(z.string().min(1)).min(1).readonly().optional(),
});

export type DatasetSpec = z.infer<typeof datasetSpecSchema>;
/** As written: what has a default may be left out. */
export type DatasetSpecInput = z.input<typeof datasetSpecSchema>;

/** Checks a spec and fills in its defaults. @throws FoveaError `data/spec` naming each wrong field. */
export function parseDatasetSpec(spec: DatasetSpecInput): DatasetSpec {
  const result = datasetSpecSchema.safeParse(spec);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `data${issue.path.map((key) => `.${String(key)}`).join("")}: ${issue.message}`,
  );
  throw new FoveaError("data/spec", problems.join("; "), { exitCode: 2 });
}
