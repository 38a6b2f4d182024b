import { expect, test } from "vitest";
import { input } from "../../../src/graph/leaf.ts";
import {
  AutoencoderKl,
  latentOf,
  stableDiffusionAutoencoder,
} from "../../../src/models/autoencoder-kl/autoencoder-kl.ts";
import { mapNames } from "../../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { checkpointLayouts } from "../../../src/models/checkpoint-layouts/layouts.ts";
import { parameterCount, parameters, prepare } from "../../../src/nn/module.ts";
import { evaluate, host } from "../../nn/evaluate.ts";

const network = prepare(new AutoencoderKl(stableDiffusionAutoencoder));

test("Stable Diffusion's autoencoder has its published parameters, part by part", () => {
  expect(parameterCount(network)).toBe(83_653_863);
  expect(parameterCount(network.encoder)).toBe(34_163_592);
  expect(parameterCount(network.decoder)).toBe(49_490_179);
  expect(parameterCount(network.quant_conv)).toBe(72);
  expect(parameterCount(network.post_quant_conv)).toBe(20);
});

test("256 pixels become 8 × 32 × 32 moments, and a latent 256 pixels", () => {
  expect(network.moments(input("image", [1, 3, 256, 256])).shape).toEqual([1, 8, 32, 32]);
  expect(network.decode(input("latent", [1, 4, 32, 32])).shape).toEqual([1, 3, 256, 256]);
});

test("a Stable Diffusion checkpoint gives the names below first_stage_model", () => {
  const names = [...parameters(network).keys()];
  const file = [...names.map((name) => `first_stage_model.${name}`), "model.diffusion_model.out.2.weight"];
  const mapped = mapNames(checkpointLayouts["autoencoder-kl-stable-diffusion"], file);
  expect([...mapped.names.keys()].sort()).toEqual([...names].sort());
  expect(mapped.dropped).toEqual(["model.diffusion_model.out.2.weight"]);
});

test("diffusers' names become ours, its last up block the first level", () => {
  const layout = checkpointLayouts["autoencoder-kl-diffusers"];
  const cases = {
    "encoder.down_blocks.1.resnets.0.conv_shortcut.weight": "encoder.down.1.block.0.nin_shortcut.weight",
    "encoder.mid_block.attentions.0.to_q.weight": "encoder.mid.attn_1.q.weight",
    "decoder.up_blocks.3.resnets.2.norm1.bias": "decoder.up.0.block.2.norm1.bias",
    "decoder.up_blocks.0.upsamplers.0.conv.weight": "decoder.up.3.upsample.conv.weight",
  };
  const ours = new Set(parameters(network).keys());
  expect([...mapNames(layout, Object.keys(cases)).names.keys()]).toEqual(Object.values(cases));
  expect(Object.values(cases).filter((name) => !ours.has(name))).toEqual([]);
});

test("a latent is k (mean + std · noise), with log variances clamped", async () => {
  const [moments, noise] = [input("moments", [1, 2, 1, 2]), input("noise", [1, 1, 1, 2])];
  const { z } = await evaluate(
    { z: latentOf(moments, noise, 0.5) },
    { feeds: { moments: host([1, 2, 1, 2], [1, 2, 0, 100]), noise: host([1, 1, 1, 2], [3, 1]) } },
  );
  expect(z[0]).toBeCloseTo(0.5 * (1 + 3), 6);
  expect(z[1]).toBeCloseTo(0.5 * (2 + Math.exp(10)), 1);
});
