import { defineOperator } from "../operator.ts";

/** ONNX Identity that lets no gradient pass. */
export const StopGradient = defineOperator({
  type: "Identity",
  name: "StopGradient",
  opset: 19,
  inputs: ["x"],
  outputs: ["y"],
  infer: ({ x }) => ({ y: x }),
});
