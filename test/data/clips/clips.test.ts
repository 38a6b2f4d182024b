import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openActionLists } from "../../../src/data/clips/action-lists.ts";
import { naturalOrder } from "../../../src/data/clips/clip.ts";
import { avenueTruthLayout } from "../../../src/data/clips/clip-layouts.ts";
import { ffmpegInstalled } from "../../../src/data/clips/ffmpeg.ts";
import { findClips } from "../../../src/data/clips/find-clips.ts";
import { frameTruths, labelsOfIntervals, readVolume } from "../../../src/data/clips/frame-truth.ts";
import { probeVideo } from "../../../src/data/clips/probe-video.ts";
import { readVideo } from "../../../src/data/clips/read-video.ts";
import type { RawImage } from "../../../src/data/image.ts";
import { readImageFile } from "../../../src/data/image-file.ts";
import { tiff } from "../../formats/tiff-writer.ts";
import { newFolder, pngBytes, writeBelow } from "../image-files.ts";
import { sharedData } from "../shared-data.ts";

const ped2 = sharedData("ucsd-ped2-small");
const avenue = sharedData("avenue-gt");
const actions = sharedData("actions-small");

test("names are ordered as people count", () => {
  expect(["f10", "f2", "f1", "e3", "f2b"].sort(naturalOrder)).toEqual(["e3", "f1", "f2", "f2b", "f10"]);
});

test.skipIf(ped2.missing)(
  "UCSD Ped2: clips, frames and intervals of the data README; masks and ped2.mat agree",
  async () => {
    const folder = findClips(ped2.root);
    expect(folder?.clips.map(({ name, split, frames }) => [split, name, frames.length])).toEqual([
      ["train", "01", 120],
      ["train", "02", 150],
      ["test", "02", 180],
      ["test", "04", 180],
      ["test", "07", 180],
    ]);
    if (folder === undefined) return;
    const intervals = { "02": [95, 180], "04": [31, 180], "07": [46, 180] };
    for (const clip of folder.clips.filter(({ split }) => split === "test")) {
      const truths = await frameTruths(folder, clip);
      expect(truths.map(({ from }) => from)).toEqual(["pixel masks", "ped2.mat"]);
      const [first, last] = intervals[clip.name as keyof typeof intervals]; // the three clips
      const expected = Uint8Array.from({ length: 180 }, (_, i) => (i + 1 >= first && i + 1 <= last ? 1 : 0));
      for (const { labels } of truths) expect(labels).toEqual(expected);
    }
  },
);

test.skipIf(ped2.missing)("the original BMP masks are the converted PNG masks", async () => {
  for (const number of ["100", "120", "140", "160"]) {
    const bmp = await readImageFile(join(ped2.root, `testing/pixel_masks_bmp/Test002_gt/${number}.bmp`), number);
    const png = await readImageFile(join(ped2.root, `testing/pixel_masks/02/${number}.png`), number);
    expect(Buffer.compare(bmp.data, png.data)).toBe(0); // toEqual takes a second for each
  }
});

test("UCSD's own layout: TIFF frames, masks beside the clips", async () => {
  const root = newFolder();
  for (const name of ["001.tif", "002.tif", "010.tif"]) writeBelow(root, `UCSD/Test/Test001/${name}`, tiff(4, 3, new Uint8Array(12).fill(9))); // prettier-ignore
  writeBelow(root, "UCSD/Train/Train001/001.tif", tiff(4, 3, new Uint8Array(12).fill(7), { compression: 5 }));
  for (const [i, name] of ["001.tif", "002.tif", "010.tif"].entries()) writeBelow(root, `UCSD/Test/Test001_gt/${name}`, tiff(4, 3, new Uint8Array(12).fill(i === 1 ? 255 : 0))); // prettier-ignore
  const folder = findClips(join(root, "UCSD"));
  expect([folder?.layout, folder?.clips.map(({ name }) => name)]).toEqual(["ucsd", ["Train001", "Test001"]]);
  if (folder === undefined) return;
  expect((await frameTruths(folder, folder.clips[1]))[0]).toEqual({ from: "pixel masks", labels: Uint8Array.of(0, 1, 0) }); // prettier-ignore
  const { data } = await readImageFile(join(root, "UCSD", folder.clips[0].frames[0]), "frame");
  expect(data).toEqual(new Uint8Array(36).fill(7));
});

test("ShanghaiTech's mixture: videos to train on, frames and npy labels to test on", async () => {
  const root = newFolder();
  writeBelow(root, "training/videos/01_001.avi", new Uint8Array(1));
  for (const i of [0, 1, 2]) writeBelow(root, `testing/frames/01_0014/00${i}.jpg`, await pngBytes(4, 4));
  const npy = new Uint8Array(128 + 3);
  npy.set(new TextEncoder().encode("\u0000NUMPY\u0001\u0000\u0076\u0000{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }".padEnd(127) + "\n")); // prettier-ignore
  npy[0] = 0x93;
  npy.set([0, 1, 1], 128);
  writeBelow(root, "testing/test_frame_mask/01_0014.npy", npy);
  const folder = findClips(root);
  expect(folder?.clips.map(({ split, video, frames }) => [split, video, frames.length])).toEqual([["train", "training/videos/01_001.avi", 0], ["test", undefined, 3]]); // prettier-ignore
  if (folder !== undefined) expect((await frameTruths(folder, folder.clips[1]))[0].labels).toEqual(Uint8Array.of(0, 1, 1)); // prettier-ignore
});

test("intervals outside their clip are refused", () => {
  const intervals = { type: "float64", shape: [2, 2], data: Float64Array.of(2, 5, 3, 6) } as const; // [2, 3] and [5, 6]
  expect([...labelsOfIntervals("gt.mat", intervals, 6)]).toEqual([0, 1, 1, 0, 1, 1]);
  expect(() => labelsOfIntervals("gt.mat", intervals, 5)).toThrow("gt.mat: frames 5 to 6 of a clip of 5");
});

test.skipIf(avenue.missing)("Avenue's volumes have the frames of the data README, and scipy's sum", async () => {
  const { counts, volumes, problems } = await avenueTruthLayout.inspect(avenue.root);
  expect(counts).toEqual({ volumes: 3, masks: 36 + 294 + 76, "abnormal frames": 383, "labels of frame_labels_avenue.npy": 15324 }); // prettier-ignore
  expect([problems, volumes]).toEqual([[], expect.objectContaining({ "8_label.mat": { frames: 36, height: 360, width: 640, abnormal: 36 } })]); // prettier-ignore
  const masks = readVolume(join(avenue.root, "testing_label_mask/8_label.mat"));
  expect(masks.reduce((sum, { data }) => sum + (data as Uint8Array).reduce((a, b) => a + b, 0), 0)).toBe(467191);
});

describe.skipIf(actions.missing)("lists of actions", () => {
  test("videos and frames of the data README, balanced", () => {
    for (const [split, count] of [
      ["train", 36],
      ["val", 12],
    ] as const) {
      const videos = openActionLists(actions.root, split, "videos");
      const frames = openActionLists(actions.root, split, "rawframes");
      expect([videos.clips.length, frames.clips.length, videos.problems]).toEqual([count, count, []]);
      expect(videos.classNames).toEqual(["noFight", "fight"]);
      expect(videos.clips.filter(({ label }) => label === 1)).toHaveLength(count / 2);
      expect(frames.clips.every((clip) => clip.frames.length === 16)).toBe(true);
      expect(frames.clips[0].frames[0]).toMatch(/^rawframes\/noFight\/nofi\d+\/img_00001\.jpg$/);
    }
  });
});

test("a list whose files are missing says which; a broken line is refused", async () => {
  const root = newFolder();
  writeBelow(root, "train_rawframes.txt", "a/one 1 0\na/two 2 1\nb/three 1 0\n");
  for (const name of ["one", "two"]) writeBelow(root, `rawframes/a/${name}/img_00001.jpg`, await pngBytes(2, 2));
  const { clips, problems } = openActionLists(root, "train", "rawframes");
  expect(clips.map(({ path }) => path)).toEqual(["rawframes/a/one"]);
  expect(problems).toEqual(["train_rawframes.txt: rawframes/a/two has 1 frames, the list says 2", "train_rawframes.txt: rawframes/b/three is missing"]); // prettier-ignore
  writeBelow(root, "val_rawframes.txt", "a/one\n");
  expect(() => openActionLists(root, "val", "rawframes")).toThrow('line 1: "a/one", expected path frames label');
  writeBelow(root, "val_rawframes.txt", "../../etc 1 0\n");
  expect(() => openActionLists(root, "val", "rawframes")).toThrow("is refused below");
});

const noFfmpeg = !ffmpegInstalled();
if (noFfmpeg) console.warn("skipped: ffmpeg is not installed");
const all = async (frames: AsyncIterable<RawImage>): Promise<RawImage[]> => {
  const found: RawImage[] = [];
  for await (const frame of frames) found.push(frame);
  return found;
};

describe.skipIf(noFfmpeg)("video by ffmpeg", () => {
  /** Ten frames, 10 a second, each of one grey: 0, 20, 40 … */
  const root = newFolder();
  const video = join(root, "-i odd; name.mp4");
  if (!noFfmpeg)
    execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "nullsrc=s=32x16:r=10:d=1,format=gray,geq=lum='20*N'", "-pix_fmt", "yuv444p", "-c:v", "libx264", "-qp", "0", "-bf", "0", `file:${video}`]); // prettier-ignore
  const grey = ({ data }: RawImage): number => Math.round(data[300] / 20);

  test("every frame in order, whatever the file is called", async () => {
    expect(await probeVideo(video)).toEqual({ codec: "h264", width: 32, height: 16, fps: 10, duration: 1, frames: 10 });
    const frames = await all(readVideo(video));
    expect(frames).toHaveLength(10);
    const greys = frames.map(({ data }) => data[300]);
    expect(greys).toEqual([...greys].sort((a, b) => a - b));
    expect(new Set(greys.slice(1)).size).toBe(9);
  });

  test("seek, rate, size and count", async () => {
    const [first] = await all(readVideo(video, { start: 0.5, frames: 1 }));
    const whole = await all(readVideo(video));
    expect(grey(first)).toBe(grey(whole[5]));
    expect(await all(readVideo(video, { fps: 5 }))).toHaveLength(5);
    const small = await all(readVideo(video, { size: [8, 10], duration: 0.3 }));
    expect([small.length, small[0].width, small[0].height]).toEqual([3, 10, 8]);
  });

  test("leaving early ends the process, damage is refused with ffmpeg's reason", async () => {
    for await (const frame of readVideo(video)) {
      expect(frame.width).toBe(32);
      break;
    }
    writeBelow(root, "broken.mp4", new Uint8Array(1000));
    await expect(all(readVideo(join(root, "broken.mp4")))).rejects.toThrow(/broken\.mp4: .*Invalid data/);
    await expect(all(readVideo(join(root, "missing.mp4")))).rejects.toThrow(/No such file/);
    await expect(all(readVideo(video, { fps: 0 }))).rejects.toThrow("fps is 0, expected 0.001 to 1000");
  });

  test("a playlist that names other files is no video here", async () => {
    writeBelow(root, "list.mp4", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n");
    await expect(all(readVideo(join(root, "list.mp4")))).rejects.toThrow("list.mp4");
  });

  test.skipIf(actions.missing)("the first frame of a real clip has its size", async () => {
    const path = join(actions.root, "videos/fight/fi001.mp4");
    expect(await probeVideo(path)).toMatchObject({ codec: "h264", width: 480, height: 360, frames: 53 });
    const [frame] = await all(readVideo(path, { frames: 1 }));
    expect([frame.width, frame.height]).toEqual([480, 360]);
    expect(frame.data.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0);
  });
});
