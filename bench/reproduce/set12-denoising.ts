import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { decodeImage } from "fovea/data";
import { openWeights } from "fovea/formats";
import { input, program } from "fovea/graph";
import { checkpointLayouts, loadPretrained } from "fovea/models";
import { Conv2d, Module, prepare, relu, Sequential } from "fovea/nn";
import { generator } from "fovea/random";
import { markdownTable } from "fovea/report";
import { compile, resolveDevice, ResidentState } from "fovea/runtime";

/** DnCNN without batch norms, which are folded into its convolutions: clean = x − net(x). Source: arXiv 1608.03981. */
class Dncnn extends Module {
  readonly model = new Sequential([
    ...Array.from({ length: 16 }, (_, i) => [new Conv2d(i === 0 ? 1 : 64, 64, 3, { padding: 1 }), relu]).flat(),
    new Conv2d(64, 1, 3, { padding: 1 }),
  ]);
}

type States = ReturnType<typeof loadPretrained>["states"];
interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * PSNR of KAIR's DnCNN on Set12 at noise of 25/255 (30.43 dB measured beside the weights, 30.44 published).
 *
 * @param args folder of data (default ../shared/data), threads, seed of the noise
 */
export async function set12Denoising([
  root = "../shared/data",
  threads = "1",
  seed = "0",
]: readonly string[]): Promise<void> {
  const weights = `${root}/weights-small/dncnn-25/dncnn_25.safetensors`;
  if (!existsSync(weights))
    throw new Error(`${weights} is not there: give the folder that holds weights-small and set12`);
  const network = prepare(new Dncnn());
  const opened = openWeights(weights);
  const { states } = loadPretrained(network, opened.tensors, checkpointLayouts.plain);
  opened.close();
  const rows: (readonly [string, number, number])[] = [];
  for (let i = 1; i <= 12; i++) {
    const name = String(i).padStart(2, "0");
    const clean = await greyImage(`${root}/set12/${name}.png`);
    const noisy = new Float32Array(clean.data.length);
    generator(Number(seed), `noise/${name}`).fillNormal(noisy, 0, 25 / 255);
    clean.data.forEach((value, at) => (noisy[at] = (noisy[at] ?? 0) + value / 255));
    const denoised = await denoise(network, states, noisy, clean, Number(threads));
    rows.push([name, psnr(noisy, clean.data), psnr(denoised.map(rounded), clean.data)]);
  }
  const mean = (column: 1 | 2): number => rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
  const shown = rows.concat([["mean", mean(1), mean(2)]]).map(([name, a, b]) => [name, a.toFixed(2), b.toFixed(2)]);
  console.log(markdownTable({ columns: ["PSNR, dB", "noisy", "denoised"], rows: shown }));
  console.log(
    `seed ${seed}; ${cpus()[0]?.model.trim() ?? ""}, ${threads} threads; ${new Date().toISOString().slice(0, 10)}`,
  );
}

async function greyImage(path: string): Promise<Grey> {
  const { width, height, data } = await decodeImage(readFileSync(path), path);
  return { width, height, data: data.filter((_, i) => i % 3 === 0) }; // grey was expanded to RGB
}

async function denoise(
  network: Dncnn,
  states: States,
  noisy: Float32Array<ArrayBuffer>,
  { width, height }: Grey,
  threads: number,
): Promise<Float32Array> {
  const shape = [1, 1, height, width];
  const image = input("image", shape);
  const state = new ResidentState(resolveDevice({ device: "cpu", threads }), states);
  const closed = program({ outputs: { clean: image.sub(network.model.forward(image)) } });
  await using executable = await compile(closed, { state });
  const results = await executable.run({ image: { dtype: "float32", shape, data: noisy } });
  return results.get("clean")?.data as Float32Array; // the program's output is float32
}

/** −10·log10 of the mean squared error of values around [0, 1] against 8-bit ones. */
function psnr(values: Float32Array, clean: Uint8Array): number {
  const squares = clean.reduce((sum, value, i) => sum + ((values[i] ?? NaN) - value / 255) ** 2, 0);
  return -10 * Math.log10(squares / clean.length);
}

/** As an 8-bit image would have it. */
const rounded = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value))) / 255;
