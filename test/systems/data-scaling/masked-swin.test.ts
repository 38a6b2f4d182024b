import { expect, test } from "vitest";
import { input } from "../../../src/graph/leaf.ts";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { swinSizes } from "../../../src/models/swin/swin-sizes.ts";
import { parameterCount, prepare } from "../../../src/nn/module.ts";
import { trace } from "../../../src/nn/trace.ts";
import { maskedLoss } from "../../../src/systems/data-scaling/masked-loss.ts";
import { MaskedSwin } from "../../../src/systems/data-scaling/masked-swin.ts";
import { SimMim } from "../../../src/systems/data-scaling/model.ts";
import { normalisedTargets } from "../../../src/systems/data-scaling/target-normalisation.ts";
import { goldenImage, goldenNames, goldenOptions, goldenValues } from "../../models/swin/golden-net.ts";
import { evaluate, host } from "../../nn/evaluate.ts";

test.each([
  ["swinv2-s", 51_321_882],
  ["swinv2-b", 90_042_744],
  ["swinv2-l", 199_924_788],
  ["swinv2-h", 663_865_098],
  ["swinv2-g", 1_071_990_564],
] as const)("pre-training of %s has %d parameters", (name, count) => {
  const encoder = new MaskedSwin({ ...swinSizes[name], imageSize: 192, window: 12 });
  expect(encoder.stride).toBe(32);
  expect(parameterCount(new SimMim(encoder))).toBe(count);
});

test("the specification's golden loss, with and without normalised targets", async () => {
  const network = prepare(new SimMim(new MaskedSwin(goldenOptions)));
  const names = ["mask_token", ...goldenNames].map((name) => `encoder.${name}`);
  const state = goldenValues(network, [...names, "decoder.0.weight", "decoder.0.bias"]);
  const [image, target] = [input("image", [1, 3, 16, 16]), input("target", [1, 3, 16, 16])];
  const cells = [1, 1, 1, 0]; // (0,0), (0,1), (1,0) of 2 × 2 cells of 4 × 4 tokens
  const tokens = Array.from({ length: 64 }, (_, i) => cells[2 * Math.floor(i / 32) + Math.floor((i % 8) / 4)]);
  const masks = input("masks", [1, 8, 8]);
  const { result, features } = trace({}, () => network.forward(image, masks));
  const outputs = {
    encoder: features.get("encoder")!,
    painted: result,
    plain: maskedLoss(result, image, masks),
    normalised: maskedLoss(result, target, masks),
  };
  const normalised = normalisedTargets(goldenImage.data, { height: 16, width: 16, window: 7 });
  const feeds = {
    image: goldenImage,
    target: hostTensor("float32", [1, 3, 16, 16], normalised),
    masks: host([1, 8, 8], tokens),
  };
  const values = await evaluate(outputs, { state, feeds });
  const sum = (name: keyof typeof outputs) => values[name].reduce((total, x) => total + x, 0);
  expect(sum("encoder")).toBeCloseTo(2.214485, 3);
  expect(sum("painted")).toBeCloseTo(-7.045609, 3);
  [-0.334542, -0.402202, -0.417122, -0.377227].forEach((x, i) => expect(values["painted"][i]).toBeCloseTo(x, 4));
  expect(values["plain"][0]).toBeCloseTo(0.660444, 5);
  expect(values["normalised"][0]).toBeCloseTo(0.647198, 5);
});
