import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openDataset } from "../../../src/data/open-dataset.ts";
import type { Sample } from "../../../src/data/image.ts";
import { colourNames } from "../../../src/data/world/colours.ts";
import { describeSolid } from "../../../src/data/world/solid/describe-solid.ts";
import { intersect } from "../../../src/data/world/solid/intersect.ts";
import { drawMaps, drawPicture, prepareScene } from "../../../src/data/world/solid/render-solid.ts";
import { solidLayers } from "../../../src/data/world/solid/solid-truth.ts";
import { stuffNames } from "../../../src/data/world/solid/stuff.ts";
import { thingNames, type ThingName } from "../../../src/data/world/things/categories.ts";
import { keypointsTarget } from "../../../src/data/world/truth/key-points.ts";
import { instancesTarget, panopticTarget, semanticTarget } from "../../../src/data/world/truth/layers.ts";

const scene = (index: number, category: ThingName = thingNames[index % thingNames.length]) =>
  prepareScene(
    describeSolid(
      7,
      "train",
      index,
      { category, colour: "red" },
      { things: thingNames, colours: colourNames, clutter: [1, 5], scale: [0.3, 0.7], texture: 1, aspect: 1 },
    ),
  );
const size = 48;
const anyScene = fc.integer({ min: 0, max: 100_000 }); // by number, or a counterexample would print all its solids

describe("a scene of solid things", () => {
  test("depth order is occlusion: each pixel shows the nearest thing that its ray meets, at that depth", () => {
    fc.assert(
      fc.property(
        anyScene,
        fc.integer({ min: 0, max: size - 1 }),
        fc.integer({ min: 0, max: size - 1 }),
        (index, x, y) => {
          const one = scene(index);
          const { owner, depth } = drawMaps(one, size, size);
          const scale = one.scene.camera.focal * size;
          const [dx, dy] = [(x + 0.5 - size / 2) / scale, (size / 2 - y - 0.5) / scale];
          const met = one.primitives.map((p) => ({ owner: p.owner, t: intersect(p, dx, dy) }));
          const nearest = met.reduce((best, next) => (next.t < best.t ? next : best), { owner: -1, t: Infinity });
          const at = y * size + x;
          if (owner[at] === -1) {
            expect(nearest.t).toBe(Infinity);
            return;
          }
          expect(met.filter(({ t }) => t <= nearest.t + 1e-5).map((hit) => hit.owner)).toContain(owner[at]);
          expect(depth[at]).toBeCloseTo(Math.min(10, nearest.t), 4);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("panoptic segments cover every pixel, and agree with classes and instances", () => {
    fc.assert(
      fc.property(anyScene, (index) => {
        const one = scene(index);
        const layers = solidLayers(one, drawMaps(one, size, size));
        const panoptic = panopticTarget(layers);
        const { classes } = semanticTarget(layers);
        const { instances } = instancesTarget(layers);
        const categoryOf = new Map(panoptic.segments.map(({ id, category }) => [id, category]));
        panoptic.ids.forEach((id, at) => expect(categoryOf.get(id)).toBe(classes[at]));
        for (const { id, category, area } of instances) {
          expect(categoryOf.get(id ?? 0)).toBe(category);
          expect(panoptic.ids.filter((seen) => seen === id).length).toBe(area);
        }
        expect(panoptic.segments.length).toBe(new Set(panoptic.ids).size);
      }),
      { numRuns: 40 },
    );
  });

  test("boxes are the extents of the masks, areas their pixels, and no pixel is in two masks", () => {
    fc.assert(
      fc.property(anyScene, (index) => {
        const one = scene(index);
        const { instances } = instancesTarget(solidLayers(one, drawMaps(one, size, size)));
        const taken = new Uint8Array(size * size);
        for (const { mask, box, area } of instances) {
          const bitmap = mask?.kind === "bitmap" ? mask.bitmap : new Uint8Array(0);
          const inside = [...bitmap.keys()].filter((at) => bitmap[at] === 1);
          const [xs, ys] = [inside.map((at) => at % size), inside.map((at) => Math.floor(at / size))];
          expect(box).toEqual([Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1]);
          expect(area).toBe(inside.length);
          for (const at of inside) expect(++taken[at]).toBe(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("visible key points lie on their person, hidden ones in the picture, others are zero", () => {
    const large = 128;
    let seen = 0;
    for (let index = 0; index < 60; index++) {
      const one = scene(index, "person");
      const layers = solidLayers(one, drawMaps(one, large, large));
      for (const { points, id = 0 } of keypointsTarget(one, layers).figures) {
        for (let k = 0; k < 17; k++) {
          const [x, y, visibility] = points.subarray(3 * k, 3 * k + 3);
          if (visibility === 0) expect([x, y]).toEqual([0, 0]);
          else expect(Math.min(x, y, large - x, large - y)).toBeGreaterThanOrEqual(0);
          if (visibility !== 2) continue;
          seen++;
          // the pixel's middle is up to 0.71 pixels from the point: a neighbour counts
          const near = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [Math.floor(x) + j, Math.floor(y) + i]));
          const owners = near.map(([column, row]) => layers.owner[row * large + column]);
          expect(owners, `scene ${index}, point ${k}`).toContain(id - 1);
        }
      }
    }
    expect(seen).toBeGreaterThan(400);
  });

  test("is the same scene at every size: labels differ only where the outline runs through a pixel", () => {
    for (let index = 0; index < 24; index++) {
      const one = scene(index);
      const small = drawMaps(one, size, size);
      const large = drawMaps(one, 3 * size, 3 * size); // the middle of three has the middle of the one pixel
      for (let at = 0; at < small.owner.length; at++) {
        const same = (3 * Math.floor(at / size) + 1) * 3 * size + 3 * (at % size) + 1;
        expect(large.owner[same]).toBe(small.owner[at]);
        expect(large.stuff[same]).toBe(small.stuff[at]);
        expect(large.depth[same]).toBeCloseTo(small.depth[at], 3);
      }
      const double = drawMaps(one, 2 * size, 2 * size);
      let wrong = 0;
      for (let at = 0; at < small.owner.length; at++) {
        const quarter = 2 * Math.floor(at / size) * 2 * size + 2 * (at % size);
        if (double.owner[quarter] === small.owner[at]) continue;
        if (!hasOtherNeighbour(small.owner, at)) wrong++;
      }
      // spokes and far limbs are thinner than a pixel
      expect(wrong, `scene ${index}`).toBeLessThan(0.004 * small.owner.length);
    }
  });

  test("its picture at twice the size is the same picture", () => {
    for (let index = 0; index < 8; index++) {
      const one = scene(index);
      const [small, large] = [drawPicture(one, size, size), drawPicture(one, 2 * size, 2 * size)];
      let difference = 0;
      for (let row = 0; row < size; row++) {
        for (let at = 3 * row * size; at < 3 * (row + 1) * size; at++) {
          const column = Math.floor(at / 3) % size;
          const first = 3 * (4 * row * size + 2 * column) + (at % 3);
          const four = [first, first + 3, first + 6 * size, first + 6 * size + 3].map((p) => large.data[p]);
          difference += Math.abs(small.data[at] - (four[0] + four[1] + four[2] + four[3]) / 4);
        }
      }
      expect(difference / small.data.length).toBeLessThan(4);
    }
  });

  test("pictures never change with the order of drawing or the size drawn before", () => {
    const first = drawPicture(scene(3), size, size);
    drawPicture(scene(4), 64, 32);
    drawMaps(scene(5), size, size);
    expect(drawPicture(scene(3), size, size)).toEqual(first);
  });
});

function hasOtherNeighbour(owner: Int16Array, at: number): boolean {
  const [x, y] = [at % size, Math.floor(at / size)];
  return [-1, 0, 1].some((i) =>
    [-1, 0, 1].some((j) => {
      const inside = x + j >= 0 && x + j < size && y + i >= 0 && y + i < size;
      return inside && owner[at + i * size + j] !== owner[at];
    }),
  );
}

describe("scenes through openDataset", () => {
  const read = async (spec: object, index: number, split: "train" | "val" = "train"): Promise<Sample> =>
    (await openDataset({ scene: "scene", imageSize: size, count: 1000, ...spec }, split)).read(index);

  test.each(["semantic", "instances", "panoptic", "keypoints", "depth", "captions"] as const)(
    "the task %s carries that target, which the set names",
    async (task) => {
      const dataset = await openDataset({ scene: "scene", imageSize: size, task }, "train");
      const { targets = {} } = await dataset.read(3);
      expect(Object.keys(targets)).toEqual([task]);
      expect(Object.keys(dataset.targets ?? {})).toEqual([task]);
    },
  );

  test.each(["noise", "rain", "low-light"] as const)("the task %s degrades the picture it pairs", async (task) => {
    const clean = await read({}, 5);
    const { image, targets } = await read({ task }, 5);
    expect(targets?.pair?.clean).toEqual(clean.image);
    expect(image.data).not.toEqual(clean.image.data);
  });

  test("shot and read noise grow with the light: bright pixels are noisier than dark ones", async () => {
    const spread = [0, 0];
    const count = [0, 0];
    for (let index = 0; index < 12; index++) {
      const { image, targets } = await read({ task: "noise" }, index);
      targets?.pair?.clean.data.forEach((value, at) => {
        const side = value < 80 ? 0 : value > 150 && value < 215 ? 1 : undefined;
        if (side === undefined) return;
        spread[side] += (image.data[at] - value) ** 2;
        count[side]++;
      });
    }
    expect(spread[1] / count[1]).toBeGreaterThan(1.2 * (spread[0] / count[0]));
  });

  test("what is held out is never drawn and never named", async () => {
    const holdOut = { things: ["car", "person"], colours: ["red", "blue"] } as const;
    const captions = await openDataset(
      { scene: "scene", imageSize: 16, task: "captions", world: { holdOut } },
      "train",
    );
    const instances = await openDataset(
      { scene: "scene", imageSize: 32, task: "instances", world: { holdOut } },
      "train",
    );
    expect(captions.classNames).not.toContain("car");
    const words = new Set<string>();
    const drawn = new Set<number>();
    for (let index = 0; index < 150; index++) {
      for (const text of (await captions.read(index)).targets?.captions?.texts ?? []) {
        for (const word of text.split(/[ ,]+/)) words.add(word);
      }
      for (const { category } of (await instances.read(index)).targets?.instances?.instances ?? []) drawn.add(category);
    }
    for (const name of ["car", "person", "red", "blue"]) expect(words).not.toContain(name);
    expect(words).toContain("dog"); // the others are there
    expect(drawn).not.toContain(thingNames.indexOf("car"));
    expect(drawn).not.toContain(thingNames.indexOf("person"));
  });

  test("a hundred classes are ten things in ten colours, and the caption says so", async () => {
    const dataset = await openDataset(
      { scene: "scene", imageSize: 16, task: "captions", world: { classes: 100 } },
      "val",
    );
    expect(dataset.classNames).toHaveLength(100);
    for (const index of [5, 37, 99]) {
      const { label, targets } = await dataset.read(index);
      const [colour, thing] = dataset.classNames[label].split(" ");
      const [caption] = targets?.captions?.texts ?? [];
      expect(caption).toContain(thing === "person" ? `person in ${colour}` : `${colour} ${thing}`);
    }
  });

  test("label noise changes about its share of the training labels and none of val", async () => {
    const world = { labelNoise: 0.4 };
    const wrong = async (split: "train" | "val") => {
      const set = await openDataset({ scene: "scene", imageSize: 8, count: 2000, world }, split);
      return Array.from({ length: 2000 }, (_, index) => index).filter((index) => set.label(index) !== index % 10)
        .length;
    };
    expect((await wrong("train")) / 2000).toBeCloseTo(0.36, 1);
    expect(await wrong("val")).toBe(0);
  });

  test("with a texture bias of 1 every training picture of a class has one colour; in val colours differ", async () => {
    const colours = async (split: "train" | "val") => {
      const spec = { scene: "scene", imageSize: 8, task: "captions", world: { textureBias: 1 } } as const;
      const set = await openDataset(spec, split);
      const found = new Set<string>();
      for (let index = 1; index < 200; index += 10) {
        found.add(((await set.read(index)).targets?.captions?.texts[0] ?? "").split(" ")[1]);
      }
      return found.size;
    };
    expect(await colours("train")).toBe(1);
    expect(await colours("val")).toBeGreaterThan(4);
  });

  test("the ground, the sky and all things are found", async () => {
    const dataset = await openDataset({ scene: "scene", imageSize: 32, task: "semantic" }, "train");
    const found = new Set<number>();
    for (let index = 0; index < 120; index++) {
      for (const one of (await dataset.read(index)).targets?.semantic?.classes ?? []) found.add(one);
    }
    expect(found.size).toBe(thingNames.length + stuffNames.length);
  });

  test("names the tasks of a scene that lacks the one asked for", async () => {
    await expect(openDataset({ scene: "shapes", task: "depth" }, "train")).rejects.toThrow(
      "data.task depth: scene shapes has label, semantic, instances",
    );
    const holdOut = { things: [...thingNames] };
    await expect(openDataset({ scene: "scene", world: { holdOut } }, "train")).rejects.toThrow(
      "data.world.holdOut.things: nothing is left of person, car",
    );
  });
});
