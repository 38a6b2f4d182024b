import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openDataset } from "../../../src/data/open-dataset.ts";
import { resample } from "../../../src/data/transforms/resample.ts";
import { describeScene } from "../../../src/data/world/shapes/describe.ts";
import { renderScene } from "../../../src/data/world/shapes/render.ts";
import { shapeKinds } from "../../../src/data/world/shapes/scene.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

describe("the procedural set", () => {
  test("never changes: the first pictures are frozen", () => {
    const hash = createHash("sha256");
    for (let index = 0; index < 16; index++) {
      const { image, mask } = renderScene(describeScene(0, "train", index), 32);
      hash.update(image.data).update(mask);
    }
    expect(hash.digest("hex").slice(0, 16)).toBe("f6f75ef0ec22c165");
  });

  test("has eight classes in turn, with the same label in scene, sample and mask", async () => {
    const dataset = await openDataset({ imageSize: 24, count: 16 }, "train");
    expect(dataset.classNames).toEqual(shapeKinds);
    for (let index = 0; index < 16; index++) {
      const { label, mask, id } = await dataset.read(index);
      expect(label).toBe(index % 8);
      expect(dataset.label(index)).toBe(label);
      expect(shapeKinds.indexOf(describeScene(0, "train", index).objects[0].kind)).toBe(label);
      expect(id).toBe(`world/train/${index}`);
      expect(new Set(mask)).toEqual(new Set([0, label + 1]));
    }
  });

  test("draws differ by seed, split and index, and not by when they are drawn", async () => {
    const hashes = new Set<string>();
    for (const seed of [0, 1]) {
      for (const split of ["train", "val"] as const) {
        const dataset = await openDataset({ imageSize: 16, count: 9, valCount: 9, seed }, split);
        for (let index = 0; index < 9; index++) {
          const first = await dataset.read(index);
          hashes.add(sha256(first.image.data));
          expect(await dataset.read(index)).toEqual(first); // the second time from memory
        }
      }
    }
    expect(hashes.size).toBe(36);
  });

  test("is the same picture at every size", () => {
    for (let index = 0; index < 8; index++) {
      const scene = describeScene(3, "val", index);
      const small = renderScene(scene, 32);
      const large = renderScene(scene, 128);
      const shrunk = resample(large.image, 32, 32, "bilinear").data;
      const difference = small.image.data.reduce((total, byte, i) => total + Math.abs(byte - shrunk[i]), 0);
      expect(difference / shrunk.length).toBeLessThan(12);
      const share = (mask: Uint8Array): number => mask.filter((value) => value > 0).length / mask.length;
      expect(Math.abs(share(small.mask) - share(large.mask))).toBeLessThan(0.02);
    }
  });

  test("the object takes 1% to 60% of the picture", () => {
    for (let index = 0; index < 200; index++) {
      const { mask } = renderScene(describeScene(0, "train", index), 32);
      const share = mask.filter((value) => value > 0).length / mask.length;
      expect(share, `picture ${index}`).toBeGreaterThan(0.01);
      expect(share, `picture ${index}`).toBeLessThan(0.6);
    }
  });

  test("the fingerprint tells sets apart and is the same for equal ones", async () => {
    const fingerprint = async (spec: object): Promise<string> => (await openDataset(spec, "train")).fingerprint;
    expect(await fingerprint({})).toBe(await fingerprint({}));
    expect(new Set(await Promise.all([{}, { seed: 1 }, { imageSize: 16 }, { count: 5 }].map(fingerprint))).size).toBe(
      4,
    );
  });
});
