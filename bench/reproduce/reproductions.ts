import { dataScalingStudy } from "./data-scaling.ts";
import { deepIncubation } from "./deep-incubation.ts";
import { fineTuneFastestDet } from "./fine-tune-fastestdet.ts";
import { firstLight } from "./first-light.ts";
import { set12Denoising } from "./set12-denoising.ts";
import { uVitSkips } from "./u-vit.ts";

/** An acceptance run: makes again, from nothing, a figure that docs/results states. */
export interface Reproduction {
  /** One line for the list. */
  readonly summary: string;
  /** `args`: what stands after the name on the command line. Writes its own report to standard output. */
  readonly run: (args: readonly string[]) => Promise<void>;
}

/** Every acceptance run there is. Adding one is its file beside this one and a line here. */
export const reproductions: Readonly<Record<string, Reproduction>> = {
  "deep-incubation": {
    summary: "gates of deep-incubation on CIFAR-10, three seeds: shared meta model, others, from scratch, end to end",
    run: deepIncubation,
  },
  "data-scaling": {
    summary: "a study killed ten times, trunks against runs alone, then data-scaling/study on CIFAR-10",
    run: dataScalingStudy,
  },
  "fine-tune-fastestdet": {
    summary: "loss of an imported FastestDet before and after an epoch on COCO images, and its export",
    run: fineTuneFastestDet,
  },
  "first-light": { summary: "accuracy of classify/tiny with and without pre-training, three seeds", run: firstLight },
  "set12-denoising": { summary: "PSNR of a published DnCNN on Set12, all twelve images", run: set12Denoising },
  "u-vit": { summary: "u-vit/tiny with and without long skips: validation loss over three seeds", run: uVitSkips },
};
