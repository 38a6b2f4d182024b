import { expect, test } from "vitest";
import { openDataset } from "../../../src/data/open-dataset.ts";
import { actionNames } from "../../../src/data/world/things/actions.ts";

test("shape clips have one class for each of eight directions at two speeds, and move as their class says", async () => {
  const dataset = await openDataset(
    { scene: "shapes", task: "clip", imageSize: 32, world: { textures: ["plain"] } },
    "train",
  );
  expect(dataset.classNames).toHaveLength(16);
  const { targets, label } = await dataset.read(8); // right, fast
  expect(dataset.classNames[label]).toBe("right, fast");
  const frames = targets?.clip?.frames ?? [];
  expect(frames).toHaveLength(8);
  const middles = frames.slice(1).map((frame, t) => {
    // where successive frames differ is where the shape was and is
    const changed = [...frame.data.keys()].filter((at) => frame.data[at] !== frames[t].data[at]);
    return changed.reduce((sum, at) => sum + (Math.floor(at / 3) % 32), 0) / changed.length;
  });
  // six steps of 2.5 pixels are 15; the shape may leave the picture before the end
  expect(middles[6] - middles[0]).toBeGreaterThan(8);
  expect(middles[6] - middles[0]).toBeLessThan(18);
});

test("a clip of a class played backwards is a clip of the opposite class: no frame tells", async () => {
  const dataset = await openDataset({ scene: "shapes", task: "clip", imageSize: 16 }, "train");
  const opposite = { right: "left", down: "up" };
  for (const [one, other] of Object.entries(opposite)) {
    expect(dataset.classNames).toContain(`${one}, slow`);
    expect(dataset.classNames).toContain(`${other}, slow`);
  }
});

test("twelve actions in turn, 16 frames each, with a track for each person and object in sight", async () => {
  const dataset = await openDataset({ scene: "actions", task: "clip", imageSize: 32 }, "train");
  expect(dataset.classNames).toEqual(actionNames);
  for (let index = 0; index < 12; index++) {
    const { targets, label } = await dataset.read(index);
    expect(label).toBe(index);
    const { frames = [], tracks = [] } = targets?.clip ?? {};
    expect(frames).toHaveLength(16);
    const people = tracks.filter(({ id, category }) => category === 0 && id < 100);
    expect(people.length, actionNames[index]).toBe(actionNames[index] === "fight" ? 2 : 1);
    expect(frames[0].data).not.toEqual(frames[8].data);
  }
});

test("things in a scene's clip go where they face, and what cannot move stays", async () => {
  const spec = { scene: "scene", task: "clip", imageSize: 48, world: { frames: 6, things: ["car", "tree"] } } as const;
  const dataset = await openDataset(spec, "train");
  let cars = 0;
  for (let index = 0; index < 8; index++) {
    for (const { category, boxes } of (await dataset.read(index)).targets?.clip?.tracks ?? []) {
      const [first, last] = [[...boxes.subarray(0, 4)], [...boxes.subarray(20, 24)]];
      if (category === 5 && index % 2 === 1) continue; // a tree may be hidden for a while by a car
      if (category === 1 && first.some((edge, k) => Math.abs(edge - last[k]) >= 1)) cars++;
    }
  }
  expect(cars).toBeGreaterThan(3);
});

test("surveillance: training videos are normal", async () => {
  const spec = { scene: "surveillance", task: "clip", imageSize: 32, world: { frames: 20 } } as const;
  const dataset = await openDataset(spec, "train");
  for (let index = 0; index < 3; index++) {
    const { label, targets } = await dataset.read(index);
    expect(dataset.classNames[label]).toBe("normal");
    expect(targets?.clip?.frameAnomalies?.some((flag) => flag === 1)).toBe(false);
  }
});

test("surveillance: ten of sixty test videos are normal, and every kind of event comes up", async () => {
  const dataset = await openDataset({ scene: "surveillance", task: "clip", valCount: 60 }, "val");
  const counts = dataset.classNames.map(
    (_, label) =>
      Array.from({ length: 60 }, (__, index) => dataset.label(index)).filter((seen) => seen === label).length,
  );
  expect(counts).toEqual([10, 9, 9, 8, 8, 8, 8]);
});

test("surveillance: frame, pixel and track truth say the same", async () => {
  const spec = { scene: "surveillance", task: "clip", imageSize: 48, world: { frames: 120 } } as const;
  const dataset = await openDataset(spec, "val");
  let abnormal = 0;
  for (const index of [0, 3, 6]) {
    const { targets, image, label } = await dataset.read(index);
    expect(label).toBeGreaterThan(0);
    const { pixelAnomalies = new Uint8Array(0), frameAnomalies = [], tracks = [] } = targets?.clip ?? {};
    const pixels = image.width * image.height;
    frameAnomalies.forEach((flag, t) => {
      const mask = pixelAnomalies.subarray(t * pixels, (t + 1) * pixels);
      const flagged = tracks.filter(({ anomalous }) => anomalous?.[t] === 1);
      expect(mask.includes(1)).toBe(flag === 1);
      expect(flagged.length > 0).toBe(flag === 1);
      abnormal += flag;
      const inSomeBox = (at: number): boolean =>
        flagged.some(({ boxes }) => {
          const [x0, y0, x1, y1] = boxes.subarray(4 * t, 4 * t + 4);
          const [x, y] = [(at % image.width) + 0.5, Math.floor(at / image.width) + 0.5];
          return x > x0 && x < x1 && y > y0 && y < y1;
        });
      const outside = [...mask.keys()].filter((at) => mask[at] === 1 && !inSomeBox(at));
      expect(outside).toEqual([]);
    });
  }
  expect(abnormal).toBeGreaterThan(20);
});

test("a clip is the same whenever it is read", async () => {
  const dataset = await openDataset({ scene: "actions", task: "clip", imageSize: 24 }, "val");
  expect(await dataset.read(7)).toEqual(await dataset.read(7));
});
