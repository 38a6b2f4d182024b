import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { hostTensor } from "../../../src/graph/dtype.ts";
import { bicubicResize } from "../../../src/models/checkpoint-layouts/bicubic-resize.ts";
import { mapNames, wrapperOf } from "../../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { checkpointLayouts } from "../../../src/models/checkpoint-layouts/layouts.ts";
import { splineMatrix } from "../../../src/models/checkpoint-layouts/not-a-knot-spline.ts";
import { resizePositions } from "../../../src/models/checkpoint-layouts/resize-positions.ts";
import {
  decoupledRelativeTable,
  geometricRatio,
  geometricRelativeTable,
} from "../../../src/models/checkpoint-layouts/resize-relative-table.ts";

const ours = (layout: keyof typeof checkpointLayouts, ...names: string[]) => [
  ...mapNames(checkpointLayouts[layout], names).names.keys(),
];

describe("names", () => {
  test("wrappers are tried in order; none is the file itself", () => {
    expect(wrapperOf(checkpointLayouts.swin, ["epoch", "state_dict", "model"])).toBe("model");
    expect(wrapperOf(checkpointLayouts.swin, ["epoch", "state_dict"])).toBe("state_dict");
    expect(wrapperOf(checkpointLayouts["u-vit"], ["model"])).toBeUndefined();
  });

  test("detectors' backbones and data-parallel files lose their prefixes", () => {
    expect(ours("swin", "module.norm.weight")).toEqual(["norm.weight"]);
    expect(ours("swin", "backbone.layers.0.blocks.1.attn.rpe_mlp.2.weight")).toEqual([
      "layers.0.blocks.1.attn.cpb_mlp.2.weight",
    ]);
  });

  test("Hugging Face's SegGPT", () => {
    expect(
      ours(
        "seggpt-hugging-face",
        "model.encoder.layers.11.attention.rel_pos_h",
        "model.encoder.layers.0.mlp.lin2.bias",
        "decoder.decoder_pred.head.weight",
        "model.embeddings.segment_token_prompt",
      ),
    ).toEqual(["blocks.11.attn.rel_pos_h", "blocks.0.mlp.fc2.bias", "decoder_pred.3.weight", "segment_token_y"]);
  });

  test("diffusers' autoencoder, whose up blocks count from the other end", () => {
    expect(
      ours(
        "autoencoder-kl-diffusers",
        "encoder.down_blocks.1.resnets.0.conv_shortcut.weight",
        "encoder.mid_block.attentions.0.to_out.0.bias",
        "decoder.up_blocks.0.resnets.2.conv1.weight",
        "decoder.up_blocks.2.upsamplers.0.conv.bias",
        "decoder.mid_block.resnets.1.norm2.weight",
        "decoder.conv_norm_out.bias",
        "quant_conv.weight",
      ),
    ).toEqual([
      "encoder.down.1.block.0.nin_shortcut.weight",
      "encoder.mid.attn_1.proj_out.bias",
      "decoder.up.3.block.2.conv1.weight",
      "decoder.up.1.upsample.conv.bias",
      "decoder.mid.block_2.norm2.weight",
      "decoder.norm_out.bias",
      "quant_conv.weight",
    ]);
  });

  test("Stable Diffusion's first stage alone", () => {
    const { names, dropped } = mapNames(checkpointLayouts["autoencoder-kl-stable-diffusion"], [
      "model.diffusion_model.out.0.weight",
      "first_stage_model.encoder.conv_in.weight",
      "first_stage_model.loss.logvar",
    ]);
    expect([...names]).toEqual([["encoder.conv_in.weight", "first_stage_model.encoder.conv_in.weight"]]);
    expect(dropped.length).toBe(2);
  });

  test("SlowFast's model zoo", () => {
    expect(
      ours(
        "slowfast-zoo",
        "conv1_w",
        "res_conv1_bn_riv",
        "res3_1_branch2b_w",
        "res2_0_branch1_bn_s",
        "res5_2_branch2c_bn_rm",
      ),
    ).toEqual([
      "s1.pathway0_stem.conv.weight",
      "s1.pathway0_stem.bn.running_var",
      "s3.pathway0_res1.branch2.b.weight",
      "s2.pathway0_res0.branch1_bn.weight",
      "s5.pathway0_res2.branch2.c_bn.running_mean",
    ]);
    expect(mapNames(checkpointLayouts["slowfast-zoo"], ["lr", "conv1_w_momentum", "pred_w"]).names.size).toBe(0);
  });

  test("two names that become one are refused", () => {
    expect(() => mapNames(checkpointLayouts["eva-clip"], ["logit_scale", "text.logit_scale"])).toThrow(
      '"logit_scale" and "text.logit_scale" both become "logit_scale"',
    );
  });
});

describe("resizing", () => {
  test("the published ratios", () => {
    expect(geometricRatio(27, 31)).toBeCloseTo(1.023493, 5);
    expect(geometricRatio(27, 47)).toBeCloseTo(1.090307, 5);
    expect(geometricRatio(27, 63)).toBeCloseTo(1.134918, 5);
    expect(geometricRatio(31, 47)).toBeCloseTo(1.058432, 5);
  });

  test("the spline goes through its values and is exact for cubics, also beyond the ends", () => {
    const places = [-3, -1.5, 0, 0.5, 2, 4];
    const targets = [-5, -3, -2, 0.25, 1, 4, 6];
    const cubic = (x: number) => 2 * x ** 3 - x ** 2 + 3 * x - 1;
    const matrix = splineMatrix(places, targets, { extrapolate: true });
    const values = matrix.map((row) => row.reduce((sum, weight, j) => sum + weight * cubic(places[j]), 0));
    values.forEach((value, i) => expect(value).toBeCloseTo(cubic(targets[i]), 9));
    const held = splineMatrix(places, [-5, 6]).map((row) => row.reduce((sum, w, j) => sum + w * cubic(places[j]), 0));
    expect(held[0]).toBeCloseTo(cubic(-3), 9);
    expect(held[1]).toBeCloseTo(cubic(4), 9);
  });

  test("bicubic: the same size changes nothing, constants stay, weights of a doubling are those of the kernel", () => {
    const size = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(size, size, size, size, (height, width, newHeight, newWidth) => {
        const data = Float64Array.from({ length: height * width }, (_, i) => Math.sin(i));
        expect(bicubicResize({ height, width, channels: 1, data }, height, width).data).toEqual(data);
        const flat = bicubicResize({ height, width, channels: 1, data: data.map(() => 3) }, newHeight, newWidth).data;
        flat.forEach((value) => expect(value).toBeCloseTo(3, 12));
      }),
    );
    const impulse = Float64Array.of(0, 0, 1, 0, 0);
    const { data } = bicubicResize({ height: 1, width: 5, channels: 1, data: impulse }, 1, 10);
    // distances 0.25 and 0.75, 1.25, 1.75 with a = -0.75
    [0.87890625, 0.26171875, -0.10546875, -0.03515625].forEach((weight, k) =>
      expect(data[5 + k]).toBeCloseTo(weight, 12),
    );
  });

  test("class rows stay, other layouts are refused with their shape", () => {
    const table = hostTensor("float32", [1, 5, 1], Float32Array.of(9, 1, 1, 1, 1));
    expect(resizePositions(table, { extra: 1, height: 3 }).data).toEqual(
      new Float32Array([9, ...new Array(9).fill(1)]),
    );
    expect(() => resizePositions(table, { extra: 0, height: 3 })).toThrow("positions [1, 5, 1] are not [1, 0 + g², D]");
    const relative = hostTensor("float32", [12, 1], new Float32Array(12).fill(2));
    expect(() => geometricRelativeTable(relative, { side: 4, extra: 3 })).toThrow(
      "has 3 places along an axis, a cubic spline needs 4",
    );
    expect(() => geometricRelativeTable(relative, { side: 4 })).toThrow("is not [(2M−1)² + 0, heads]");
  });

  test("decoupled tables: 1-D, extrapolated, class rows copied", () => {
    const table = hostTensor("float32", [10, 1], Float32Array.of(-3, -2, -1, 0, 1, 2, 3, 7, 8, 9));
    const resized = decoupledRelativeTable(table, { side: 6 });
    expect(resized.shape).toEqual([14, 1]);
    expect([...resized.data.subarray(11)]).toEqual([7, 8, 9]);
    expect(resized.data[5]).toBeCloseTo(0, 6);
    expect(resized.data[10]).toBeGreaterThan(3); // beyond the last place, 3.28, the curve goes on
    expect(decoupledRelativeTable(table, { side: 4 })).toBe(table);
  });
});
