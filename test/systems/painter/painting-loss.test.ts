import { expect, test } from "vitest";
import { grad } from "../../../src/graph/autodiff.ts";
import { input } from "../../../src/graph/leaf.ts";
import { paintingLoss, segGptLoss, type PaintingLossOptions } from "../../../src/systems/painter/painting-loss.ts";
import { evaluate, host } from "../../nn/evaluate.ts";

/** Two samples of 4 × 2 pixels in patches of 2, the lower one of each masked; every error is `error`. */
async function lossOf(options: Partial<PaintingLossOptions>, { error = 1, weight = [1, 1], seen = [1, 1] } = {}) {
  const shape = [2, 3, 4, 2];
  const image = (of: (sample: number, channel: number) => number) =>
    host(shape, Array.from({ length: 48 }, (_, i) => of(Math.floor(i / 24), Math.floor((i % 24) / 8)))); // prettier-ignore
  const [mean, std] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]; // prettier-ignore
  const target = (sample: number, channel: number): number => (seen[sample] - mean[channel]) / std[channel];
  const feeds = {
    x: image((sample, channel) => target(sample, channel) + error),
    targets: image(target),
    valid: image((sample) => weight[sample]),
    mask: host([2, 2], [0, 1, 0, 1]),
  };
  const leaf = (name: keyof typeof feeds) => input(name, feeds[name].shape);
  const x = leaf("x");
  const targets = { targets: leaf("targets"), mask: leaf("mask"), valid: leaf("valid") };
  const loss = paintingLoss(x, targets, { patchSize: 2, leastVisible: 1, ...options });
  const { value, slope } = await evaluate({ value: loss, slope: grad(loss, [x])[0] }, { feeds });
  return { value: value[0], slope };
}

test("an error of 1 on n values costs 0.995·n/(n + 0.01), of 0.005 0.00125·n/(n + 0.01)", async () => {
  const one = await lossOf({});
  expect(one.value).toBeCloseTo((0.995 * 24) / 24.01, 5);
  expect(one.slope[4]).toBeCloseTo(1 / 24.01, 6);
  const small = await lossOf({}, { error: 0.005 });
  expect(small.value).toBeCloseTo((0.00125 * 24) / 24.01, 6);
  expect(small.slope[4]).toBeCloseTo(0.5 / 24.01, 4);
});

test("nothing is learnt where the target is seen", async () => {
  const { slope } = await lossOf({});
  for (let i = 0; i < 48; i++) expect(slope[i] === 0).toBe(i % 8 < 4);
});

test.each([
  ["l1", 2],
  ["l2", 4],
  ["l1l2", 3],
] as const)("an error of 2 costs by %s %d", async (error, cost) => {
  expect((await lossOf({ error, offset: 0 }, { error: 2 })).value).toBeCloseTo(cost, 5);
});

test("a sample whose seen part is nearly black does not count", async () => {
  const black = { weight: [1, 10], seen: [1, 0] };
  expect((await lossOf({ error: "l1" }, black)).value).toBeCloseTo(12 / 12.01, 5);
  expect((await lossOf({ error: "l1" }, { ...black, seen: [0, 0] })).value).toBe(0);
  expect((await lossOf({ error: "l1", ...segGptLoss }, black)).value).toBeCloseTo(1, 5);
  expect((await lossOf({ error: "l1", leastVisible: 12.5 }, { seen: [1, 1] })).value).toBe(0); // 12 values of 1 are seen
});

test("in groups the loss is the mean of the groups' weighted means", async () => {
  const empty = { weight: [1, 0] };
  expect((await lossOf({ error: "l1" }, empty)).value).toBeCloseTo(12 / 12.01, 5);
  expect((await lossOf({ error: "l1", group: 1 }, empty)).value).toBeCloseTo(12 / 12.01 / 2, 5);
  await expect(lossOf({ group: 3 })).rejects.toThrow("2 samples are no groups of 3");
});
