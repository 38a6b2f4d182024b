/** Small convolutional networks, written as a user would, for the layout pass. */
import { hostTensor, sizeOf, type HostTensor } from "../../../src/graph/dtype.ts";
import { interpolate } from "../../../src/graph/functions/interpolate.ts";
import { batchNorm, batchStatistics, groupNorm } from "../../../src/graph/functions/normalisation.ts";
import { input, state } from "../../../src/graph/leaf.ts";
import { softplus } from "../../../src/graph/operators/activations.ts";
import { conv } from "../../../src/graph/operators/conv.ts";
import { gemm } from "../../../src/graph/operators/matmul.ts";
import { concat } from "../../../src/graph/operators/layout.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";

export interface Network {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly parameters: ReadonlyMap<string, Tensor>;
}

class Parameters {
  readonly all = new Map<string, Tensor>();
  get(name: string, shape: readonly number[]): Tensor {
    const tensor = state(name, shape);
    this.all.set(name, tensor);
    return tensor;
  }
}

/** Smooth, so that gradients can be compared: ReLU's masks flip near 0. */
type Activation = (x: Tensor) => Tensor;

const relu: Activation = (x) => x.relu();

/** Two residual blocks, the second with stride 2 and a 1×1 shortcut; batch norm; a linear head. */
export function residualNetwork(activation: Activation = softplus, width = 16): Network {
  const p = new Parameters();
  const x = input("x", [4, 3, 16, 16]);
  const convolution = (h: Tensor, name: string, k: number, kernel: number, stride = 1): Tensor =>
    conv(h, p.get(`${name}.weight`, [k, h.shape[1], kernel, kernel]), { stride, padding: (kernel - 1) / 2 });
  const norm = (h: Tensor, name: string): Tensor =>
    batchNorm(h, batchStatistics(h), {
      weight: p.get(`${name}.weight`, [h.shape[1]]),
      bias: p.get(`${name}.bias`, [h.shape[1]]),
    });
  let h = activation(norm(convolution(x, "stem", width, 3), "stem.norm"));
  for (const [name, k, stride] of [
    ["a", width, 1],
    ["b", 2 * width, 2],
  ] as const) {
    const first = activation(norm(convolution(h, `${name}.1`, k, 3, stride), `${name}.norm1`));
    const second = norm(convolution(first, `${name}.2`, k, 3), `${name}.norm2`);
    const shortcut = stride === 1 ? h : norm(convolution(h, `${name}.down`, k, 1, stride), `${name}.down.norm`);
    h = activation(second.add(shortcut));
  }
  const pooled = h.mean([2, 3]);
  const y = gemm(pooled, p.get("fc.weight", [10, 2 * width]), p.get("fc.bias", [10]), { transB: 1 });
  return { x, y, parameters: p.all };
}

/** Down by stride 2, up by nearest neighbour, a skip connection, group norm, a 1×1 head of 3 channels. */
export function uNetwork(activation: Activation = softplus): Network {
  const p = new Parameters();
  const x = input("x", [2, 3, 16, 16]);
  const block = (h: Tensor, name: string, k: number, stride = 1): Tensor => {
    const y = conv(h, p.get(`${name}.weight`, [k, h.shape[1], 3, 3]), { stride, padding: 1 });
    const norm = { weight: p.get(`${name}.norm.weight`, [k]), bias: p.get(`${name}.norm.bias`, [k]) };
    return activation(groupNorm(y, 4, norm));
  };
  const skip = block(block(x, "a1", 16), "a2", 16);
  const low = block(block(skip, "b1", 32, 2), "b2", 32);
  const up = block(interpolate(low, [16, 16], { mode: "nearest" }), "u", 16);
  const h = block(concat([up, skip], 1), "v", 16);
  const y = conv(h, p.get("out.weight", [3, 16, 1, 1]), { bias: p.get("out.bias", [3]) });
  return { x, y, parameters: p.all };
}

/** Convolutions with bias and ReLU, nothing else. */
export function stack(activation: Activation = relu, width = 16): Network {
  const p = new Parameters();
  const x = input("x", [2, 3, 8, 8]);
  let h = x;
  for (let i = 0; i < 3; i++) {
    const weight = p.get(`${i}.weight`, [width, h.shape[1], 3, 3]);
    h = activation(conv(h, weight, { bias: p.get(`${i}.bias`, [width]), padding: 1 }));
  }
  const y = conv(h, p.get("out.weight", [3, width, 1, 1]), { bias: p.get("out.bias", [3]) });
  return { x, y, parameters: p.all };
}

/** Reproducible values of about unit size. */
export function noise(shape: readonly number[], seed: number, scale = 1): HostTensor<"float32"> {
  let at = seed * 2654435761;
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
    return scale * (at / 2 ** 31 - 1);
  });
  return hostTensor("float32", shape, data);
}

export const initialValues = ({ parameters }: Network): Map<string, HostTensor> =>
  new Map(
    [...parameters].map(([name, { shape, rank }], i) => {
      if (rank > 1) return [name, noise(shape, i + 1, (3 / sizeOf(shape.slice(1))) ** 0.5)];
      const vector = noise(shape, i + 1, 0.1);
      return [
        name,
        name.includes("weight")
          ? hostTensor(
              "float32",
              shape,
              vector.data.map((v) => 1 + v),
            )
          : vector,
      ];
    }),
  );
