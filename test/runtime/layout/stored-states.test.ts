import { describe, expect, test } from "vitest";
import { input, state } from "../../../src/graph/leaf.ts";
import { conv } from "../../../src/graph/operators/conv.ts";
import { program } from "../../../src/graph/program.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { resolveDevice } from "../../../src/runtime/device.ts";
import { blockSize } from "../../../src/runtime/layout/block-size.ts";
import { canBeBlocked, toBlocked, toPlain } from "../../../src/runtime/layout/weight-layout.ts";
import { ResidentState } from "../../../src/runtime/resident-state.ts";
import { noise } from "./networks.ts";

const device = resolveDevice({ device: "cpu", threads: 1 });
const block = await blockSize();

test.each([
  [[32, 16, 3, 3], 8],
  [[32, 16, 3, 3], 16],
  [[16, 3, 5, 5], 8],
  [[8, 8, 1, 1], 8],
])("a weight %j in blocks of %i comes back as it was", (shape, size) => {
  const { data } = noise(shape, 1);
  const stored = toBlocked(data, { shape, block: size });
  expect(stored).not.toEqual(data);
  expect(toPlain(stored, { shape, block: size })).toEqual(data);
});

test("[K/b, C/b, kh, kw, b in, b out]: the place of one value", () => {
  const shape = [16, 16, 3, 3];
  const data = new Float32Array(16 * 16 * 9);
  data[((9 * 16 + 10) * 3 + 1) * 3 + 2] = 1; // k 9, c 10, row 1, column 2
  expect(toBlocked(data, { shape, block: 8 })[((((1 * 2 + 1) * 3 + 1) * 3 + 2) * 8 + 2) * 8 + 1]).toBe(1);
});

test("only whole blocks, or an image's few channels, are stored blocked", () => {
  expect(
    [
      [16, 16, 3, 3],
      [16, 3, 3, 3],
      [12, 16, 1, 1],
      [16, 12, 1, 1],
    ].map((shape) => canBeBlocked(shape, 8)),
  ).toEqual([true, true, false, false]);
});

describe.skipIf(block === 1)("a state that a program stores blocked", () => {
  const x = input("x", [1, 16, 8, 8]);
  const w = state("w", [16, 16, 3, 3]);
  const y = conv(x, w, { padding: 1 });
  const [initial, image] = [noise(w.shape, 5), noise(x.shape, 6)];
  const doubled = program({ outputs: { y }, updates: new Map([[w, w.mul(2)]]) });

  test("is read and written as the user knows it", async () => {
    const resident = new ResidentState(device, new Map([["w", initial]]));
    await using step = await compile(doubled, { state: resident });
    expect(resident.tensor("w").data).not.toEqual(initial.data);
    expect((await resident.read()).get("w")).toEqual(initial);
    await step.run({ x: image });
    expect((await resident.read()).get("w")!.data).toEqual(initial.data.map((value) => 2 * value));
    resident.write("w", initial);
    expect((await resident.read()).get("w")).toEqual(initial);
  });

  test("goes on bit by bit from what was read", async () => {
    const values = [];
    for (const restart of [false, true]) {
      let resident = new ResidentState(device, new Map([["w", initial]]));
      let step = await compile(doubled, { state: resident });
      await step.run({ x: image });
      if (restart) {
        resident = new ResidentState(device, await resident.read());
        step = await compile(doubled, { state: resident });
      }
      const result = await step.run({ x: image });
      values.push([result.get("y")!.data, (await resident.read()).get("w")!.data]);
    }
    expect(values[1]).toEqual(values[0]);
  });

  test("serves programs of both layouts, whichever is compiled first", async () => {
    const results = [];
    for (const order of [["auto", "plain"] as const, ["plain", "auto"] as const]) {
      const resident = new ResidentState(device, new Map([["w", initial]]));
      await using first = await compile(doubled, { state: resident, convLayout: order[0] });
      await using second = await compile(doubled, { state: resident, convLayout: order[1] });
      await first.run({ x: image });
      await second.run({ x: image });
      results.push((await resident.read()).get("w")!.data);
      expect(results.at(-1)).toEqual(initial.data.map((value) => 4 * value));
    }
  });
});
