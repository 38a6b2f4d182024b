import { describe, expect, test } from "vitest";
import { grad } from "../../../src/graph/autodiff.ts";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { conv } from "../../../src/graph/operators/conv.ts";
import { program } from "../../../src/graph/program.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { blockSize } from "../../../src/runtime/layout/block-size.ts";
import type { ConvLayout } from "../../../src/runtime/layout/layout-for.ts";
import { noise } from "./networks.ts";

interface Case {
  readonly x: readonly [number, number, number, number];
  readonly k: number;
  readonly kernel: readonly [number, number];
  readonly stride?: number;
  readonly padding?: number | readonly number[];
}

/** Every form of the gradients: rows in one part and in several, taps, phases, an image, padded channels, none. */
const cases: Record<string, Case> = {
  "3×3": { x: [2, 16, 16, 16], k: 16, kernel: [3, 3], padding: 1 },
  "3×3 on many places, in parts": { x: [2, 16, 128, 64], k: 32, kernel: [3, 3], padding: 1 },
  "an image in parts": { x: [2, 3, 128, 64], k: 16, kernel: [3, 3], padding: 1 },
  "1×1": { x: [2, 16, 8, 16], k: 32, kernel: [1, 1] },
  "5×5": { x: [2, 16, 16, 16], k: 16, kernel: [5, 5], padding: 2 },
  "1×3": { x: [2, 16, 16, 16], k: 16, kernel: [1, 3], padding: [0, 1] },
  "3×3 with stride 2": { x: [2, 16, 32, 32], k: 32, kernel: [3, 3], stride: 2, padding: 1 },
  "3×3 with stride 2, odd batch": { x: [3, 16, 16, 16], k: 16, kernel: [3, 3], stride: 2, padding: 1 },
  "1×1 with stride 2": { x: [2, 16, 32, 32], k: 32, kernel: [1, 1], stride: 2 },
  "3×3 without padding": { x: [2, 16, 18, 18], k: 16, kernel: [3, 3] },
  "places that the block does not divide": { x: [1, 16, 7, 9], k: 16, kernel: [3, 3], padding: 1 },
  "3 outputs": { x: [2, 16, 16, 16], k: 3, kernel: [1, 1] },
  "an image with stride 2": { x: [2, 3, 32, 32], k: 16, kernel: [7, 7], stride: 2, padding: 3 },
  "channels that the block does not divide": { x: [2, 20, 16, 16], k: 12, kernel: [3, 3], padding: 1 },
};

async function results({ x, k, kernel, ...options }: Case, convLayout: ConvLayout): Promise<Map<string, HostTensor>> {
  const [a, w] = [input("x", x), input("w", [k, x[1], ...kernel])];
  const y = conv(a, w, { bias: input("b", [k]), ...options });
  const [dx, dw] = grad(y, [a, w], input("dy", y.shape));
  await using run = await compile(program({ outputs: { y, dx: dx!, dw: dw! } }), {
    device: "cpu",
    threads: 1,
    convLayout,
  });
  return await run.run({ x: noise(x, 1), w: noise(w.shape, 2), b: noise([k], 3), dy: noise(y.shape, 4) });
}

/** Largest difference relative to the largest value. */
function difference(a: HostTensor, b: HostTensor): number {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0) / largest;
}

const block = await blockSize();

describe.skipIf(block === 1)(`blocked convolutions, block ${block}`, () => {
  test.each(Object.entries(cases))("%s: value and gradients are the plain ones", async (_name, given) => {
    const [plain, blocked] = [await results(given, "plain"), await results(given, "blocked")];
    for (const [name, value] of plain) expect(difference(blocked.get(name)!, value), name).toBeLessThan(1e-5);
  });
});
