import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { writeWeights } from "../../../src/formats/write-weights.node.ts";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { convolutionalNetwork } from "../../../src/models/convolutional/convolutional-sizes.ts";
import { initialise, prepare } from "../../../src/nn/module.ts";
import {
  encodeCondensedSet,
  formatIndices,
  parseIndices,
  readCondensedSet,
} from "../../../src/systems/knowledge-condensation/condensed-set.ts";
import { noiseScores } from "../../../src/systems/knowledge-condensation/label-noise.ts";
import { knowledgeCondensationSchema } from "../../../src/systems/knowledge-condensation/schema.ts";
import { loadTeacher } from "../../../src/systems/knowledge-condensation/teacher.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-condensed-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const recipe = (values: object) => knowledgeCondensationSchema.parse({ model: { backbone: "resnet8" }, ...values });

test("numbers are written as numpy's savetxt does, and read back", () => {
  expect(formatIndices([0, 7, 49999])).toBe(
    "0.000000000000000000e+00\n7.000000000000000000e+00\n4.999900000000000000e+04\n",
  );
  expect([...parseIndices(formatIndices([3, 0, 12345]), "a.txt", 20000)]).toEqual([3, 0, 12345]);
  expect(() => parseIndices("1\n1\n", "a.txt", 5)).toThrow(
    "a.txt is no condensed set of these images: line 2 has 1 a second time",
  );
  expect(() => parseIndices("1.5\n", "a.txt", 5)).toThrow('line 1 is "1.5", no number from 0 to 4');
  expect(() => parseIndices("\n", "a.txt", 5)).toThrow("it holds no number");
});

test("a set with its mixed pixels is read from its file, and refused for another number of points", () => {
  const path = join(out, "set.safetensors");
  const pixels = hostTensor("uint8", [3, 1, 1, 3], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
  writeFileSync(path, encodeCondensedSet({ kept: Int32Array.of(2, 0), pixels }));
  const read = readCondensedSet(path, 3);
  expect([...read.kept]).toEqual([2, 0]);
  expect(read.pixels).toEqual(pixels);
  expect(() => readCondensedSet(path, 4)).toThrow("its pixels are uint8 [3, 1, 1, 3] for a set of 4 points");
});

test.each([
  ["resnet8_vanilla", ["model"], ""],
  ["resnet8_vanilla", ["state_dict"], "backbone."],
])("a teacher in a folder %s under %j with prefix %j is found and named", (folder, at, prefix) => {
  const values = initialise(prepare(convolutionalNetwork("resnet8", { classes: 10 })), 3);
  mkdirSync(join(out, folder), { recursive: true });
  const path = join(out, folder, "ckpt_epoch_240.pth");
  writeWeights(path, new Map([...values].map(([name, value]) => [prefix + name, value])), { at, overwrite: true });
  const { states } = loadTeacher(recipe({ teacher: path }), 10);
  expect(states.get("teacher.layer2.0.conv1.weight")?.data).toEqual(values.get("layer2.0.conv1.weight")?.data);
  expect(() => loadTeacher(recipe({ teacher: path }), 100)).toThrow(/fc\.weight \[10, 64\], expected \[100, 64\]/);
});

const published = fileURLToPath(
  new URL("../../../../shared/data/weights-small/resnet20-cifar10/resnet20-12fca82f.th", import.meta.url),
);
test.skipIf(!existsSync(published))("the published ResNet-20 is a teacher by the name of its network", () => {
  const { states } = loadTeacher(recipe({ teacher: published, teacherModel: { backbone: "resnet20-padded" } }), 10);
  expect(states.get("teacher.linear.weight")?.shape).toEqual([10, 64]);
  expect(() => loadTeacher(recipe({ teacher: published }), 10)).toThrow(
    "nothing says which network these weights are of",
  );
});

test("a list of suspects is scored by the labels that were made wrong", () => {
  const of = (index: number) => ({ index, name: "", label: "", teacher: "", value: 1, probability: 0, visits: 1 });
  const images = { labels: Int32Array.of(1, 0, 2, 0), trueLabels: Int32Array.of(0, 0, 1, 0) };
  expect(noiseScores([of(0), of(1), of(2)], images)).toEqual({
    wrong: 2,
    listed: 3,
    precision: 2 / 3,
    recall: 1,
    precisionAtWrong: 0.5,
  });
  expect(noiseScores([], images)).toMatchObject({ precision: null, recall: 0 });
});
