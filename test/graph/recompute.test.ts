import { expect, test } from "vitest";
import { grad } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { blockSegments, type SegmentOf } from "../../src/graph/recompute.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Vit } from "../../src/models/vit.ts";
import { initialise, parameters, prepare } from "../../src/nn/module.ts";
import { trace } from "../../src/nn/trace.ts";
import { evaluate, wave } from "../nn/evaluate.ts";

const network = prepare(
  new Vit({ width: 16, depth: 3, heads: 2, imageSize: 8, patchSize: 4, classes: 3, dropPath: 0.5 }),
);
const images = input("images", [2, 3, 8, 8]);
const { result, random } = trace({ training: true }, () =>
  network
    .forward(images)
    .mul(input("weights", [2, 3]))
    .sum(),
);
const named = parameters(network);

function gradients(segmentOf?: SegmentOf): Record<string, Tensor> {
  const found = grad(result, [...named.values()], undefined, { segmentOf });
  return Object.fromEntries([...named.keys()].map((name, i) => [`grad/${name}`, found[i]]));
}

const products = (outputs: Record<string, Tensor>): number =>
  program({ outputs }).nodes.filter(({ operator }) => ["MatMul", "Gemm", "FusedMatMul"].includes(operator.type)).length;

test("a segment is an entry of a list of blocks", () => {
  const at = (scope: string) => blockSegments({ scope } as Parameters<SegmentOf>[0]); // all that it reads
  expect(at("student.blocks.3.attn.qkv")).toBe("student.blocks.3");
  expect(at("layers.1.blocks.0")).toBe("layers.1.blocks.0");
  expect(at("out_blocks.2.skip_linear")).toBe("out_blocks.2");
  expect(at("patch_embed")).toBeUndefined();
  expect(at("myblocks.3")).toBeUndefined();
});

test("gradients of recomputed blocks are the same bits, drop path included", async () => {
  const feeds = {
    images: wave([2, 3, 8, 8]),
    weights: wave([2, 3]),
    ...Object.fromEntries(random.map(({ name, shape }, i) => [name, wave(shape, i + 1)])),
  };
  const state = initialise(network, 1);
  const kept = await evaluate(gradients(), { state, feeds });
  const again = await evaluate(gradients(blockSegments), { state, feeds });
  expect(again).toEqual(kept);
});

test("the forward pass of every block stands in the graph a second time, but for results that no gradient reads", () => {
  // of a block's six products (qkv, scores, weighted sum, proj, fc1, fc2) the last one's result is read by nobody
  expect(products(gradients(blockSegments)) - products(gradients())).toBe(3 * 5);
});
