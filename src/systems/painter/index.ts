export { Painter, type PaintOptions, type PainterInputs } from "./model.ts";
export type { PainterOptions, PretrainedPositions } from "./painter-options.ts";
export {
  paintingLoss,
  segGptLoss,
  type PaintingError,
  type PaintingLossOptions,
  type PaintingTargets,
} from "./painting-loss.ts";
export { isNewAfterMae, painterNetwork, painterSize, painterSizes, type PainterName } from "./sizes.ts";
export { toImage, toPatches } from "./stitched-patches.ts";
