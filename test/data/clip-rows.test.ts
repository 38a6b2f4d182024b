import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ffmpegInstalled } from "../../src/data/clips/ffmpeg.ts";
import { readVideo } from "../../src/data/clips/read-video.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { evaluationBatches } from "../../src/data/evaluation-batches.ts";
import { rawImage, type RawImage } from "../../src/data/image.ts";
import { createLoader, type Batch, type ClipLoaderOptions } from "../../src/data/loader.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import type { TransformSpec } from "../../src/data/transforms/transform.ts";
import { newFolder, pngBytes, writeBelow } from "./image-files.ts";
import { sharedData } from "./shared-data.ts";

const actions = sharedData("actions-small");
const ped2 = sharedData("ucsd-ped2-small");

async function take(options: ClipLoaderOptions, count: number): Promise<Batch<"clips">[]> {
  const loader = await createLoader(options);
  const batches = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  await loader.close();
  return batches;
}

/** Clip n of 30 frames of 2 × 2 pixels; frame t has the value 8·n + t. */
async function numberedClips(count: number): Promise<Dataset> {
  const world = await openDataset({ count, imageSize: 8 }, "train");
  const frame = (value: number): RawImage => rawImage(2, 2, new Uint8Array(12).fill(value));
  return {
    ...world,
    length: count,
    label: (index) => index % 2,
    read: async (index) => {
      const frames = Array.from({ length: 30 }, (_, t) => frame(8 * index + t));
      const clip = { kind: "clip" as const, frames, frameAnomalies: Uint8Array.from(frames, (_, t) => t % 2) };
      return { image: frames[0], label: index % 2, id: `#${index}`, targets: { clip } };
    },
  };
}

/** The values of the frames of one row, as bytes. */
const framesOf = (values: Float32Array, row: number, frames: number, pixels = 12): number[] =>
  Array.from({ length: frames }, (_, t) => Math.round(255 * values[(row * frames + t) * pixels]));

describe("rows that are clips", () => {
  test("are [T, 3, H, W], T frames `stride` apart of the clip that the index names", async () => {
    const dataset = await numberedClips(9);
    const clip = { sampling: "dense", frames: 4, stride: 3 } as const;
    const loader = await createLoader({ dataset, clip, batchSize: 4 });
    expect([loader.shape, loader.height, loader.width]).toEqual([[4, 3, 2, 2], 2, 2]);
    const { clips, labels, indices, step } = await loader.next();
    expect([clips.length, step]).toEqual([4 * 4 * 12, 0]);
    indices.forEach((index, row) => {
      const [first, ...others] = framesOf(clips, row, 4);
      expect(others).toEqual([first + 3, first + 6, first + 9]);
      expect([first >= 8 * index, first <= 8 * index + 20, labels[row]]).toEqual([true, true, BigInt(index % 2)]);
    });
  });

  test("in evaluation are the middle, segment by segment, or fixed views", async () => {
    const dataset = await numberedClips(1);
    const frames = async (clip: ClipLoaderOptions["clip"]): Promise<[readonly number[], number[]]> => {
      const set = await evaluationBatches({ dataset, clip, batchSize: 1 });
      for await (const { clips } of set) return [set.shape, framesOf(clips, 0, clips.length / 12)];
      return [[], []];
    };
    expect(await frames({ sampling: "dense", frames: 4, stride: 2 })).toEqual([[4, 3, 2, 2], [11, 13, 15, 17]]); // prettier-ignore
    expect(await frames({ sampling: "uniform", frames: 3 })).toEqual([[3, 3, 2, 2], [5, 15, 25]]); // prettier-ignore
    const views = await frames({ sampling: "views", frames: 2, stride: 5, views: 3 });
    expect(views).toEqual([[3, 2, 3, 2, 2], [4, 9, 12, 17, 20, 25]]); // prettier-ignore
  });

  test("carry with `targets` what is known of the chosen frames", async () => {
    const set = await evaluationBatches({ dataset: await numberedClips(1), clip: { sampling: "dense", frames: 3 }, targets: true, batchSize: 1 }); // prettier-ignore
    for await (const { targets } of set) expect([...(targets?.[0]?.clip?.frameAnomalies ?? [])]).toEqual([1, 0, 1]);
    expect(set.report().images).toBe(1);
  });

  test("have one augmentation in all their frames, and one box of erasing", async () => {
    const still: Dataset = { ...(await openDataset({ scene: "shapes", count: 6, imageSize: 16 }, "train")) };
    const dataset: Dataset = {
      ...still,
      read: async (index) => {
        const sample = await still.read(index);
        return { ...sample, targets: { clip: { kind: "clip", frames: [sample.image, sample.image, sample.image] } } };
      },
    };
    const transforms: TransformSpec[] = [
      { name: "randomResizedCrop", size: 16 },
      { name: "horizontalFlip" },
      { name: "randAugment" },
      { name: "colourJitter", brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
      { name: "greyscale" },
      { name: "threeAugment" },
    ];
    const options: ClipLoaderOptions = { dataset, transforms, clip: { sampling: "uniform", frames: 3 }, erasing: { probability: 1 }, batchSize: 6 }; // prettier-ignore
    const batches = await take(options, 4);
    for (const { clips } of batches) {
      const frame = (row: number, t: number): Float32Array => clips.subarray((3 * row + t) * 768, (3 * row + t + 1) * 768); // prettier-ignore
      for (let row = 0; row < 6; row++) for (const t of [1, 2]) expect(frame(row, t)).toEqual(frame(row, 0));
      expect(frame(0, 0)).not.toEqual(frame(1, 0));
    }
    expect(batches[0].clips).not.toEqual(batches[1].clips);
  });

  test("of the world are the same after a resume, in recycled memory, and other ones in the next epoch", async () => {
    const options: ClipLoaderOptions = {
      dataset: { scene: "actions", task: "clip", count: 6, imageSize: 16, world: { frames: 6 } },
      clip: { sampling: "dense", frames: 3 },
      transforms: [{ name: "randomResizedCrop", size: 12 }, { name: "horizontalFlip" }],
      masks: { name: "blockWise", grid: 6, count: 16, minBlock: 2 },
      batchSize: 3,
      seed: 4,
    };
    const whole = await take(options, 4);
    expect(await take({ ...options, start: 2 }, 2)).toEqual(whole.slice(2));
    expect(whole[0].clips).not.toEqual(whole[2].clips);
    expect([whole[0].clips.length, whole[0].masks?.length]).toEqual([3 * 3 * 3 * 144, 3 * 36]);
    const loader = await createLoader(options);
    for (const one of whole) {
      const batch = await loader.next();
      expect(batch).toEqual(one);
      loader.recycle(batch);
    }
  });

  test("of folders of frames leave a damaged clip out and name it, and read only the chosen frames", async () => {
    const root = newFolder();
    const names = Array.from({ length: 102 }, (_, n) => `c${n}`);
    writeBelow(root, "train_rawframes.txt", names.map((name, n) => `${name} 2 ${n % 2}\n`).join(""));
    const frames = await Promise.all([1, 2].map((shade) => pngBytes(shade, 4, 4)));
    for (const name of names)
      frames.forEach((bytes, t) => writeBelow(root, `rawframes/${name}/img_0000${t + 1}.jpg`, bytes));
    writeBelow(root, "rawframes/c7/img_00001.jpg", "no image");
    writeBelow(root, "rawframes/c8/img_00002.jpg", "no image, but never looked at");
    const clip = { sampling: "uniform", frames: 1 } as const;
    const set = await evaluationBatches({ dataset: { root, format: "rawframes" }, split: "train", clip: { ...clip, frames: 2 }, batchSize: 102, subset: [...names.keys()].filter((n) => n !== 8) }); // prettier-ignore
    for await (const { clips, valid, indices } of set) {
      expect([valid, indices[100], framesOf(clips, 0, 2, 48)]).toEqual([100, -1, [1, 2]]);
    }
    expect(set.report().skipped.map(({ index, message }) => [index, message])).toEqual([[7, expect.stringContaining("rawframes/c7/img_00001.jpg: ")]]); // prettier-ignore
    const first = await openDataset({ root, format: "rawframes" }, "train");
    expect((await first.readClip?.(8, () => [0, 0]))?.targets.clip.frames).toHaveLength(2);
    await expect(openDataset({ root, format: "rawframes" }, "val")).rejects.toThrow("no val split");
    await expect(openDataset({ root, format: "videos" }, "train")).rejects.toThrow("train_videos.txt of lines");
  });

  test("are refused of images, with a cache, with a wrong choice, and in two sizes", async () => {
    const clip = { sampling: "dense", frames: 2 } as const;
    const images = { count: 8, imageSize: 8 };
    await expect(createLoader({ dataset: images, clip, batchSize: 2 })).rejects.toThrow("world (train): it holds images, but clips are asked for"); // prettier-ignore
    const wrong = { sampling: "dense", frames: 0 } as const;
    await expect(createLoader({ dataset: images, clip: wrong, batchSize: 2 })).rejects.toThrow("clip.frames: ");
    const cached = { dataset: images, clip, batchSize: 2, cache: { directory: newFolder(), bytes: 9 } };
    await expect(createLoader(cached as ClipLoaderOptions)).rejects.toThrow("cache is given together with clip");
    const root = newFolder();
    writeBelow(root, "train_rawframes.txt", "a 2 0\n");
    for (const side of [4, 6]) writeBelow(root, `rawframes/a/img_${side}.jpg`, await pngBytes(side, side, side));
    const [batch] = await take({ dataset: { root, format: "rawframes" }, clip, batchSize: 1 }, 1).catch((error: unknown) => [error]); // prettier-ignore
    expect(String(batch)).toContain("rawframes/a: its frames have 4×4 and 6×6 pixels");
  });
});

test.skipIf(actions.missing)("a Kinetics-style list of frames, as eva's table reads it", async () => {
  const dataset = { root: actions.root, format: "rawframes" } as const;
  const transforms: TransformSpec[] = [{ name: "resize", size: [32, 32] }];
  const options = { dataset, transforms, clip: { sampling: "uniform", frames: 2 }, batchSize: 4 } as const;
  const [{ clips, labels, indices }] = await take(options, 1);
  const set = await openDataset(dataset, "train");
  expect([clips.length, set.length, set.classNames]).toEqual([4 * 2 * 3 * 32 * 32, 36, ["noFight", "fight"]]);
  expect([...labels]).toEqual(Array.from(indices, (index) => BigInt(set.label(index))));
  expect((await set.read(0)).id).toMatch(/^rawframes\/noFight\/nofi\d+$/);
});

test.skipIf(ped2.missing)("UCSD's recordings are clips without classes", async () => {
  const set = await openDataset({ root: ped2.root, format: "clips" }, "val");
  expect([set.length, set.classNames]).toEqual([3, ["clip"]]);
  const sample = await set.readClip?.(0, (total) => [0, total - 1]);
  expect([sample?.id, sample?.targets.clip.frames.length, sample?.image.width]).toEqual(["testing/frames/02", 2, 360]);
});

const noFfmpeg = !ffmpegInstalled();
test.skipIf(noFfmpeg)("videos: exactly the chosen frames, and a truncated one costs its row", async () => {
  const root = newFolder();
  mkdirSync(join(root, "videos"));
  const source = ["-f", "lavfi", "-i", "testsrc=size=32x24:rate=10:duration=1.2"];
  execFileSync("ffmpeg", ["-v", "error", ...source, "-c:v", "mpeg4", "-g", "4", join(root, "videos/a.avi")]);
  writeFileSync(join(root, "videos/b.avi"), "no video");
  writeBelow(root, "train_videos.txt", "a.avi 0\nb.avi 1\n");
  const set = await openDataset({ root, format: "videos" }, "train");
  const all: RawImage[] = [];
  for await (const frame of readVideo(join(root, "videos/a.avi"))) all.push(frame);
  const chosen = (await set.readClip?.(0, (total) => [total - 1, 2, 7, 2]))?.targets.clip.frames;
  expect(all).toHaveLength(12);
  expect(chosen?.map(({ data }) => data)).toEqual([11, 2, 7, 2].map((t) => all[t].data));
  await expect(set.readClip?.(1, () => [0])).rejects.toMatchObject({ code: "data/unreadable-image" });
  const [{ clips }] = await take({ dataset: set, clip: { sampling: "dense", frames: 12 }, subset: [0], batchSize: 1 }, 1); // prettier-ignore
  expect(Math.round(255 * clips[3 * 24 * 32 * 5])).toBe(all[5].data[0]);
});
