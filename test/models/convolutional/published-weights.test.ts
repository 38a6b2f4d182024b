/** Trained weights of others on real images (../shared/data/weights-small); all of Set12: `npm run reproduce -- set12-denoising`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rawImage } from "../../../src/data/image.ts";
import { decodeImage } from "../../../src/data/image-file.ts";
import { imagenetNormalisation, normaliseInto } from "../../../src/data/transforms/normalise.ts";
import { openFileSource } from "../../../src/files/byte-source.node.ts";
import { cifarRecordCount, decodeCifar } from "../../../src/formats/cifar.ts";
import { openWeights } from "../../../src/formats/open-weights.node.ts";
import { hostTensor, type HostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { topKAccuracy } from "../../../src/metrics/accuracy.ts";
import { checkpointLayouts } from "../../../src/models/checkpoint-layouts/layouts.ts";
import { convolutionalNetwork } from "../../../src/models/convolutional/convolutional-sizes.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import { Conv2d } from "../../../src/nn/conv.ts";
import { Module, prepare } from "../../../src/nn/module.ts";
import { relu, Sequential } from "../../../src/nn/sequential.ts";
import { generator } from "../../../src/random/generator.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { ResidentState } from "../../../src/runtime/resident-state.ts";
import { sharedData } from "../../data/shared-data.ts";
import { oneThread, relativeError } from "../../nn/evaluate.ts";

const weights = sharedData("weights-small");
const cifar = sharedData("cifar10");
const set12 = sharedData("set12");

test.skipIf(weights.missing || cifar.missing).for(["resnet20.safetensors", "resnet20-12fca82f.th"])(
  "akamaster's ResNet-20 (%s) has the published logits, and the accuracy of these images on them",
  async (file) => {
    const { images, labels } = testBatch();
    const count = file.endsWith(".th") ? 8 : images.length / (3 * 32 * 32);
    const logits = await logitsOf(file, images.subarray(0, count * 3 * 32 * 32));
    const expected = JSON.parse(readFileSync(join(weights.root, "resnet20-cifar10/expected.json"), "utf8")) as {
      logits: number[][];
    };
    expect(relativeError(logits.slice(0, 80), expected.logits.flat())).toBeLessThan(1e-5);
    if (count > 8) expect(topKAccuracy(logits, labels, 10)).toBeCloseTo(0.8135, 4);
  },
);

/** The 2,000 test images as normalised floats [B, 3, 32, 32]. */
function testBatch(): { images: Float32Array; labels: Int32Array } {
  const source = openFileSource(join(cifar.root, "cifar-10-batches-bin/test_batch.bin"));
  const count = cifarRecordCount(source.size, "cifar10") ?? 0;
  const [bytes, labels] = [new Uint8Array(count * 3 * 32 * 32), new Int32Array(count)];
  decodeCifar(source, "cifar10", bytes, labels);
  source.close();
  const images = new Float32Array(bytes.length);
  for (let n = 0; n < bytes.length; n += 3 * 32 * 32) {
    const data = bytes.subarray(n, n + 3 * 32 * 32);
    normaliseInto(rawImage(32, 32, data), imagenetNormalisation, images, n);
  }
  return { images, labels };
}

async function logitsOf(file: string, images: Float32Array): Promise<number[]> {
  const network = prepare(convolutionalNetwork("resnet20-padded", { classes: 10 }));
  const opened = openWeights(join(weights.root, "resnet20-cifar10", file));
  const { states, unexpected } = loadPretrained(network, opened.tensors, checkpointLayouts["cifar-resnet"]);
  opened.close();
  expect(unexpected).toEqual([]);
  const batch = Math.min(200, images.length / (3 * 32 * 32));
  const logits: number[] = [];
  await using executable = await compile(
    program({ outputs: { logits: network.forward(input("image", [batch, 3, 32, 32])) } }),
    { state: new ResidentState(oneThread, states) },
  );
  for (let from = 0; from < images.length; from += batch * 3 * 32 * 32) {
    const data = images.slice(from, from + batch * 3 * 32 * 32);
    const results = await executable.run({ image: hostTensor("float32", [batch, 3, 32, 32], data) });
    logits.push(...(results.get("logits") as HostTensor<"float32">).data);
  }
  return logits;
}

/** DnCNN without batch norms, which are folded into its convolutions: x − net(x). Source: arXiv 1608.03981. */
class Dncnn extends Module {
  readonly model = new Sequential([
    ...Array.from({ length: 16 }, (_, i) => [new Conv2d(i === 0 ? 1 : 64, 64, 3, { padding: 1 }), relu]).flat(),
    new Conv2d(64, 1, 3, { padding: 1 }),
  ]);
}

/** Images of 256 × 256 pixels and the published PSNR at noise of 25/255, in dB. */
test.skipIf(weights.missing || set12.missing).for([
  ["01", 30.21],
  ["07", 29.44],
] as const)("DnCNN denoises Set12's image %s to %d dB", async ([name, expected]) => {
  const decoded = await decodeImage(readFileSync(join(set12.root, `${name}.png`)), name);
  const clean = Uint8Array.from({ length: 256 * 256 }, (_, i) => decoded.data[3 * i]);
  const noisy = new Float32Array(clean.length);
  generator(0, `noise/${name}`).fillNormal(noisy, 0, 25 / 255);
  clean.forEach((value, i) => (noisy[i] += value / 255));
  const reached = psnr(await denoise(noisy), clean);
  expect(Math.abs(reached - expected), `${reached.toFixed(2)} dB`).toBeLessThan(0.1); // the noise is another
});

async function denoise(noisy: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const network = prepare(new Dncnn());
  const opened = openWeights(join(weights.root, "dncnn-25/dncnn_25.safetensors"));
  const { states } = loadPretrained(network, opened.tensors, checkpointLayouts.plain);
  opened.close();
  const image = input("image", [1, 1, 256, 256]);
  await using executable = await compile(program({ outputs: { clean: image.sub(network.model.forward(image)) } }), {
    state: new ResidentState(oneThread, states),
  });
  const results = await executable.run({ image: hostTensor("float32", [1, 1, 256, 256], noisy) });
  return results.get("clean")?.data as Float32Array; // the program's output is float32
}

/** 10·log10(255²/mean squared error) of values in [0, 1], clamped and rounded to 8 bits. */
function psnr(values: Float32Array, clean: Uint8Array): number {
  const squares = clean.reduce((sum, value, i) => sum + (byteOf(values[i]) - value) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * clean.length) / squares);
}

const byteOf = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
