/** Every operator, written out: whoever holds a tensor has this list loaded (`leaf.ts`). */
import * as binary from "./binary.ts";
import * as choose from "./choose.ts";
import * as gelu from "./gelu.ts";
import * as layerNorm from "./layer-norm.ts";
import * as layout from "./layout.ts";
import * as matmul from "./matmul.ts";
import * as reduce from "./reduce.ts";
import * as slice from "./slice.ts";
import * as softmax from "./softmax.ts";
import * as stopGradient from "./stop-gradient.ts";
import * as unary from "./unary.ts";

export const operators = [
  binary,
  choose,
  gelu,
  layerNorm,
  layout,
  matmul,
  reduce,
  slice,
  softmax,
  stopGradient,
  unary,
] as const;
