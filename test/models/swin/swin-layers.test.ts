import { expect, test } from "vitest";
import { swinLayerOf } from "../../../src/models/swin/swin-layers.ts";

test.each([
  ["encoder.mask_token", 0],
  ["patch_embed.norm.weight", 0],
  ["layers.0.blocks.0.attn.qkv.weight", 1],
  ["layers.0.downsample.reduction.weight", 2],
  ["layers.2.blocks.17.mlp.fc2.bias", 22],
  ["layers.2.downsample.norm.weight", 22],
  ["layers.3.blocks.1.norm2.weight", 24],
  ["norm.weight", 25],
  ["head.bias", 25],
  ["absolute_pos_embed", 25],
])("%s is of layer %d in a net of 24 blocks", (name, layer) => {
  expect(swinLayerOf(name, [2, 2, 18, 2])).toBe(layer);
});
