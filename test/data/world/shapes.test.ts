import { describe, expect, test } from "vitest";
import { openDataset } from "../../../src/data/open-dataset.ts";
import { flatShapeNames } from "../../../src/data/world/shapes/flat-shape.ts";

describe("pictures of U-ViT's world", () => {
  test("have the spread that the specification gives: standard deviation 0.452 over [-1, 1] at 16 pixels", async () => {
    const dataset = await openDataset({ scene: "u-vit", imageSize: 16, count: 2048 }, "train");
    let [sum, squares, count] = [0, 0, 0];
    for (let index = 0; index < 2048; index++) {
      for (const byte of (await dataset.read(index)).image.data) {
        const value = byte / 127.5 - 1;
        sum += value;
        squares += value * value;
        count++;
      }
    }
    expect(Math.sqrt(squares / count - (sum / count) ** 2)).toBeCloseTo(0.452, 2); // ± 0.005
  });

  test("have captions of the small grammar in the captioned variant", async () => {
    const dataset = await openDataset({ scene: "u-vit", imageSize: 16, task: "captions" }, "train");
    for (let index = 0; index < 40; index++) {
      const { targets, label } = await dataset.read(index);
      const [text] = targets?.captions?.texts ?? [];
      const colour = "(red|green|blue|yellow|magenta|cyan)";
      expect(text).toMatch(
        new RegExp(`^(small|large) ${colour} (striped )?${dataset.classNames[label]} on ${colour}$`),
      );
    }
  });
});

describe("pictures of shapes", () => {
  test("captions have at most twelve words and name the class", async () => {
    const dataset = await openDataset({ scene: "shapes", imageSize: 16, task: "captions" }, "train");
    for (let index = 0; index < 200; index++) {
      const { targets, label } = await dataset.read(index);
      for (const text of targets?.captions?.texts ?? []) {
        expect(text.split(" ").length, text).toBeLessThanOrEqual(12);
        expect(text).toContain(dataset.classNames[label]);
      }
    }
  });

  test.each([
    ["shape", 8],
    ["place", 9],
    ["texture", 20],
    ["family", 10],
    [["shape", "colour"], 64],
    [["shape", "orientation"], 32],
  ] as const)("labels by %s are %i classes", async (label, count) => {
    const dataset = await openDataset({ scene: "shapes", imageSize: 16, world: { label } }, "train");
    expect(dataset.classNames).toHaveLength(count);
    expect(dataset.label(count + 1)).toBe(1);
    await dataset.read(count + 1);
  });

  test("shapes and colours that are held out are never drawn and never named", async () => {
    const world = { shapes: [...flatShapeNames], holdOut: { shapes: ["ring", "diamond"], colours: ["red"] } } as const;
    const captions = await openDataset({ scene: "shapes", imageSize: 16, task: "captions", world }, "train");
    const instances = await openDataset({ scene: "shapes", imageSize: 32, task: "instances", world }, "train");
    const drawn = new Set<number>();
    for (let index = 0; index < 200; index++) {
      const text = ((await captions.read(index)).targets?.captions?.texts ?? []).join(" ");
      expect(text).not.toMatch(/ring|diamond|red/);
      for (const { category } of (await instances.read(index)).targets?.instances?.instances ?? []) drawn.add(category);
    }
    const names = (instances.targets?.instances?.categories ?? []).map(({ name }) => name);
    expect(names).toEqual([...flatShapeNames]); // numbers stay the same, whatever is held out
    expect([...drawn].map((category) => names[category]).sort()).toEqual(
      flatShapeNames.filter((name) => name !== "ring" && name !== "diamond").sort(),
    );
  });

  test("the shape on top is the label, one to five shapes are drawn, and boxes are the masks' extents", async () => {
    const world = { objects: [1, 5], shapes: ["disc", "square", "triangle", "ring", "cross"] } as const;
    const dataset = await openDataset({ scene: "shapes", imageSize: 64, task: "instances", world }, "train");
    const counts = new Set<number>();
    for (let index = 0; index < 60; index++) {
      const { targets, label } = await dataset.read(index);
      const instances = targets?.instances?.instances ?? [];
      counts.add(instances.length);
      expect(instances.at(-1)?.category).toBe(label);
      for (const { mask, box, area } of instances) {
        const bitmap = mask?.kind === "bitmap" ? mask.bitmap : new Uint8Array(0);
        const xs = [...bitmap.keys()].filter((at) => bitmap[at] === 1).map((at) => at % 64);
        expect([box[0], box[2], area]).toEqual([Math.min(...xs), Math.max(...xs) + 1, xs.length]);
        expect(area).toBeGreaterThanOrEqual(30);
      }
    }
    expect([...counts].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  test("labels at three times the size agree at the pixels' middles", async () => {
    const classes = async (imageSize: number, index: number) => {
      const dataset = await openDataset({ scene: "shapes", imageSize, task: "semantic" }, "train");
      return (await dataset.read(index)).targets?.semantic?.classes ?? new Uint8Array(0);
    };
    for (let index = 0; index < 10; index++) {
      const [small, large] = [await classes(20, index), await classes(60, index)];
      const middles = small.map((_, at) => large[(3 * Math.floor(at / 20) + 1) * 60 + 3 * (at % 20) + 1]);
      const different = small.filter((value, at) => value !== middles[at]).length;
      expect(different).toBeLessThanOrEqual(1); // a middle that lies on an outline
    }
  });
});
