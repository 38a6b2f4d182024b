/** Random batch normalisations and resizings. */
import fc from "fast-check";
import { BatchNormalization } from "../../src/graph/operators/batch-normalization.ts";
import { Resize } from "../../src/graph/operators/resize.ts";
import { constantOf, int64Constant } from "../../src/graph/tensor.ts";
import { hostTensor } from "../../src/graph/dtype.ts";
import { size, tensor, type DifferentiableOperator } from "./gradient-arbitraries.ts";

const batchNormalization: DifferentiableOperator = {
  type: "BatchNormalization",
  arbitrary: fc
    .tuple(size, size, fc.array(size, { maxLength: 2 }))
    .chain(([batch, channels, spatial]) => {
      const each = tensor([channels]);
      return fc.tuple(tensor([batch, channels, ...spatial]), each, each, each, tensor([channels], [0.3, 2]));
    })
    .map(([x, scale, bias, mean, variance]) => ({
      inputs: { x, scale, bias, mean, variance },
      build: ({ x, scale, bias, mean, variance }) =>
        BatchNormalization({ x, scale, bias, mean, variance }, { epsilon: 0.1 }).y,
    })),
};

const resize: DifferentiableOperator = {
  type: "Resize",
  arbitrary: fc
    .record({
      sizes: fc.tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 })),
      targets: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
      byScale: fc.boolean(),
      mode: fc.constantFrom("nearest", "linear", "cubic"),
      transformation: fc.constantFrom("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"),
    })
    .chain((given) => fc.tuple(tensor([1, 2, ...given.sizes]), fc.constant(given)))
    .map(([x, { sizes, targets, byScale, mode, transformation }]) => ({
      inputs: { x },
      build({ x }) {
        // align_corners is off in ONNX Runtime where the scale does not give a whole size (see resampling.ts)
        const scales = [1, 1, ...targets.map((target, i) => (target + 0.3) / sizes[i])];
        const attributes = { mode, coordinate_transformation_mode: transformation, nearest_mode: "floor" };
        return byScale && transformation !== "align_corners"
          ? Resize({ x, scales: constantOf(hostTensor("float32", [4], Float32Array.from(scales))) }, attributes).y
          : Resize({ x, sizes: int64Constant([1, 2, ...targets]) }, attributes).y;
      },
    })),
};

export const images: readonly DifferentiableOperator[] = [batchNormalization, resize];
