import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { openDataset, resample } from "fovea/data";
import {
  concat,
  constant,
  encodeModel,
  hostTensor,
  type HostTensor,
  input,
  program,
  standardForm,
  type Tensor,
} from "fovea/graph";
import { importOnnx, importOnnxFile } from "fovea/models";
import { initialise, parameters, prepare } from "fovea/nn";
import { adamw, clipByGlobalNorm, gradientsOf, parameterGroups } from "fovea/optim";
import { generator } from "fovea/random";
import { compile, resolveDevice, ResidentState } from "fovea/runtime";

const [side, cells, classes] = [352, 22, 80] as const;

/** An image as FastestDet takes it, and what it should say of it. */
interface DetectionSample {
  /** [1, 3, 352, 352], BGR, from 0 to 1. */
  readonly image: HostTensor;
  /** [1, 85, 22, 22]: objectness 0 or 1; centre and size of the box, of the image's side; one-hot class. */
  readonly target: HostTensor;
}

/**
 * Fine-tunes an imported FastestDet for epochs of one image a step on COCO's training images, and prints the loss over
 * the training and the validation images before and after, and how far the exported file is from the trained network.
 *
 * @param args folder of data (default ../shared/data), epochs (1), threads (2), learning rate (1e-4), images (all)
 */
export async function fineTuneFastestDet([
  root = "../shared/data",
  epochs = "1",
  threads = "2",
  learningRate = "1e-4",
  most = "1000",
]: readonly string[]): Promise<void> {
  const path = `${root}/weights-small/fastestdet-coco/FastestDet.onnx`;
  if (!existsSync(path)) throw new Error(`${path} is not there: give the folder with weights-small and coco-small`);
  const [train, val] = [await samples(root, "train", Number(most)), await samples(root, "val", Number(most))];
  const model = prepare(importOnnxFile(path));
  const [image, target] = [input("image", [1, 3, side, side]), input("target", [1, 5 + classes, cells, cells])];
  const output = model.forward(image);
  const loss = detectionLoss(output, target);
  const weights = parameters(model);
  const { gradients } = clipByGlobalNorm(gradientsOf(loss, weights.values()), 10);
  const update = adamw().build(parameterGroups(weights, { weightDecay: 0 }), gradients);
  const state = new ResidentState(
    resolveDevice({ threads: Number(threads) }),
    new Map([...initialise(model, 0), ...update.states]),
  );
  const evaluation = await compile(program({ outputs: { loss } }), { state });
  const mean = async (some: readonly DetectionSample[]): Promise<number> => {
    let sum = 0;
    for (const { image, target } of some) sum += Number((await evaluation.run({ image, target })).get("loss")?.data[0]);
    return sum / some.length;
  };
  console.log(
    `before: loss ${(await mean(train)).toFixed(4)} on ${train.length} training images, ${(await mean(val)).toFixed(4)} on ${val.length} others`,
  );
  const step = await compile(program({ outputs: { loss }, updates: update.updates }), { state });
  const started = performance.now();
  let at = 0;
  for (let epoch = 0; epoch < Number(epochs); epoch++) {
    for (const i of generator(0, "order", epoch).permutation(train.length))
      await step.run({ image: train[i].image, target: train[i].target, ...update.scalars(at++, Number(learningRate)) });
    console.log(
      `epoch ${epoch + 1}: loss ${(await mean(train)).toFixed(4)} on the training images, ${(await mean(val)).toFixed(4)} on the others`,
    );
  }
  console.log(
    `${at} steps of one image in ${((performance.now() - started) / 1000).toFixed(1)} s with evaluation, ${threads} threads, learning rate ${learningRate}`,
  );
  const trained = await state.read([...weights.keys()]);
  const closed = program({ outputs: { output } });
  const file = encodeModel(standardForm(closed), { initialisers: trained });
  console.log(`the exported file differs from the trained network by ${await difference(closed, state, file, val)}`);
  for (const executable of [evaluation, step]) await executable.dispose();
  await state.dispose();
  console.log(`${cpus()[0]?.model.trim() ?? ""}; ${new Date().toISOString().slice(0, 10)}`);
}

/**
 * Loss of FastestDet's output y [1, 85, 22, 22] (objectness; four numbers before tanh and σ; class probabilities)
 * against a target: cross-entropy of the objectness, the objects together weighing as much as the empty cells do, and,
 * where an object's centre lies, 10 × the mean error of centre and size and −log of its class. One cell holds one object;
 * the published training assigns its neighbours too.
 */
function detectionLoss(y: Tensor, target: Tensor): Tensor {
  const part = (t: Tensor, from: number, to: number): Tensor => t.slice(1, from, to);
  const object = part(target, 0, 1);
  const empty = object.neg().add(1);
  const count = object.sum().add(1e-6);
  const log = (p: Tensor): Tensor => p.mul(0.9998).add(1e-4).log();
  const score = part(y, 0, 1);
  const found = log(score).mul(object).sum().div(count);
  const quiet = log(score.neg().add(1)).mul(empty).sum().div(empty.sum());
  const error = boxes(part(y, 1, 5))
    .sub(part(target, 1, 5))
    .abs()
    .mul(object)
    .sum()
    .div(count.mul(4));
  const named = log(part(y, 5, 5 + classes))
    .mul(part(target, 5, 5 + classes))
    .sum()
    .div(count);
  return error.mul(10).sub(found).sub(quiet).sub(named);
}

/** Centre (g + tanh r)/22 and size σ(r) of the box of each cell g, [1, 4, 22, 22]. Source: expected.json of the weights. */
function boxes(r: Tensor): Tensor {
  const grid = Float32Array.from({ length: 2 * cells * cells }, (_, i) =>
    i < cells * cells ? i % cells : Math.floor(i / cells) % cells,
  );
  const size = r.slice(1, 2, 4).sigmoid();
  const centre = r
    .slice(1, 0, 2)
    .tanh()
    .add(constant(hostTensor("float32", [1, 2, cells, cells], grid)))
    .div(cells);
  return concat([centre, size], 1);
}

async function samples(root: string, split: "train" | "val", most: number): Promise<DetectionSample[]> {
  const dataset = await openDataset({ root: `${root}/coco-small` }, split);
  const found: DetectionSample[] = [];
  for (let i = 0; i < Math.min(dataset.length, most); i++) {
    const { image, targets } = await dataset.read(i);
    const { data } = resample(image, side, side, "bilinear");
    const pixels = new Float32Array(3 * side * side);
    for (let p = 0; p < side * side; p++)
      for (let c = 0; c < 3; c++) pixels[(2 - c) * side * side + p] = data[3 * p + c] / 255; // BGR
    const target = new Float32Array((5 + classes) * cells * cells);
    for (const { category, box, crowd } of targets?.instances?.instances ?? []) {
      if (crowd) continue;
      const [left, right] = [box[0] / image.width, box[2] / image.width];
      const [top, bottom] = [box[1] / image.height, box[3] / image.height];
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      const cell = Math.min(cells - 1, Math.floor(y * cells)) * cells + Math.min(cells - 1, Math.floor(x * cells));
      if (target[cell] === 1) continue; // taken
      [1, x, y, right - left, bottom - top].forEach((value, k) => (target[k * cells * cells + cell] = value));
      target[(5 + category) * cells * cells + cell] = 1;
    }
    found.push({
      image: hostTensor("float32", [1, 3, side, side], pixels),
      target: hostTensor("float32", [1, 5 + classes, cells, cells], target),
    });
  }
  return found;
}

/** Largest difference of the file, read anew, from the network on its resident weights. */
async function difference(
  closed: ReturnType<typeof program>,
  state: ResidentState,
  file: Uint8Array,
  some: readonly DetectionSample[],
): Promise<number> {
  const again = prepare(importOnnx(file));
  const own = new ResidentState(resolveDevice({ threads: 1 }), initialise(again, 0));
  const written = await compile(program({ outputs: { output: again.forward(input("image", [1, 3, side, side])) } }), {
    state: own,
  });
  const trained = await compile(closed, { state });
  let worst = 0;
  for (const { image } of some.slice(0, 4)) {
    const [a, b] = [await trained.run({ image }), await written.run({ image })];
    const other = b.get("output")?.data as Float32Array; // FastestDet's output is float32
    (a.get("output")?.data as Float32Array).forEach(
      (value, i) => (worst = Math.max(worst, Math.abs(value - other[i]))),
    );
  }
  await trained.dispose();
  await written.dispose();
  await own.dispose();
  return worst;
}
