import { expect, test } from "vitest";
import { grad } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { BatchNorm } from "../../src/nn/batch-norm.ts";
import { GroupNorm } from "../../src/nn/group-norm.ts";
import { buffers, initialise, parameters, prepare } from "../../src/nn/module.ts";
import { trace, withFrozenStatistics } from "../../src/nn/trace.ts";
import { compile } from "../../src/runtime/compile.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { evaluate, host, oneThread, relativeError, wave } from "./evaluate.ts";

const state = new Map([
  ["weight", host([2], [2, 3])],
  ["bias", host([2], [1, -1])],
  ["running_mean", host([2], [1, 0])],
  ["running_var", host([2], [4, 1])],
]);
const x = input("x", [2, 2, 2]);
const feeds = { x: host([2, 2, 2], [1, 3, 0, 2, 5, 7, 4, 6]) }; // channels 1 3 5 7 and 0 2 4 6: means 4, 3, variance 5

test("BatchNorm has PyTorch's names, and without affine only buffers", () => {
  const layer = prepare(new BatchNorm(2));
  expect([...parameters(layer).keys()]).toEqual(["weight", "bias"]);
  expect([...buffers(layer).values()].map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
    ["running_mean", [2], "float32"],
    ["running_var", [2], "float32"],
    ["num_batches_tracked", [], "int64"],
  ]);
  expect(parameters(prepare(new BatchNorm(2, { affine: false }))).size).toBe(0);
});

test("BatchNorm in evaluation normalises by the running statistics and updates nothing", async () => {
  const layer = prepare(new BatchNorm(2, { eps: 0 }));
  const { result, updates } = trace({}, () => layer.forward(x));
  const { y } = await evaluate({ y: result }, { state, feeds });
  expect(updates.size).toBe(0);
  expect(relativeError(y, [1, 3, -1, 5, 5, 7, 11, 17])).toBeLessThan(1e-6);
});

test("BatchNorm in training normalises by the biased variance and moves to the unbiased one", async () => {
  const layer = prepare(new BatchNorm(2, { eps: 0 }));
  const { result, updates } = trace({ training: true }, () => layer.forward(x));
  const [running_mean, running_var] = [layer.running_mean, layer.running_var].map((buffer) => updates.get(buffer)!);
  const { y, mean, variance } = await evaluate(
    { y: result, mean: running_mean, variance: running_var },
    { state, feeds },
  );
  const unit = [-3, -1, 1, 3].map((value) => value / Math.sqrt(5));
  const [first, second] = [unit.map((value) => 2 * value + 1), unit.map((value) => 3 * value - 1)];
  expect(
    relativeError(y, [...first.slice(0, 2), ...second.slice(0, 2), ...first.slice(2), ...second.slice(2)]),
  ).toBeLessThan(1e-6);
  expect(relativeError(mean, [1.3, 0.3])).toBeLessThan(1e-6); // 0.9 · 1 + 0.1 · 4
  expect(relativeError(variance, [3.6 + (0.1 * 20) / 3, 0.9 + (0.1 * 20) / 3])).toBeLessThan(1e-6);
});

test("running statistics are resident: they move with each step, and a layer that runs twice moves twice", async () => {
  const layer = prepare(new BatchNorm(2, { momentum: 0.5, affine: false }));
  const { result, updates } = trace({ training: true }, () => layer.forward(layer.forward(x)).sum());
  const resident = new ResidentState(oneThread, initialise(layer, 0));
  await using step = await compile(program({ outputs: { result }, updates }), { state: resident });
  await step.run(feeds);
  // from 0: half of the mean 4, half of that as the normalised batch has mean 0; again from 1
  expect(await read(resident, "running_mean")).toBeCloseTo(1, 5);
  await step.run(feeds);
  expect(await read(resident, "running_mean")).toBeCloseTo(1.25, 5);
  expect(await read(resident, "num_batches_tracked")).toBe(4);
});

const read = async (resident: ResidentState, name: string) => Number((await resident.read([name])).get(name)?.data[0]);

test("within withFrozenStatistics a layer that is being trained uses running statistics; its weight still learns", async () => {
  const layer = prepare(new BatchNorm(2, { eps: 0 }));
  const { result, updates } = trace({ training: true }, () => withFrozenStatistics(() => layer.forward(x)));
  expect(updates.size).toBe(0);
  const [dx] = grad(result.sum(), [x]);
  const { y, dx: values } = await evaluate({ y: result, dx }, { state, feeds });
  expect(relativeError(y, [1, 3, -1, 5, 5, 7, 11, 17])).toBeLessThan(1e-6);
  expect(values).toEqual([1, 1, 3, 3, 1, 1, 3, 3]);
});

test("GroupNorm normalises each group of channels of each image; one group a channel is instance norm", async () => {
  const layer = prepare(new GroupNorm(2, 2, { eps: 0, affine: false }));
  const { y } = await evaluate({ y: layer.forward(x) }, { state: new Map(), feeds });
  expect(relativeError(y, [-1, 1, -1, 1, -1, 1, -1, 1])).toBeLessThan(1e-6);
  const one = prepare(new GroupNorm(1, 2, { eps: 0 }));
  const outputs = { y: one.forward(input("x", [1, 2, 2])) };
  const grouped = await evaluate(outputs, { state, feeds: { x: host([1, 2, 2], [0, 1, 2, 3]) } });
  const unit = [-1.5, -0.5, 0.5, 1.5].map((value) => value / Math.sqrt(1.25));
  const expected = [2 * unit[0] + 1, 2 * unit[1] + 1, 3 * unit[2] - 1, 3 * unit[3] - 1];
  expect(relativeError(grouped.y, expected)).toBeLessThan(1e-6);
});

test("mistakes are named: other channels, a batch of one value a channel, groups that do not divide, momentum", () => {
  const layer = prepare(new BatchNorm(3));
  expect(() => layer.forward(wrong)).toThrow("BatchNorm: x [4, 2, 5] is not [B, 3, ...]");
  expect(() => trace({ training: true }, () => layer.forward(input("x", [1, 3])))).toThrow(
    "BatchNorm: x [1, 3] has one value a channel; its variance says nothing",
  );
  expect(() => new GroupNorm(2, 3).forward(input("x", [1, 3, 2]))).toThrow("2 groups do not divide the channels");
  expect(() => new BatchNorm(3, { momentum: 2 })).toThrow("BatchNorm: momentum is 2; it must be from 0 to 1");
});

const wrong = input("x", wave([4, 2, 5]).shape);
