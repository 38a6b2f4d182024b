/**
 * The matrix products of the step of contestants/fovea-vit.ts and nothing else: how fast the step could be if all the
 * rest were free. Same shapes, same transposes, every product reading buffers of its own as in the step (shared ones
 * would stay in the caches and flatter it); one slice of each result keeps the product alive without copying it out.
 */
import { filled, fusedMatMul, gemm, program, state, type HostTensor, type Shape, type Tensor } from "fovea/graph";
import { compile, ResidentState, resolveDevice } from "fovea/runtime";
import { serveSteps } from "../serve-steps.ts";
import { normals, parseVitStep } from "../vit-step.ts";
import { packageVersion } from "./package-version.ts";

const sizes = parseVitStep(process.argv.slice(3));
const { batch, dim, depth, tokens, patch, headDim, mlpRatio } = sizes;
const rows = batch * tokens;
const values = new Map<string, HostTensor>();

function buffer(name: string, shape: Shape): Tensor {
  const data = normals(
    shape.reduce((product, size) => product * size, 1),
    values.size + 1,
  );
  values.set(name, { dtype: "float32", shape: [...shape], data });
  return state(name, shape);
}

/** y = x·Wᵀ, dx = dy·W, dW = dyᵀ·x */
function linear(name: string, inputs: number, outputs: number): Tensor[] {
  const x = buffer(`${name}.x`, [rows, inputs]);
  const w = buffer(`${name}.w`, [outputs, inputs]);
  const dy = buffer(`${name}.dy`, [rows, outputs]);
  return [
    gemm(x, w, undefined, { transB: 1 }),
    ...(name === "embed" ? [] : [gemm(dy, w)]), // nobody asks for the gradient of the image
    gemm(dy, x, undefined, { transA: 1 }),
  ];
}

/** scores and output of attention; gradients of v, weights, q, k */
function attention(name: string): Tensor[] {
  const heads = (batch * dim) / headDim;
  const [q, k, v, dO] = ["q", "k", "v", "do"].map((what) => buffer(`${name}.${what}`, [heads, tokens, headDim]));
  const [weights, dScores] = ["a", "ds"].map((what) => buffer(`${name}.${what}`, [heads, tokens, tokens]));
  const alpha = headDim ** -0.5;
  return [
    fusedMatMul(q, k, { transB: 1, alpha }),
    fusedMatMul(weights, v),
    fusedMatMul(weights, dO, { transA: 1 }),
    fusedMatMul(dO, v, { transB: 1 }),
    fusedMatMul(dScores, k, { alpha }),
    fusedMatMul(dScores, q, { transA: 1, alpha }),
  ];
}

const products = linear("embed", patch, dim);
for (let i = 0; i < depth; i++) {
  products.push(
    ...linear(`${i}.qkv`, dim, 3 * dim),
    ...attention(`${i}.attention`),
    ...linear(`${i}.proj`, dim, dim),
    ...linear(`${i}.fc1`, dim, mlpRatio * dim),
    ...linear(`${i}.fc2`, mlpRatio * dim, dim),
  );
}
products.push(...linear("head", dim, patch));
const alive = products.map((product) => product.slice(0, 0, 1).max()).reduce((a, b) => a.add(b), filled([], 0));

const device = resolveDevice({ device: "cpu", threads: sizes.threads });
const step = await compile(program({ outputs: { alive } }), { state: new ResidentState(device, values) });
for (let i = 0; i < 3; i++) await step.run();
await serveSteps(
  { versions: { "onnxruntime-node": packageVersion("onnxruntime-node") }, threads: device.threads },
  async () => {
    await step.run();
    return undefined;
  },
);
await step.dispose();
