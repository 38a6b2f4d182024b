import { expect, test } from "vitest";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import type { CheckpointLayout } from "../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { describePretrained, loadPretrained } from "../../src/models/load-pretrained.ts";
import { BatchNorm } from "../../src/nn/batch-norm.ts";
import { zeros } from "../../src/nn/initialisers.ts";
import { Linear } from "../../src/nn/linear.ts";
import { Module, prepare } from "../../src/nn/module.ts";
import { Parameter } from "../../src/nn/parameter.ts";

class Small extends Module {
  readonly pos_embed = new Parameter([1, 1 + 16, 2], zeros);
  readonly table = new Parameter([7 * 7, 2], zeros); // window 4
  readonly body = new Linear(2, 2, { bias: false });
  readonly head = new Linear(2, 3);
}

const layout: CheckpointLayout = {
  source: "this test",
  wrappers: ["model"],
  rename: [[/^trunk\.(.*)$/, "body.$1"]],
  drop: [/index$/],
  resize: [
    { pattern: /^pos_embed$/, by: "positions", extra: 1 },
    { pattern: /^table$/, by: "bicubic" },
  ],
  reshape: [/^body\.weight$/],
  required: [/^body\./],
};

const filled = (shape: readonly number[], value = 1): HostTensor => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return hostTensor("float32", shape, new Float32Array(size).fill(value));
};

const file = (extra: Record<string, HostTensor> = {}): Map<string, HostTensor> =>
  new Map(
    Object.entries({
      "optimizer.state.0": filled([4]),
      "model.pos_embed": filled([1, 1 + 4, 2], 2),
      "model.table": filled([25, 2], 3),
      "model.trunk.weight": filled([2, 2, 1, 1], 4),
      "model.relative_index": filled([9]),
      "model.head.weight": filled([5, 2]),
      "model.teacher.weight": filled([1]),
      ...extra,
    }),
  );

test("takes what fits, resizes tables, and lists the rest by name", () => {
  const loaded = loadPretrained(prepare(new Small()), file(), layout, { isNew: (name) => name.startsWith("head.") });
  expect([...loaded.states.keys()]).toEqual(["pos_embed", "table", "body.weight"]);
  expect([...(loaded.states.get("pos_embed")?.data as Float32Array)]).toEqual(Array(34).fill(2)); // a constant stays
  expect(loaded.states.get("body.weight")?.shape).toEqual([2, 2]);
  expect(loaded.interpolated).toEqual([
    { name: "pos_embed", by: "positions", from: [1, 5, 2], to: [1, 17, 2] },
    { name: "table", by: "bicubic", from: [25, 2], to: [49, 2] },
  ]);
  expect(loaded.missing).toEqual(["head.bias"]);
  expect([...loaded.misshapen.values()]).toEqual(["head.weight [5, 2], expected [3, 2]"]);
  expect(loaded.unexpected).toEqual(["teacher.weight"]);
  expect(loaded.dropped).toEqual(["relative_index"]);
  expect(describePretrained(loaded)).toEqual([
    "3 tensors taken",
    "2 resized (pos_embed [1, 5, 2] → [1, 17, 2], table [25, 2] → [49, 2])",
    "2 left (teacher.weight, relative_index)",
    "2 new (head.bias, head.weight)",
  ]);
});

test("refuses what is missing or misshapen and says what was expected", () => {
  expect(() => loadPretrained(prepare(new Small()), file(), layout)).toThrow(
    "the weights do not fit the network: 1 missing (head.bias); 1 of another shape (head.weight [5, 2], expected [3, 2])",
  );
});

test("a table of other heads is no matter of resizing", () => {
  const weights = file({ "model.table": filled([25, 4]) });
  const { misshapen } = loadPretrained(prepare(new Small()), weights, layout, { strict: false });
  expect(misshapen.get("table")).toBe("table [25, 4], expected [49, 2]");
});

test("a name that the layout requires may not be missing even where others may", () => {
  const weights = file();
  weights.delete("model.trunk.weight");
  expect(() => loadPretrained(prepare(new Small()), weights, layout, { strict: false })).toThrow(
    "1 missing (body.weight)",
  );
});

test("a batch norm's counter, which old files lack, starts at 0", () => {
  const norm = prepare(new BatchNorm(2));
  const values = ["weight", "bias", "running_mean", "running_var"].map((name) => [name, filled([2])] as const);
  const { states, missing } = loadPretrained(norm, new Map(values), { source: "this test", wrappers: [] });
  expect(missing).toEqual([]);
  expect(states.get("num_batches_tracked")?.data).toEqual(BigInt64Array.of(0n));
});

test("float64 becomes float32, integers are no weights", () => {
  const weights = file({
    "model.head.bias": hostTensor("float64", [3], Float64Array.of(1, 2, 3)),
    "model.trunk.weight": filled([2, 2]),
    "model.head.weight": hostTensor("int64", [3, 2], new BigInt64Array(6)),
  });
  const { states, misshapen } = loadPretrained(prepare(new Small()), weights, layout, { strict: false });
  expect(states.get("head.bias")).toEqual(hostTensor("float32", [3], Float32Array.of(1, 2, 3)));
  expect([...misshapen.keys()]).toEqual(["head.weight"]);
});

test("a head of other classes starts at 0 where the layout says so, and is listed", () => {
  const weights = file({ "model.head.bias": filled([5]) });
  const loaded = loadPretrained(prepare(new Small()), weights, { ...layout, zeroed: [/^head\./] });
  expect(loaded.states.get("head.weight")).toEqual(filled([3, 2], 0));
  expect([...loaded.misshapen.keys()]).toEqual(["head.weight", "head.bias"]);
  expect(describePretrained(loaded)).toContain("3 tensors taken");
  expect(describePretrained(loaded)).toContain("2 new (head.weight, head.bias)");
});
