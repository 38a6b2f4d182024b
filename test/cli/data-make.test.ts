import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectData } from "../../src/data/inspect-data.ts";
import type { Sample } from "../../src/data/image.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import { foveaHere as fovea } from "./fovea-here.ts";
import { jsonLines } from "./fovea-process.ts";

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "fovea-make-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const make = (...words: string[]) => fovea(["data", "make", "world", ...words], folder);

/** The count and a few things, so that a set this small has each in both splits. */
const small = ["--count", "6", "valCount=3", "imageSize=24", 'world.things=["person","car","tree"]'];
const spec = { scene: "scene", count: 6, valCount: 3, imageSize: 24, world: { things: ["person", "car", "tree"] } } as const; // prettier-ignore

async function samplesOf(dataset: { length: number; read(index: number): Promise<Sample> }): Promise<Sample[]> {
  return Promise.all(Array.from({ length: dataset.length }, (_, index) => dataset.read(index)));
}

const made = [
  ["label", "folder"],
  ["semantic", "camvid"],
  ["instances", "coco"],
  ["panoptic", "coco"],
  ["keypoints", "coco"],
  ["captions", "coco"],
  ["depth", "nyu-depth"],
  ["noise", "restoration"],
  ["rain", "restoration"],
  ["low-light", "restoration"],
] as const;

describe("fovea data make world", () => {
  test.each(made)("%s: the files are a set of %s without problems, and hold what was drawn", async (task, format) => {
    const { code, stderr } = await make(task, "--task", task, ...small);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("error") as string]);
    const root = join(folder, task);
    const { format: found, problems, splits } = await inspectData({ root });
    expect([found, problems]).toEqual([format, []]);
    expect([splits.train?.count, splits.val?.count]).toEqual([6, 3]);
    for (const split of ["train", "val"] as const) {
      const read = await samplesOf(await openDataset({ root }, split));
      const drawn = await samplesOf(await openDataset({ ...spec, task }, split));
      const pictures = (samples: Sample[]) =>
        samples.map(({ image }) => Buffer.from(image.data).toString("hex")).sort();
      expect(pictures(read)).toEqual(pictures(drawn));
      if (task !== "label") read.forEach((sample, index) => expectTruth(sample, drawn[index]));
    }
  });

  test("clips are found as the clips that they are", async () => {
    expect((await make("clips", "--task", "clip", "--count", "2", "valCount=1", "imageSize=16", "world.frames=4")).code).toBe(0); // prettier-ignore
    const street = ["--scene", "surveillance", "--task", "clip", "--count", "1", "valCount=1", "imageSize=16"];
    expect((await make("street", ...street, "world.frames=12")).code).toBe(0);
    const { code, stdout } = await fovea(["data", "inspect", "clips", "street", "--json"], folder);
    const [clips, video] = jsonLines(stdout);
    expect(code).toBe(0);
    expect(clips).toMatchObject({ format: "actions", problems: [], counts: { "train frames": 8, "val frames": 4 } });
    expect(video).toMatchObject({ problems: [], counts: { "train frames": 12, "test frames": 12, masks: 12 } });
  });

  test("with --preview one PNG is written, in which pictures stand beside their truth", async () => {
    const { code, stdout } = await make("sheets/depth", "--task", "depth", "--count", "4", "--preview", "--json");
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toEqual([{ preview: "sheets/depth.png", scene: "scene", task: "depth", count: 4 }]);
    const { format, width = 0, height = 0 } = await sharp(readFileSync(join(folder, "sheets/depth.png"))).metadata();
    expect(format).toBe("png");
    expect(width).toBeGreaterThan(6 * 64); // three pairs of 64 pixels in a row
    expect(height).toBeGreaterThan(2 * 64);
    expect(existsSync(join(folder, "sheets/depth"))).toBe(false);
  });

  test("a seed and a size change the pictures, the same words do not", async () => {
    const sheet = async (name: string, ...words: string[]): Promise<Buffer> => {
      expect((await make(name, "--count", "1", "--preview", ...words)).code).toBe(0);
      return readFileSync(join(folder, `${name}.png`));
    };
    const first = await sheet("a");
    expect(await sheet("b")).toEqual(first);
    expect(await sheet("c", "--seed", "1")).not.toEqual(first);
  });

  test("what lies there is replaced with --overwrite only", async () => {
    const words = ["twice", "--scene", "u-vit", "--count", "1", "imageSize=8"];
    expect((await make(...words)).code).toBe(0);
    const again = await make(...words);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain("train/disc/000000.png");
    expect(again.stderr).toContain("nothing is overwritten");
    expect(again.stderr).toContain("add --overwrite");
    expect((await make(...words, "--overwrite")).code).toBe(0);
  });

  test.each<[string[], RegExp]>([
    [["--task", "dept"], /no task called dept[^]*did you mean depth\?/],
    [["--scene", "shape"], /data\.scene/],
    [["--scene", "shapes", "--task", "depth"], /data\.task depth: scene shapes has label, semantic, instances/],
    [["--count", "0"], /count/],
    [["--cuont", "3"], /--cuont/],
    [["imagesize=3"], /imagesize/],
    [["imageSize=3"], /data\.imageSize/],
    [['world.holdOut.colours=["pink"]'], /data\.world\.holdOut\.colours/],
  ])("%j is refused by name, and nothing is written", async (words, message) => {
    const { code, stdout, stderr } = await make("refused", ...words);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("bug in fovea");
    expect([code, stdout, existsSync(join(folder, "refused"))]).toEqual([2, "", false]);
  });

  test("only the world can be made", async () => {
    const { code, stderr } = await fovea(["data", "make", "moon"], folder);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"moon": only the procedural world') as string]);
  });
});

/** What came back from files is what the world drew. */
function expectTruth({ targets: read = {} }: Sample, { targets: drawn = {} }: Sample): void {
  expect(Object.keys(drawn).filter((kind) => !(kind in read))).toEqual([]);
  expect(read.semantic?.classes).toEqual(drawn.semantic?.classes);
  expect(read.panoptic?.ids.length).toEqual(drawn.panoptic?.ids.length);
  expect(read.captions?.texts).toEqual(drawn.captions?.texts);
  expect(read.pair?.clean.data).toEqual(drawn.pair?.clean.data);
  expect(read.instances?.instances.map(({ category, box, area }) => [category, box, area])).toEqual(
    drawn.instances?.instances.map(({ category, box, area }) => [category, box, area]),
  );
  read.depth?.metres.forEach((metres, at) => {
    // written in whole millimetres
    expect(Math.abs(metres - (drawn.depth?.metres[at] ?? NaN))).toBeLessThan(0.000501);
  });
  read.keypoints?.figures.forEach(({ points }, k) => {
    points.forEach((value, at) => expect(value).toBeCloseTo(drawn.keypoints?.figures[k].points[at] ?? NaN, 1));
  });
}
