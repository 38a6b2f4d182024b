import { FoveaError } from "../src/errors/fovea-error.ts";

/** The step that all contestants of `engine` take: sizes of the ViT and of its batch. */
export interface VitStep {
  readonly batch: number;
  readonly dim: number;
  readonly depth: number;
  readonly tokens: number;
  /** Values of one token in and out: 4×4 patches of RGB. */
  readonly patch: number;
  readonly headDim: number;
  readonly mlpRatio: number;
  readonly threads: number;
}

/** AdamW of the step: lr, betas, eps, weight decay on every parameter, as in peers/vit.py. */
export const adamw = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.05 } as const;

/** The two sizes of design/engine.md. */
export const vitTi = { batch: 32, dim: 192, depth: 12, tokens: 65, patch: 48, headDim: 64, mlpRatio: 4 } as const;
export const vitS = { ...vitTi, batch: 16, dim: 384 } as const;
/** ViT-B's width on the same tokens. */
export const vitB = { ...vitTi, batch: 8, dim: 768 } as const;

const fields = ["batch", "dim", "depth", "tokens", "patch", "headDim", "mlpRatio", "threads"] as const;

/** `batch=32 dim=192 …`, what `parseVitStep` reads. */
export const vitArguments = (step: VitStep): string[] => fields.map((field) => `${field}=${step[field]}`);

/** Reads `batch=32 dim=192 …`; throws FoveaError naming a field that is missing or not a whole number above zero. */
export function parseVitStep(args: readonly string[]): VitStep {
  const given = new Map(args.map((arg) => arg.split("=", 2) as [string, string]));
  const read = (field: (typeof fields)[number]): number => {
    const value = Number(given.get(field));
    if (Number.isInteger(value) && value > 0) return value;
    throw new FoveaError("bench/vit-step", `${field}=${given.get(field)}: expected a whole number above zero`, {
      hint: `give all of: ${fields.join(", ")}`,
      exitCode: 2,
    });
  };
  return {
    batch: read("batch"),
    dim: read("dim"),
    depth: read("depth"),
    tokens: read("tokens"),
    patch: read("patch"),
    headDim: read("headDim"),
    mlpRatio: read("mlpRatio"),
    threads: read("threads"),
  };
}

/** Name and shape of every parameter, named as in timm, weights [out, in]: for contestants without modules. */
export function vitParameters({ dim, depth, patch, mlpRatio }: VitStep): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, inputs: number, outputs: number): void => {
    shapes.set(`${name}.weight`, [outputs, inputs]);
    shapes.set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    shapes.set(`${name}.weight`, [dim]);
    shapes.set(`${name}.bias`, [dim]);
  };
  linear("embed", patch, dim);
  for (let i = 0; i < depth; i++) {
    norm(`blocks.${i}.norm1`);
    linear(`blocks.${i}.attn.qkv`, dim, 3 * dim);
    linear(`blocks.${i}.attn.proj`, dim, dim);
    norm(`blocks.${i}.norm2`);
    linear(`blocks.${i}.mlp.fc1`, dim, mlpRatio * dim);
    linear(`blocks.${i}.mlp.fc2`, mlpRatio * dim, dim);
  }
  norm("norm");
  linear("head", dim, patch);
  return shapes;
}

/** `count` normal values (Box-Muller over a 32-bit mixer): data and weights whose numbers do not matter. */
export function normals(count: number, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Starting value of a parameter: weights N(0, 0.02²), norm weights 1, biases 0. */
export function vitInitial(name: string, shape: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.length === 2) return normals(count, seed, 0.02);
  return new Float32Array(count).fill(name.endsWith("weight") ? 1 : 0);
}
