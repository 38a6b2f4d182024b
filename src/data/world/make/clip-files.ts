import { concatenate } from "../../../formats/protobuf-wire.ts";
import { writeNpy } from "../../../formats/npy.ts";
import type { Dataset } from "../../dataset.ts";
import type { Split } from "../../split.ts";
import type { ClipTarget } from "../../targets.ts";
import { greyFile, numbered, pngFile, textFile, type MadeFile } from "./made-file.ts";

/**
 * Labelled clips as MMAction has them: `rawframes/SPLIT/NNNNNN/img_00001.png` up, `SPLIT_rawframes.txt` with
 * `path frames label`, and `classes.txt`.
 */
export async function* actionFiles(dataset: Dataset, split: Split): AsyncGenerator<MadeFile> {
  const lines: string[] = [];
  for (let index = 0; index < dataset.length; index++) {
    const { label, targets } = await dataset.read(index);
    const frames = targets?.clip?.frames ?? [];
    const folder = `${split}/${numbered(index)}`;
    for (const [k, frame] of frames.entries()) {
      yield pngFile(`rawframes/${folder}/img_${numbered(k + 1, 5)}.png`, frame);
    }
    lines.push(`${folder} ${frames.length} ${label}`);
  }
  yield textFile(`${split}_rawframes.txt`, lines.map((line) => `${line}\n`).join(""));
  yield textFile("classes.txt", dataset.classNames.map((name) => `${name}\n`).join(""));
}

/**
 * Videos as anomaly sets have them: `training/frames/NN/000.png` up, `testing/frames` likewise with
 * `testing/pixel_masks/NN/000.png` (255 on what is not normal), `testing/test_frame_mask/NN.npy` and, ours,
 * `testing/tracks/NN.json`.
 */
export async function* streetFiles(dataset: Dataset, split: Split): AsyncGenerator<MadeFile> {
  const part = split === "train" ? "training" : "testing";
  for (let index = 0; index < dataset.length; index++) {
    const { label, targets } = await dataset.read(index);
    const clip = targets?.clip;
    if (clip === undefined) continue;
    const name = numbered(index + 1, 2);
    for (const [k, frame] of clip.frames.entries()) {
      yield pngFile(`${part}/frames/${name}/${numbered(k, 3)}.png`, frame);
    }
    if (split !== "train") yield* truthFiles(clip, name, dataset.classNames[label]);
  }
}

function* truthFiles(clip: ClipTarget, name: string, event: string): Generator<MadeFile> {
  const { frames, frameAnomalies, pixelAnomalies, tracks = [], framesPerSecond } = clip;
  const [{ width, height }] = frames;
  if (pixelAnomalies !== undefined) {
    for (let t = 0; t < frames.length; t++) {
      const mask = pixelAnomalies.subarray(t * width * height, (t + 1) * width * height).map((inside) => 255 * inside);
      yield greyFile(`testing/pixel_masks/${name}/${numbered(t, 3)}.png`, width, height, mask);
    }
  }
  if (frameAnomalies !== undefined) {
    const array = writeNpy({ dtype: "uint8", shape: [frameAnomalies.length], data: frameAnomalies });
    yield { path: `testing/test_frame_mask/${name}.npy`, bytes: concatenate(array) };
  }
  const rows = tracks.map(({ id, category, boxes, anomalous }) => ({
    id,
    category,
    frames: Array.from({ length: frames.length }, (_, t) => t).filter((t) => !Number.isNaN(boxes[4 * t])),
    boxes: chunks(boxes).filter(([x0]) => !Number.isNaN(x0)),
    anomalous: chunks(boxes).flatMap(([x0], t) => (Number.isNaN(x0) ? [] : [anomalous?.[t] ?? 0])),
  }));
  yield textFile(`testing/tracks/${name}.json`, JSON.stringify({ event, framesPerSecond, tracks: rows }));
}

const chunks = (boxes: Float32Array): number[][] =>
  Array.from({ length: boxes.length / 4 }, (_, t) => [...boxes.subarray(4 * t, 4 * t + 4)]);
