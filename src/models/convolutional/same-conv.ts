import { Conv2d } from "../../nn/conv.ts";
import { kaimingNormal, type Initialiser } from "../../nn/initialisers.ts";

/** N(0, 2/(k²·out)): what most of these networks' convolutions start from. Source: arXiv 1502.01852. */
export const fanOutNormal: Initialiser = kaimingNormal({ mode: "fanOut" });

export interface SameConvOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** Default `fanOutNormal`; undefined: PyTorch's. */
  readonly weightInit?: Initialiser | undefined;
}

/** k×k convolution without bias that keeps the sides at stride 1 (k odd). */
export const sameConv = (inputs: number, outputs: number, kernel: number, options: SameConvOptions = {}): Conv2d => {
  const { stride = 1, groups = 1 } = options;
  const weightInit = "weightInit" in options ? options.weightInit : fanOutNormal;
  return new Conv2d(inputs, outputs, kernel, {
    stride,
    groups,
    padding: (kernel - 1) / 2,
    bias: false,
    ...(weightInit === undefined ? {} : { weightInit }),
  });
};
