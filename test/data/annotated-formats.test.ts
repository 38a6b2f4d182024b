import { expect, test } from "vitest";
import { cocoOutputs } from "../../src/data/coco/write-coco.ts";
import { inspectData } from "../../src/data/inspect-data.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import type { TargetInfo, Targets } from "../../src/data/targets.ts";
import { writeShards } from "../../src/data/write-webdataset.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { openTar } from "../../src/formats/tar.ts";
import { tarBytes } from "../../src/formats/tar-writer.ts";
import { parseVoc } from "../../src/formats/voc-xml.ts";
import { newFolder, pngBytes, writeBelow } from "./image-files.ts";

const json = (value: unknown): string => JSON.stringify(value);

test("COCO that is written is read back as it was: boxes, masks, key points, captions, segments", async () => {
  const root = newFolder();
  writeBelow(root, "train2017/a.png", await pngBytes(1, 6, 4));
  const info: TargetInfo = {
    instances: { categories: [{ id: 3, name: "cat", thing: true }, { id: 9, name: "dog", thing: true, group: "pet" }] }, // prettier-ignore
    panoptic: { categories: [{ id: 1, name: "cat", thing: true }, { id: 200, name: "sky", thing: false, colour: [1, 2, 3] }] }, // prettier-ignore
    keypoints: { layout: { names: ["nose", "left_eye", "right_eye"], skeleton: [[0, 1], [0, 2]], mirrored: [0, 2, 1] } }, // prettier-ignore
    captions: {},
  };
  const ids = Uint32Array.from({ length: 24 }, (_, p) => (p < 6 ? 0 : p < 12 ? 70_000 : 5));
  const bitmap = Uint8Array.from({ length: 24 }, (_, p) => (p % 3 === 0 ? 1 : 0));
  const targets: Targets = {
    instances: {
      kind: "instances",
      width: 6,
      height: 4,
      instances: [
        { id: 11, category: 1, box: [1, 1, 5, 3.5], area: 9, crowd: false, mask: { kind: "polygons", polygons: [[1, 1, 5, 1, 5, 3.5]] } }, // prettier-ignore
        { id: 12, category: 0, box: [0, 0, 6, 4], area: 8, crowd: true, mask: { kind: "bitmap", bitmap } },
      ],
    },
    keypoints: {
      kind: "keypoints",
      width: 6,
      height: 4,
      layout: { names: ["nose", "left_eye", "right_eye"], skeleton: [[0, 1], [0, 2]], mirrored: [0, 2, 1] }, // prettier-ignore
      figures: [{ id: 11, points: Float32Array.of(1.5, 2.5, 2, 3.5, 0.5, 1, 0, 0, 0), box: [1, 0, 5, 4], area: 7, crowd: false }], // prettier-ignore
    },
    captions: { kind: "captions", texts: ["a cat", "two cats"] },
    panoptic: {
      kind: "panoptic",
      width: 6,
      height: 4,
      ids,
      segments: [{ id: 70_000, category: 0, crowd: true }, { id: 5, category: 1, crowd: false }], // prettier-ignore
    },
  };
  for (const { path, bytes } of cocoOutputs(
    [{ id: 7, fileName: "a.png", width: 6, height: 4, targets }],
    info,
    "train2017",
  )) {
    writeBelow(root, path, bytes);
  }
  const train = await openDataset({ root }, "train");
  expect([train.length, train.problems]).toEqual([1, []]);
  expect(train.targets?.panoptic).toEqual(info.panoptic);
  const read = (await train.read(0)).targets;
  expect(read?.captions).toEqual(targets.captions);
  expect(read?.keypoints).toEqual(targets.keypoints);
  expect(read?.panoptic).toEqual(targets.panoptic);
  expect(read?.instances?.instances[0]).toEqual(targets.instances?.instances[0]);
  expect(read?.instances?.instances[1]).toMatchObject({ crowd: true, mask: { kind: "rle", rle: { width: 6 } } });
});

test("faults of a COCO file are counted by kind, and cost the annotation, not the set", async () => {
  const root = newFolder();
  for (const name of ["a", "b"]) writeBelow(root, `val2017/${name}.png`, await pngBytes(1, 8, 8));
  const one = { image_id: 1, category_id: 1, bbox: [0, 0, 4, 4], area: 16, iscrowd: 0, segmentation: [[0, 0, 4, 0, 4, 4]] }; // prettier-ignore
  const annotations = [
    one,
    { ...one, id: 2, bbox: [20, 20, 4, 4] },
    { ...one, id: 3, category_id: 77 },
    { ...one, id: 4, segmentation: [[0, 0, 4, 0]] },
    { ...one, id: 5, segmentation: { size: [8, 8], counts: [3, 3] } },
    { ...one, id: 6, image_id: 99 },
    { ...one, id: 7, bbox: [1, 2, "x", 4] },
    { ...one, id: 7, bbox: [1, 2, 0, 4] },
  ];
  const images = [
    { id: 1, file_name: "a.png", width: 8, height: 8 },
    { id: 2, file_name: "b.png", width: 9, height: 8 },
    { id: 3, file_name: "gone.png", width: 8, height: 8 },
    { id: 4, file_name: "../../etc/passwd", width: 8, height: 8 },
  ];
  writeBelow(root, "annotations/instances_val2017.json", json({ images, annotations, categories: [{ id: 1, name: "cat" }] })); // prettier-ignore
  const { splits, problems } = await inspectData({ root });
  expect(splits.val?.count).toBe(2);
  expect(splits.val?.targets?.instances).toMatchObject({ count: 3, masks: 1 });
  const file = "annotations/instances_val2017.json: 1 × ";
  expect(problems).toEqual([
    `${file}box outside its image (annotation 2)`,
    `${file}annotation of an unknown category (annotation 3)`,
    `${file}polygon of fewer than 6 numbers (annotation 4)`,
    `${file}RLE: runs of 6 pixels in all, but the mask has 64 (annotation 5)`,
    `${file}annotation of an image that is not listed (annotation 6)`,
    `${file}annotation without a bbox of four numbers (annotation 7)`,
    `${file}annotation id that stands twice (annotation 7)`,
    `${file}box without extent (annotation 7)`,
    "val: 1 × image outside the folder (val2017/../../etc/passwd)",
    "val: 1 × image missing (val2017/gone.png)",
    expect.stringContaining("b.png: 8×8 pixels, but its annotations are of 9×8"),
  ]);
});

test("shards that are written are read back; members and labels that are none are counted", async () => {
  const root = newFolder();
  const image = await pngBytes(4);
  const names = writeShards(
    root,
    [
      { key: "a", members: { png: image, cls: "1", txt: "a cat" } },
      { key: "b", members: { png: await pngBytes(5), json: json({ label: 0, caption: "a dog" }) } },
      { key: "c", members: { cls: "1" } },
      { key: "d", members: { png: await pngBytes(6), cls: "9" } },
      { key: "e", members: { png: await pngBytes(7), cls: "cat" } },
    ],
    { name: "train", samplesPerShard: 3 },
  );
  writeBelow(root, "classes.txt", "dog\ncat\n");
  expect(names).toEqual(["train-000000.tar", "train-000001.tar"]);
  const train = await openDataset({ root }, "train");
  expect([train.length, train.label(0), train.label(1), train.classNames]).toEqual([2, 1, 0, ["dog", "cat"]]);
  const sample = await train.read(0);
  expect([sample.id, sample.targets?.captions?.texts, sample.image.width]).toEqual(["train-000000.tar/a.png", ["a cat"], 8]); // prettier-ignore
  expect(train.problems).toEqual([
    "train-000000.tar: 1 × sample without an image (c)",
    "train-000001.tar: 1 × .cls that is no number from 0 (e)",
    "shards: 1 × label that is no class (train-000001.tar/d.png)",
    "shards: 1 × sample without a label (train-000001.tar/e.png)",
  ]);
  expect(() => writeShards(root, [{ key: "a.b", members: {} }], { name: "x" })).toThrow('key "a.b"');
});

test("a tar gives back its files, and the same files give the same bytes", () => {
  const files = [
    { name: "a/b.txt", data: new Uint8Array(513).fill(7) },
    { name: "c", data: new Uint8Array(0) },
  ];
  const bytes = Buffer.concat([...tarBytes(files)]);
  expect(Buffer.concat([...tarBytes(files)])).toEqual(bytes);
  const entries = openTar(memorySource(bytes));
  expect([...entries.values()].map(({ name, size }) => [name, size])).toEqual([["a/b.txt", 513], ["c", 0]]); // prettier-ignore
  expect(bytes.subarray(entries.get("a/b.txt")?.start).subarray(0, 513)).toEqual(Buffer.from(files[0].data));
});

test.each([
  ["LOL", "our485/low/1.png", "our485/high/1.png", "eval15/low/2.png", "eval15/high/2.png", "low-light"],
  [
    "rain",
    "train/input/1.png",
    "train/target/1.png",
    "test/Rain100H/input/2.png",
    "test/Rain100H/target/2.png",
    "rain",
  ],
  ["SIDD, cut", "train/input/1.png", "train/groundtruth/1.png", "val/input/2.png", "val/groundtruth/2.png", "noise"],
])("restoration pairs are found in the layout of %s", async (_, degraded, clean, heldOut, heldOutClean, kind) => {
  const root = newFolder();
  for (const [i, name] of [degraded, clean, heldOut, heldOutClean].entries()) writeBelow(root, name, await pngBytes(10 * i)); // prettier-ignore
  writeBelow(root, degraded.replace("1.png", "3.png"), await pngBytes(3));
  const [train, val] = [await openDataset({ root }, "train"), await openDataset({ root }, "val")];
  expect([train.source.kind, train.length, val.length]).toEqual(["annotated", 1, 1]);
  expect(train.targets).toEqual({ pair: { degradation: kind } });
  const { id, image, targets } = await val.read(0);
  expect([id, image.data[0], targets?.pair?.clean.data[0]]).toEqual([heldOut, 20, 30]);
  expect(train.problems?.[0]).toMatch(/1 × degraded image without its clean one \(3.png\)/);
});

test("NYU depth is read from its two folders, millimetres to metres", async () => {
  const root = newFolder();
  const sharp = (await import("sharp")).default;
  const depth = await sharp(Uint16Array.of(0, 1500, 65535, 10), { raw: { width: 2, height: 2, channels: 1 } }).toColourspace("grey16").png().toBuffer(); // prettier-ignore
  for (const folder of ["sync/room_1", "official_splits/test/room_2"]) {
    writeBelow(root, `${folder}/rgb_00001.png`, await pngBytes(1, 2, 2));
    writeBelow(root, `${folder}/sync_depth_00001.png`, depth);
  }
  const val = await openDataset({ root }, "val");
  const { targets } = await val.read(0);
  expect([...(targets?.depth?.metres ?? [])].map((metres) => Number(metres.toFixed(3)))).toEqual([
    0, 1.5, 65.535, 0.01,
  ]);
  expect([...(targets?.depth?.valid ?? [])]).toEqual([0, 1, 1, 1]);
});

test("CamVid's colours become classes, Void is ignored, and a colour that is none names its pixel", async () => {
  const root = newFolder();
  const label = async (file: string, colour: [number, number, number]) => {
    const sharp = (await import("sharp")).default;
    const [r, g, b] = colour;
    writeBelow(root, file, await sharp({ create: { width: 3, height: 2, channels: 3, background: { r, g, b } } }).png().toBuffer()); // prettier-ignore
  };
  for (const name of ["a", "b", "c"]) writeBelow(root, `train/${name}.png`, await pngBytes(1, 3, 2));
  await label("train_labels/a_L.png", [128, 0, 0]);
  await label("train_labels/b_L.png", [0, 0, 0]);
  await label("train_labels/c_L.png", [1, 2, 3]);
  writeBelow(root, "class_dict.csv", "name,r,g,b\nSky,128,128,128\nBuilding,128,0,0\nVoid,0,0,0\n");
  const train = await openDataset({ root }, "train");
  expect(train.targets?.semantic?.categories.map(({ name }) => name)).toEqual(["Sky", "Building"]);
  expect((await train.read(0)).targets?.semantic?.classes).toEqual(new Uint8Array(6).fill(1));
  expect((await train.read(1)).targets?.semantic?.classes).toEqual(new Uint8Array(6).fill(255));
  await expect(train.read(2)).rejects.toThrow("pixel (0, 0) has the colour 1 2 3, which is no class");
});

test("a list of paths and labels is read, with its classes and what is no class", async () => {
  const root = newFolder();
  for (const name of ["x", "y"]) writeBelow(root, `img/${name}.png`, await pngBytes(name.charCodeAt(0)));
  writeBelow(root, "train.txt", "img/x.png 0\nimg/y.png 5\n");
  writeBelow(root, "val.txt", "img/y.png 1\n");
  writeBelow(root, "classes.txt", "0 cat\n1 dog\n");
  const [train, val] = [await openDataset({ root }, "train"), await openDataset({ root }, "val")];
  expect([train.length, val.label(0), val.classNames]).toEqual([1, 1, ["cat", "dog"]]);
  expect(train.problems).toEqual(["train.txt: 1 × label that is no class (line 2: 5)"]);
  await expect(openDataset({ root }, "test")).rejects.toThrow("this set has no test split");
});

test.each([
  ['<!DOCTYPE a [<!ENTITY b "c">]><annotation/>', "it has a document type, which is not read"],
  ["<a>".repeat(40), "elements nested more than 32 deep"],
  ["<annotation><size></annotation>", "x.xml: "],
  ["<other/>", "it has no annotation element"],
])("the VOC annotation %j is refused with the reason", (text, reason) => {
  expect(() => parseVoc(new TextEncoder().encode(text), "x.xml")).toThrow(reason);
});

test("packed records are what another thread reads", async () => {
  const root = newFolder();
  writeBelow(root, "a_real.png", await pngBytes(1));
  writeBelow(root, "a_mean.png", await pngBytes(2));
  const { source } = await openDataset({ root }, "train");
  const { openSource } = await import("../../src/data/open-source.ts");
  const { targets, image } = await openSource(structuredClone(source)).read(0);
  expect([image.data[0], targets?.pair?.clean.data[0]]).toEqual([1, 2]);
});
