import { dataTargets } from "./data-targets.ts";
import { jpegTargets } from "./jpeg-targets.ts";
import { pictureTargets } from "./picture-targets.ts";
import { scienceTargets } from "./science-targets.ts";
import type { Target } from "./target.ts";
import { weightTargets } from "./weight-targets.ts";

/** Every reader of src/formats. A new format is one more `Target` in one of these lists. */
export const targets: readonly Target[] = [
  ...scienceTargets,
  ...pictureTargets,
  ...dataTargets,
  ...jpegTargets,
  ...weightTargets,
];
