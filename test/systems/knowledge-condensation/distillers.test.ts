import { expect, test } from "vitest";
import { grad } from "../../../src/graph/autodiff.ts";
import { hostTensor, type HostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { constantOf } from "../../../src/graph/tensor.ts";
import { generator } from "../../../src/random/generator.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { AttentionTransfer } from "../../../src/systems/knowledge-condensation/distillers/attention.ts";
import { negativesOfOtherClasses } from "../../../src/systems/knowledge-condensation/distillers/contrast-samples.ts";
import type {
  DistillationBatch,
  Distiller,
  NetworkOutputs,
} from "../../../src/systems/knowledge-condensation/distillers/distiller.ts";
import { Fsp } from "../../../src/systems/knowledge-condensation/distillers/fsp.ts";
import { Nst } from "../../../src/systems/knowledge-condensation/distillers/nst.ts";
import { Pkt } from "../../../src/systems/knowledge-condensation/distillers/pkt.ts";
import { Regressor } from "../../../src/systems/knowledge-condensation/distillers/regressor.ts";
import { Rkd } from "../../../src/systems/knowledge-condensation/distillers/rkd.ts";
import { Similarity } from "../../../src/systems/knowledge-condensation/distillers/similarity.ts";
import { totalLoss } from "../../../src/systems/knowledge-condensation/distillers/total-loss.ts";
import { turned } from "../../../src/systems/knowledge-condensation/rotations.ts";

async function run(
  outputs: Record<string, Tensor>,
  feeds: Record<string, HostTensor> = {},
): Promise<Map<string, number[]>> {
  await using executable = await compile(program({ outputs }), { threads: 1 });
  const results = await executable.run(feeds);
  return new Map([...results].map(([name, { data }]) => [name, Array.from(data as ArrayLike<number>, Number)]));
}

const float = (shape: readonly number[], values: ArrayLike<number>): HostTensor =>
  hostTensor("float32", shape, Float32Array.from(values));
const normals = (shape: readonly number[], seed: number): HostTensor =>
  float(shape, generator(seed, "features").fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))));

const outputs = (features: readonly Tensor[]): NetworkOutputs => ({
  logits: features[0],
  features,
  preactivations: features,
});
function lossOf(distiller: Distiller, student: readonly Tensor[], teacher: readonly Tensor[]): Tensor {
  const none = input("labels", [1], "int64");
  const batch: DistillationBatch = {
    student: outputs(student),
    teacher: outputs(teacher),
    labels: none,
    indices: none,
    extra: {},
  };
  return distiller.loss(batch);
}

test("distillation by logits and cross-entropy have their closed forms, and the gradient is T·(p − q)/B", async () => {
  const [s, t] = [input("s", [1, 3]), input("t", [1, 3])];
  const common = {
    teacher: t,
    labels: constantOf(hostTensor("int64", [1], BigInt64Array.of(0n))),
    feature: undefined,
    temperature: 4,
  };
  const kd = totalLoss({ ...common, student: s, weights: { crossEntropy: 0, kd: 1, feature: 0 } });
  const ce = totalLoss({ ...common, student: s, weights: { crossEntropy: 1, kd: 0, feature: 0 } });
  const shifted = totalLoss({ ...common, student: t.add(5), weights: { crossEntropy: 0, kd: 1, feature: 0 } });
  const found = await run(
    { kd, ce, shifted, gradient: grad(kd, [s])[0] },
    { s: float([1, 3], [1, 2, 3]), t: float([1, 3], [3, 1, 0]) },
  );
  expect(found.get("kd")?.[0]).toBeCloseTo(2.154541, 5);
  expect(found.get("ce")?.[0]).toBeCloseTo(2.407606, 5);
  expect(found.get("shifted")?.[0]).toBeCloseTo(0, 6);
  [0.254275 - 0.481024, 0.326496 - 0.291756, 0.419229 - 0.22722].forEach((difference, i) =>
    expect(found.get("gradient")?.[i]).toBeCloseTo(4 * difference, 4),
  );
});

test("losses of features vanish where they are equal, and do not see a rotation", async () => {
  const maps = [1, 2, 3, 4].map((seed) => constantOf(normals([4, 3, 4, 4], seed)));
  const pooled = constantOf(normals([4, 3], 5));
  const features = [...maps, pooled];
  const [a, b] = [Math.cos(0.7), Math.sin(0.7)];
  const rotation = constantOf(float([3, 3], [a, -b, 0, b, a, 0, 0, 0, 1]));
  const rotated = pooled.matmul(rotation);
  const turnedMap = maps[3].permute([0, 2, 3, 1]).matmul(rotation).permute([0, 3, 1, 2]);
  const at = (last: Tensor): Tensor[] => [...maps, last];
  const found = await run({
    attention: lossOf(new AttentionTransfer(), features, features),
    similarity: lossOf(new Similarity(), features, features),
    pkt: lossOf(new Pkt(), features, features),
    rkd: lossOf(new Rkd(), features, features),
    nst: lossOf(new Nst(), features, features),
    fsp: new Fsp({ student: features.map(({ shape }) => shape), teacher: features.map(({ shape }) => shape) }).flowLoss(
      {
        student: outputs(features),
        teacher: outputs(features),
      },
    ),
    "pkt rotated": lossOf(new Pkt(), at(rotated), features),
    "similarity rotated": lossOf(new Similarity(), [maps[0], maps[1], maps[2], turnedMap, pooled], features),
    "rkd rotated, moved and scaled": lossOf(new Rkd(), at(rotated.mul(3).add(2)), features),
    "rkd of others": lossOf(new Rkd(), at(constantOf(normals([4, 3], 9))), features),
  });
  for (const [name, [value]] of found)
    if (name === "rkd of others") expect(value).toBeGreaterThan(0.1);
    else expect(Math.abs(value), name).toBeLessThan(1e-4);
});

test("RKD's gradient is finite where two samples are equal", async () => {
  const s = input("s", [3, 2]);
  const loss = lossOf(new Rkd(), [s], [constantOf(normals([3, 2], 1))]);
  const found = await run({ gradient: grad(loss, [s])[0] }, { s: float([3, 2], [1, 2, 1, 2, 0, 1]) });
  for (const value of found.get("gradient") ?? []) expect(Number.isFinite(value)).toBe(true);
});

test("four copies are turned by 0°, 90°, 180° and 270°, counter-clockwise", async () => {
  const image = [1, 2, 3, 4]; // rows 1 2 / 3 4
  const found = await run({ turned: turned(constantOf(float([4, 1, 2, 2], [image, image, image, image].flat()))) });
  expect(found.get("turned")).toEqual([1, 2, 3, 4, 2, 4, 1, 3, 4, 3, 2, 1, 3, 1, 4, 2]);
});

test("negatives are kept samples of other classes, each once where there are enough", () => {
  const labels = [0, 0, 1, 1, 2, 2];
  const drawn = negativesOfOtherClasses({
    indices: [0, 3],
    labels,
    kept: [0, 1, 2, 3, 4],
    negatives: 3,
    random: generator(0, "t"),
  });
  expect([...drawn.slice(0, 3)].sort()).toEqual([2, 3, 4]);
  expect([...drawn.slice(3)].sort()).toEqual([0, 1, 4]);
  const few = negativesOfOtherClasses({ indices: [0], labels, kept: [0, 2], negatives: 3, random: generator(0, "t") });
  expect([...few]).toEqual([2, 2, 2]);
  const one = { indices: [0], labels, kept: [0, 1], negatives: 1, random: generator(0, "t") };
  expect(() => negativesOfOtherClasses(one)).toThrow("all kept samples are of class 0");
});

test("maps that cannot be brought together are refused with what to do", () => {
  expect(() => new Regressor([1, 3, 5, 5], [1, 3, 7, 7])).toThrow("no regressor from a map of side 5 to one of side 7");
  expect(() => new Regressor([1, 3], [1, 3])).toThrow("this distiller reads maps [B, C, H, W], got [1, 3]");
  const shapes = (channels: number) => [
    [1, channels, 4, 4],
    [1, 8, 4, 4],
    [1, 8],
  ];
  expect(() => new Fsp({ student: shapes(2), teacher: shapes(3) })).toThrow(
    "fsp: maps of 2, 8 channels of the student, 3, 8",
  );
});
