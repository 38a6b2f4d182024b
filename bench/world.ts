import { fileURLToPath } from "node:url";
import { alternate } from "./alternate.ts";
import type { BenchOptions } from "./benches.ts";
import type { Contestant } from "./contestant.ts";
import type { Comparison } from "./table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What is drawn: the bar is 500 scenes a second on one core. */
const sets = [
  ["scene", "label"],
  ["scene", "panoptic"],
  ["scene", "keypoints"],
  ["scene", "depth"],
  ["shapes", "instances"],
  ["u-vit", "label"],
] as const;

/** 500 pictures of 64 × 64 with their truth, drawn on one thread. */
export async function world({ only, ...options }: BenchOptions): Promise<Comparison[]> {
  const contestants = sets
    .map(([scene, task]): Contestant => ({
      name: `${scene}, ${task}`,
      command: [process.execPath, here("run.js"), here("contestants/world-pictures.ts"), scene, task],
    }))
    .filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
  return [
    { title: "500 pictures of the world at 64 x 64, one thread", outcomes: await alternate(contestants, options) },
  ];
}
