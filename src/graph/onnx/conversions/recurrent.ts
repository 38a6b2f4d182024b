/** Recurrent layers. ONNX Runtime has no batch-first form (layout 1): axes are swapped around it. */
import { operatorOf } from "../../registry.ts";
import type { AttributeSpec } from "../../attributes.ts";
import type { Tensor } from "../../tensor.ts";
import type { Conversion } from "../foreign-node.ts";

const layer: Conversion = ({ type, inputs, attributes, outputs }) => {
  const record = operatorOf(type);
  // `activations` names the defaults in nearly every file; others change the layer and are refused as unread
  const given = attributes.matching(record.attributes as Readonly<Record<string, AttributeSpec>>); // a record forgets the kinds
  if (given["layout"] !== 1) return record.apply(inputs, given, outputs.length);
  const swapped = inputs.map((tensor, i) =>
    tensor !== undefined && [0, 5, 6].includes(i) ? tensor.permute([1, 0, 2]) : tensor,
  );
  const [all, ...last] = record.apply(swapped, { ...given, layout: 0 }, outputs.length);
  return [all.permute([2, 0, 1, 3]), ...last.map((state: Tensor) => state.permute([1, 0, 2]))];
};
export const recurrent: Readonly<Record<string, Conversion>> = { RNN: layer, GRU: layer, LSTM: layer };
