import { expect, test } from "vitest";
import { swinSizes } from "../../../src/models/swin/swin-sizes.ts";
import { swinOptionsOf } from "../../../src/models/swin/swin-of-weights.ts";
import type { SwinOptions } from "../../../src/models/swin/swin-options.ts";
import { Swin } from "../../../src/models/swin/swin.ts";
import { parameters, prepare } from "../../../src/nn/module.ts";

const shapes = (options: SwinOptions) => new Map(parameters(prepare(new Swin(options))));
const listed = (options: SwinOptions) => [...shapes(options)].map(([name, { shape }]) => `${name} ${shape.join("x")}`);

test.each<[string, SwinOptions]>([
  [
    "V1 with other windows and absolute positions",
    { ...swinSizes["swin-t"], imageSize: 384, window: 12, absolutePositions: true },
  ],
  [
    "V2 with norms on the main branch and of hidden values",
    { ...swinSizes["swinv2-s"], extraNormEvery: 6, mlpNorm: true },
  ],
  [
    "V2 with shared biases, no patch norm, no head",
    { ...swinSizes["swinv2-t"], sharedBias: true, patchNorm: false, classes: 0, biasHidden: 64, qkvBias: false },
  ],
  [
    "three stages of patches of 2",
    { ...swinSizes["swinv2-micro-s"], imageSize: 32, patchSize: 2, window: 4, mlpRatio: 2 },
  ],
])("%s: the names and shapes of a file tell its options", (_, options) => {
  const found = swinOptionsOf(shapes(options));
  expect(listed({ ...found, imageSize: options.imageSize, window: options.window })).toEqual(listed(options));
  if (options.version === 1) expect(found.window).toBe(options.window);
});

test("other names are refused", () => {
  expect(() => swinOptionsOf(new Map([["blocks.0.norm1.weight", { shape: [8] }]]))).toThrow(
    "the names are not those of a Swin's state dict",
  );
});
