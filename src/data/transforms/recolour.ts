import type { RawImage } from "../image.ts";
import type { View } from "./view.ts";

/**
 * The view with other colours, the same in all frames of a clip. The clean image of a pair stays: what is learnt of it
 * must not change with the input (Painter, spec §4.1).
 */
export function recolour(view: View, change: (image: RawImage) => RawImage): View {
  const { image, targets } = view;
  const clip = targets?.clip;
  if (clip === undefined) return { ...view, image: change(image) };
  const frames = clip.frames.map(change);
  return { image: change(image), targets: { ...targets, clip: { ...clip, frames } } };
}
