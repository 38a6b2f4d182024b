/** The golden network of swin-backbone section 11, computed there twice in double precision. */
import { hostTensor, type HostTensor } from "../../../src/graph/dtype.ts";
import { type Module, parameters } from "../../../src/nn/module.ts";

export const goldenOptions = {
  version: 2,
  imageSize: 16,
  patchSize: 2,
  width: 8,
  depths: [2, 2],
  heads: [2, 4],
  window: 4,
} as const;

const inBlock = [
  "norm1.weight",
  "norm1.bias",
  "attn.logit_scale",
  "attn.q_bias",
  "attn.v_bias",
  "attn.cpb_mlp.0.weight",
  "attn.cpb_mlp.0.bias",
  "attn.cpb_mlp.2.weight",
  "attn.qkv.weight",
  "attn.proj.weight",
  "attn.proj.bias",
  "norm2.weight",
  "norm2.bias",
  "mlp.fc1.weight",
  "mlp.fc1.bias",
  "mlp.fc2.weight",
  "mlp.fc2.bias",
];
const blocks = (layer: number): string[] =>
  [0, 1].flatMap((block) => inBlock.map((name) => `layers.${layer}.blocks.${block}.${name}`));

/** Names in the order of their numbers. */
export const goldenNames: readonly string[] = [
  ...["proj.weight", "proj.bias", "norm.weight", "norm.bias"].map((name) => `patch_embed.${name}`),
  ...blocks(0),
  ...["reduction.weight", "norm.weight", "norm.bias"].map((name) => `layers.0.downsample.${name}`),
  ...blocks(1),
  "norm.weight",
  "norm.bias",
];

/** Element k of tensor p: v = sin(1 + 0.37k + 1.7p), scaled and shifted by what the tensor is. */
export function goldenValues(network: Module, names: readonly string[]): Map<string, HostTensor> {
  const own = parameters(network);
  return new Map(
    names.map((name, p) => {
      const { shape, size } = own.get(name)!;
      const data = Float32Array.from({ length: size }, (_, k) => scaled(name, Math.sin(1 + 0.37 * k + 1.7 * p)));
      return [name, hostTensor("float32", shape, data)];
    }),
  );
}

function scaled(name: string, v: number): number {
  if (name.endsWith("logit_scale")) return Math.log(10) + 0.5 * v;
  if (name.endsWith("bias")) return 0.1 * v;
  return /norm\d?\.weight$/.test(name) ? 1 + 0.1 * v : 0.2 * v;
}

/** x[c, i, j] = sin(0.3i + 0.5j + c), [1, 3, 16, 16] */
export const goldenImage: HostTensor<"float32"> = hostTensor(
  "float32",
  [1, 3, 16, 16],
  Float32Array.from({ length: 768 }, (_, at) =>
    Math.sin(0.3 * (Math.floor(at / 16) % 16) + 0.5 * (at % 16) + Math.floor(at / 256)),
  ),
);
