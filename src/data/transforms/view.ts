import type { RawImage } from "../image.ts";
import type { Targets } from "../targets.ts";

/** An image with what is known of it: what a transform changes together. A `Sample` is one. */
export interface View {
  readonly image: RawImage;
  readonly targets?: Targets | undefined;
}
