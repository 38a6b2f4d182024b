import { concat } from "../graph/operators/layout.ts";
import { filled, type Tensor } from "../graph/tensor.ts";
import type { Initialiser } from "../nn/initialisers.ts";
import { Module } from "../nn/module.ts";
import { Buffer } from "../nn/parameter.ts";
import { selectTokens } from "../nn/select-tokens.ts";

/**
 * Rotary positions of P × P patches, as EVA-02's towers have them (eva section 3.5): in each head the first half of the
 * channels turns with the row, the second with the column, by angles p·ωᵢ, ωᵢ = 10000^(−2i/(d/2)), i < d/4, each for a
 * pair of neighbouring channels: (a, b) → (a cos − b sin, b cos + a sin). The class token is not turned.
 */
export class RotaryPositions extends Module {
  readonly freqs_cos: Buffer;
  readonly freqs_sin: Buffer;

  /**
   * @param headDim d, a multiple of 4
   * @param trained patches along a side in pre-training: places are 0, trained/P, 2·trained/P, ...; default P
   */
  constructor(patches: number, headDim: number, trained = patches) {
    super();
    const table = (of: (angle: number) => number): Initialiser => {
      return (data) => {
        for (let i = 0; i < data.length; i++) data[i] = of(angleOf(i, patches, headDim, trained));
      };
    };
    this.freqs_cos = new Buffer([patches ** 2, headDim], table(Math.cos));
    this.freqs_sin = new Buffer([patches ** 2, headDim], table(Math.sin));
  }

  /**
   * Turns queries or keys [B, heads, 1 + N, d], class token first.
   * @param kept the patches that are there, int64 [B, K]; default all
   */
  rotation(kept?: Tensor): (x: Tensor) => Tensor {
    const cos = this.table(this.freqs_cos, 1, kept);
    const sin = this.table(this.freqs_sin, 0, kept);
    return (x) => x.mul(cos).add(quarterTurn(x).mul(sin));
  }

  /** [N, d] → [1, 1, 1 + N, d] with `first` for the class token; [B, 1, 1 + K, d] where patches are missing. */
  private table(rows: Tensor, first: number, kept: Tensor | undefined): Tensor {
    const [patches, headDim] = rows.shape;
    const batch = kept?.shape[0] ?? 1;
    const all = rows.reshape([1, patches, headDim]).expand([batch, patches, headDim]);
    const here = kept === undefined ? all : selectTokens(all, kept); // [B, K, d]
    return concat([filled([batch, 1, headDim], first), here], 1).reshape([batch, 1, here.shape[1] + 1, headDim]);
  }
}

/** Angle of entry `at` of a table [P·P, d]. */
function angleOf(at: number, patches: number, headDim: number, trained: number): number {
  const [token, channel] = [Math.floor(at / headDim), at % headDim];
  const half = headDim / 2;
  const place = channel < half ? Math.floor(token / patches) : token % patches;
  const pair = Math.floor((channel % half) / 2);
  return ((place * trained) / patches) * 10000 ** ((-2 * pair) / half);
}

/** (a, b) → (−b, a) on each pair of neighbouring channels. */
function quarterTurn(x: Tensor): Tensor {
  const pairs = x.reshape([...x.shape.slice(0, -1), x.shape[x.rank - 1] / 2, 2]);
  return concat([pairs.slice(-1, 1, 2).neg(), pairs.slice(-1, 0, 1)], -1).reshape(x.shape);
}
