import { FoveaError } from "../../errors/fovea-error.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import { Embedding } from "../../nn/embedding.ts";
import { normal } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { selectTokens } from "../../nn/select-tokens.ts";
import { ClipTransformer, type ClipTransformerOptions } from "./clip-transformer.ts";

export interface ClipTextOptions extends ClipTransformerOptions {
  /** Most tokens of a text. Default 77. */
  readonly contextLength?: number;
  /** Default 49,408: CLIP's byte pairs. */
  readonly vocabulary?: number;
  /** Width of the common space. */
  readonly embed: number;
  /** Whether a token sees only those before it, padding included. Default true. */
  readonly causal?: boolean;
}

/**
 * CLIP's text tower: a causal transformer; the feature is read at the end token, which is the largest id, and projected
 * without bias. Names as in OpenAI's and EVA-CLIP's code. Source: eva section 3.5.
 */
export class ClipText extends Module {
  readonly token_embedding: Embedding;
  readonly positional_embedding: Parameter;
  readonly transformer: ClipTransformer;
  readonly ln_final: LayerNorm;
  readonly text_projection: Parameter;
  readonly causal: boolean;

  constructor(options: ClipTextOptions) {
    super();
    const { width, embed, contextLength = 77, vocabulary = 49408, causal = true } = options;
    this.token_embedding = new Embedding(vocabulary, width, normal(0, 0.02));
    this.positional_embedding = new Parameter([contextLength, width], normal(0, 0.01));
    this.transformer = new ClipTransformer(options);
    this.ln_final = new LayerNorm(width);
    this.text_projection = new Parameter([width, embed], normal(0, width ** -0.5));
    this.causal = causal;
  }

  /**
   * Ids int64 [B, L] → features [B, E].
   * @throws FoveaError when L is more than the context length
   */
  forward(ids: Tensor): Tensor {
    const [batch] = ids.shape;
    const [, width] = this.positional_embedding.shape;
    const tokens = this.tokens(ids);
    const end = ids.argmax(1).reshape([batch, 1]);
    return selectTokens(tokens, end).reshape([batch, width]).matmul(this.text_projection);
  }

  /** Ids int64 [B, L] → every token's last state behind the final norm, [B, L, W]: what text-to-image models read. */
  tokens(ids: Tensor): Tensor {
    const [context] = this.positional_embedding.shape;
    const [, length] = ids.shape;
    if (ids.rank !== 2 || ids.dtype !== "int64" || length > context) {
      throw new FoveaError("shape/text", `ClipText: ids ${show(ids)} are not int64 [B, up to ${context}]`, {
        hint: "the tokenizer's encode pads and cuts texts to the context length",
      });
    }
    const embedded = this.token_embedding.forward(ids).add(this.positional_embedding.slice(0, 0, length));
    const tokens = this.transformer.forward(embedded, { bias: this.causal ? causalBias(length) : undefined });
    return this.ln_final.forward(tokens);
  }
}

/** 0 where a token may look, else far below every score: [1, 1, L, L]. */
function causalBias(length: number): Tensor {
  const hidden = (_: unknown, i: number): number => (i % length > Math.floor(i / length) ? -1e30 : 0);
  return constant(hostTensor("float32", [1, 1, length, length], Float32Array.from({ length: length ** 2 }, hidden)));
}
