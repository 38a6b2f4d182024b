import fc from "fast-check";
import { expect, test } from "vitest";
import {
  blocksBefore,
  blocksOf,
  divide,
  divideEqually,
  hybridDivision,
  metaDivision,
  moduleOfBlock,
  moduleStarts,
  stageDepths,
} from "../../../src/systems/deep-incubation/division.ts";
import { divisionsOf, networkOf } from "../../../src/systems/deep-incubation/backbone.ts";

test("a ViT is cut into equal modules, a Swin at its stages or inside them", () => {
  expect(divideEqually([12], 4)).toEqual([[3], [3], [3], [3]]);
  expect(divide([2, 2, 6, 2], [2, 2, 6, 2])).toEqual([[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 6, 0], [0, 0, 0, 2]]); // prettier-ignore
  expect(divide([2, 2, 6, 2], [6, 6])).toEqual([[2, 2, 2, 0], [0, 0, 4, 2]]); // prettier-ignore
});

test("the meta model has a block in every stage that a module reaches; a hybrid one module of the target", () => {
  const target = divide([2, 2, 6, 2], [6, 6]);
  const meta = metaDivision(target);
  expect(meta).toEqual([[1, 1, 1, 0], [0, 0, 1, 1]]); // prettier-ignore
  expect(hybridDivision(meta, target, 1)).toEqual([[1, 1, 1, 0], [0, 0, 4, 2]]); // prettier-ignore
  expect(moduleStarts(target)).toEqual([[0], [0], [0, 2], [0]]);
});

test("modules fill the network whatever their number, and every block is in one", () => {
  const depths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(depths, fc.integer({ min: 1, max: 5 }), (stages, seed) => {
      const all = stages.reduce((a, b) => a + b, 0);
      const first = 1 + (seed % all);
      const blocks = first === all ? [all] : [first, all - first];
      const division = divide(stages, blocks);
      expect(blocksOf(division)).toEqual(blocks);
      expect(stageDepths(division)).toEqual(stages);
      for (let block = 0; block < all; block++) {
        const module = moduleOfBlock(division, block);
        expect(block).toBeGreaterThanOrEqual(blocksBefore(division, module));
        expect(block).toBeLessThan(blocksBefore(division, module + 1));
      }
    }),
  );
});

test("modules that do not fill the network are refused with what was given", () => {
  expect(() => divide([12], [3, 3, 3])).toThrow("modules of [3, 3, 3] blocks do not fill a network of 12 blocks (12)");
  expect(() => divideEqually([12], 5)).toThrow("12 blocks cannot be cut into 5 equal modules");
  expect(() => hybridDivision([[1], [1]], [[2], [2]], 2)).toThrow("there is no module 2");
});

test("a module may not begin between a plain and a shifted Swin block", () => {
  const model = { family: "swin", size: "swin-t", patchSize: 4, window: 7 } as const;
  expect(() => divisionsOf(model, { count: 2, depths: [5, 7], metaDepth: 1 })).toThrow(
    "a module begins at block 1 of Swin stage 2",
  );
});

test("a Swin block shifts by its place in its module, so a frozen one is the same in every hybrid", () => {
  const model = { family: "swin", size: "swinv2-micro-s", patchSize: 2, window: 4 } as const;
  const size = { imageSize: 32, classes: 10, dropPath: 0 };
  const target = divide([2, 4, 2], [4, 4]);
  const shifts = (division: readonly (readonly number[])[]): number[][] => {
    const network = networkOf(model, division, size) as unknown as { layers: { blocks: { shift: number }[] }[] };
    return network.layers.map(({ blocks }) => blocks.map(({ shift }) => shift));
  };
  const meta = metaDivision(target);
  expect(shifts(target)).toEqual([[0, 2], [0, 2, 0, 2], [0, 0]]); // prettier-ignore
  expect(shifts(meta)).toEqual([[0], [0, 0], [0]]);
  expect(shifts(hybridDivision(meta, target, 0))).toEqual([[0, 2], [0, 2, 0], [0]]);
});
