import { existsSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { memorySource } from "../../../src/files/byte-source.ts";
import { openTorchFile } from "../../../src/formats/pth/open-torch-file.ts";
import { parseSafetensors, type StoredTensor } from "../../../src/formats/safetensors.ts";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import {
  type CheckpointLayout,
  mapNames,
  wrapperOf,
} from "../../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { checkpointLayouts } from "../../../src/models/checkpoint-layouts/layouts.ts";
import { resizePositions } from "../../../src/models/checkpoint-layouts/resize-positions.ts";
import {
  bicubicRelativeTable,
  geometricRelativeTable,
} from "../../../src/models/checkpoint-layouts/resize-relative-table.ts";

const official = "../shared/golden/official";
const read = (path: string) => memorySource(new Uint8Array(readFileSync(`${official}/${path}`)), path);

/** The state dict of a case's file under our names. */
function load(
  path: string,
  layout: CheckpointLayout,
): { tensors: Map<string, StoredTensor>; dropped: readonly string[] } {
  const file = openTorchFile(read(path), { skipUnknown: true });
  const wrapper = wrapperOf(
    layout,
    [...file.tensors.keys()].map((name) => name.split(".")[0]),
  );
  const stored = file.tensorsAt(wrapper === undefined ? [] : [wrapper]);
  const { names, dropped } = mapNames(layout, stored.keys());
  return {
    tensors: new Map([...names].map(([ours, theirs]) => [ours, stored.get(theirs) as StoredTensor])), // names come from it
    dropped,
  };
}

/** What the official loader made of the checkpoint. */
function converted(path: string): Map<string, HostTensor> {
  const { tensors } = parseSafetensors(read(`${path}/io.safetensors`));
  const found = [...tensors].filter(([name]) => name.startsWith("out/converted/"));
  return new Map(found.map(([name, tensor]) => [name.slice("out/converted/".length), tensor.load()]));
}

const float32 = (tensor: StoredTensor | undefined) => tensor?.load() as HostTensor<"float32">; // weights of the cases

function expectClose(ours: HostTensor, theirs: HostTensor | undefined): void {
  expect(ours.shape).toEqual(theirs?.shape);
  const [a, b] = [ours.data as Float32Array, theirs?.data as Float32Array]; // float32, as the shapes' check has it
  let [difference, norm] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  expect(Math.sqrt(difference)).toBeLessThanOrEqual(1e-6 * Math.sqrt(norm));
}

describe.skipIf(!existsSync(official))(
  "what the official loaders make of their files (needs ../shared/golden/official)",
  () => {
    test("swin/load-v1-bicubic: tables and absolute positions", () => {
      const { tensors } = load("swin/load-v1-bicubic/weights.pth", checkpointLayouts.swin);
      for (const [name, expected] of converted("swin/load-v1-bicubic")) {
        const weight = float32(tensors.get(name));
        if (name === "absolute_pos_embed") expectClose(resizePositions(weight, { extra: 0, height: 28 }), expected);
        else expectClose(name.endsWith("table") ? bicubicRelativeTable(weight, { side: 7 }) : weight, expected);
      }
    });

    test("swin/load-simmim-v1: the encoder alone, tables by the geometric rule", () => {
      const { tensors, dropped } = load("swin/load-simmim-v1/weights.pth", checkpointLayouts.swin);
      const expected = converted("swin/load-simmim-v1");
      expect(expected.size).toBe(4);
      for (const [name, table] of expected)
        expectClose(geometricRelativeTable(float32(tensors.get(name)), { side: 6 }), table);
      expect(dropped).toContain("decoder.0.weight");
      expect(dropped).toContain("encoder.mask_token");
      expect([...tensors.keys()].some((name) => name.startsWith("encoder."))).toBe(false);
    });

    test("swin/load-simmim-v2: the bias MLP under its later name", () => {
      const { tensors, dropped } = load("swin/load-simmim-v2/weights.pth", checkpointLayouts.swin);
      expect(tensors.get("layers.0.blocks.0.attn.cpb_mlp.0.weight")?.shape).toEqual([512, 2]);
      expect([...tensors.keys()].filter((name) => name.includes("rpe_mlp"))).toEqual([]);
      expect(dropped).toContain("encoder.layers.0.blocks.0.attn.relative_coords_table");
    });

    test("eva/load-mim-into-classifier: positions, and the shared table resized in every block", () => {
      const { tensors, dropped } = load(
        "eva/load-mim-into-classifier/weights.pth",
        checkpointLayouts["eva-classifier"],
      );
      const expected = converted("eva/load-mim-into-classifier");
      expect(expected.size).toBe(3);
      for (const [name, value] of expected) {
        const weight = float32(tensors.get(name));
        const resized =
          name === "pos_embed"
            ? resizePositions(weight, { extra: 1, height: 7 })
            : geometricRelativeTable(weight, { side: 7, extra: 3 });
        expectClose(resized, value);
      }
      expect(dropped.filter((name) => !name.endsWith("index")).sort()).toEqual(
        ["lm_head.bias", "lm_head.weight", "mask_token"], // norm.* too where the classifier pools the patches
      );
    });

    test("feature-distillation/load-vit: the shared table in every block", () => {
      const { tensors, dropped } = load(
        "feature-distillation/load-vit/weights.pth",
        checkpointLayouts["vit-distilled"],
      );
      const expected = converted("feature-distillation/load-vit");
      expect(expected.size).toBe(3);
      for (const [name, table] of expected)
        expectClose(geometricRelativeTable(float32(tensors.get(name)), { side: 6, extra: 3 }), table);
      expect(tensors.has("rel_pos_bias.relative_position_bias_table")).toBe(false);
      expect(dropped).toContain("decoder.0.weight");
    });

    test("feature-distillation/load-swin: a stage's shared MLP in each of its blocks", () => {
      const { tensors } = load("feature-distillation/load-swin/weights.pth", checkpointLayouts["swin-distilled"]);
      for (const block of ["layers.0.blocks.0", "layers.0.blocks.1", "layers.3.blocks.0"])
        expect(tensors.has(`${block}.attn.cpb_mlp.2.weight`)).toBe(true);
      expect([...tensors.keys()].filter((name) => name.includes("rel_pos_bias"))).toEqual([]);
    });

    test("deep-incubation: every tensor once", () => {
      const { tensors, dropped } = load("deep-incubation/incubation/weights.pth", checkpointLayouts["deep-incubation"]);
      expect(tensors.size).toBe(44);
      expect(dropped.length).toBe(44);
      expect(tensors.has("blocks.0.norm1.weight")).toBe(true);
    });

    test("eva/clip and eva/clip-01: one name for the temperature, no module.", () => {
      const names = ["eva/clip", "eva/clip-01"].map((path) => {
        const { tensors } = load(`${path}/weights.pth`, checkpointLayouts["eva-clip"]);
        return [...tensors.keys()].filter((name) => !/gamma|blocks\.\d/.test(name)).sort();
      });
      expect(names[0]).toContain("logit_scale");
      expect(names[0]).toEqual(names[1]);
    });

    test.each([
      ["painter/seggpt/weights.pth", checkpointLayouts.painter, 354],
      ["u-vit/class/weights.pth", checkpointLayouts["u-vit"], 69],
      ["autoencoder-kl/autoencoder/weights.pth", checkpointLayouts["autoencoder-kl"], 120],
      ["knowledge-condensation/net-wrn/weights.pth", checkpointLayouts["knowledge-condensation"], 46],
      ["video-anomaly/stunet/weights.pth", checkpointLayouts["video-anomaly"], 510],
      ["spectra-vae/vae/weights.pth", checkpointLayouts["spectra-vae"], 24],
    ])("%s: names as they are", (path, layout, count) => {
      const { tensors, dropped } = load(path, layout);
      expect(tensors.size).toBe(count);
      expect(dropped).toEqual([]);
    });
  },
);
