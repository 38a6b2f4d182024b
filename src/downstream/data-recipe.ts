import { z } from "zod";

/** The `data` part of a recipe: which images, at which size. */
export const dataShape = z
  .strictObject({
    /** A directory of images; its layout is recognised by content. */
    root: z.string().min(1).optional(),
    /** Without `root`: the procedural set. */
    name: z.literal("world").default("world"),
    /** Side of the square images that the network sees, in pixels. */
    imageSize: z.int().min(4).max(4096).default(32),
    /** Use only the first so many training images. */
    maxImages: z.int().min(1).optional(),
    /** Threads that decode and augment; 0: none beside the main one. */
    workers: z.int().min(0).max(64).default(1),
  })
  .prefault({});

export type DataRecipe = z.infer<typeof dataShape>;
