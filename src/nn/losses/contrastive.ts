import { graphError } from "../../graph/graph-error.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import { sameShape, show, type Tensor } from "../../graph/tensor.ts";
import { crossEntropy } from "./cross-entropy.ts";

/**
 * Symmetric contrastive loss of N pairs: ½·[CE(s·U Vᵀ, i) + CE(s·V Uᵀ, i)], row i of `images` and `texts`, unit vectors
 * [N, E], being a pair. Source: CLIP (arXiv 2103.00020) figure 3, eva section 4.6.
 *
 * @param scale s, a scalar: exp of the temperature parameter
 */
export function contrastiveLoss(
  images: Tensor,
  texts: Tensor,
  scale: Tensor,
  { labelSmoothing = 0 }: { readonly labelSmoothing?: number } = {},
): Tensor {
  if (images.rank !== 2 || !sameShape(images.shape, texts.shape)) {
    const text = `contrastiveLoss: images ${show(images)} and texts ${show(texts)} are not both [N, E]`;
    throw graphError("shape/loss", text);
  }
  const logits = contrastiveLogits(images, texts, scale);
  const [pairs] = images.shape;
  const own = constant(
    hostTensor(
      "int64",
      [pairs],
      BigInt64Array.from({ length: pairs }, (_, i) => BigInt(i)),
    ),
  );
  return crossEntropy(logits, own, { labelSmoothing })
    .add(crossEntropy(logits.transpose(), own, { labelSmoothing }))
    .mul(0.5);
}

/** s·U Vᵀ: how well each image [N, E] fits each text [M, E], [N, M]. */
export const contrastiveLogits = (images: Tensor, texts: Tensor, scale: Tensor): Tensor =>
  images.matmul(texts.transpose()).mul(scale);
