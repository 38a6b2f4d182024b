import { stageGrids, type SwinOptions } from "./swin-options.ts";
import { effectiveWindow } from "./windows.ts";

/**
 * Multiply-adds of one image in the convention of the official `flops()`, which the published tables follow: products,
 * norms as one pass over their values, no bias MLP. Counted from the sizes alone; `costOf` counts a program's own FLOPs,
 * two for each multiply-add. Source: swin-backbone section 4.
 */
export function swinMultiplyAdds(options: SwinOptions): number {
  const { version, width, depths, patchSize = 4, channels = 3, window = 7, classes = 1000, patchNorm = true } = options;
  const grids = stageGrids(options);
  const tokens = grids.map(([height, width]) => height * width);
  let sum = tokens[0] * width * channels * patchSize ** 2 + (patchNorm ? tokens[0] * width : 0);
  depths.forEach((depth, stage) => {
    const [c, n] = [width * 2 ** stage, tokens[stage]];
    const inWindow = effectiveWindow(window, grids[stage], 0).size ** 2;
    sum += depth * blockMultiplyAdds(c, n, inWindow, options.mlpRatio);
    if (stage === depths.length - 1) return;
    sum += (n / 4) * 8 * c * c + (version === 1 ? n * c : (n * c) / 2);
  });
  const last = depths.length - 1;
  const out = width * 2 ** last;
  return sum + (out * tokens[0]) / 2 ** depths.length + out * classes; // final norm as counted officially, head
}

/** Of n tokens in windows of `inWindow`: two norms, attention, MLP. */
const blockMultiplyAdds = (c: number, n: number, inWindow: number, mlpRatio = 4): number =>
  2 * c * n + n * (4 * c * c + 2 * inWindow * c) + 2 * mlpRatio * n * c * c;
