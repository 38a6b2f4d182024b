import { z } from "zod";
import { datasetSpecSchema, type DatasetSpec } from "../data/dataset-spec.ts";

/** The `data` part of a recipe: which images, at which size. */
export const dataShape = z
  .strictObject({
    ...datasetSpecSchema.shape,
    /** Side of the square images that the network sees, in pixels. */
    imageSize: datasetSpecSchema.shape.imageSize,
    /** Use only the first so many training images. */
    maxImages: z.int().min(1).optional(),
    /**
     * Use a part of the training images in which classes keep their shares, so many or that share of each class: with one
     * seed smaller parts lie inside larger ones.
     */
    subset: z
      .strictObject({
        count: z.int().min(1).optional(),
        fraction: z.number().gt(0).max(1).optional(),
        seed: z.int().min(0).default(0),
      })
      .refine(({ count, fraction }) => (count === undefined) !== (fraction === undefined), {
        message: "takes count or fraction, one of the two",
      })
      .optional(),
    /** Threads that decode and augment; 0: none beside the main one. */
    workers: z.int().min(0).max(64).default(1),
  })
  .prefault({});

export type DataRecipe = z.infer<typeof dataShape>;

/** The part that says which data set to open. */
export function datasetSpec({ maxImages: _max, subset: _subset, workers: _workers, ...spec }: DataRecipe): DatasetSpec {
  return spec;
}
