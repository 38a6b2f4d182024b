import { describe, expect, test } from "vitest";
import { grad } from "../../../src/graph/autodiff.ts";
import { input } from "../../../src/graph/leaf.ts";
import { swinSizes } from "../../../src/models/swin/swin-sizes.ts";
import { SwinEncoder } from "../../../src/models/swin/swin-encoder.ts";
import { Swin } from "../../../src/models/swin/swin.ts";
import { initialise, parameters, prepare } from "../../../src/nn/module.ts";
import { trace } from "../../../src/nn/trace.ts";
import { evaluate, host, wave } from "../../nn/evaluate.ts";
import { goldenImage, goldenNames, goldenOptions, goldenValues } from "./golden-net.ts";

const small = { version: 2, imageSize: 16, patchSize: 2, width: 8, depths: [2, 2], heads: [2, 4], window: 4 } as const;
const image = input("x", [1, 3, 16, 16]);

describe("the golden network of the specification", () => {
  const network = prepare(new SwinEncoder(goldenOptions));
  const { result, features } = trace({}, () => network.features(image));

  test("has 77 tensors of 21,252 numbers", () => {
    const own = parameters(network);
    expect([...own.keys()].sort()).toEqual([...goldenNames].sort());
    expect([...own.values()].reduce((sum, { size }) => sum + size, 0)).toBe(21_252);
  });

  test("gives the printed sums and first values after every part", async () => {
    const outputs = {
      first: features.get("layers.0.blocks.0")!,
      second: features.get("layers.0.blocks.1")!,
      merged: features.get("layers.0.downsample")!,
      last: result,
      mean: result.mean(1),
    };
    const values = await evaluate(outputs, { state: goldenValues(network, goldenNames), feeds: { x: goldenImage } });
    const expected = {
      first: [-50.614509, 786.972644, -0.984466, 2.753258, -0.828219, -0.765898],
      second: [-5.205664, 1987.943612, -0.457942, 2.907793, 0.48647, -0.759094],
      merged: [-0.379299, 259.211258, -0.761057, 0.211649, 1.044923, 1.348379],
      last: [8.612536, 268.099324, -1.689212, -0.426291, 0.075791, -0.805349],
    };
    for (const [name, [sum, squares, ...start]] of Object.entries(expected)) {
      const found = values[name];
      expect(found.reduce((total, x) => total + x, 0)).toBeCloseTo(sum, 3);
      expect(found.reduce((total, x) => total + x * x, 0)).toBeCloseTo(squares, 2);
      start.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
    }
    [-0.881666, -0.232606, 0.067207, -0.484255].forEach((value, i) => expect(values["mean"][i]).toBeCloseTo(value, 4));
  });
});

test("at its start every block of V2 is the identity, and the weights of its branches get no gradient", async () => {
  const network = prepare(new Swin({ ...small, classes: 3 }));
  const { result, features } = trace({}, () => network.forward(image));
  const own = parameters(network);
  const gradients = grad(result.mul(result).sum(), [
    own.get("layers.0.blocks.0.attn.qkv.weight")!,
    own.get("layers.1.blocks.1.mlp.fc1.weight")!,
    own.get("layers.0.blocks.0.norm1.weight")!,
  ]);
  const outputs = {
    before: features.get("patch_embed")!,
    after: features.get("layers.0.blocks.1")!,
    qkv: gradients[0],
    fc1: gradients[1],
    norm: gradients[2],
  };
  const values = await evaluate(outputs, { state: initialise(network, 0), feeds: { x: wave([1, 3, 16, 16]) } });
  expect(values["after"]).toEqual(values["before"]);
  expect(new Set([...values["qkv"], ...values["fc1"]].map(Math.abs))).toEqual(new Set([0]));
  expect(values["norm"].some((x) => x !== 0)).toBe(true);
});

test("V2's temperature is clamped at 100, where its gradient is 0, and does not see the length of keys", async () => {
  const network = prepare(new SwinEncoder(goldenOptions));
  const { features } = trace({}, () => network.features(image));
  const name = "layers.0.blocks.0.attn.logit_scale";
  const y = features.get("layers.0.blocks.0")!;
  const [scale] = grad(y.mul(y).sum(), [parameters(network).get(name)!]);
  const values = goldenValues(network, goldenNames);
  const at = async (temperature: number) =>
    evaluate(
      { y, scale },
      { state: new Map(values).set(name, host([2, 1, 1], [temperature, 1])), feeds: { x: goldenImage } },
    );
  const [above, limit] = [await at(Math.log(1000)), await at(Math.log(100))];
  above["y"].forEach((value, i) => expect(value).toBeCloseTo(limit["y"][i], 4));
  expect(above["scale"][0]).toBe(0);
  expect(above["scale"][1]).not.toBe(0);
});

test("in an unshifted block a pixel outside a token's window changes nothing in it", async () => {
  const network = prepare(new SwinEncoder({ ...small, version: 1 }));
  const { features } = trace({}, () => network.features(image));
  const state = initialise(network, 0);
  const run = async (x: ReturnType<typeof wave>) =>
    (await evaluate({ y: features.get("layers.0.blocks.0")! }, { state, feeds: { x } }))["y"];
  const plain = wave([1, 3, 16, 16]);
  const touched = host(
    [1, 3, 16, 16],
    plain.data.map((value, i) => (i === 8 ? 5 : value)),
  ); // token 4 of row 0: second window
  const [a, b] = [await run(plain), await run(touched)];
  const changed = new Set(a.flatMap((value, i) => (value === b[i] ? [] : [Math.floor(i / 8)])));
  for (const token of changed) expect(token % 8).toBeGreaterThanOrEqual(4);
  expect(changed.size).toBe(16);
});

test("drop path rises linearly over all blocks", () => {
  const network = prepare(new Swin({ ...swinSizes["swinv2-s"], dropPath: 0.1, imageSize: 256, window: 8 }));
  const rates = network.layers.flatMap(({ blocks }) => blocks.map(({ dropPath1 }) => dropPath1.rate));
  expect(rates[0]).toBe(0);
  expect(rates[12]).toBeCloseTo(0.052174, 6);
  expect(rates[23]).toBeCloseTo(0.1, 12);
});

test("attending to a few windows at a time gives the same", async () => {
  const values = [undefined, 3].map(async (windowsAtOnce) => {
    const network = prepare(new SwinEncoder({ ...goldenOptions, windowsAtOnce }));
    const x = input("x", [2, 3, 16, 16]);
    const feeds = { x: wave([2, 3, 16, 16]) };
    return (await evaluate({ y: network.features(x) }, { state: goldenValues(network, goldenNames), feeds }))["y"];
  });
  const [whole, parts] = await Promise.all(values);
  parts.forEach((value, i) => expect(value).toBeCloseTo(whole[i], 5));
});

test("Feature Distillation's start: small norms, branches that start smaller the deeper they stand", () => {
  const network = prepare(new Swin({ ...small, width: 32, start: "distillation", classes: 0 }));
  const values = initialise(network, 0);
  const deviation = (name: string) => {
    const data = values.get(name)!.data as Float32Array;
    return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
  };
  expect(values.get("layers.0.blocks.0.norm1.weight")!.data[0]).toBeCloseTo(1e-5, 10);
  expect(deviation("layers.0.blocks.1.mlp.fc2.weight")).toBeCloseTo(0.02 / 2, 3);
  expect(deviation("layers.1.blocks.1.attn.proj.weight")).toBeCloseTo(0.02 / Math.sqrt(8), 3);
  expect(deviation("layers.1.blocks.1.attn.qkv.weight")).toBeCloseTo(0.02, 3);
});

test("sizes that do not fit are refused with the numbers", () => {
  expect(() => new Swin({ ...small, imageSize: 18, window: 3 })).toThrow(
    "Swin: image 18 × 18 gives stage 1 4.5 × 4.5 tokens",
  );
  expect(() => new Swin({ ...small, window: 3 })).toThrow("gives stage 0 8 × 8 tokens, which windows of 3 do not fill");
  expect(() => new Swin({ ...small, heads: [2] })).toThrow("Swin: heads [2] for 2 stages");
  expect(() => new Swin({ ...small, heads: [3, 3] })).toThrow("width 8 is not divisible by 3 heads");
  expect(() => prepare(new Swin(small)).forward(input("x", [1, 3, 32, 32]))).toThrow(
    "Swin: tokens [1, 256, 8] are not [B, 8·8, C]",
  );
});
