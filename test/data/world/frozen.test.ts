import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { openDataset } from "../../../src/data/open-dataset.ts";
import type { WorldSceneName, WorldTask } from "../../../src/data/world/world-options.ts";

/** Whoever changes pictures on purpose gives the scene another version in `world-dataset.ts`, and a hash here. */
const frozen: readonly (readonly [WorldSceneName, WorldTask, string])[] = [
  ["shapes", "instances", "4217271c879b79bd"],
  ["u-vit", "semantic", "83896d7d9fc86bcb"],
  ["scene", "panoptic", "26e16f63ce3ebd85"],
  ["scene", "depth", "3835fd6cdd21cd66"],
  ["scene", "keypoints", "1b418cc615b87d50"],
  ["scene", "noise", "c7153e5bbd5a2289"],
  ["scene", "rain", "5abf27854cf1f425"],
  ["scene", "low-light", "c6d65e15ea8143c6"],
  ["actions", "clip", "9341c116e5fb1cbc"],
  ["surveillance", "clip", "e7cc4bcd560349ac"],
];

test.each(frozen)("the first pictures and truth of %s, %s never change", async (scene, task, expected) => {
  const world = task === "clip" ? { frames: 4 } : {};
  const set = await openDataset({ scene, task, imageSize: 32, count: 12, valCount: 12, world }, "val");
  const hash = createHash("sha256");
  for (let index = 0; index < 12; index++) {
    const { image, label, targets } = await set.read(index);
    hash.update(image.data).update(JSON.stringify([label, targets], plain));
  }
  expect(hash.digest("hex").slice(0, 16)).toBe(expected);
});

/** Typed arrays as lists; real numbers to three digits after the point. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "number") return Math.round(1000 * value);
  return ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value; // any typed array of the targets
}
