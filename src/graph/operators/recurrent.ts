/** Recurrent layers as ONNX has them, for running imported models; no gradient passes yet. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { float, floats, int, string } from "../attributes.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { show, type Tensor } from "../tensor.ts";

const attributes = {
  activation_alpha: floats(undefined),
  activation_beta: floats(undefined),
  clip: float(undefined),
  direction: string("forward"),
  hidden_size: int(),
  layout: int(0),
};

/** x [T, B, D], or [B, T, D] with layout 1; w [directions, gates·H, D], r [directions, gates·H, H]. */
function shapes(
  type: string,
  gates: number,
  { x, w, r }: { x: Tensor; w: Tensor; r: Tensor },
  { direction, hidden_size: hidden, layout }: { direction: string; hidden_size: number; layout: number },
): { all: TensorType; last: TensorType } {
  const directions = direction === "bidirectional" ? 2 : 1;
  const weights = (inner: number): string => [directions, gates * hidden, inner].join();
  if (x.rank !== 3 || w.shape.join() !== weights(x.shape[2]) || r.shape.join() !== weights(hidden))
    throw new FoveaError("shape/recurrent", `${type}: x ${show(x)}, w ${show(w)} and r ${show(r)} do not fit`, {
      hint: `w is [${directions}, ${gates}·hidden, inputs], r [${directions}, ${gates}·hidden, hidden], hidden ${hidden}`,
    });
  const [time, batch] = layout === 1 ? [x.shape[1], x.shape[0]] : x.shape;
  const { dtype } = x;
  return layout === 1
    ? { all: { shape: [batch, time, directions, hidden], dtype }, last: { shape: [batch, directions, hidden], dtype } }
    : { all: { shape: [time, directions, batch, hidden], dtype }, last: { shape: [directions, batch, hidden], dtype } };
}

/** ONNX RNN-14. */
export const RNN = defineOperator({
  type: "RNN",
  opset: 14,
  inputs: ["x", "w", "r", "bias?", "lengths?", "initial?"],
  outputs: ["y?", "last?"],
  attributes,
  infer({ x, w, r }, given): { y: TensorType; last: TensorType } {
    const { all, last } = shapes("RNN", 1, { x, w, r }, given);
    return { y: all, last };
  },
  gradientless: true,
});

/** ONNX GRU-14. */
export const GRU = defineOperator({
  type: "GRU",
  opset: 14,
  inputs: ["x", "w", "r", "bias?", "lengths?", "initial?"],
  outputs: ["y?", "last?"],
  attributes: { ...attributes, linear_before_reset: int(0) },
  infer({ x, w, r }, given): { y: TensorType; last: TensorType } {
    const { all, last } = shapes("GRU", 3, { x, w, r }, given);
    return { y: all, last };
  },
  gradientless: true,
});

/** ONNX LSTM-14. */
export const LSTM = defineOperator({
  type: "LSTM",
  opset: 14,
  inputs: ["x", "w", "r", "bias?", "lengths?", "initial?", "initialCell?", "peepholes?"],
  outputs: ["y?", "last?", "lastCell?"],
  attributes: { ...attributes, input_forget: int(0) },
  infer({ x, w, r }, given): { y: TensorType; last: TensorType; lastCell: TensorType } {
    const { all, last } = shapes("LSTM", 4, { x, w, r }, given);
    return { y: all, last, lastCell: last };
  },
  gradientless: true,
});
