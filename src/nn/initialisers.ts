/**
 * First values of parameters, with PyTorch's definitions (torch.nn.init). Fan-in and fan-out are counted as there:
 * shape[1] and shape[0], each times the product of the sizes behind them.
 */
import { FoveaError } from "../errors/fovea-error.ts";
import type { Shape } from "../graph/dtype.ts";
import type { Generator } from "../random/generator.ts";

/** Fills `data`, the values of a tensor of `shape`. */
export type Initialiser = (data: Float32Array, shape: Shape, generator: Generator) => void;

export const zeros: Initialiser = (data) => void data.fill(0);
export const ones: Initialiser = (data) => void data.fill(1);
export const constantValue =
  (value: number): Initialiser =>
  (data) =>
    void data.fill(value);

/** U[low, high). */
export const uniform =
  (low = 0, high = 1): Initialiser =>
  (data, _shape, generator) =>
    void generator.fillUniform(data, low, high);

/** N(mean, std²). */
export const normal =
  (mean = 0, std = 1): Initialiser =>
  (data, _shape, generator) =>
    void generator.fillNormal(data, mean, std);

/**
 * N(mean, std²) cut to [low, high]. The bounds are absolute, not multiples of std: at the usual std 0.02 nothing is
 * ever cut. Source: torch.nn.init.trunc_normal_, timm's trunc_normal_.
 */
export const truncatedNormal =
  (std = 0.02, { mean = 0, low = -2, high = 2 } = {}): Initialiser =>
  (data, _shape, generator) =>
    void generator.fillTruncatedNormal(data, mean, std, low, high);

/** U(−b, b), b = gain·√(6 / (fanIn + fanOut)). Source: torch.nn.init.xavier_uniform_. */
export const xavierUniform =
  (gain = 1): Initialiser =>
  (data, shape, generator) => {
    const { fanIn, fanOut } = fans(shape);
    const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
    generator.fillUniform(data, -bound, bound);
  };

/** N(0, gain²·2 / (fanIn + fanOut)). Source: torch.nn.init.xavier_normal_. */
export const xavierNormal =
  (gain = 1): Initialiser =>
  (data, shape, generator) => {
    const { fanIn, fanOut } = fans(shape);
    generator.fillNormal(data, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
  };

/**
 * U(−b, b), b = √(2 / (1 + a²)) · √(3 / fanIn). a = √5 is what PyTorch's Linear and Conv layers start from; then
 * b = 1/√fanIn. Source: torch.nn.init.kaiming_uniform_ (fan_in, leaky_relu).
 */
export const kaimingUniform =
  (a = Math.sqrt(5)): Initialiser =>
  (data, shape, generator) => {
    const bound = Math.sqrt(2 / (1 + a * a)) * Math.sqrt(3 / fans(shape).fanIn);
    generator.fillUniform(data, -bound, bound);
  };

/** N(0, 2 / ((1 + a²)·fan)). Source: torch.nn.init.kaiming_normal_ (leaky_relu with slope a; ReLU: a = 0). */
export const kaimingNormal =
  ({ a = 0, mode = "fanIn" }: { a?: number; mode?: "fanIn" | "fanOut" } = {}): Initialiser =>
  (data, shape, generator) =>
    void generator.fillNormal(data, 0, Math.sqrt(2 / ((1 + a * a) * fans(shape)[mode])));

/** U(−1/√fanIn, 1/√fanIn): the bias of PyTorch's Linear and Conv layers, `fanIn` that of their weight. */
export const biasUniform = (fanIn: number): Initialiser => uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));

/** What `initialiser` gives, times `factor`. */
export const scaled =
  (initialiser: Initialiser, factor: number): Initialiser =>
  (data, shape, generator) => {
    initialiser(data, shape, generator);
    for (let i = 0; i < data.length; i++) data[i] *= factor;
  };

/** @throws FoveaError below two axes: there is no fan */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const [outputs, inputs] = shape;
  if (outputs === undefined || inputs === undefined) {
    throw new FoveaError("nn/fan", `initialiser: [${shape.join(", ")}] has no fan-in; it needs two axes or more`, {
      hint: "zeros, ones, uniform and normal work for any shape",
    });
  }
  const field = shape.slice(2).reduce((product, size) => product * size, 1);
  return { fanIn: inputs * field, fanOut: outputs * field };
}
