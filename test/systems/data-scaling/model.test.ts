import { expect, test } from "vitest";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { initialise, parameters, prepare } from "../../../src/nn/module.ts";
import { MaskedVit } from "../../../src/systems/data-scaling/masked-vit.ts";
import { SimMim } from "../../../src/systems/data-scaling/model.ts";
import { evaluate, host, wave } from "../../nn/evaluate.ts";

const network = prepare(new SimMim(new MaskedVit({ width: 16, depth: 2, heads: 2, imageSize: 16, patchSize: 4 })));
const state = initialise(network, 0);
const images = input("images", [1, 3, 16, 16]);
const masks = input("masks", [1, 4, 4]);

const features = async (scale: number, mask: number) => {
  const feeds = { images: wave([1, 3, 16, 16], scale), masks: host([1, 4, 4], new Float32Array(16).fill(mask)) };
  return (await evaluate({ y: network.encoder.forward(images, masks) }, { state, feeds })).y;
};

test("with everything masked the encoder's output does not depend on the image", async () => {
  expect(await features(1, 1)).toEqual(await features(-3, 1));
  expect(await features(1, 0)).not.toEqual(await features(-3, 0));
});

test("names are those of the official checkpoint", () => {
  const names = [...parameters(network).keys()];
  for (const name of [
    "encoder.cls_token",
    "encoder.mask_token",
    "encoder.patch_embed.proj.weight",
    "encoder.rel_pos_bias.relative_position_bias_table",
    "encoder.blocks.1.gamma_2",
    "encoder.blocks.0.attn.q_bias",
    "encoder.norm.weight",
    "decoder.0.weight",
  ])
    expect(names).toContain(name);
  expect(names.some((name) => name.endsWith("pos_embed"))).toBe(false);
});

test("every token paints its own patch, channel by channel", async () => {
  // a decoder whose only weight is its bias c·16 + 4·i + j: each patch shows its own index at (i, j) of channel c
  const bias = hostTensor(
    "float32",
    [48],
    Float32Array.from({ length: 48 }, (_, k) => k),
  );
  const painted = new Map(state);
  painted.set("decoder.0.weight", hostTensor("float32", [48, 16, 1, 1], new Float32Array(48 * 16)));
  painted.set("decoder.0.bias", bias);
  const feeds = { images: wave([1, 3, 16, 16]), masks: host([1, 4, 4], new Float32Array(16)) };
  const { y } = await evaluate({ y: network.forward(images, masks) }, { state: painted, feeds });
  for (const [c, row, column] of [
    [0, 0, 0],
    [1, 5, 14],
    [2, 15, 3],
  ])
    expect(y[c * 256 + row * 16 + column]).toBe(c * 16 + 4 * (row % 4) + (column % 4));
});
