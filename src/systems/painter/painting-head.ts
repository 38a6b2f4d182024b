import { gelu } from "../../graph/operators/gelu.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { Conv2d } from "../../nn/conv.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { PointwiseConv } from "../../nn/patches.ts";
import { Sequential } from "../../nn/sequential.ts";

/** A norm over the channels of an image that hands them on as the last axis: [B, C, H, W] → [B, H, W, C]. */
class ChannelNorm extends LayerNorm {
  override forward(x: Tensor): Tensor {
    return super.forward(x.permute([0, 2, 3, 1]));
  }
}

/**
 * 3×3 convolution, norm over channels (ε 1e-6), GELU, 1×1 convolution to RGB, called 0, 1 and 3. The 3×3 window reaches
 * one pixel over the seam of prompt and query. Source: painter section 3.10.
 */
export class PaintingHead extends Sequential {
  constructor(channels: number) {
    super([
      new Conv2d(channels, channels, 3, { padding: 1 }),
      new ChannelNorm(channels, { eps: 1e-6 }),
      gelu,
      new PointwiseConv(channels, 3),
    ]);
  }

  /** [B, channels, H, W] → [B, 3, H, W] */
  override forward(x: Tensor): Tensor {
    return super.forward(x).permute([0, 3, 1, 2]);
  }
}
