/** Every operator, written out: whoever holds a tensor has this list loaded (`leaf.ts`). */
import * as activations from "./activations.ts";
import * as axes from "./axes.ts";
import * as batchNormalization from "./batch-normalization.ts";
import * as bits from "./bits.ts";
import * as quantised from "./quantised.ts";
import * as recurrent from "./recurrent.ts";
import * as resize from "./resize.ts";
import * as trilu from "./trilu.ts";
import * as unruled from "./unruled.ts";
import * as binary from "./binary.ts";
import * as choose from "./choose.ts";
import * as conv from "./conv.ts";
import * as extremes from "./extremes.ts";
import * as gather from "./gather.ts";
import * as gelu from "./gelu.ts";
import * as layerNorm from "./layer-norm.ts";
import * as layout from "./layout.ts";
import * as matmul from "./matmul.ts";
import * as order from "./order.ts";
import * as pad from "./pad.ts";
import * as pool from "./pool.ts";
import * as reduce from "./reduce.ts";
import * as slice from "./slice.ts";
import * as softmax from "./softmax.ts";
import * as stopGradient from "./stop-gradient.ts";
import * as tile from "./tile.ts";
import * as unary from "./unary.ts";

export const operators = [
  activations,
  axes,
  binary,
  choose,
  conv,
  extremes,
  gather,
  gelu,
  layerNorm,
  layout,
  matmul,
  order,
  pad,
  pool,
  reduce,
  slice,
  softmax,
  stopGradient,
  tile,
  unary,
  batchNormalization,
  bits,
  quantised,
  recurrent,
  resize,
  trilu,
  unruled,
] as const;
